"""The commands that open the app or start a run: none at all, demo, run."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from drs_tui.cli.arguments.shared import (
    Commands,
    add_command,
    add_json,
    duration,
    instance_id,
    speed,
)
from drs_tui.cli.arguments.simulated import SCENARIO_HELP, SEED_HELP, scenario_list, seed
from drs_tui.cli.failure import CliError

if TYPE_CHECKING:
    from drs_tui.config import Settings

DEMO_SPEED = 60.0
"""A drill of half an hour then takes half a minute."""


def add_commands(commands: Commands) -> None:
    """Add them to the command line."""
    _add_demo(commands)
    _add_run(commands)


def add_recovery(parser: ArgumentParser) -> None:
    """Add what lets the app start real recoveries."""
    parser.add_argument(
        "--recovery",
        dest="may_recover",
        action="store_true",
        default=SUPPRESS,  # A command leaves alone what was said before its name.
        help="let the app start REAL RECOVERIES too, once a plan's name is typed; without it "
        "there are only drills",
    )


def open_app(args: Namespace, settings: Settings) -> int:
    """Open the app."""
    from drs_tui.cli.screen import show_app

    return show_app(replace(settings, recovery=args.may_recover))


# demo -------------------------------------------------------------------------------------------


def _add_demo(commands: Commands) -> None:
    parser = add_command(
        commands,
        "demo",
        _demo,
        summary="the app on a simulated DRS: no AWS account is needed or touched",
        details="Runs and simulated servers are kept between starts, among your data, apart from\n"
        f"those of real runs.\n\n{scenario_list()}",
        example="drs-tui demo --speed 120 --scenario failures",
    )
    add_recovery(parser)
    _add_simulation(parser)


def _demo(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.screen import show_app
    from drs_tui.cli.simulated import demo_settings

    _refuse_aws_flags(args, "demo")
    settings = demo_settings(
        settings,
        scenario=args.scenario or "calm",
        speed=args.speed or DEMO_SPEED,
        seed=args.seed or 0,
        keeps_store="store" in args,
    )
    return show_app(replace(settings, recovery=args.may_recover))


# run --------------------------------------------------------------------------------------------


def _add_run(commands: Commands) -> None:
    parser = add_command(
        commands,
        "run",
        _run,
        summary="a drill without the app, driven from here",
        details="It is a drill unless --recovery is given. Progress goes to stderr, what became\n"
        f"of it to stdout.\n\nwith --simulate, {scenario_list()}",
        example="drs-tui run three-tier --simulate --yes --cleanup always",
    )
    parser.add_argument(
        "plan", metavar="PLAN", help="a plan file, or the name of a plan in the plan folders"
    )
    parser.add_argument(
        "--yes",
        action="store_true",
        help="start without asking, acknowledge warnings, approve gates, take manual steps for "
        "done; never a second approver",
    )
    add_json(parser, "each event as it is stored")
    parser.add_argument(
        "--detach",
        action="store_true",
        help="hand the run to the background driver, print its id and end; its gates wait for "
        "somebody in the app",
    )
    parser.add_argument(
        "--recovery",
        action="store_true",
        help="a REAL RECOVERY instead of a drill; needs --confirm",
    )
    parser.add_argument("--confirm", metavar="NAME", help="the plan's name, for --recovery")
    parser.add_argument(
        "--end-instance",
        metavar="ID",
        action="append",
        default=[],
        type=instance_id,
        help="with --recovery: an earlier instance that may be terminated by launching its server "
        "anew; each is named by itself, and --yes covers none",
    )
    parser.add_argument("--reason", metavar="TEXT", default="", help="why, for the record")
    parser.add_argument(
        "--change", metavar="ID", default="", help="a change ticket, for the record"
    )
    parser.add_argument(
        "--cleanup",
        choices=("always", "success", "never"),
        default="",
        help="whether what the drill launched is terminated at its end; a drill on AWS has to say "
        "it (with --simulate: somebody says later, with `drs-tui cleanup`)",
    )
    parser.add_argument(
        "--keep-for",
        metavar="TIME",
        type=duration,
        help="such as 4h: keep what it launched so long after its end; `drs-tui cleanup --overdue` "
        "terminates it then",
    )
    parser.add_argument(
        "--simulate", action="store_true", help="on a simulated DRS of its own, not on AWS"
    )
    _add_simulation(parser)


def _run(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.run import Wishes, run
    from drs_tui.cli.simulated import simulated_settings

    if args.simulate:
        _refuse_aws_flags(args, "run --simulate")
        settings = simulated_settings(
            settings,
            scenario=args.scenario or "calm",
            speed=args.speed or DEMO_SPEED,
            seed=args.seed or 0,
        )
    else:
        _refuse_simulation_flags(args)
    wishes = Wishes(
        plan=args.plan,
        recovery=args.recovery,
        confirm=args.confirm,
        reason=args.reason,
        change=args.change,
        cleanup=args.cleanup,
        end_instances=tuple(args.end_instance),
        keep_for_seconds=args.keep_for,
        yes=args.yes,
        as_json=args.json,
        detach=args.detach,
    )
    return run(settings, wishes)


# Simulation -------------------------------------------------------------------------------------


def _add_simulation(parser: ArgumentParser) -> None:
    options = parser.add_argument_group("simulation")
    options.add_argument(
        "--speed",
        metavar="N",
        type=speed,
        help=f"times as fast as real time (default: {DEMO_SPEED:g})",
    )
    options.add_argument("--scenario", metavar="NAME|FILE", help=SCENARIO_HELP)
    options.add_argument("--seed", metavar="N", type=seed, help=SEED_HELP)


def _refuse_aws_flags(args: Namespace, command: str) -> None:
    for name in ("profile", "region", "endpoint_url"):
        if name in args:
            flag = f"--{name.replace('_', '-')}"
            raise CliError(f"{command} has a simulated DRS of its own: leave {flag} out")


def _refuse_simulation_flags(args: Namespace) -> None:
    for name in ("scenario", "speed", "seed"):
        if getattr(args, name) is not None:
            raise CliError(f"--{name} goes with --simulate")
