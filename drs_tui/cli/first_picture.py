"""What the terminal shows until the app paints: that it is coming."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from drs_tui.signals import BY_SIGNAL

PICTURE = b"\x1b[?1049h\x1b[?25l\x1b[2J\x1b[H drs-tui  opening"
"""On the alternate screen, which the app takes over; without colours, which are the app's."""

TAKEN_BACK = b"\x1b[?25h\x1b[?1049l"

_OUTPUT = 2
"""Where the app writes too."""

_ENDING = (signal.SIGHUP, signal.SIGTERM)
"""Ctrl+c raises by itself."""


@contextmanager
def first_picture() -> Iterator[None]:
    """Show it, and import and make the app within; taken back if that fails, or a signal ends it.

    To import the app takes several times as long as all that comes before.
    """
    before = {number: signal.signal(number, _leave) for number in _ENDING}
    try:
        os.write(_OUTPUT, PICTURE)
        yield
    except BaseException:
        os.write(_OUTPUT, TAKEN_BACK)
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(BY_SIGNAL + number)
