"""What may be typed, and the call that each command leads to.

Nothing here imports more than argparse before a command is chosen, so that help comes at once.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Container, Sequence

from drs_tui import __version__
from drs_tui.cli.arguments import drills, plans, setup, store, trail, under_way
from drs_tui.cli.arguments.shared import COMMON_HELP, Parser, add_common_options, command_list
from drs_tui.cli.failure import CliError
from drs_tui.model.exit_codes import EXIT_WORDS

__all__ = ["build_parser", "parse_arguments"]

_ABOUT = """\
Recovery drills on AWS Elastic Disaster Recovery (DRS), in a terminal.

Without a command the app opens. `drs-tui demo` is the app on a simulated DRS: it needs no AWS
account and touches none."""


COMMANDS = {
    drills: ("demo", "run"),
    under_way: ("attach", "decide", "detach", "renew", "cleanup", "replay"),
    trail: ("runs",),
    plans: ("plan", "preflight", "servers"),
    store: ("store", "iam-policy"),
    setup: ("simulator", "doctor", "policy"),
}
"""Which module adds which commands."""


def parse_arguments(argv: Sequence[str]) -> Namespace:
    """What was typed after the program's name.

    Raises:
        CliError: it makes no sense.
    """
    if not {"-h", "--help"}.intersection(argv):
        try:
            # To make the others takes as long as to import a tenth of Textual.
            return build_parser(argv).parse_args(argv)
        except CliError:
            pass  # words for it may name commands: it is said by a parser that knows all
    return build_parser().parse_args(argv)


def build_parser(words: Container[str] | None = None) -> ArgumentParser:
    """The parser of the whole command line, or of the commands that could be among `words`."""
    codes = "\n".join(f"  {code}  {words}" for code, words in EXIT_WORDS.items())
    parser = Parser(
        prog="drs-tui",
        description=_ABOUT,
        epilog=f"exit codes:\n{codes}\n  128 and the signal's number when a signal ends it\n\n"
        f"{COMMON_HELP}\n\nexample: drs-tui demo",
    )
    parser.add_argument("--version", action="version", version=f"drs-tui {__version__}")
    parser.set_defaults(call=drills.open_app, may_recover=False)
    drills.add_recovery(parser)
    commands = command_list(parser, "commands", required=False)
    for group, names in COMMANDS.items():
        if words is None or any(name in words for name in names):
            group.add_commands(commands)
    add_common_options(parser)
    return parser
