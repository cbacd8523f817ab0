"""Runs in files: read for verifying, replaying and importing, written by an export."""

from __future__ import annotations

import os
from pathlib import Path

from drs_tui.audit.bundle import RunFile, read_run_file
from drs_tui.audit.store import BadRecord
from drs_tui.cli.failure import CliError


def run_file(path: Path) -> RunFile:
    """The run in a file, not verified.

    Raises:
        CliError: it can't be read, or holds no run.
    """
    try:
        return read_run_file(path.read_bytes())
    except OSError as error:
        raise CliError(f"{path} cannot be read: {error.strerror}") from error
    except BadRecord as error:
        raise CliError(
            f"{path} is not a run as `drs-tui runs export RUN` or `drs-tui runs events RUN --json` "
            f"writes it: {error}"
        ) from error


def is_file(reference: str) -> bool:
    """Whether what somebody typed for a run names a file; a path that is none is said so.

    Raises:
        CliError: it can only be a path, and there is no such file.
    """
    if Path(reference).is_file():
        return True
    if "/" in reference:
        raise CliError(f"there is no file {reference}")
    return False


def write_new(path: Path, data: bytes) -> None:
    """Write a file that is not there yet, whole and on the disk, or none.

    Raises:
        CliError: it is there, or can't be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with partial.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename it never takes the place of what somebody else has just written there.
        path.hardlink_to(partial)
    except FileExistsError as error:
        raise CliError(f"{path} is there already: name another file") from error
    except OSError as error:
        raise CliError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink(missing_ok=True)
