"""Following a run, on every store."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import aclosing, closing
from pathlib import Path

import pytest

from drs_tui.audit.sqlite import open_sqlite
from drs_tui.audit.store import BadRecord, RunStore
from drs_tui.audit.tail import MOST_EVENTS, tail
from drs_tui.clock import ManualClock, SystemClock
from drs_tui.model.events import Event
from tests.audit.conftest import OpenStore
from tests.audit.runs import RUN, header_at, more, until


class Looks(SystemClock):
    """Real time whose sleeps are short, and counted."""

    count = 0

    async def sleep(self, seconds: float) -> None:
        self.count += 1
        await asyncio.sleep(0.002)


async def take(tailed: AsyncIterator[list[Event]], count: int) -> list[Event]:
    events: list[Event] = []
    while len(events) < count:
        events += await anext(tailed)
    return events


async def test_events_are_followed_as_another_process_appends_them(
    store: RunStore, another: OpenStore
) -> None:
    events = list(more(RUN, (), 3))
    await store.create(header_at(events[-1]), events)
    watcher = await another()

    async with aclosing(tail(watcher, RUN, clock=Looks())) as tailed:
        assert await take(tailed, 3) == events
        for count in (1, 4, 2):
            batch = more(RUN, events, count)
            await store.append(RUN, events[-1].seq, 0, batch, header_at(batch[-1]))
            events += batch
            assert await take(tailed, count) == list(batch)


async def test_ones_own_events_are_followed_too(store: RunStore) -> None:
    first = more(RUN, (), 2)
    second = more(RUN, first, 2)
    await store.create(header_at(first[-1]), first)

    async with aclosing(tail(store, RUN, after=1, clock=Looks())) as tailed:
        assert await take(tailed, 1) == [first[1]]
        await store.append(RUN, 2, 0, second, header_at(second[-1]))
        assert await take(tailed, 2) == list(second)


async def test_a_run_that_is_not_there_yet_is_waited_for(
    store: RunStore, another: OpenStore
) -> None:
    first = more(RUN, (), 2)
    clock = Looks()
    watcher = await another()

    async with aclosing(tail(watcher, RUN, clock=clock)) as tailed:
        waiting = asyncio.ensure_future(anext(tailed))
        await until(lambda: clock.count >= 3)
        await store.create(header_at(first[-1]), first)
        assert await waiting == list(first)


async def test_a_long_run_comes_in_batches(store: RunStore) -> None:
    events = more(RUN, (), MOST_EVENTS + 10)
    await store.create(header_at(events[-1]), events)

    async with aclosing(tail(store, RUN, clock=Looks())) as tailed:
        assert [len(await anext(tailed)) for _ in range(2)] == [MOST_EVENTS, 10]


async def test_a_quiet_run_is_not_read_again(tmp_path: Path) -> None:
    store = await open_sqlite(tmp_path / "runs.db")
    first = more(RUN, (), 2)
    await store.create(header_at(first[-1]), first)
    clock = ManualClock()
    reads: list[int] = []
    texts = store.texts

    def counted(run_id: str, after: int = 0) -> AsyncIterator[str]:
        reads.append(after)
        return texts(run_id, after)

    store.texts = counted  # type: ignore[method-assign]
    tailed = tail(store, RUN, clock=clock)
    await anext(tailed)
    waiting = asyncio.ensure_future(anext(tailed))
    for _ in range(20):
        await until(lambda: clock.next_wake() is not None)
        clock.advance(store.look_seconds)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await store.close()

    assert clock.monotonic() == pytest.approx(2.0)
    assert reads == [0]


async def test_a_missing_event_is_said(tmp_path: Path) -> None:
    path = tmp_path / "runs.db"
    store = await open_sqlite(path)
    events = more(RUN, (), 4)
    await store.create(header_at(events[-1]), events)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM events WHERE seq = 3")

    with pytest.raises(BadRecord, match="event 3 of run"):
        await take(tail(store, RUN, clock=Looks()), 4)
    await store.close()
