"""One machine that drives a run: its clocks, its journal, and its way to the store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any, TypeVar

from drs_tui.audit.recorder import Recorder
from drs_tui.audit.sqlite import SqliteStore, open_sqlite
from drs_tui.audit.store import Pulse, RunStore, StoreUnavailable
from drs_tui.clock import ManualClock
from drs_tui.model.events import Draft, Event, EventType
from tests.audit.runs import RUN, START, draft, until

T = TypeVar("T")

CREATED = Draft(EventType.RUN_CREATED, START, "ana", {"mode": "drill"})
TERM = 30


class Remote:
    """A store that can be cut off, before or after it has done what was asked."""

    def __init__(self, store: RunStore) -> None:
        self.store = store
        self.away = False
        self.answers_lost = False
        self.appends: list[tuple[int, ...]] = []
        self.beats: list[int] = []
        """Before each renewal that was asked for."""

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self.store, name)
        if name in {"address", "look_seconds"}:
            return inner
        if name in {"events", "texts"}:
            self._refuse()
            return inner

        async def call(*args: Any, **kwargs: Any) -> Any:
            self._refuse()
            if name == "append":
                self.appends.append(tuple(event.seq for event in args[3]))
            if name == "renew":
                self.beats.append(args[0].beat)
            answer = await inner(*args, **kwargs)
            if self.answers_lost:
                raise StoreUnavailable("the answer was lost")
            return answer

        return call

    def _refuse(self) -> None:
        if self.away:
            raise StoreUnavailable("the network is down")


class House:
    """One machine: its clocks, its journal, and the way to the store that all machines share."""

    def __init__(self, remote: Remote, journal: SqliteStore | None) -> None:
        self.remote = remote
        self.journal = journal
        self.clock = ManualClock()
        self.boot = 0.0

    async def create(self, holder: str = "me", run_id: str = RUN) -> Recorder:
        return await Recorder.create(
            self.store,
            self.journal,
            run_id,
            [CREATED, draft(1)],
            holder,
            real=self.clock,
            term_seconds=TERM,
            boot=lambda: self.boot,
        )

    async def take(self, holder: str = "you", reason: str = "") -> Recorder:
        return await self.pass_time(
            Recorder.take(
                self.store,
                self.journal,
                RUN,
                holder,
                real=self.clock,
                drill=ManualClock(START),
                reason=reason,
                term_seconds=TERM,
                boot=lambda: self.boot,
            )
        )

    @property
    def store(self) -> RunStore:
        return self.remote

    async def pass_time(self, work: Awaitable[T]) -> T:
        """Move the clock to whoever sleeps next until `work` is done."""
        task = asyncio.ensure_future(work)
        async with asyncio.timeout(20):
            while not task.done():
                wake = self.clock.next_wake()
                if wake is not None:
                    self.clock.advance(wake)
                await asyncio.sleep(0.002)
        return await task

    async def until(self, holds: Callable[[], bool]) -> None:
        await self.pass_time(until(holds))


async def opened(stack: AsyncExitStack, path: Path) -> SqliteStore:
    store = await open_sqlite(path)
    stack.push_async_callback(store.close)
    return store


async def stored(store: RunStore) -> list[Event]:
    return [event async for event in store.events(RUN)]


def pulse() -> Pulse:
    return Pulse(drill_now=START)


async def die(recorder: Recorder) -> None:
    """End what a recorder does by itself, as the end of its process would."""
    assert recorder._sending is not None
    recorder._sending.cancel()
    with suppress(asyncio.CancelledError):
        await recorder._sending
