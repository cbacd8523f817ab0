"""Going on with a run that another driver, or this one before it died, has begun."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from drs_tui.audit.opening import open_store
from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import LeaseHeld, LeaseLost, NotTheWriter, StoreUnavailable
from drs_tui.audit.verify import verify_run
from drs_tui.clock import SystemClock
from drs_tui.model.events import Draft, Event, EventType
from drs_tui.model.run import fold
from tests.audit.house import CREATED, TERM, House, die, opened, pulse, stored
from tests.audit.runs import RUN, draft

# Going on ---------------------------------------------------------------------------------------


async def test_a_released_run_is_taken_at_once_and_without_a_word(house: House) -> None:
    first = await house.create()
    await first.record([draft(1)])
    await first.release()
    before = house.clock.monotonic()

    second = await house.take()

    assert house.clock.monotonic() == before
    assert second.run == first.run
    assert second.lease.epoch == 2
    await second.record([draft(2)])
    await second.settle()
    assert len(await stored(house.store)) == 4


async def test_a_dead_driver_is_waited_out_for_a_whole_term(house: House) -> None:
    first = await house.create()
    await first.settle()
    before = house.clock.monotonic()

    second = await house.take(reason="the bastion is gone")
    await second.settle()

    assert house.clock.monotonic() - before >= TERM
    last = (await stored(house.store))[-1]
    assert last.type == EventType.RUN_TAKEN_OVER
    reason = "the bastion is gone"
    assert last.data == {"from": "me", "by": "you", "epoch": 2, "reason": reason}
    with pytest.raises(NotTheWriter):
        await first.record([draft(1)])


async def test_a_take_over_that_can_not_be_recorded_leaves_nothing_running(far: House) -> None:
    first = await far.create()
    await die(first)
    assert far.journal is not None
    append = far.journal.append
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(far.journal, "append", full)
        with pytest.raises(StoreUnavailable, match="disk is full"):
            await far.take()
    assert not [t for t in asyncio.all_tasks() if t.get_name().startswith("outbox")]
    assert far.journal.append == append

    await (await far.take()).release()
    assert (await stored(far.store))[-1].type == EventType.RUN_TAKEN_OVER


async def full(*_: object) -> None:
    raise StoreUnavailable("the disk is full")


async def test_a_living_driver_keeps_its_run(house: House) -> None:
    first = await house.create()
    keeping = asyncio.create_task(first.keep(pulse))

    with pytest.raises(LeaseHeld, match="me drives"):
        await house.take()

    keeping.cancel()
    first.assert_lease()
    await first.record([draft(1)])
    await first.settle()
    assert first.run.seq == 3


async def test_a_driver_that_lost_its_lease_knows_with_the_next_renewal(house: House) -> None:
    first = await house.create()
    await house.take()

    await house.pass_time(first.keep(pulse))

    with pytest.raises(LeaseLost):
        first.assert_lease()
    with pytest.raises((LeaseLost, NotTheWriter)):
        await first.record([draft(1)])


async def test_the_unsent_tail_of_this_machine_is_sent_first(far: House) -> None:
    first = await far.create()
    far.remote.away = True
    unsent = [*await first.record([draft(1)]), *await first.record([draft(2)])]
    await die(first)
    far.remote.away = False

    second = await far.take()
    await second.settle()

    events = await stored(far.store)
    assert events[2:4] == unsent
    assert [event.type for event in events[4:]] == [EventType.RUN_TAKEN_OVER]
    assert (await verify_run(far.store, RUN)).ok
    assert far.journal is not None
    assert await stored(far.journal) == events


async def test_a_tail_that_was_overtaken_is_kept_as_late_events(
    far: House, neighbour: House
) -> None:
    first = await far.create()
    far.remote.away = True
    late = [*await first.record([draft(1)]), *await first.record([draft(2)])]
    await die(first)
    other = await neighbour.take("neighbour")
    await other.record([draft(3)])
    await other.release()
    far.remote.away = False

    second = await far.take("me again")
    await second.record([draft(4)])
    await second.release()

    events = await stored(far.store)
    assert [event.type for event in events[2:]] == [
        EventType.RUN_TAKEN_OVER,
        EventType.RUN_NOTED,
        EventType.RUN_LATE_EVENTS,
        EventType.RUN_NOTED,
    ]
    assert events[4].data == {"after": 2, "texts": [event.text for event in late]}
    assert (await verify_run(far.store, RUN)).ok
    assert far.journal is not None
    assert await stored(far.journal) == events

    third = await far.take("me once more")
    await third.release()
    assert await stored(far.store) == events


async def test_late_events_are_not_recorded_twice_after_a_death_in_between(
    far: House, neighbour: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await far.create()
    far.remote.away = True
    await first.record([draft(1)])
    await die(first)
    other = await neighbour.take("neighbour")
    await other.release()
    far.remote.away = False
    assert far.journal is not None

    async def full(*_: Any) -> None:
        raise StoreUnavailable("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(far.journal, "replace", full)
        with pytest.raises(StoreUnavailable, match="full"):
            await far.take("me again")
    recorder = await far.take("me once more")
    await recorder.release()

    types = [event.type for event in await stored(far.store)]
    assert types.count(EventType.RUN_LATE_EVENTS) == 1
    assert await stored(far.journal) == await stored(far.store)


async def test_much_that_is_late_fills_several_events(far: House, neighbour: House) -> None:
    first = await far.create()
    far.remote.away = True
    late: list[Event] = []
    for number in range(6):
        late += await first.record([draft(number, {"text": '"' * 60_000})])
    await die(first)
    await (await neighbour.take("neighbour")).release()
    far.remote.away = False

    await (await far.take("me again")).release()

    texts: list[Any] = []
    parts = 0
    for event in await stored(far.store):
        if event.type == EventType.RUN_LATE_EVENTS:
            parts += 1
            found = event.data["texts"]
            assert isinstance(found, Sequence)
            texts += found
    assert texts == [event.text for event in late]
    assert parts > 1


async def test_a_journal_that_missed_events_catches_up(far: House, neighbour: House) -> None:
    first = await far.create()
    await first.release()
    other = await neighbour.take("neighbour")
    await other.record([draft(1)])
    await other.release()

    second = await far.take("me again")
    await second.release()

    assert far.journal is not None
    assert await stored(far.journal) == await stored(far.store)
    assert neighbour.journal is not None
    assert await stored(neighbour.journal) == await stored(far.store)


# On the real thing ------------------------------------------------------------------------------

_tables = count(1)


async def test_a_run_in_dynamodb_is_begun_left_and_gone_on_with(
    dynamodb_endpoint: str, stack: AsyncExitStack, tmp_path: Path
) -> None:
    address = f"dynamodb:recorded-{next(_tables)}?endpoint={dynamodb_endpoint}"
    store = await open_store(address)
    stack.push_async_callback(store.close)
    journal = await opened(stack, tmp_path / "journal.db")
    real = SystemClock()

    first = await Recorder.create(store, journal, RUN, [CREATED], "me", real=real)
    for number in range(30):
        await first.record([draft(number)])
    await first.settle()
    first.assert_lease()
    await first.release()
    second = await Recorder.take(store, journal, RUN, "you", real=real, drill=real)
    await second.record([Draft("run.noted", datetime.now(UTC), "ben", {"text": "on"})])
    await second.release()

    verdict = await verify_run(store, RUN)
    assert (verdict.ok, verdict.events) == (True, 32)
    assert second.run == fold(await stored(store))


async def test_a_creation_that_another_driver_overtook_is_given_up(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    create = house.remote.store.create

    async def overtaken(*args: Any) -> None:
        await create(*args)
        await house.remote.store.release(await house.remote.store.acquire(RUN, "rival", TERM))

    monkeypatch.setattr(house.remote.store, "create", overtaken)
    with pytest.raises(NotTheWriter, match="meanwhile"):
        await house.create()
    lease = await house.remote.store.lease(RUN)
    assert lease is not None
    assert lease.holder == ""
