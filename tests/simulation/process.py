"""A driver's process, whose every effect passes a gate that can be shut for a while or for ever."""

from __future__ import annotations

import asyncio
from datetime import datetime

from tests.simulation.faults import HOT, PROCESS_FAULTS, Weather
from tests.simulation.loop import VirtualClock
from tests.simulation.trace import Trace


class Process:
    """Lives, stands still, or is dead; a dead one's `finally` clauses reach nothing any more."""

    def __init__(
        self, name: str, loop: asyncio.AbstractEventLoop, weather: Weather, trace: Trace
    ) -> None:
        self.name = name
        self.dead = False
        self.over = False
        """Whether the simulation has ended: what is left of the process only unwinds."""
        self.asleep_seconds = 0.0
        """How much its monotonic clock lags: a sleeping machine's stands still."""
        self._stopped_at = -1.0
        self._loop = loop
        self._weather = weather
        self._trace = trace
        self._going = asyncio.Event()
        self._going.set()
        self._for_ever: list[asyncio.Future[None]] = []
        """What a dead process waits for: held, or its tasks would be collected, and unwind."""

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return not self._going.is_set()

    @property
    def stops_just_now(self) -> bool:
        """Whether it was killed or frozen at this very moment: what had left by then has left."""
        return self._stopped_at == self._loop.time()

    async def passes(self, what: str = "", *, hot: bool = False) -> None:
        """Go on, unless the process is stopped here or was before."""
        if self.over:
            raise asyncio.CancelledError
        if what and not self.dead and self._going.is_set():
            fault = self._weather.strikes(PROCESS_FAULTS, self._loop.time(), HOT if hot else 1)
            if fault == "driver killed":
                self.die(what)
            elif fault:
                self.freeze(what, asleep=fault == "driver asleep")
        while self.dead or not self._going.is_set():
            if self.dead:
                await self.never()
            await self._going.wait()

    async def never(self) -> None:
        """Wait for what will not come."""
        future = self._loop.create_future()
        self._for_ever.append(future)
        await future

    def die(self, where: str) -> None:
        """End, without another effect."""
        self._trace.add(f"{self.name} DIES at {where}")
        self._stopped_at = self._loop.time()
        self.dead = True

    def freeze(self, where: str, *, asleep: bool) -> None:
        """Stand still for a while."""
        seconds = self._weather.random.choice((2.0, 20.0, 28.0, 40.0, 90.0, 400.0))
        self._trace.add(f"{self.name} FREEZES for {seconds:.0f} s at {where}")
        self._stopped_at = self._loop.time()
        self._going.clear()
        if asleep:
            self.asleep_seconds += seconds
        self._loop.call_later(seconds, self.thaw)

    def thaw(self) -> None:
        """Go on where it stopped."""
        if self.frozen:
            self._trace.add(f"{self.name} THAWS")
            self._going.set()


class ProcessClock(VirtualClock):
    """The clocks of one process: it reads none while it is stopped."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, process: Process, off_seconds: float
    ) -> None:
        super().__init__(loop, off_seconds)
        self._process = process

    def monotonic(self) -> float:
        """Seconds since the loop was made, less those asleep."""
        return super().monotonic() - self._process.asleep_seconds

    def boot(self) -> float:
        """The same, those asleep included."""
        return super().monotonic()

    def now(self) -> datetime:
        """The wall clock."""
        return super().now()

    async def sleep(self, seconds: float) -> None:
        """Return once so many seconds have passed and the process goes on."""
        await super().sleep(seconds)
        await self._process.passes()
