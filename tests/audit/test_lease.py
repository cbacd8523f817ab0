"""The lease from its holder's side: when it may be taken, and for how long it may be acted on."""

from __future__ import annotations

import asyncio
import time

import pytest

from drs_tui.audit.lease import (
    LOOKS_IN_A_RENEWAL,
    RENEWALS_IN_A_TERM,
    RETRIES_IN_A_TERM,
    HeldLease,
    LeaseLapsed,
    LeaseTimer,
    boot_seconds,
    wait_out,
)
from drs_tui.audit.store import LeaseHeld
from tests.audit.house import TERM, House, pulse
from tests.audit.runs import RUN, until


async def test_a_released_lease_is_taken_as_it_stands(far: House) -> None:
    await (await far.create()).release()

    standing = await wait_out(far.store, RUN, far.clock)

    assert standing == await far.store.lease(RUN)
    assert standing is not None
    assert far.clock.monotonic() == 0


async def test_a_lease_is_waited_out_for_a_whole_term_whenever_that_begins(far: House) -> None:
    recorder = await far.create()
    far.clock.advance(1000)

    standing = await far.pass_time(wait_out(far.store, RUN, far.clock))

    assert standing == recorder.lease
    assert far.clock.monotonic() == 1000 + TERM


async def test_a_lease_that_is_given_back_meanwhile_is_waited_for_no_longer(far: House) -> None:
    recorder = await far.create()
    waiting = asyncio.create_task(wait_out(far.store, RUN, far.clock))
    await until(lambda: far.clock.next_wake() is not None)
    await recorder.release()

    standing = await far.pass_time(waiting)

    assert standing is not None
    assert standing.holder == ""
    assert far.clock.monotonic() == 1


async def test_a_lease_that_is_renewed_meanwhile_is_somebodys(far: House) -> None:
    recorder = await far.create()
    waiting = asyncio.create_task(wait_out(far.store, RUN, far.clock))
    await until(lambda: far.clock.next_wake() is not None)
    await far.store.renew(recorder.lease, pulse())

    with pytest.raises(LeaseHeld, match=f"me drives run {RUN}"):
        await far.pass_time(waiting)


async def test_a_lease_may_be_acted_on_for_three_quarters_of_its_term(far: House) -> None:
    await (await far.create()).release()
    held = await HeldLease.take(far.store, RUN, "me", TERM, timer=LeaseTimer(far.clock, lambda: 0))

    far.clock.advance(TERM * 0.75)
    held.assert_fresh()
    far.clock.advance(1)
    with pytest.raises(LeaseLapsed, match=f"last renewed 24 s ago, of {TERM} s"):
        held.assert_fresh()


async def test_a_lease_counts_from_before_its_taking_was_asked_for(
    far: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await far.create()).release()
    acquire = far.remote.store.acquire

    async def slowly(*asked: object) -> object:
        far.clock.advance(10)
        return await acquire(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr(far.remote.store, "acquire", slowly)
    held = await HeldLease.take(far.store, RUN, "me", TERM, timer=LeaseTimer(far.clock, lambda: 0))

    assert held.age_seconds == 10


async def test_a_lease_that_could_not_be_renewed_is_tried_oftener(
    far: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    await (await far.create()).release()
    term = 600
    held = await HeldLease.take(far.store, RUN, "me", term, timer=LeaseTimer(far.clock, lambda: 0))

    with monkeypatch.context() as patch:
        patch.setattr(far.remote.store, "look_seconds", term)
        assert held.pause_seconds == term / RENEWALS_IN_A_TERM
        far.remote.away = True
        assert not await held.renew(pulse())
        assert (held.trouble, held.pause_seconds) == (
            "the network is down",
            term / RETRIES_IN_A_TERM,
        )
        far.remote.away = False
        assert await held.renew(pulse())
        assert (held.trouble, held.pause_seconds) == ("", term / RENEWALS_IN_A_TERM)
    assert held.pause_seconds == LOOKS_IN_A_RENEWAL * far.store.look_seconds


def test_time_asleep_is_counted_where_the_machine_has_a_clock_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time, "clock_gettime", lambda which: which)

    monkeypatch.setattr(time, "CLOCK_BOOTTIME", 7, raising=False)
    assert boot_seconds() == 7
    monkeypatch.delattr(time, "CLOCK_BOOTTIME")
    assert boot_seconds() == time.CLOCK_MONOTONIC
