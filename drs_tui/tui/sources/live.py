"""A run as its events are appended, by a driver of this host or of another."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from drs_tui.audit.store import RunStore, StoreError, StoreUnavailable
from drs_tui.audit.tail import tail
from drs_tui.clock import Clock
from drs_tui.model.events import Event
from drs_tui.model.run import fold
from drs_tui.model.state import Run
from drs_tui.tui.beat import Beat, DrillClock

LEASE_LOOK_SECONDS = 1.0
RETRY_SECONDS = 3.0


class LiveSource:
    """Tails a run's events and looks at its lease."""

    def __init__(self, run_id: str, store: Callable[[], Awaitable[RunStore]], clock: Clock) -> None:
        """Follow nothing yet; `clock` is real time."""
        self.run_id = run_id
        self.run: Run | None = None
        self.trouble = ""
        self._open_store = store
        self._clock = clock
        self._drill_clock = DrillClock(clock)
        self._events: list[Event] = []

    @property
    def events(self) -> Sequence[Event]:
        """What was appended so far."""
        return self._events

    @property
    def count(self) -> int:
        """How many events were appended so far."""
        return len(self._events)

    def now(self) -> datetime:
        """The moment in the drill."""
        return self._drill_clock.now()

    def beat(self) -> Beat:
        """How the driver does."""
        return self._drill_clock.beat()

    async def follow(self, moved: Callable[[], object]) -> None:
        """Tail events and look at the lease until cancelled; go on after trouble with the store."""
        while True:
            looking: asyncio.Task[None] | None = None
            try:
                store = await self._open_store()
                last = (await store.header(self.run_id)).seq
                self._drill_clock.see_lease(await store.lease(self.run_id))
                looking = asyncio.create_task(self._look_at_lease(store), name="look at the lease")
                await self._tail(store, last, moved)
            except StoreUnavailable as error:
                self._say(str(error), moved)
            except StoreError as error:
                self._say(str(error), moved)
                return
            finally:
                if looking is not None:
                    looking.cancel()
            await self._clock.sleep(RETRY_SECONDS)

    async def _tail(self, store: RunStore, last: int, moved: Callable[[], object]) -> None:
        async for batch in tail(store, self.run_id, len(self._events), clock=self._clock):
            live = batch[-1].seq > last
            self._events += batch
            self.run = fold(batch, self.run)
            assert self.run is not None, "a batch has events"
            self._drill_clock.see_events(batch, self.run.speed_percent, live=live)
            self.trouble = ""
            moved()
            # A long run comes in many batches: keys must work in between.
            await asyncio.sleep(0)

    async def _look_at_lease(self, store: RunStore) -> None:
        while True:
            await self._clock.sleep(max(LEASE_LOOK_SECONDS, store.look_seconds))
            try:
                self._drill_clock.see_lease(await store.lease(self.run_id))
                self.trouble = ""
            except StoreUnavailable as error:
                self.trouble = str(error)

    def _say(self, words: str, moved: Callable[[], object]) -> None:
        self.trouble = words
        moved()
