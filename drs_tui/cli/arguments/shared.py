"""What all commands have in common: the way they are added, their options, kinds of values."""

from __future__ import annotations

import math
import re
from argparse import SUPPRESS, ArgumentParser, ArgumentTypeError, Namespace
from argparse import RawDescriptionHelpFormatter as HelpFormatter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from drs_tui.cli.failure import CliError

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from drs_tui.config import Settings

Commands: TypeAlias = "_SubParsersAction[Parser]"
"""Where commands are added."""

Call = Callable[[Namespace, "Settings"], int]
"""What a command does; returns the exit code. What keeps it from being done is raised, as CliError
or as the room that was asked has it, and said in words by `main`."""

COMMON_HELP = """\
A setting comes from its option, else from the environment (DRS_TUI_PROFILE, _REGION,
_ENDPOINT_URL, _STORE, _CONFIG, _READ_ONLY, _LOG_FILE, _ON_HANGUP, _NOTIFY, _PLANS, _THEME,
_ASCII, _PERSONAL_ROLES, _SEAL_COMMAND, _SEAL_S3, _SEAL_RETAIN_DAYS, _SEAL_KMS, _SEAL_REGION,
_SEAL_PROFILE, _SEAL_ENDPOINT_URL), else from the configuration file; `drs-tui doctor` shows
what is in use."""


class Parser(ArgumentParser):
    """A parser that takes no abbreviations, and says what is wrong in one line."""

    def __init__(self, **settings: Any) -> None:
        """Take what argparse's own parser takes."""
        super().__init__(formatter_class=HelpFormatter, allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        """End with words.

        Raises:
            CliError: always.
        """
        raise CliError(f"{message}; see {self.prog} --help")


def command_list(parser: ArgumentParser, title: str, *, required: bool = True) -> Commands:
    """Make room for commands under a parser."""
    return parser.add_subparsers(
        title=title, metavar="COMMAND", required=required, dest="command", parser_class=Parser
    )


def add_command(
    commands: Commands, name: str, call: Call, *, summary: str, details: str = "", example: str
) -> Parser:
    """Add a command with its help and the common options."""
    about = f"{summary[0].upper()}{summary[1:]}."
    parser = commands.add_parser(
        name,
        help=summary,
        description=f"{about}\n\n{details}".strip(),
        epilog=f"example: {example}",
        parents=[_common_options()],
    )
    parser.set_defaults(call=call)
    return parser


@cache
def _common_options() -> Parser:
    """Made once for all commands: argparse tries each option out when it is added."""
    common = Parser(add_help=False)
    add_common_options(common)
    return common


def add_common_options(parser: ArgumentParser) -> None:
    """Add what every command takes."""
    # Absent unless given, so that a command leaves alone what was said before its name.
    options = parser.add_argument_group("settings", argument_default=SUPPRESS)
    options.add_argument("--profile", metavar="NAME", help="AWS profile (default: the SDK's own)")
    options.add_argument("--region", metavar="NAME", help="AWS Region (default: the SDK's own)")
    options.add_argument(
        "--endpoint-url",
        metavar="URL",
        help="where DRS, STS, EC2, IAM, SSM are called (default: AWS; a URL on this machine is "
        "taken for a simulator and gets no real credentials)",
    )
    options.add_argument(
        "--store",
        metavar="ADDRESS",
        help="the audit store, sqlite:PATH or dynamodb:TABLE[?region=…&profile=…&endpoint=…] "
        "(default: a SQLite file among your data)",
    )
    options.add_argument(
        "--config", metavar="FILE", help="configuration file (default: config.toml in your own)"
    )
    options.add_argument(
        "--read-only", action="store_true", help="watch only: nothing is launched or terminated"
    )
    options.add_argument(
        "--log-file", metavar="FILE", help="write a detailed log there (default: no log)"
    )
    options.add_argument(
        "--ascii",
        action="store_true",
        help="the app shows ASCII alone (default: where the locale has no UTF-8)",
    )


def add_json(parser: ArgumentParser, what: str) -> None:
    """Add `--json`."""
    parser.add_argument("--json", action="store_true", help=f"print {what}, one JSON object a line")


def add_run(parser: ArgumentParser) -> None:
    """Add the argument that names a run."""
    parser.add_argument(
        "run",
        metavar="RUN",
        help="id of a run, the beginning or the end of it if no other has that, or `last`",
    )


def speed(text: str) -> float:
    """How many times as fast as real time.

    Raises:
        ArgumentTypeError: it is not a number above 0.
    """
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not (math.isfinite(number) and number > 0):
        raise ArgumentTypeError(f"a speed is a number above 0, not {text!r}")
    return number


def duration(text: str) -> int:
    """Seconds of a duration as plans write it.

    Raises:
        ArgumentTypeError: it is none.
    """
    from drs_tui.plans.values import duration_seconds

    try:
        return duration_seconds(text)
    except ValueError as error:
        raise ArgumentTypeError(f"it is {error}, not {text!r}") from error


def instance_id(text: str) -> str:
    """The id of an EC2 instance.

    Raises:
        ArgumentTypeError: it is none.
    """
    if not re.fullmatch("i-[0-9a-f]{8}([0-9a-f]{9})?", text):
        raise ArgumentTypeError(f"an instance's id is i- and 8 or 17 of 0-9 and a-f, not {text!r}")
    return text


def replay_speed(text: str) -> float:
    """The same, or `max` for no waits at all, which is infinity.

    Raises:
        ArgumentTypeError: it is neither.
    """
    return math.inf if text == "max" else speed(text)


def moment(text: str) -> datetime:
    """A moment; without a zone it is UTC's, and without a time the day's beginning.

    Raises:
        ArgumentTypeError: it is none.
    """
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            f"expected a date such as 2026-11-23 or 2026-11-23T22:30+01:00, not {text!r}"
        ) from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def count(text: str) -> int:
    """How many.

    Raises:
        ArgumentTypeError: it is not a whole number from 1.
    """
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"expected a whole number from 1, not {text!r}")
    return int(text)
