"""What every store promises of the lease of a run, held against each of them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from drs_tui.audit.store import Lease, LeaseHeld, LeaseLost, Pulse, RunStore
from tests.audit.conftest import OpenStore
from tests.audit.runs import RUN, START, start

PULSE = Pulse(drill_now=START, speed_percent=6_000, polled_at=START, trouble="")


async def test_taking_the_lease_raises_the_epoch(store: RunStore) -> None:
    await start(store)

    lease = await store.acquire(RUN, "me", 30)

    assert lease == Lease(RUN, "me", epoch=1, beat=0, term_seconds=30)
    assert await store.lease(RUN) == lease
    assert (await store.header(RUN)).epoch == 1


async def test_a_held_lease_is_not_given_away(store: RunStore) -> None:
    await start(store)
    ours = await store.acquire(RUN, "me", 30)

    for _ in range(2):
        with pytest.raises(LeaseHeld, match="me") as held:
            await store.acquire(RUN, "you", 30)
        assert held.value.lease == ours

    assert await store.lease(RUN) == ours


async def test_a_renewal_beats_and_carries_the_pulse(store: RunStore, another: OpenStore) -> None:
    await start(store)
    lease = await store.acquire(RUN, "me", 30)

    once = await store.renew(lease, PULSE)
    twice = await store.renew(once, None)

    assert (once.beat, once.pulse) == (1, PULSE)
    assert await (await another()).lease(RUN) == twice
    assert (twice.beat, twice.pulse, twice.epoch) == (2, None, 1)


async def test_the_leases_of_many_runs_are_read_at_once(store: RunStore) -> None:
    ids = [f"run-{number:03d}" for number in range(120)]
    for run_id in ids:
        await start(store, run_id, events=1)
    driven = [await store.acquire(run_id, f"driver of {run_id}", 30) for run_id in ids[::2]]
    driven[0] = await store.renew(driven[0], PULSE)

    leases = await store.leases([*ids, "nobody"])

    assert leases == {lease.run_id: lease for lease in driven}
    assert await store.leases([]) == {}


async def test_a_lease_says_when_it_was_renewed(store: RunStore, another: OpenStore) -> None:
    before = datetime.now(UTC)
    await start(store)
    taken = await store.acquire(RUN, "me", 30)
    renewed = await store.renew(taken, PULSE)

    lease = (await (await another()).leases([RUN]))[RUN]
    assert taken.renewed_at is not None
    assert lease.renewed_at is not None
    assert before <= taken.renewed_at <= lease.renewed_at <= datetime.now(UTC)
    assert lease.renewed_at == renewed.renewed_at
    assert lease.seems_driven(before)
    assert lease.seems_driven(lease.renewed_at + timedelta(seconds=59))
    assert not lease.seems_driven(lease.renewed_at + timedelta(seconds=61))
    await store.release(renewed)
    assert not (await store.leases([RUN]))[RUN].seems_driven(before)


async def test_a_released_lease_is_free(store: RunStore) -> None:
    await start(store)
    lease = await store.acquire(RUN, "me", 30)
    await store.release(await store.renew(lease, PULSE))

    standing = await store.lease(RUN)
    assert standing is not None
    assert standing.holder == ""

    assert (await store.acquire(RUN, "you", 30)).epoch == 2


async def test_a_lease_unchanged_since_it_was_seen_is_taken(store: RunStore) -> None:
    await start(store)
    lease = await store.renew(await store.acquire(RUN, "me", 30), PULSE)
    seen = await store.lease(RUN)

    taken = await store.acquire(RUN, "you", 30, seen)

    assert (taken.holder, taken.epoch) == ("you", 2)
    with pytest.raises(LeaseLost):
        await store.renew(lease, PULSE)
    await store.release(lease)
    assert await store.lease(RUN) == taken


async def test_a_lease_that_moved_since_it_was_seen_is_not_taken(store: RunStore) -> None:
    await start(store)
    lease = await store.acquire(RUN, "me", 30)
    seen = await store.lease(RUN)
    moved = await store.renew(lease, PULSE)

    with pytest.raises(LeaseHeld) as held:
        await store.acquire(RUN, "you", 30, seen)

    assert held.value.lease == moved


async def test_a_released_lease_can_not_be_renewed(store: RunStore) -> None:
    await start(store)
    lease = await store.acquire(RUN, "me", 30)
    await store.release(lease)

    with pytest.raises(LeaseLost):
        await store.renew(lease, PULSE)


async def test_of_many_who_want_the_lease_one_gets_it(store: RunStore, another: OpenStore) -> None:
    await start(store)
    stores = [store, await another(), await another()]

    for epoch in range(1, 11):
        ends = await asyncio.gather(
            *(each.acquire(RUN, f"driver {n}", 30) for n, each in enumerate(stores)),
            return_exceptions=True,
        )
        leases = [end for end in ends if isinstance(end, Lease)]
        assert [type(end) for end in ends if not isinstance(end, Lease)] == [LeaseHeld] * 2
        assert [lease.epoch for lease in leases] == [epoch]
        await store.release(leases[0])
