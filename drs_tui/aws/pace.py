"""How fast many reads in a row may go."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from drs_tui.clock import Clock

CALLS_A_SECOND = 10
"""DRS publishes no rates; its calls share an account's budget with everything else there."""


class Pace:
    """Lets no more than so many calls go within any second, in the order in which they come."""

    def __init__(self, clock: Clock, calls_a_second: int = CALLS_A_SECOND) -> None:
        """Count from now, by `clock`."""
        self._clock = clock
        self._gone: deque[float] = deque(maxlen=calls_a_second)
        """When the last so many calls went."""

        self._order = asyncio.Lock()

    async def turn(self) -> None:
        """Return when one more call may go."""
        async with self._order:
            if len(self._gone) == self._gone.maxlen:
                # Once, whatever the clock says then: rounding must not make it wait for ever.
                await self._clock.sleep(self._gone[0] + 1.0 - self._clock.monotonic())
            self._gone.append(self._clock.monotonic())


_pace: ContextVar[Pace] = ContextVar("pace")


@contextmanager
def paced(pace: Pace | None) -> Iterator[None]:
    """Have every read within, each page of it too, wait for its turn; None: none waits."""
    if pace is None:
        yield
        return
    token = _pace.set(pace)
    try:
        yield
    finally:
        _pace.reset(token)


async def turn() -> None:
    """Wait for a turn, where reads are paced."""
    pace = _pace.get(None)
    if pace is not None:
        await pace.turn()
