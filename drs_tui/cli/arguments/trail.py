"""The commands of the audit trail: runs list, show, events, verify, export, import."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from drs_tui.cli.arguments.shared import (
    Commands,
    add_command,
    add_json,
    add_run,
    command_list,
    count,
    moment,
)
from drs_tui.cli.failure import CliError
from drs_tui.model.status import RunStatus

if TYPE_CHECKING:
    from drs_tui.config import Settings

LISTED_RUNS = 50


def add_commands(commands: Commands) -> None:
    """Add them to the command line."""
    summary = "the audit trail: list, show, events, verify, export, import"
    runs = command_list(
        commands.add_parser("runs", help=summary, description=f"Read {summary}."), "commands"
    )
    _add_list(runs)
    parser = add_command(
        runs, "show", _show, summary="what became of a run", example="drs-tui runs show last"
    )
    add_run(parser)
    parser.add_argument(
        "--cost", action="store_true", help="also what its record takes in DynamoDB, in write units"
    )
    add_json(parser, "it")
    parser = add_command(
        runs,
        "events",
        _events,
        summary="everything a run recorded",
        details="With --json byte for byte as it is stored, to be verified or replayed elsewhere.",
        example="drs-tui runs events last --json > drill.jsonl",
    )
    add_run(parser)
    add_json(parser, "each event as it is stored")
    _add_verify(runs)
    _add_moving(runs)


def _add_list(runs: Commands) -> None:
    parser = add_command(
        runs,
        "list",
        _list,
        summary="the runs, newest first",
        details="A run that has not ended and that nobody drives is listed as `no driver`.\n"
        "A DATE is 2026-11-23 or 2026-11-23T22:30+01:00; without a zone it is UTC.",
        example="drs-tui runs list --plan three-tier --status failed --since 2026-01-01",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--active", action="store_true", help="only those that have not ended")
    which.add_argument("--finished", action="store_true", help="only those that have ended")
    parser.add_argument("--plan", metavar="NAME", help="only those of one plan")
    parser.add_argument(
        "--status", choices=[*RunStatus], metavar="STATE", help=f"only those {', '.join(RunStatus)}"
    )
    parser.add_argument(
        "--operator", metavar="WHO", help="only those that this ARN, or user@host, started"
    )
    parser.add_argument(
        "--since", metavar="DATE", type=moment, help="only those started then or later"
    )
    parser.add_argument(
        "--until", metavar="DATE", type=moment, help="only those started then or earlier"
    )
    parser.add_argument(
        "--limit",
        metavar="N",
        type=count,
        default=LISTED_RUNS,
        help=f"at most so many (default: {LISTED_RUNS})",
    )
    add_json(parser, "each run")


def _list(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.runs import Filter, list_runs

    active = None if args.active == args.finished else bool(args.active)
    wanted = Filter(
        active=active,
        plan=args.plan,
        status=RunStatus(args.status) if args.status else None,
        operator=args.operator,
        since=args.since,
        until=args.until,
        limit=args.limit,
    )
    return list_runs(settings, wanted, as_json=args.json)


def _show(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.runs import show_run

    return show_run(settings, args.run, with_cost=args.cost, as_json=args.json)


def _events(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.runs import print_events

    return print_events(settings, args.run, as_json=args.json)


def _add_verify(runs: Commands) -> None:
    parser = add_command(
        runs,
        "verify",
        _verify,
        summary="whether a run is as it was recorded",
        details="Each event carries the hash of the one before it: exit code 1 if anything was\n"
        "changed, left out, moved or put in, with the first wrong event named. Whoever can write\n"
        "all events and the header anew is only found by a seal, which is asked for where the\n"
        "settings name one, or by a hash that was kept elsewhere.",
        example="drs-tui runs verify --all",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "run", metavar="RUN|FILE", nargs="?", help="the run, as for `runs show`, or an exported one"
    )
    which.add_argument("--all", action="store_true", help="every run of the store")
    parser.add_argument(
        "--expect",
        metavar="HASH",
        help="a hash of the run as it was kept elsewhere: one of its events must have it",
    )
    add_json(parser, "what was found of each run")


def _verify(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.verify import verify

    if args.all and args.expect is not None:
        raise CliError("--expect is the hash of one run: name that instead of --all")
    return verify(settings, args.run, expect=args.expect, as_json=args.json)


def _add_moving(runs: Commands) -> None:
    parser = add_command(
        runs,
        "export",
        _export,
        summary="a run as one file that stands for itself",
        details="It holds every event byte for byte, the plan and the last hash; `runs verify`,\n"
        "`replay` and `runs import` take it anywhere. The same run gives the same file.",
        example="drs-tui runs export last --output drill.json",
    )
    add_run(parser)
    parser.add_argument(
        "--output", metavar="FILE", help="a file that is not there yet (default: stdout)"
    )
    parser = add_command(
        runs,
        "import",
        _import,
        summary="put an exported run into the store",
        details="It is verified first, its events stay as they are, and one more behind them says\n"
        "who imported it from where. An imported run is read, verified and replayed, not driven.",
        example="drs-tui runs import drill.json --store dynamodb:drills",
    )
    parser.add_argument("file", metavar="FILE", help="as `drs-tui runs export` writes it")
    add_json(parser, "its id and last hash")


def _export(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.moving import export_run

    return export_run(settings, args.run, args.output)


def _import(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.moving import import_run

    return import_run(settings, args.file, as_json=args.json)
