"""A thread that prints: whoever drives a run never waits for somebody to read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import SimpleQueue

from drs_tui.cli.say import drop_closed_outputs

PATIENCE_SECONDS = 1.0
"""How long what is left is waited for when a signal ends the process, in real time."""


class Printer:
    """Prints one thing after the other in a thread of its own.

    Where an output is closed, as `head` does, or its terminal gone, the drill goes on without it.
    """

    def __init__(self) -> None:
        """Begin to print."""
        self._wanted: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._print, name="printer", daemon=True)
        self._thread.start()

    def put(self, action: Callable[[], None]) -> None:
        """Print with `action` when it is its turn."""
        self._wanted.put(action)

    def ask(self, question: Callable[[], bool]) -> bool:
        """Ask when all before is printed, and wait for the answer."""
        answer: Future[bool] = Future()

        def act() -> None:
            try:
                answer.set_result(question())
            except Exception as error:
                answer.set_exception(error)

        self._wanted.put(act)
        return answer.result()

    def close(self, patience_seconds: float | None = None) -> bool:
        """Print what is left; False: nobody read it within the patience that there is, if any.

        Raises:
            Exception: what an action raised that was no fault of an output.
        """
        self._wanted.put(None)
        self._thread.join(patience_seconds)
        if self._failure is not None:
            raise self._failure
        return not self._thread.is_alive()

    def _print(self) -> None:
        while (action := self._wanted.get()) is not None:
            try:
                action()
            except OSError:
                drop_closed_outputs()
            except Exception as error:
                self._failure = self._failure or error
