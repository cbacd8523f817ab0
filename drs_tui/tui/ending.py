"""Running the app to its end, which may be a signal, and leaving the terminal as it was."""

from __future__ import annotations

import signal
from collections.abc import Callable

from drs_tui.signals import BY_SIGNAL, SignalThread, leave_at_once
from drs_tui.tui.app import DrsTui
from drs_tui.tui.terminal import Terminal, is_lent_to_others

ENDING = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
"""Taken even where they were ignored: without its terminal an app has nothing to do."""

ORDERLY_SECONDS = 1.0
"""How long the app may take to end by itself, in real time."""


def run_app(app: DrsTui, hung_up: Callable[[], object]) -> int:
    """Run the app; returns its exit code, 128 and its number after a signal.

    `hung_up` is called, in a thread, when the terminal is lost.

    Raises:
        OSError: the terminal can't be written to, though it is not lost.
    """
    terminal = Terminal()

    def end(number: int) -> None:
        if number == signal.SIGHUP:
            hung_up()
        if is_lent_to_others():
            leave_at_once(number)
        app.post_message(DrsTui.Signalled(number))
        if not signals.left_within(ORDERLY_SECONDS):
            signals.leave(terminal.restore)

    with SignalThread(ENDING, end) as signals:
        try:
            app.run()
        except OSError:
            # Its last words can't be said where there is no terminal any more.
            if signals.number != signal.SIGHUP:
                raise
    if signals.number is not None:
        return BY_SIGNAL + signals.number
    # None: it was ended from outside, which is no success.
    return 1 if app.return_code is None else app.return_code
