"""How many reads a service gets: no more than so many a second, and fewer when it says so."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from drs_tui.clock import Clock

CALLS_A_SECOND = 10.0
"""The most, on average. DRS publishes no limit, and shares its own with whoever else calls it."""

AT_ONCE = 10.0
"""Calls that may be made one right after the other when none was for a while."""

LEAST_A_SECOND = 0.1
BACK_A_CALL = 0.1
"""What an answer adds to the rate again, in calls a second."""


_has_precedence: ContextVar[bool] = ContextVar("has_precedence", default=False)


@contextmanager
def precedence() -> Iterator[None]:
    """Have every read within go before those of others that wait, hundreds as they may be."""
    token = _has_precedence.set(True)
    try:
        yield
    finally:
        _has_precedence.reset(token)


class Allowance:
    """Calls that a service of one account and Region may be sent, as tokens that come with time.

    Everybody of this process who reads there shares them: who polls, who surveys, who cleans up.
    """

    def __init__(self, clock: Clock) -> None:
        """Reckon in the drill time of `clock`."""
        self._clock = clock
        self._rate = CALLS_A_SECOND
        self._left = AT_ONCE
        self._at = clock.monotonic()
        self._order = asyncio.Lock()
        """Held by the one who gets the next call, of those who have no precedence."""

    @property
    def left(self) -> int:
        """How many calls may be made at once, now."""
        self._refill()
        return max(int(self._left), 0)

    async def take(self) -> None:
        """Return when one more call may be made; those who wait get theirs in turn."""
        if _has_precedence.get():
            await self._take()
            return
        async with self._order:
            await self._take()

    async def _take(self) -> None:
        self._refill()
        self._left -= 1
        if self._left < 0:
            await self._clock.sleep(-self._left / self._rate)

    def answered(self) -> None:
        """Let calls come a little faster again, after an answer."""
        self._refill()
        self._rate = min(self._rate + BACK_A_CALL, CALLS_A_SECOND)

    def throttled(self) -> None:
        """Halve the rate, and let nothing that was saved up burst out afterwards."""
        self._refill()
        self._rate = max(self._rate / 2, LEAST_A_SECOND)
        self._left = min(self._left, 1.0)

    def _refill(self) -> None:
        now = self._clock.monotonic()
        # What is saved up is the less, the fewer calls a second are left.
        most = AT_ONCE * self._rate / CALLS_A_SECOND
        self._left = min(self._left + (now - self._at) * self._rate, most)
        self._at = now
