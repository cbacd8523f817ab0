"""A run as its events are appended, by a driver of this host or of another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drs_tui.audit.opening import open_store
from drs_tui.audit.store import (
    Away,
    BadRecord,
    Lease,
    RunStore,
    StoreError,
    StoreUnavailable,
    UnsupportedStore,
)
from drs_tui.audit.tail import tail
from drs_tui.clock import Clock
from drs_tui.driver.orders import DriverError, Standing
from drs_tui.model.events import Event
from drs_tui.model.header import RunHeader
from drs_tui.model.run import fold
from drs_tui.model.state.run import Run
from drs_tui.tui.beat import Beat, DrillClock

LEASE_LOOK_SECONDS = 1.0
DRIVER_LOOK_SECONDS = 1.0
RETRY_SECONDS = 3.0


class Standings(Protocol):
    """Who knows how a run stands that is driven on this machine."""

    async def standing(self, run_id: str) -> Standing | None:
        """How a run stands; None if it isn't driven here, or no driver runs (none is started).

        Raises:
            DriverUnreachable: a driver runs, and does not answer.
        """


@dataclass(frozen=True, slots=True)
class _Record:
    """Where a run's events are read."""

    journal: str = ""
    """Address of the journal of the driver here; empty for the audit store."""

    epoch: int = 0
    """Of the driver whose journal it is: the next one's may have replaced what was in it."""


_STORE = _Record()


class LiveSource:
    """Tails a run's events, in the journal while a driver here drives it, else in the store.

    The journal has them first, and has them while the store is out of reach. It gives way to the
    store as soon as another driver is known to have taken the run over.
    """

    def __init__(
        self,
        run_id: str,
        store: Callable[[], Awaitable[RunStore]],
        driver: Standings,
        clock: Clock,
    ) -> None:
        """Follow nothing yet; `clock` is real time."""
        self.run_id = run_id
        self.run: Run | None = None
        self.has_parted = False
        """Whether events were shown that another driver, which went on with the run, never saw."""

        self._open_store = store
        self._driver = driver
        self._clock = clock
        self._drill_clock = DrillClock(clock)
        self._events: list[Event] = []
        self._standing: Standing | None = None
        self._stored_lease: Lease | None = None
        self._turned = asyncio.Event()
        self._record_trouble = ""
        self._lease_trouble = ""

    @property
    def events(self) -> Sequence[Event]:
        """What was appended so far."""
        return self._events

    @property
    def count(self) -> int:
        """How many events were appended so far."""
        return len(self._events)

    @property
    def trouble(self) -> str:
        """Why nothing new can be known; empty when all is well."""
        return self._record_trouble or (self._lease_trouble if self._here is None else "")

    @property
    def away(self) -> Away | None:
        """The store, while it is out of reach of the driver here that drives the run."""
        return self._here.away if self._here is not None else None

    def now(self) -> datetime:
        """The moment in the drill."""
        return self._drill_clock.now()

    def beat(self) -> Beat:
        """How the driver does."""
        return self._drill_clock.beat()

    async def follow(self, moved: Callable[[], object]) -> None:
        """Follow the run until cancelled; go on after trouble with the store."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look_at_driver(), name="look at the driver")
            tasks.create_task(self._look_at_lease(), name="look at the lease")
            while True:
                record = self._record()
                following = tasks.create_task(self._follow_record(record, moved))
                while self._record() == record:
                    self._turned.clear()
                    await self._turned.wait()
                following.cancel()
                await asyncio.wait({following})

    # Who drives, and where the record is --------------------------------------------------------

    @property
    def _here(self) -> Standing | None:
        """How the run stands with the driver here, unless another has taken it over meanwhile."""
        standing, stored = self._standing, self._stored_lease
        if standing is None or (stored is not None and stored.epoch > standing.lease.epoch):
            return None
        return standing

    def _record(self) -> _Record:
        here = self._here
        if here is None or not here.journal:
            return _STORE
        return _Record(here.journal, here.lease.epoch)

    async def _look_at_driver(self) -> None:
        while True:
            try:
                self._standing = await self._driver.standing(self.run_id)
            except DriverError:
                self._standing = None  # What the store says of it is shown then.
            if self._here is not None:
                self._drill_clock.see_lease(self._here.lease, is_fresh=True)
            self._turned.set()
            await self._clock.sleep(DRIVER_LOOK_SECONDS)

    async def _look_at_lease(self) -> None:
        while True:
            wait = LEASE_LOOK_SECONDS
            try:
                store = await self._open_store()
                wait = max(wait, store.look_seconds)
                self._stored_lease = await store.lease(self.run_id)
                self._lease_trouble = ""
                self._turned.set()
                if self._here is None:
                    self._drill_clock.see_lease(self._stored_lease)
            except StoreError as error:
                self._lease_trouble = str(error)
            await self._clock.sleep(wait)

    # Events -------------------------------------------------------------------------------------

    async def _follow_record(self, record: _Record, moved: Callable[[], object]) -> None:
        while True:
            try:
                async with self._opened(record) as store:
                    await self._tail(store, moved)
            except (StoreUnavailable, UnsupportedStore) as error:
                self._say(str(error), moved)
            except StoreError as error:
                self._say(str(error), moved)
                return
            await self._clock.sleep(RETRY_SECONDS)

    @asynccontextmanager
    async def _opened(self, record: _Record) -> AsyncIterator[RunStore]:
        if not record.journal:
            yield await self._open_store()
            return
        journal = await open_store(record.journal)
        try:
            yield journal
        finally:
            await journal.close()

    async def _tail(self, store: RunStore, moved: Callable[[], object]) -> None:
        header = await self._caught_up(store, moved)
        goes_on = await self._goes_on(store, header)
        events, run = (self._events, self.run) if goes_on else ([], None)
        self.has_parted = self.has_parted or not goes_on
        self._say("", moved)
        async for batch in tail(store, self.run_id, len(events), clock=self._clock):
            events += batch
            run = fold(batch, run)
            assert run is not None, "a batch has events"
            self._events, self.run = events, run
            live = batch[-1].seq > header.seq
            self._drill_clock.see_events(batch, run.speed_percent, live=live)
            self._say("", moved)
            # A long run comes in many batches: keys must work in between.
            await asyncio.sleep(0)

    async def _caught_up(self, store: RunStore, moved: Callable[[], object]) -> RunHeader:
        """A record's header, once the record is not just the beginning of what is shown."""
        while True:
            header = await store.header(self.run_id)
            lacking = len(self._events) - header.seq
            if lacking <= 0 or self._events[header.seq - 1].hash != header.head_hash:
                return header
            self._say(f"{store.address} lacks the last {lacking} events still", moved)
            await self._clock.sleep(store.look_seconds)

    async def _goes_on(self, store: RunStore, header: RunHeader) -> bool:
        """Whether a record that has caught up begins with all that is shown."""
        if not self._events or header.seq < len(self._events):
            return not self._events
        last = self._events[-1]
        if header.seq == last.seq:
            return header.head_hash == last.hash
        async for event in store.events(self.run_id, last.seq):
            return event.prev_hash == last.hash
        raise BadRecord(f"event {last.seq + 1} of run {self.run_id} is missing")

    def _say(self, words: str, moved: Callable[[], object]) -> None:
        self._record_trouble = words
        moved()
