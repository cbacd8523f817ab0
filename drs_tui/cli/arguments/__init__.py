"""What may be typed, and the call that each command leads to.

Nothing here imports more than argparse before a command is chosen, so that help comes at once.
"""

from __future__ import annotations

from argparse import ArgumentParser

from drs_tui import __version__
from drs_tui.cli.arguments import drills, plans, setup, store, trail
from drs_tui.cli.arguments.shared import COMMON_HELP, Parser, add_common_options, command_list
from drs_tui.model.exit_codes import EXIT_WORDS

__all__ = ["build_parser"]

_ABOUT = """\
Recovery drills on AWS Elastic Disaster Recovery (DRS), in a terminal.

Without a command the app opens. `drs-tui demo` is the app on a simulated DRS: it needs no AWS
account and touches none."""


def build_parser() -> ArgumentParser:
    """The parser of the whole command line."""
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
    for group in (drills, trail, plans, store, setup):
        group.add_commands(commands)
    add_common_options(parser)
    return parser
