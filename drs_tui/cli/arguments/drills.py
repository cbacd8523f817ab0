"""The commands around a run: the app, demo, run, attach, decide, detach, cleanup, replay."""

from __future__ import annotations

from argparse import SUPPRESS, ArgumentParser, Namespace
from dataclasses import replace
from typing import TYPE_CHECKING

from drs_tui.cli.arguments.shared import (
    Commands,
    add_command,
    add_json,
    add_run,
    duration,
    instance_id,
    replay_speed,
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
    _add_attach(commands)
    _add_decide(commands)
    _add_detach(commands)
    _add_cleanup(commands)
    _add_replay(commands)


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


# attach, detach, cleanup ------------------------------------------------------------------------


def _add_attach(commands: Commands) -> None:
    parser = add_command(
        commands,
        "attach",
        _attach,
        summary="watch a run, or go on driving one from here",
        details="On a terminal the app opens on the run; elsewhere, and with --json, its events "
        "are\nprinted until it has ended, and the exit code is the run's.",
        example="drs-tui attach last",
    )
    add_run(parser)
    add_json(parser, "each event as it is stored")
    parser.add_argument(
        "--take-over",
        action="store_true",
        help="drive it from here, without the app, if nobody else does; needs --reason",
    )
    parser.add_argument("--reason", metavar="TEXT", default="", help="why it is taken over")
    parser.add_argument(
        "--yes", action="store_true", help="with --take-over: what it is to `drs-tui run`"
    )


def _attach(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.attach import take_over, watch
    from drs_tui.cli.say import has_screen

    if args.take_over:
        if not args.reason:
            raise CliError("--take-over needs --reason TEXT, which is put on record")
        return take_over(settings, args.run, args.reason, yes=args.yes, as_json=args.json)
    if args.reason or args.yes:
        raise CliError("--reason and --yes go with --take-over")
    if has_screen() and not args.json:
        from drs_tui.cli.screen import show_run

        return show_run(settings, args.run)
    return watch(settings, args.run, as_json=args.json)


def _add_decide(commands: Commands) -> None:
    parser = add_command(
        commands,
        "decide",
        _decide,
        summary="what a run asks of people, and answering it without the app",
        details="Without an answer, what is asked is printed with the answers that it takes:\n"
        "approve, decline, done, 'run again', 'skip step' and so on. An answer is in the name of\n"
        "your AWS identity, and the exit code is 0 once the run's driver has taken it up.",
        example="drs-tui decide last done --note 'scheduler frozen at 02:10'",
    )
    add_run(parser)
    parser.add_argument("choice", metavar="ANSWER", nargs="?", default="", help="what you answer")
    parser.add_argument(
        "--wave", metavar="NAME", default="", help="the wave, where several ask something"
    )
    parser.add_argument("--note", metavar="TEXT", default="", help="a remark, for the record")
    add_json(parser, "what is asked, or the number and type of the event that the answer became")


def _decide(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.decide import Answer, decide, show_wanted

    if args.choice:
        answer = Answer(args.choice, args.wave, args.note.strip())
        return decide(settings, args.run, answer, as_json=args.json)
    if args.wave or args.note:
        raise CliError("--wave and --note go with an answer")
    return show_wanted(settings, args.run, as_json=args.json)


def _add_detach(commands: Commands) -> None:
    parser = add_command(
        commands,
        "detach",
        _detach,
        summary="let a run launch though its audit store is out of reach",
        details="While a DynamoDB store is out of reach, launches wait. Detached, the run goes on\n"
        "with its record on this machine alone, which is sent when the store is back. Who\n"
        "takes the run over elsewhere meanwhile could launch the same wave again.\n"
        "To leave a run alone needs no command: close the app, and it goes on.",
        example="drs-tui detach last --reason 'DynamoDB is down in us-east-1'",
    )
    add_run(parser)
    parser.add_argument("--reason", metavar="TEXT", required=True, help="why, for the record")
    add_json(parser, "the run's id")


def _detach(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.detach import detach

    if not args.reason.strip():
        raise CliError("--reason TEXT is put on record: say why")
    return detach(settings, args.run, args.reason.strip(), as_json=args.json)


def _add_cleanup(commands: Commands) -> None:
    parser = add_command(
        commands,
        "cleanup",
        _cleanup,
        summary="terminate what a drill launched",
        details="Only instances that a job of this run launched, and that DRS calls a drill's: "
        "none that\nis being failed back, has termination protection, was launched into, or is "
        "tagged\ndrs-tui:keep. It is done when EC2 has neither them nor their volumes.",
        example="drs-tui cleanup last",
    )
    parser.add_argument(
        "run", metavar="RUN", nargs="?", help="a run's id, the beginning or end of one, or `last`"
    )
    parser.add_argument(
        "--overdue",
        action="store_true",
        help="every run of the store whose clean-up is due, failed or was broken off; for a "
        "scheduler",
    )
    parser.add_argument(
        "--cancel",
        action="store_true",
        help="of a run that nobody drives and that has not ended, as its driver died: cancel it "
        "first",
    )
    add_json(parser, "each event as it is stored")


def _cleanup(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.cleanup import cleanup, cleanup_overdue

    if args.overdue == (args.run is not None):
        raise CliError("name a RUN, or say --overdue")
    if args.overdue:
        if args.cancel:
            raise CliError("--cancel goes with a RUN")
        return cleanup_overdue(settings, as_json=args.json)
    return cleanup(settings, args.run, cancel=args.cancel, as_json=args.json)


# replay -----------------------------------------------------------------------------------------


def _add_replay(commands: Commands) -> None:
    parser = add_command(
        commands,
        "replay",
        _replay,
        summary="play a stored run",
        details="On a terminal the app opens on the replay; elsewhere, and with --json, the\n"
        "events are printed. What was changed since it was recorded is not played: exit code 1.",
        example="drs-tui replay last --speed 60",
    )
    parser.add_argument(
        "run",
        metavar="RUN|FILE",
        help="a run, or a file as `drs-tui runs export` or `runs events --json` writes it",
    )
    parser.add_argument(
        "--speed",
        metavar="N|max",
        type=replay_speed,
        help="times as fast as it was (default: 60 in the app, max elsewhere)",
    )
    add_json(parser, "each event as it is stored")


def _replay(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.replay import replay

    return replay(settings, args.run, args.speed, as_json=args.json)


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
