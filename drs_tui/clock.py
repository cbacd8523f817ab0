"""Time as everything here sees it: one injected clock, so that tests and drills can bend it."""

from __future__ import annotations

import asyncio
import heapq
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Protocol

SHORTEST_TICK_SECONDS = 0.05
"""No sleep is shorter than this in real time, however fast a drill is played."""


class Clock(Protocol):
    """Where a component gets its time from."""

    @property
    def speed(self) -> float:
        """Seconds of this clock that pass in one real second."""

    def now(self) -> datetime:
        """The current moment, aware, in UTC."""

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never goes back."""

    async def sleep(self, seconds: float) -> None:
        """Return once `seconds` of this clock have passed."""


class SystemClock:
    """The machine's own time."""

    speed = 1.0

    def now(self) -> datetime:
        """The wall clock, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds on the machine's monotonic clock."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Sleep for `seconds` of real time."""
        await asyncio.sleep(seconds)


class ScaledClock:
    """Time that passes `speed` times as fast as real time, from a chosen moment on."""

    def __init__(self, speed: float, start: datetime) -> None:
        """Begin at `start` (aware).

        Raises:
            ValueError: `speed` is not above zero, or `start` has no zone.
        """
        if not speed > 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        if start.tzinfo is None:
            raise ValueError("the start of a scaled clock needs a time zone")
        self.speed = float(speed)
        self._start = start.astimezone(UTC)
        self._origin = time.monotonic()

    def now(self) -> datetime:
        """The scaled moment, in UTC."""
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Scaled seconds since the clock was made."""
        return (time.monotonic() - self._origin) * self.speed

    async def sleep(self, seconds: float) -> None:
        """Sleep for `seconds` of scaled time, but never under the shortest real tick."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        await asyncio.sleep(max(seconds / self.speed, SHORTEST_TICK_SECONDS))


class ManualClock:
    """Time that stands still until it is moved, for tests."""

    speed = 1.0

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        """Stand at `start` (aware)."""
        self._now = start.astimezone(UTC)
        self._elapsed = 0.0
        self._order = count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """Where the clock stands, in UTC."""
        return self._now

    def monotonic(self) -> float:
        """Seconds it has been moved forward since it was made."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock has been moved forward by `seconds`."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._elapsed + seconds, next(self._order), future))
        await future

    def next_wake(self) -> float | None:
        """Seconds until the next sleeper is due; None when nobody sleeps."""
        while self._sleepers and self._sleepers[0][2].done():
            heapq.heappop(self._sleepers)
        return self._sleepers[0][0] - self._elapsed if self._sleepers else None

    def advance(self, seconds: float) -> None:
        """Move forward and wake, in order, whoever is due."""
        self._elapsed += seconds
        self._now += timedelta(seconds=seconds)
        # A rounding error must not leave somebody asleep whom `next_wake` called due.
        while self._sleepers and self._sleepers[0][0] <= self._elapsed + 1e-9:
            _, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                future.set_result(None)
