"""The single writer: journal first, then the store, and the lease before anything is sent."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta

import pytest

from drs_tui.audit.chain import seal
from drs_tui.audit.outbox import LONGEST_PAUSE_SECONDS
from drs_tui.audit.recorder import Recorder
from drs_tui.audit.rejoin import LATE_BYTES, late_bytes
from drs_tui.audit.store import EventTooLarge, Lease, LeaseLost, RunExists, StoreUnavailable
from drs_tui.audit.verify import verify_run
from drs_tui.model.run import fold, header_of
from tests.audit.house import TERM, House, pulse, stored
from tests.audit.runs import RUN, draft, until

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
