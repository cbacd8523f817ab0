"""Where log records go: to a file if one is named, and never to the terminal."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drs_tui.cli.failure import CliError

_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"

_SECRETIVE = ("aiobotocore", "aiohttp", "botocore")
"""Their DEBUG records have session tokens and whole answers in them, those of STS too."""


@contextmanager
def logging_to(path: Path | None) -> Iterator[None]:
    """Log to a file at DEBUG, readable for its owner alone; without one, nowhere.

    Nothing goes to stderr either way: that is where the screen is.

    Raises:
        CliError: the file cannot be written.
    """
    handler = _file(path) if path else logging.NullHandler()
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    if path:
        root.setLevel(logging.DEBUG)
        for name in _SECRETIVE:
            logging.getLogger(name).setLevel(logging.INFO)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()


def _file(path: Path) -> logging.Handler:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
        handler = logging.FileHandler(path, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise CliError(f"the log file {path} cannot be written: {error.strerror}") from error
    handler.setFormatter(logging.Formatter(_FORMAT))
    return handler
