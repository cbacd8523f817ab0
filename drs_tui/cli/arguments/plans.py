"""The commands before a run: plan check, show, new, schema; preflight; servers."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from drs_tui.cli.arguments.shared import Commands, add_command, add_json, command_list

if TYPE_CHECKING:
    from drs_tui.config import Settings

_PLAN_HELP = "a plan file, or the name of a plan in the plan folders"


def add_commands(commands: Commands) -> None:
    """Add them to the command line."""
    summary = "plan files: check, show, new, schema"
    plan = command_list(
        commands.add_parser("plan", help=summary, description=f"{summary.capitalize()}."),
        "commands",
    )
    _add_plan_commands(plan)
    parser = add_command(
        commands,
        "preflight",
        _preflight,
        summary="whether a plan could be run now",
        details="Reads from AWS and changes nothing. Exit code 3 if something stands in the way;\n"
        "warnings are shown and leave it at 0.",
        example="drs-tui preflight plans/three-tier.yaml",
    )
    parser.add_argument("plan", metavar="PLAN", help=_PLAN_HELP)
    add_json(parser, "what was found, each finding")
    parser = add_command(
        commands,
        "servers",
        _servers,
        summary="the source servers that DRS replicates",
        details="Of one account and Region; of a plan, of each in which it acts.",
        example="drs-tui servers --region eu-central-1",
    )
    parser.add_argument("plan", metavar="PLAN", nargs="?", help=_PLAN_HELP)
    add_json(parser, "each server")


def _add_plan_commands(plan: Commands) -> None:
    parser = add_command(
        plan,
        "check",
        _check,
        summary="whether plan files can be used",
        details="Each problem with file, line and column; exit code 2 if there are any.",
        example="drs-tui plan check plans/",
    )
    parser.add_argument(
        "plans",
        metavar="PLAN|FOLDER",
        nargs="*",
        help="plan files, names of plans, or folders (default: the plan folders)",
    )
    add_json(parser, "each plan, or each of its problems")
    parser = add_command(
        plan,
        "show",
        _show,
        summary="what a plan says, in plain words",
        example="drs-tui plan show three-tier",
    )
    parser.add_argument("plan", metavar="PLAN", help=_PLAN_HELP)
    add_json(parser, "it")
    parser = add_command(
        plan,
        "new",
        _new,
        summary="make a plan of the servers that DRS replicates",
        details="Puts them into waves by a tag, and writes that as a file with comments into the\n"
        "first plan folder. A file that is there is never overwritten. Changes nothing in AWS.",
        example="drs-tui plan new orders --by-tag Role",
    )
    parser.add_argument(
        "name", metavar="NAME", nargs="?", default="fleet", help="the plan's name (default: fleet)"
    )
    parser.add_argument(
        "--by-tag",
        metavar="KEY",
        help="the tag whose values become waves (default: the most telling one)",
    )
    parser.add_argument(
        "--simulate", action="store_true", help="of the simulated account's servers, not AWS's"
    )
    add_json(parser, "where it was written, and its waves")
    add_command(
        plan,
        "schema",
        _schema,
        summary="the JSON schema of plan files, for editors",
        example="drs-tui plan schema > plan.schema.json",
    )


def _check(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.plan import check

    return check(settings, args.plans, as_json=args.json)


def _show(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.plan import show

    return show(settings, args.plan, as_json=args.json)


def _new(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.new_plan import new

    return new(settings, args.name, by_tag=args.by_tag, simulate=args.simulate, as_json=args.json)


def _schema(_args: Namespace, _settings: Settings) -> int:
    from drs_tui.cli.plan import schema

    return schema()


def _preflight(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.readiness import preflight

    return preflight(settings, args.plan, as_json=args.json)


def _servers(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.readiness import servers

    return servers(settings, args.plan, as_json=args.json)
