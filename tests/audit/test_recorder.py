"""The single writer: journal first, then the store, and the lease before anything is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from drs_tui.audit.chain import seal
from drs_tui.audit.opening import open_store
from drs_tui.audit.outbox import LONGEST_PAUSE_SECONDS
from drs_tui.audit.recorder import Recorder
from drs_tui.audit.rejoin import LATE_BYTES, late_bytes
from drs_tui.audit.store import (
    EventTooLarge,
    Lease,
    LeaseHeld,
    LeaseLost,
    NotTheWriter,
    RunExists,
    StoreUnavailable,
)
from drs_tui.audit.verify import verify_run
from drs_tui.clock import SystemClock
from drs_tui.model.events import Draft, Event, EventType
from drs_tui.model.run import fold, header_of
from tests.audit.house import CREATED, RUN, TERM, House, die, opened, pulse, stored
from tests.audit.runs import draft, until

# Recording --------------------------------------------------------------------------------------


async def test_a_created_run_is_stored_and_held(house: House) -> None:
    recorder = await house.create()

    assert [event.type for event in await stored(house.store)] == ["run.created", "run.noted"]
    assert recorder.run.seq == 2
    assert await house.store.lease(RUN) == Lease(RUN, "me", 1, 0, TERM)


async def test_what_is_recorded_is_folded_and_stored_in_order(house: House) -> None:
    recorder = await house.create()

    batches = await asyncio.gather(*(recorder.record([draft(n), draft(n)]) for n in range(10)))
    await recorder.settle()

    recorded = [event for batch in batches for event in batch]
    assert [event.seq for event in recorded] == list(range(3, 23))
    assert (await stored(house.store))[2:] == recorded
    assert recorder.run == fold(await stored(house.store))
    assert await house.store.header(RUN) == _at_epoch(recorder, 1)
    assert (await verify_run(house.store, RUN)).ok


def _at_epoch(recorder: Recorder, epoch: int) -> object:
    from dataclasses import replace

    return replace(header_of(recorder.run), epoch=epoch)


async def test_recording_nothing_writes_nothing(house: House) -> None:
    recorder = await house.create()

    assert list(await recorder.record([])) == []
    assert house.remote.appends == []


async def test_a_cancelled_record_is_done_all_the_same(house: House) -> None:
    recorder = await house.create()
    recording = asyncio.create_task(recorder.record([draft(1)]))
    await asyncio.sleep(0)
    recording.cancel()
    with suppress(asyncio.CancelledError):
        await recording

    await recorder.record([draft(2)])
    await recorder.settle()

    assert [event.seq for event in await stored(house.store)] == [1, 2, 3, 4]
    assert recorder.run.seq == 4


async def test_an_event_too_large_is_refused_and_recording_goes_on(house: House) -> None:
    recorder = await house.create()

    with pytest.raises(EventTooLarge):
        await recorder.record([draft(1), draft(2, {"text": "x" * 400_000})])
    await recorder.record([draft(3)])
    await recorder.settle()

    assert [event.seq for event in await stored(house.store)] == [1, 2, 3]


async def test_the_largest_event_is_one_that_could_still_come_late(house: House) -> None:
    recorder = await house.create()
    run = recorder.run
    room = LATE_BYTES - late_bytes(
        seal(RUN, run.seq + 1, run.head_hash, draft(1, {"text": ""})).text
    )

    with pytest.raises(EventTooLarge, match=f"{LATE_BYTES + 1:,} bytes"):
        await recorder.record([draft(1, {"text": "x" * (room + 1)})])
    await recorder.record([draft(1, {"text": "x" * room})])

    assert recorder.run.seq == 3


async def test_a_run_id_is_used_once(house: House) -> None:
    await house.create()

    with pytest.raises(RunExists):
        await Recorder.create(house.store, house.journal, RUN, [draft(7)], "you", real=house.clock)


# The store out of reach -------------------------------------------------------------------------


async def test_recording_goes_on_while_the_store_is_out_of_reach(far: House) -> None:
    recorder = await far.create()
    far.remote.away = True

    for number in range(5):
        await recorder.record([draft(number)])
    with pytest.raises(StoreUnavailable, match="network is down"):
        await far.pass_time(recorder.settle())

    assert far.journal is not None
    assert len(await stored(far.journal)) == 7
    assert len(await stored(far.remote.store)) == 2
    assert "5 events not in the audit store yet: the network is down" in recorder.trouble


async def test_afterwards_every_event_is_there_in_order_once(far: House) -> None:
    recorder = await far.create()
    far.remote.away = True
    for number in range(5):
        await recorder.record([draft(number)])
    await far.until(lambda: bool(recorder.trouble))

    far.remote.away = False
    await far.until(lambda: not recorder.trouble)
    await recorder.settle()

    assert [event.seq for event in await stored(far.store)] == list(range(1, 8))
    assert (await verify_run(far.store, RUN)).ok


async def test_lost_answers_make_no_second_events(far: House) -> None:
    recorder = await far.create()
    far.remote.answers_lost = True
    await recorder.record([draft(1)])
    await far.until(lambda: bool(recorder.trouble))
    await recorder.record([draft(2)])

    far.remote.answers_lost = False
    await far.until(lambda: not recorder.trouble)
    await recorder.settle()

    assert (3,) in far.remote.appends
    assert far.remote.appends[-1] == (3, 4)
    assert [event.seq for event in await stored(far.store)] == [1, 2, 3, 4]


async def test_the_store_is_tried_ever_more_seldom(far: House) -> None:
    recorder = await far.create()
    far.remote.away = True
    pauses: list[float] = []

    await recorder.record([draft(1)])
    for _ in range(8):
        await until(lambda: far.clock.next_wake() is not None)
        wake = far.clock.next_wake()
        assert wake is not None
        pauses.append(wake)
        far.clock.advance(wake)

    assert pauses == [0.5, 1, 2, 4, 8, *[LONGEST_PAUSE_SECONDS] * 3]


async def test_a_run_can_not_begin_without_the_store(house: House) -> None:
    house.remote.away = True

    with pytest.raises(StoreUnavailable):
        await house.create()


# The lease --------------------------------------------------------------------------------------


async def test_a_kept_lease_may_be_acted_on_for_ever(house: House) -> None:
    recorder = await house.create()
    keeping = asyncio.create_task(recorder.keep(pulse))

    for beat in range(1, 8):
        await house.until(lambda beat=beat: recorder.lease.beat >= beat)  # type: ignore[misc]
        recorder.assert_lease()
    keeping.cancel()

    standing = await house.store.lease(RUN)
    assert standing is not None
    assert standing.beat >= 7
    assert standing.pulse == pulse()


@pytest.mark.parametrize("which", ["monotonic", "boot", "wall"])
async def test_a_lease_is_as_old_as_the_worst_clock_says(house: House, which: str) -> None:
    recorder = await house.create()

    def age(seconds: float) -> None:
        if which == "monotonic":
            house.clock._elapsed += seconds
        elif which == "boot":
            house.boot += seconds
        else:
            house.clock._now += timedelta(seconds=seconds)

    age(TERM * 0.7)
    recorder.assert_lease()
    age(TERM * 0.1)
    with pytest.raises(LeaseLost, match="24 s ago"):
        recorder.assert_lease()


async def test_a_clock_set_back_makes_no_lease_younger(house: House) -> None:
    recorder = await house.create()
    house.boot += TERM
    house.clock._now -= timedelta(hours=1)

    with pytest.raises(LeaseLost):
        recorder.assert_lease()


async def test_a_lease_that_can_not_be_renewed_lapses_and_comes_back(far: House) -> None:
    recorder = await far.create()
    keeping = asyncio.create_task(recorder.keep(pulse))
    far.remote.away = True

    def lapsed() -> bool:
        try:
            recorder.assert_lease()
        except LeaseLost:
            return True
        return False

    await far.until(lapsed)
    assert recorder.trouble == "the network is down"
    await recorder.record([draft(1)])

    far.remote.away = False
    await far.until(lambda: not lapsed())
    keeping.cancel()
    await far.until(lambda: not recorder.trouble)
    assert len(await stored(far.store)) == 3


async def test_a_renewal_whose_answer_was_lost_is_followed_by_another_beat(far: House) -> None:
    recorder = await far.create()
    keeping = asyncio.create_task(recorder.keep(pulse))
    far.remote.answers_lost = True
    await far.until(lambda: len(far.remote.beats) >= 2)

    far.remote.answers_lost = False
    await far.until(lambda: not recorder.trouble)
    keeping.cancel()

    assert far.remote.beats == list(range(len(far.remote.beats)))


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
