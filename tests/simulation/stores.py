"""The store as one process reaches it: through a gate and a network that may both fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import TypeVar

from drs_tui.audit.chain import read_event
from drs_tui.audit.store import HeaderPage, Lease, Pulse, Request, StoreUnavailable
from drs_tui.model.events import Event, EventType
from drs_tui.model.header import RunHeader
from tests.simulation.faults import HOT, JOURNAL_FAULTS, STORE_FAULTS, Weather
from tests.simulation.machine import Machine, Road
from tests.simulation.process import Process
from tests.simulation.store import MemoryStore
from tests.simulation.trace import Trace
from tests.simulation.witness import Witness

T = TypeVar("T")

_HOT_EVENTS = frozenset(
    {
        EventType.WAVE_LAUNCH_INTENDED,
        EventType.WAVE_LAUNCHED,
        EventType.WAVE_LAUNCH_UNKNOWN,
        EventType.RUN_TAKEN_OVER,
        EventType.CLEANUP_INTENDED,
    }
)


OUTAGE_SECONDS = (5.0, 40.0, 600.0)
CUT_OFF_SECONDS = (40.0, 600.0)
"""Over the term of a lease, so that others can take over meanwhile."""


class ReachedStore:
    """A `Journal` of one process."""

    look_seconds = 1.0

    def __init__(
        self,
        inner: MemoryStore,
        process: Process,
        machine: Machine,
        *,
        loop: asyncio.AbstractEventLoop,
        weather: Weather,
        road: Road,
        random: Random,
        trace: Trace,
        witness: Witness | None,
    ) -> None:
        """Reach `inner`; `witness` is told of it unless it is only a journal."""
        self._inner = inner
        self._process = process
        self._machine = machine
        self._loop = loop
        self._weather = weather
        self._road = road
        self._random = random
        self._trace = trace
        self._witness = witness
        self._is_journal = witness is None
        self._behind: set[str] = set()

    @property
    def address(self) -> str:
        return self._inner.address

    async def close(self) -> None:
        await self._inner.close()

    async def _do(
        self, what: str, effect: Callable[[], Awaitable[T]], *, hot: bool = False, change: bool
    ) -> T:
        where = f"{what} in {self._inner.shelf.name}"
        await self._process.passes(f"before {where}" if change else "", hot=hot)
        fault = self._disk_fault(change) if self._is_journal else self._fault(hot=hot)
        if fault:
            self._trace.add(f"{self._process.name} {fault}: {where}")
        if self._is_journal:
            # A disk is quick, but not so quick that nothing else could happen meanwhile.
            await asyncio.sleep(0.001)
        else:
            slow = fault == "store slow"
            await asyncio.sleep(self._random.uniform(5, 40) if slow else 0.01)
        if fault not in ("", "store slow", "store unclear"):
            raise StoreUnavailable(f"{where}: {fault}")
        result = await effect()
        if self._witness is not None:
            self._witness.store_changed(self._process.name)
        if fault == "store unclear":
            raise StoreUnavailable(f"{where}: the answer was lost")
        await self._process.passes(f"after {where}" if change else "", hot=hot)
        return result

    def _fault(self, *, hot: bool) -> str:
        now = self._loop.time()
        if now < self._machine.own_road.out_until:
            # Nothing gets through, so that the lease goes stale and others can take over.
            return "store cut off"
        if now < self._road.out_until:
            return self._random.choice(("store refuses", "store refuses", "store unclear"))
        fault = self._weather.strikes(STORE_FAULTS, now, HOT if hot else 1)
        if fault in ("store outage", "store cut off"):
            everybody = fault == "store outage"
            road = self._road if everybody else self._machine.own_road
            seconds = self._random.choice(OUTAGE_SECONDS if everybody else CUT_OFF_SECONDS)
            road.out_until = self._weather.lasts(seconds, now)
        return fault

    def _disk_fault(self, change: bool) -> str:
        """SQLite says no before a transaction is there, never after: whoever lives sees all or
        nothing of it. One that is there unsaid is what a process killed behind the write leaves.
        """
        now = self._loop.time()
        if not change:
            return ""
        if now < self._machine.disk_full_until:
            return "disk full"
        fault = self._weather.strikes(JOURNAL_FAULTS, now, 3)
        if fault == "disk full":
            seconds = self._random.choice(OUTAGE_SECONDS)
            self._machine.disk_full_until = self._weather.lasts(seconds, now)
        return fault

    # Events -------------------------------------------------------------------------------------

    async def create(self, header: RunHeader, events: Sequence[Event]) -> None:
        await self._do("create", lambda: self._inner.create(header, events), change=True)
        self._acknowledge(events)

    async def append(
        self, run_id: str, expected_seq: int, epoch: int, events: Sequence[Event], header: RunHeader
    ) -> None:
        names = " ".join(f"{event.seq}:{event.type}" for event in events)
        hot = any(event.type in _HOT_EVENTS for event in events)
        # Until it is told that this is in, the process knows the store to be behind.
        self._behind.add(run_id)
        await self._do(
            f"append {names}",
            lambda: self._inner.append(run_id, expected_seq, epoch, events, header),
            hot=hot,
            change=True,
        )
        self._behind.discard(run_id)
        self._trace.add(f"{self._process.name} appended {names} to {self._inner.shelf.name}")
        self._acknowledge(events)

    def _acknowledge(self, events: Sequence[Event]) -> None:
        if self._witness is None:
            self._inner.shelf.acknowledged.update({event.text: None for event in events})
        else:
            self._witness.acknowledged.update({event.text: None for event in events})

    async def replace(self, header: RunHeader, events: Sequence[Event]) -> None:
        await self._do("replace", lambda: self._inner.replace(header, events), change=True)

    async def events(self, run_id: str, after: int = 0) -> AsyncIterator[Event]:
        async for text in self.texts(run_id, after):
            yield read_event(text)

    async def texts(self, run_id: str, after: int = 0) -> AsyncIterator[str]:
        async def read() -> list[str]:
            return [text async for text in self._inner.texts(run_id, after)]

        for text in await self._do("texts", read, change=False):
            yield text

    async def mark(self, run_id: str) -> Hashable:
        return await self._do("mark", lambda: self._inner.mark(run_id), change=False)

    # Headers and requests -----------------------------------------------------------------------

    async def header(self, run_id: str) -> RunHeader:
        return await self._do("header", lambda: self._inner.header(run_id), change=False)

    async def misfiled(self, run_id: str) -> str:
        return await self._do("misfiled", lambda: self._inner.misfiled(run_id), change=False)

    async def list(
        self,
        *,
        active: bool | None = None,
        plan_id: str | None = None,
        status: str | None = None,
        started_by: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        page: str | None = None,
    ) -> HeaderPage:
        return await self._do(
            "list",
            lambda: self._inner.list(
                active=active,
                plan_id=plan_id,
                status=status,
                started_by=started_by,
                since=since,
                until=until,
                limit=limit,
                page=page,
            ),
            change=False,
        )

    async def request(self, request: Request) -> None:
        await self._do("request", lambda: self._inner.request(request), change=True)

    async def requests(self, run_id: str) -> Sequence[Request]:
        return await self._do("requests", lambda: self._inner.requests(run_id), change=False)

    # The lease ----------------------------------------------------------------------------------

    async def lease(self, run_id: str) -> Lease | None:
        return await self._do("lease", lambda: self._inner.lease(run_id), change=False)

    async def leases(self, run_ids: Sequence[str]) -> Mapping[str, Lease]:
        return await self._do("leases", lambda: self._inner.leases(run_ids), change=False)

    async def acquire(
        self, run_id: str, holder: str, term_seconds: int, seen: Lease | None = None
    ) -> Lease:
        lease = await self._do(
            "acquire",
            lambda: self._inner.acquire(run_id, holder, term_seconds, seen),
            hot=True,
            change=True,
        )
        self._trace.add(
            f"{self._process.name} acquired epoch {lease.epoch} in {self._inner.shelf.name}"
        )
        return lease

    async def renew(self, lease: Lease, pulse: Pulse | None) -> Lease:
        renewed = await self._do("renew", lambda: self._inner.renew(lease, pulse), change=True)
        if self._witness is not None and lease.run_id not in self._behind:
            # Whoever went on detached is told that it is over.
            self._witness.detached.discard((self._process.name, lease.run_id))
        return renewed

    async def release(self, lease: Lease) -> None:
        await self._do("release", lambda: self._inner.release(lease), change=True)
