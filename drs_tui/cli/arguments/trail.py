"""The commands of the audit trail: runs list, show, events, verify."""

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
)

if TYPE_CHECKING:
    from drs_tui.config import Settings

LISTED_RUNS = 50


def add_commands(commands: Commands) -> None:
    """Add them to the command line."""
    summary = "the audit trail: list, show, events, verify"
    runs = command_list(
        commands.add_parser("runs", help=summary, description=f"Read {summary}."), "commands"
    )
    _add_list(runs)
    parser = add_command(
        runs, "show", _show, summary="what became of a run", example="drs-tui runs show last"
    )
    add_run(parser)
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


def _add_list(runs: Commands) -> None:
    parser = add_command(
        runs,
        "list",
        _list,
        summary="the runs, newest first",
        example="drs-tui runs list --active",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--active", action="store_true", help="only those that have not ended")
    which.add_argument("--finished", action="store_true", help="only those that have ended")
    parser.add_argument("--plan", metavar="NAME", help="only those of one plan")
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
    return list_runs(settings, Filter(active, args.plan, args.limit), as_json=args.json)


def _show(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.runs import show_run

    return show_run(settings, args.run, as_json=args.json)


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
        "changed, left out or put in, with the first wrong event named.",
        example="drs-tui runs verify --all",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("run", metavar="RUN", nargs="?", help="the run, as for `runs show`")
    which.add_argument("--all", action="store_true", help="every run of the store")
    add_json(parser, "what was found of each run")


def _verify(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.verify import verify

    return verify(settings, args.run, as_json=args.json)
