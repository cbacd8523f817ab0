"""The commands of the audit store's set-up: store init, check, template, and iam-policy."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from drs_tui.cli.arguments.shared import Commands, add_command, add_json, command_list

if TYPE_CHECKING:
    from drs_tui.config import Settings

_ROLES = ("drive", "watch", "audit")


def add_commands(commands: Commands) -> None:
    """Add them to the command line."""
    summary = "the audit store: init, check, template"
    store = command_list(
        commands.add_parser("store", help=summary, description=f"Set up {summary}."), "commands"
    )
    _add_init(store)
    _add_check(store)
    _add_template(store)
    _add_policy(commands)


def _add_init(store: Commands) -> None:
    parser = add_command(
        store,
        "init",
        _init,
        summary="make the store if it is not there",
        details="A DynamoDB table is made on demand, with point-in-time recovery and deletion\n"
        "protection, and its three indexes; the command waits until it can be used. Of a\n"
        "table that is there only missing protection is turned on.",
        example="drs-tui store init --store 'dynamodb:drs-tui?region=us-east-1'",
    )
    parser.add_argument("--yes", action="store_true", help="do not ask first")
    add_json(parser, "whether anything was changed")


def _add_check(store: Commands) -> None:
    parser = add_command(
        store,
        "check",
        _check,
        summary="whether the store is as it should be, and what you may do there",
        details="Changes nothing. Of a DynamoDB table: keys, indexes, backups, encryption,\n"
        "deletion protection, expiry, and each right tried by a read, or a write whose\n"
        "condition never holds. Exit code 1 if anything is broken, 5 if it is out of reach.",
        example="drs-tui store check --store 'dynamodb:drs-tui?region=us-east-1'",
    )
    add_json(parser, "each finding")


def _add_template(store: Commands) -> None:
    parser = add_command(
        store,
        "template",
        _template,
        summary="the table as a CloudFormation template",
        details="For those who may not create tables: what `store init` would make, as YAML.",
        example="drs-tui store template --store dynamodb:drs-tui > audit-table.yaml",
    )
    parser.add_argument("--json", action="store_true", help="print it as JSON")


def _add_policy(commands: Commands) -> None:
    parser = add_command(
        commands,
        "iam-policy",
        _policy,
        summary="the least that an IAM policy has to allow",
        details="The policy goes to stdout, what is to be known about it to stderr.",
        example="drs-tui iam-policy --for watch --store 'dynamodb:drs-tui?region=us-east-1'",
    )
    parser.add_argument(
        "--for",
        dest="role",
        choices=_ROLES,
        default=_ROLES[0],
        help="who it is for: those who drive drills, watch and approve them, or audit the record "
        f"(default: {_ROLES[0]})",
    )


def _init(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.store import init_store

    return init_store(settings, yes=args.yes, as_json=args.json)


def _check(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.store import check_store

    return check_store(settings, as_json=args.json)


def _template(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.store import print_template

    return print_template(settings, as_json=args.json)


def _policy(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.iam import Role, print_policy

    return print_policy(settings, Role(args.role))
