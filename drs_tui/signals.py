"""Signals that end a process: a thread takes them, whatever the main thread is stuck in."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Sequence
from queue import SimpleQueue
from types import FrameType, TracebackType
from typing import Any, NoReturn, Self

BY_SIGNAL = 128
"""Added to a signal's number it is the exit code of whatever that signal ended."""


class SignalThread:
    """Calls `end` with the first of the signals that comes, in a thread; a context manager.

    An event loop that is blocked, by a terminal that nobody reads say, never runs the handlers
    that were added to it; those of the interpreter run even then, and wake this thread.
    """

    def __init__(self, numbers: Sequence[int], end: Callable[[int], None]) -> None:
        """Take nothing yet."""
        self.number: int | None = None
        """The signal that came; None as long as none did."""

        self._numbers = numbers
        self._end = end
        # Unlike an Event it may be used by a handler that interrupts another.
        self._woken: SimpleQueue[int | None] = SimpleQueue()
        self._before: dict[int, Any] = {}
        self._thread = threading.Thread(target=self._wait, name="signals", daemon=True)
        self._leaving = threading.Lock()
        self._left = threading.Event()

    def __enter__(self) -> Self:
        """Begin to take them; only the main thread can."""
        self._thread.start()
        self._before = {n: signal.signal(n, self._receive) for n in self._numbers}
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave them to whoever had them before; returns never if the thread ends the process."""
        with self._leaving:
            self._left.set()
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._woken.put(None)

    def left_within(self, seconds: float) -> bool:
        """For `end`: whether the main thread got out of the context by itself."""
        return self._left.wait(seconds)

    def leave(self, last: Callable[[], object] = lambda: None) -> None:
        """For `end`: end the process after `last`, unless the main thread got out before."""
        with self._leaving:
            if not self._left.is_set():
                assert self.number is not None, "only a signal calls `end`"
                try:
                    last()
                finally:
                    leave_at_once(self.number)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        # A suspended process is continued so that it can end, not to come back to the terminal.
        signal.signal(signal.SIGCONT, _do_nothing)
        if self.number is None:
            self.number = number
            self._woken.put(number)

    def _wait(self) -> None:
        number = self._woken.get()
        if number is not None:
            self._end(number)


def leave_at_once(number: int) -> NoReturn:
    """End the process by a signal, without a word to anything that may be stuck."""
    os._exit(BY_SIGNAL + number)


def _do_nothing(_number: int, _frame: FrameType | None) -> None:
    pass
