"""An event loop whose time is virtual: it waits for nothing and jumps to the next timer."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

START = datetime(2026, 11, 23, 1, 0, 0, tzinfo=UTC)
"""The wall time at which every simulation begins."""


ROUNDS_OF_ENDING = 10
"""A cancelled task may wait once more, for something that was cancelled too."""


class NothingWillHappenError(Exception):
    """Everybody waits, and no timer is left that could wake anyone."""


class VirtualLoop(asyncio.BaseEventLoop):
    """Runs callbacks in order, without sockets, threads or waiting.

    It is its own selector: asked to wait so many seconds for input, it says that they have passed.
    """

    def __init__(self) -> None:
        super().__init__()
        self.seconds = 0.0
        self._selector = self
        # Wider than what adding floats loses, or a timer would stay a hair away for ever.
        self._clock_resolution = 1e-6
        self.complaints: list[str] = []
        """What nobody else heard of: exceptions of tasks that are not awaited."""
        self.set_exception_handler(self._complain)

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self.seconds

    def select(self, timeout: float | None) -> list[Any]:
        """Let the time to the next timer pass."""
        if timeout is None:
            raise NothingWillHappenError
        self.seconds += timeout
        return []

    def _process_events(self, event_list: list[Any]) -> None:
        """No input, no events."""

    def _write_to_self(self) -> None:
        """Nothing sleeps that would have to be woken."""

    def _complain(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.complaints.append(f"{context['message']} {error!r}" if error else context["message"])


class VirtualClock:
    """The loop's time as a `Clock`, and how far it is off."""

    speed = 1.0

    def __init__(self, loop: asyncio.AbstractEventLoop, off_seconds: float = 0.0) -> None:
        self._loop = loop
        self._off = timedelta(seconds=off_seconds)

    def now(self) -> datetime:
        """The wall clock."""
        return START + timedelta(seconds=round(self._loop.time(), 6)) + self._off

    def monotonic(self) -> float:
        """Seconds since the loop was made."""
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        """Return once so many virtual seconds have passed."""
        await asyncio.sleep(max(seconds, 0.0))


async def _unwind() -> None:
    """Let cancelled tasks go on a little."""
    for _ in range(10):
        await asyncio.sleep(0)


def run_virtually(loop: VirtualLoop, main: Coroutine[Any, Any, T]) -> T:
    """Run `main` to its end, then end what is left, by name so that it always goes alike."""
    asyncio.set_event_loop(loop)
    try:
        return loop.run_until_complete(main)
    finally:
        for _ in range(ROUNDS_OF_ENDING):
            left = sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name())
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(_unwind())
        loop.run_until_complete(loop.shutdown_asyncgens())
        asyncio.set_event_loop(None)
        loop.close()
