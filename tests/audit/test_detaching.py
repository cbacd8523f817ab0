"""When nothing can be written for a while: insisting, waiting, and going on detached."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from drs_tui.audit.lease import LeaseLapsed
from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import LeaseLost, StoreError, StoreUnavailable
from drs_tui.model.events import EventType
from tests.audit.house import TERM, House, pulse, stored
from tests.audit.runs import START, draft, until


async def out_of_reach(far: House) -> Recorder:
    """A run whose store is gone, as its driver knows by its last event and its lease."""
    recorder = await far.create()
    far.remote.away = True
    await recorder.record([draft(1)])
    await far.until(lambda: bool(recorder.trouble))
    keeping = asyncio.create_task(recorder.keep(pulse))
    await far.until(lambda: recorder.away is not None)
    keeping.cancel()
    return recorder


# A disk that is full ----------------------------------------------------------------------------


async def test_what_can_not_be_seen_again_is_insisted_on_ever_more_seldom(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = await house.create()
    disk = house.journal or house.remote.store
    append, pauses = disk.append, []
    left = 6

    async def full(*asked: Any) -> None:
        nonlocal left
        if left:
            left -= 1
            raise StoreUnavailable("the disk is full")
        await append(*asked)

    monkeypatch.setattr(disk, "append", full)
    insisting = asyncio.create_task(recorder.insist([draft(1)]))
    while left:
        await until(lambda: house.clock.next_wake() is not None)
        assert recorder.trouble == (
            "events can't be written, so that no wave is launched: the disk is full"
        )
        wake = house.clock.next_wake()
        assert wake is not None
        pauses.append(wake)
        house.clock.advance(wake)
        await until(lambda: insisting.done() or house.clock.next_wake() is not None)
    await house.pass_time(insisting)
    await recorder.settle()

    assert pauses[:5] == [1, 2, 4, 8, 15]
    assert recorder.trouble == ""
    assert [event.seq for event in await stored(house.store)] == [1, 2, 3]


# A store out of reach ---------------------------------------------------------------------------


async def test_a_store_within_reach_is_not_away(house: House) -> None:
    recorder = await house.create()

    assert recorder.away is None


async def test_a_store_out_of_reach_says_since_when_and_what_waits(far: House) -> None:
    recorder = await out_of_reach(far)
    assert recorder.away is not None
    before = recorder.away.seconds

    far.clock.advance(5)

    assert recorder.away.seconds == before + 5
    assert recorder.away.words == "1 event not in the audit store yet: the network is down"
    assert not recorder.away.is_detached


async def test_what_has_to_be_delivered_is_waited_for_as_long_as_patience_lasts(far: House) -> None:
    recorder = await out_of_reach(far)
    with pytest.raises(StoreUnavailable):
        await far.pass_time(recorder.deliver())
    began = far.clock.monotonic()
    with pytest.raises(StoreUnavailable):
        await far.pass_time(recorder.deliver(60))
    assert 60 <= far.clock.monotonic() - began <= 80

    delivering = asyncio.create_task(recorder.deliver(600))
    await until(lambda: far.clock.next_wake() is not None)
    far.remote.away = False
    await far.pass_time(delivering)

    assert len(await stored(far.store)) == 3


async def test_a_driver_that_lost_its_lease_is_told_so_before_it_sends(house: House) -> None:
    recorder = await house.create()
    await house.take()
    await house.pass_time(recorder.keep(pulse))

    for refused in (recorder.settle, recorder.deliver):
        with pytest.raises(LeaseLost):
            await refused()


# Going on detached ------------------------------------------------------------------------------


async def test_nobody_goes_on_detached_from_a_store_within_reach(house: House) -> None:
    recorder = await house.create()

    words = "is in reach" if house.journal else "is on this machine"
    with pytest.raises(StoreError, match=words):
        await recorder.detach("ana", START)
    assert len(await stored(house.store)) == 2


async def test_going_on_detached_is_recorded_once_and_asks_no_lease(far: House) -> None:
    recorder = await out_of_reach(far)
    far.clock.advance(2 * TERM)
    with pytest.raises(LeaseLapsed):
        recorder.assert_lease()

    await recorder.detach("ana", START, "the link is cut")
    await recorder.detach("ben", START)

    recorder.assert_lease()
    await recorder.settle()
    assert recorder.away is not None
    assert recorder.away.is_detached
    assert far.journal is not None
    last = (await stored(far.journal))[3:]
    assert [(event.type, event.actor, event.data) for event in last] == [
        (EventType.RUN_DETACHED, "ana", {"text": "the link is cut"})
    ]


async def test_who_waits_for_the_store_waits_no_longer_once_detached(far: House) -> None:
    recorder = await out_of_reach(far)
    settling = asyncio.create_task(recorder.settle())
    await asyncio.sleep(0)

    await recorder.detach("ana", START)
    await settling

    assert len(await stored(far.remote.store)) == 2


async def test_a_store_that_is_back_ends_it_and_gets_every_event(far: House) -> None:
    recorder = await out_of_reach(far)
    await recorder.detach("ana", START)
    far.remote.away = False
    await far.until(lambda: "not in the audit store" not in recorder.trouble)

    await recorder.settle()
    keeping = asyncio.create_task(recorder.keep(pulse))
    await far.until(lambda: recorder.away is None)
    keeping.cancel()

    assert [event.seq for event in await stored(far.store)] == [1, 2, 3, 4]
    far.clock.advance(TERM)
    with pytest.raises(LeaseLapsed):
        recorder.assert_lease()
