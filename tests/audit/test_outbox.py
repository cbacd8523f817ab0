"""The outbox: whatever the store does for a while, it ends up with every event, in order, once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest

from drs_tui.audit.outbox import BATCH_BYTES, LONGEST_PAUSE_SECONDS, Outbox
from drs_tui.audit.sqlite import SqliteStore, open_sqlite
from drs_tui.audit.store import (
    NotTheWriter,
    StoreError,
    StoreUnavailable,
    UnsupportedStore,
)
from drs_tui.audit.verify import verify_run
from drs_tui.clock import ManualClock
from drs_tui.model.events import Event
from drs_tui.model.header import RunHeader
from drs_tui.model.run import fold, header_of
from tests.audit.runs import RUN, more, until

TEN_MINUTES = 600.0


class Troubled:
    """A store whose appends fail as told: before they are done, half way, or behind."""

    def __init__(self, store: SqliteStore) -> None:
        self.address = store.address
        self.faults: Random | None = None
        self.error: Exception | None = None
        self.batches: list[int] = []
        """The bytes of each append."""
        self._store = store

    async def append(
        self, run_id: str, expected_seq: int, epoch: int, events: Sequence[Event], header: RunHeader
    ) -> None:
        self.batches.append(sum(len(event.text) for event in events))
        if self.error is not None:
            raise self.error
        if self.faults is None:
            await self._store.append(run_id, expected_seq, epoch, events, header)
            return
        written = events[: self.faults.randint(0, len(events))]
        if written:
            last = written[-1]
            half = replace(header, seq=last.seq, head_hash=last.hash)
            await self._store.append(run_id, expected_seq, epoch, written, half)
        raise StoreUnavailable("throttled" if self.faults.random() < 0.5 else "gone")


class Bench:
    """A journal, a troubled store, and an outbox between the two."""

    def __init__(self, journal: SqliteStore, store: SqliteStore, begun: Sequence[Event]) -> None:
        self.journal, self.stored, self.store = journal, store, Troubled(store)
        self.clock = ManualClock()
        self.events = [*begun]
        run = fold(begun)
        assert run is not None
        self.run = run
        self.outbox = Outbox(self.store, journal, run, 0, self.clock)  # type: ignore[arg-type]
        self.sending: asyncio.Task[None]

    async def record(self, count: int, size: int = 0) -> None:
        """Journal some events and have them sent."""
        new = more(RUN, self.events, count, size)
        run = fold(new, self.run)
        assert run is not None
        await self.journal.append(RUN, self.run.seq, 0, new, header_of(run))
        self.events += new
        self.run = run
        self.outbox.put(run)

    async def end(self) -> None:
        """The driver ends."""
        self.sending.cancel()
        with suppress(asyncio.CancelledError):
            await self.sending

    async def pass_time(self, seconds: float) -> None:
        """Let so much time pass, each sleeper woken when due."""
        end = self.clock.monotonic() + seconds
        while True:
            tries = len(self.store.batches)
            wake = await self._next_wake()
            if wake is None or self.clock.monotonic() + wake > end:
                return
            self.clock.advance(wake)
            await until(lambda tries=tries: len(self.store.batches) > tries)  # type: ignore[misc]

    async def _next_wake(self) -> float | None:
        for _ in range(1000):
            wake = self.clock.next_wake()
            if wake is not None or not self.outbox.trouble:
                return wake
            await asyncio.sleep(0.002)
        raise AssertionError("nobody sleeps, and the store is behind")

    async def all_sent(self) -> None:
        """The store mends, and is sent what it lacks."""
        self.store.error = self.store.faults = None
        wake = self.clock.next_wake()
        if wake is not None:
            self.clock.advance(wake)
        await self.outbox.settle()
        assert [event.seq async for event in self.stored.events(RUN)] == list(
            range(1, len(self.events) + 1)
        )
        assert (await verify_run(self.stored, RUN)).ok
        assert (await self.stored.header(RUN)).head_hash == self.run.head_hash
        assert self.outbox.trouble == ""


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    async with _opened(tmp_path / "journal.db") as journal, _opened(tmp_path / "store.db") as store:
        begun = more(RUN, (), 1)
        run = fold(begun)
        assert run is not None
        for each in (journal, store):
            await each.create(header_of(run), begun)
        bench = Bench(journal, store, begun)
        bench.sending = asyncio.create_task(bench.outbox.run())
        yield bench
        await bench.end()


@asynccontextmanager
async def _opened(path: Path) -> AsyncIterator[SqliteStore]:
    store = await open_sqlite(path)
    yield store
    await store.close()


@pytest.mark.parametrize("seed", range(12))
async def test_ten_bad_minutes_lose_nothing_and_double_nothing(bench: Bench, seed: int) -> None:
    random = Random(seed)
    bench.store.faults = random
    for _ in range(12):
        await bench.record(random.randint(1, 5))
        await bench.pass_time(TEN_MINUTES / 12)
    await bench.all_sent()


async def test_a_store_that_is_gone_is_asked_about_once_in_ten_seconds(bench: Bench) -> None:
    bench.store.error = StoreUnavailable("gone")
    await bench.record(1)
    await until(lambda: bool(bench.outbox.trouble))
    await bench.pass_time(TEN_MINUTES)
    assert 60 <= len(bench.store.batches) <= 70


async def test_a_store_that_is_gone_for_hours_is_sent_all_when_it_is_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = count()

    async def unreadable(*_: object) -> AsyncIterator[Event]:
        next(tries)
        raise StoreUnavailable("the disk is away")
        yield

    with monkeypatch.context() as patch:
        patch.setattr(bench.journal, "events", unreadable)
        await bench.record(1)
        for _ in range(5_000):
            bench.clock.advance(LONGEST_PAUSE_SECONDS)
            await asyncio.sleep(0)
    assert next(tries) > 1100  # in three hours: more doublings of a pause than a float takes
    await bench.all_sent()


@pytest.mark.parametrize(("count", "waiting"), [(1, "1 event"), (2, "2 events"), (7, "7 events")])
async def test_what_waits_is_counted_in_words(bench: Bench, count: int, waiting: str) -> None:
    bench.store.error = StoreUnavailable("the table is throttled")
    await bench.record(count)
    with pytest.raises(StoreUnavailable):
        await bench.outbox.settle()
    words = bench.outbox.trouble
    assert words == f"{waiting} not in the audit store yet: the table is throttled"
    await bench.all_sent()


async def test_a_lot_that_waits_is_sent_a_piece_at_a_time(bench: Bench) -> None:
    bench.store.error = StoreUnavailable("gone")
    for _ in range(10):
        await bench.record(100, size=4000)
    await bench.all_sent()
    assert max(bench.store.batches) < BATCH_BYTES + 10_000
    assert len(bench.store.batches) >= 4


async def test_a_table_that_was_deleted_is_waited_for_like_one_out_of_reach(bench: Bench) -> None:
    bench.store.error = UnsupportedStore("there is no table")
    await bench.record(1)
    with pytest.raises(StoreUnavailable, match="no table"):
        await bench.outbox.settle()
    await bench.all_sent()


async def test_a_journal_that_another_driver_went_on_with_is_not_sent(bench: Bench) -> None:
    bench.store.error = StoreUnavailable("gone")
    await bench.record(2)
    theirs = more(RUN, bench.events[:2], 3, size=10)
    run = fold([*bench.events[:2], *theirs])
    assert run is not None
    await bench.journal.replace(header_of(run), [*bench.events[:2], *theirs])
    bench.store.error = None
    await until(lambda: bool(bench.outbox.trouble))
    bench.clock.advance(10)
    with pytest.raises(NotTheWriter, match="another driver on this machine"):
        await bench.outbox.settle()
    assert [event.seq async for event in bench.stored.events(RUN)] == [1]


async def test_whoever_waits_hears_of_an_end_that_nobody_foresaw(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.store.error = KeyError("Items")
    await bench.record(1)
    for _ in range(2):
        with pytest.raises(StoreError, match="KeyError"):
            await bench.outbox.settle()
    assert any(record.exc_info for record in caplog.records)


async def test_whoever_waits_hears_that_the_driver_ends(bench: Bench) -> None:
    bench.store.error = StoreUnavailable("gone")
    await bench.record(1)
    with pytest.raises(StoreUnavailable, match="gone"):
        await bench.outbox.settle()
    waiting = asyncio.create_task(bench.outbox.settle())
    await asyncio.sleep(0)
    await bench.end()
    with pytest.raises(StoreUnavailable, match="the driver ended"):
        await waiting


def test_a_wait_for_an_empty_outbox_is_none(tmp_path: Path) -> None:
    run = fold(more(RUN, (), 1))
    assert run is not None
    nothing: Any = None
    outbox = Outbox(nothing, nothing, run, 0, ManualClock())
    asyncio.run(outbox.settle())
    assert outbox.trouble == ""
