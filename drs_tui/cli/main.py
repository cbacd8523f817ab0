"""One command: its arguments and settings, its call, and how it ends."""

from __future__ import annotations

import io
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence

from drs_tui.cli.arguments import parse_arguments
from drs_tui.cli.failure import CliError
from drs_tui.cli.say import drop_closed_outputs
from drs_tui.model.exit_codes import OUT_OF_REACH, USAGE
from drs_tui.signals import BY_SIGNAL


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the arguments say, those of this process unless given; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without UTF-8 gets a question mark rather than a traceback.
            stream.reconfigure(errors="replace")
    try:
        code = _call(parse_arguments(sys.argv[1:] if argv is None else argv))
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        return BY_SIGNAL + signal.SIGINT
    except BrokenPipeError:
        drop_closed_outputs()
        return BY_SIGNAL + signal.SIGPIPE
    except CliError as error:
        return _fail(error, error.code)
    except Exception as error:
        known = _code_of(error)
        if known is None:
            raise
        return _fail(error, known)


def _call(args: Namespace) -> int:
    from drs_tui.cli.logs import logging_to
    from drs_tui.config_reading import Flags, read_settings

    if args.may_recover and args.command not in (None, "demo"):
        raise CliError("--recovery before a command opens the app with it: say it after `run`")
    given = {name: value for name, value in vars(args).items() if name in Flags.__slots__}
    settings = read_settings(Flags(**given), os.environ)
    with logging_to(settings.log_file):
        code: int = args.call(args, settings)
        return code


def _code_of(error: Exception) -> int | None:
    """The exit code of an error that other rooms raise; None if it is a defect."""
    # They are imported when something has failed: most commands need only some of them.
    from drs_tui.audit.store import RunNotFound, StoreError
    from drs_tui.aws.errors import AwsError
    from drs_tui.config_file import ConfigError
    from drs_tui.driver.orders import DriverError

    if isinstance(error, ConfigError | RunNotFound):
        return USAGE
    return OUT_OF_REACH if isinstance(error, StoreError | AwsError | DriverError) else None


def _fail(error: Exception, code: int) -> int:
    from drs_tui.cli.say import say

    say(f"drs-tui: {error}")
    return code
