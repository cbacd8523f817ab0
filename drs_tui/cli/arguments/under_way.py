"""The commands about a run that there is: attach, decide, detach, renew, cleanup, replay."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from drs_tui.cli.arguments.shared import Commands, add_command, add_json, add_run, replay_speed
from drs_tui.cli.failure import CliError

if TYPE_CHECKING:
    from drs_tui.config import Settings


def add_commands(commands: Commands) -> None:
    """Add them to the command line."""
    _add_attach(commands)
    _add_decide(commands)
    _add_detach(commands)
    _add_renew(commands)
    _add_cleanup(commands)
    _add_replay(commands)


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


def _add_renew(commands: Commands) -> None:
    parser = add_command(
        commands,
        "renew",
        _renew,
        summary="give a run's driver other credentials, without ending it",
        details="They are read from stdin: the AWS_... lines for a shell, the JSON of `aws\n"
        "configure export-credentials` or `aws sts assume-role`, or the block for the credentials\n"
        "file. The driver asks STS about them first and takes none of another account (exit code\n"
        "3), keeps them in its memory alone, and has all runs go on that shared the old ones:\n"
        "waves that waited for credentials are checked again and launched. It has to be done\n"
        "where the run is driven. Of several sets, --profile says which are replaced.",
        example="aws configure export-credentials --profile drills | drs-tui renew last",
    )
    add_run(parser)
    parser.add_argument(
        "--look-again",
        action="store_true",
        help="nothing is given: the driver reads its profile anew, as after `aws sso login`",
    )
    parser.add_argument(
        "--show", action="store_true", help="only print what the run is driven with, and until when"
    )
    add_json(parser, "as whom it is driven, and until when")


def _renew(args: Namespace, settings: Settings) -> int:
    from drs_tui.cli.renew import renew, show_credentials

    if args.show and args.look_again:
        raise CliError("--show changes nothing, and --look-again does: choose")
    if args.show:
        return show_credentials(settings, args.run, as_json=args.json)
    return renew(settings, args.run, look_again=args.look_again, as_json=args.json)


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
