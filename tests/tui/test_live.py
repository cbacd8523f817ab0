"""Where a live run's events come from: the journal of a driver here, else the audit store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from drs_tui.audit.sqlite import SqliteStore, open_sqlite
from drs_tui.audit.store import Away, Lease, RunStore, StoreUnavailable
from drs_tui.clock import ScaledClock, SystemClock
from drs_tui.driver.orders import DriverUnreachable, Standing
from drs_tui.model.events import Event
from drs_tui.model.run import fold, header_of
from drs_tui.tui.sources.live import LiveSource
from tests.tui.sample import RUN_ID, START, Story, seal_all, succeeding, under_way, waiting

TERM_SECONDS = 3600


class Here:
    """The driver of this machine, as far as a watcher asks it."""

    def __init__(self) -> None:
        self.stands: Standing | None = None
        self.answers = True

    async def standing(self, run_id: str) -> Standing | None:
        if not self.answers:
            raise DriverUnreachable("it stands still")
        return self.stands


class Shared:
    """The audit store, with a line to it that can be cut."""

    def __init__(self, store: SqliteStore) -> None:
        self.store = store
        self.cut = False
        self.opened = 0

    async def open(self) -> RunStore:
        self.opened += 1
        if self.cut:
            raise StoreUnavailable("the audit store did not answer")
        return self.store


class Watch:
    """A source that is followed, between an audit store, a journal and a driver."""

    def __init__(self, shared: SqliteStore, journal: SqliteStore) -> None:
        self.shared = Shared(shared)
        self.journal = journal
        self.here = Here()
        self.source = LiveSource(RUN_ID, self.shared.open, self.here, ScaledClock(100, START))
        self.heard: list[int] = []

    def drives(self, epoch: int = 1, away: Away | None = None) -> None:
        """Have the driver here drive the run."""
        lease = Lease(RUN_ID, "ana@here:1:abc", epoch, 1, TERM_SECONDS)
        self.here.stands = Standing(lease, self.journal.address, away)

    async def shows(self, events: Sequence[Event]) -> None:
        """Return once exactly these events are shown."""
        await self.until(lambda: list(self.source.events) == list(events))

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await SystemClock().sleep(0.002)


@pytest.fixture
async def watch(tmp_path: Path) -> AsyncIterator[Watch]:
    shared, journal = [await open_sqlite(tmp_path / f"{name}.db") for name in ("shared", "journal")]
    watch = Watch(shared, journal)
    yield watch
    await shared.close()
    await journal.close()


@asynccontextmanager
async def followed(watch: Watch) -> AsyncIterator[LiveSource]:
    def moved() -> None:
        watch.heard.append(watch.source.count)

    following = asyncio.create_task(watch.source.follow(moved))
    try:
        yield watch.source
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def put(store: SqliteStore, events: Sequence[Event]) -> None:
    """Store a run up to the last of the events, whatever of it is there."""
    run = fold(events)
    assert run is not None
    seq = await last_seq(store)
    if seq == 0:
        await store.create(header_of(run), events)
    else:
        lease = await store.lease(RUN_ID)
        epoch = lease.epoch if lease else 0
        await store.append(RUN_ID, seq, epoch, events[seq:], header_of(run))


async def last_seq(store: SqliteStore) -> int:
    page = await store.list()
    return page.headers[0].seq if page.headers else 0


def parted(events: Sequence[Event], at: int) -> list[Event]:
    """Another history of the same run from event `at` on, as another driver would write it."""
    story = Story(under_way().plan)
    story.drafts = under_way().drafts[:at]
    story.tell(40_000, "run.taken_over", by="ben@there:9:xyz", **{"from": "ana@here:1:abc"})
    story.tell(1, "run.noted", "ben", text="the other machine is gone")
    assert seal_all(story.drafts)[:at] == list(events[:at])
    return seal_all(story.drafts)


EVENTS = seal_all(succeeding().drafts)


async def test_the_journal_is_watched_while_the_store_is_out_of_reach(watch: Watch) -> None:
    await put(watch.journal, EVENTS[:20])
    watch.shared.cut = True
    away = Away(42, "the audit store did not answer", False)
    watch.drives(away=away)
    async with followed(watch) as source:
        await watch.shows(EVENTS[:20])
        await put(watch.journal, EVENTS[:30])
        await watch.shows(EVENTS[:30])
        assert source.away == away
        assert source.beat().is_driven
        assert source.trouble == ""


async def test_a_store_that_goes_away_in_mid_drill_costs_no_event_and_doubles_none(
    watch: Watch,
) -> None:
    await put(watch.shared.store, EVENTS[:20])
    async with followed(watch) as source:
        await watch.shows(EVENTS[:20])
        watch.shared.cut = True
        await put(watch.journal, EVENTS[:40])
        watch.drives()
        await watch.shows(EVENTS[:40])
        # The driver has sent all and is gone: the store goes on where the journal ended.
        await put(watch.shared.store, EVENTS[:50])
        watch.shared.cut, watch.here.stands = False, None
        await watch.shows(EVENTS[:50])
        assert not source.has_parted
    assert watch.heard == sorted(watch.heard)
    assert source.run == fold(EVENTS[:50])


async def test_a_store_that_is_behind_does_not_take_back_what_was_seen(watch: Watch) -> None:
    await put(watch.journal, EVENTS[:30])
    await put(watch.shared.store, EVENTS[:20])
    watch.drives()
    async with followed(watch) as source:
        await watch.shows(EVENTS[:30])
        watch.here.stands = None
        await watch.until(lambda: "lacks the last 10 events" in source.trouble)
        assert list(source.events) == EVENTS[:30]
        await put(watch.shared.store, EVENTS[:35])
        await watch.shows(EVENTS[:35])
        assert source.trouble == ""
        assert not source.has_parted


async def test_the_store_wins_when_another_driver_has_gone_on(watch: Watch) -> None:
    mine = seal_all(under_way().drafts)
    await put(watch.journal, mine)
    await put(watch.shared.store, mine[:20])
    watch.drives(epoch=1, away=Away(90, "it did not answer", True))
    watch.shared.cut = True
    async with followed(watch) as source:
        await watch.shows(mine)
        theirs = parted(mine, 20)
        for holder in ("ana@here:1:abc", "ben@there:9:xyz"):
            lease = await watch.shared.store.acquire(
                RUN_ID, holder, TERM_SECONDS, await watch.shared.store.lease(RUN_ID)
            )
        assert lease.epoch == 2
        await put(watch.shared.store, theirs)
        # The driver here, which is detached, doesn't know it yet; the store says so all the same.
        watch.shared.cut = False
        await watch.shows(theirs)
        assert source.has_parted
        assert source.away is None
        assert source.beat().holder == "ben@there:9:xyz"
        assert source.run == fold(theirs)


async def test_another_history_is_shown_from_its_beginning_even_if_it_is_longer(
    watch: Watch,
) -> None:
    mine = seal_all(under_way().drafts)[:21]
    await put(watch.journal, mine)
    watch.drives()
    async with followed(watch) as source:
        await watch.shows(mine)
        theirs = parted(mine, 20)
        assert len(theirs) > len(mine)
        await put(watch.shared.store, theirs)
        watch.here.stands = None
        await watch.shows(theirs)
        assert source.has_parted


async def test_a_journal_that_the_next_driver_replaced_is_read_anew(watch: Watch) -> None:
    mine = seal_all(under_way().drafts)
    await put(watch.journal, mine)
    watch.drives(epoch=1)
    async with followed(watch) as source:
        await watch.shows(mine)
        theirs = parted(mine, 20)
        run = fold(theirs)
        assert run is not None
        await watch.journal.replace(header_of(run), theirs)
        watch.drives(epoch=3)
        await watch.shows(theirs)
        assert source.has_parted


async def test_a_run_that_a_driver_elsewhere_drives_is_watched_in_the_store(watch: Watch) -> None:
    await put(watch.shared.store, EVENTS[:20])
    await watch.shared.store.acquire(RUN_ID, "ben@there:9:xyz", TERM_SECONDS)
    async with followed(watch) as source:
        await watch.shows(EVENTS[:20])
        await watch.until(lambda: source.beat().holder == "ben@there:9:xyz")
        watch.shared.cut = True
        await watch.until(lambda: source.trouble == "the audit store did not answer")
        assert list(source.events) == EVENTS[:20]
        assert source.away is None


async def test_a_driver_that_does_not_answer_leaves_the_store_to_be_watched(watch: Watch) -> None:
    await put(watch.shared.store, EVENTS[:20])
    watch.here.answers = False
    async with followed(watch):
        await watch.shows(EVENTS[:20])


async def test_a_run_that_is_nowhere_is_said_to_be_nowhere(watch: Watch) -> None:
    await put(watch.journal, seal_all(waiting().drafts))
    async with followed(watch) as source:
        await watch.until(lambda: RUN_ID in source.trouble)
        assert source.run is None
        # That nobody holds its lease is no news to the contrary.
        await watch.until(lambda: watch.shared.opened > 5)
        assert RUN_ID in source.trouble


async def test_a_lost_lease_look_is_trouble_though_no_event_is_missing(watch: Watch) -> None:
    await put(watch.shared.store, EVENTS[:20])
    async with followed(watch) as source:
        await watch.shows(EVENTS[:20])
        watch.shared.cut = True
        await watch.until(lambda: source.trouble == "the audit store did not answer")
        watch.shared.cut = False
        await watch.until(lambda: source.trouble == "")
