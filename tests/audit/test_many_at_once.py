"""Fifty people and three drivers at one run: no gap, no duplicate, nothing lost, one driver."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from drs_tui.audit.chain import seal
from drs_tui.audit.store import (
    Lease,
    LeaseHeld,
    LeaseLost,
    NotTheWriter,
    Request,
    RunStore,
)
from drs_tui.audit.verify import verify_run
from drs_tui.model.events import Draft, Event
from tests.audit.conftest import OpenStore
from tests.audit.runs import RUN, START, header_at, more

PEOPLE = 50


@dataclass
class Driver:
    """Takes the run's lease whenever it can, answers requests, and lets go or falls asleep."""

    name: str
    store: RunStore
    random: Random
    stored: list[Event] = field(default_factory=list)
    """What it was told is in the store."""
    turned_away: int = 0

    async def drive(self, done: Callable[[], bool]) -> None:
        while not done():
            try:
                # As after waiting a term: a holder who sleeps is overtaken.
                seen = await self.store.lease(RUN)
                lease = await self.store.acquire(RUN, self.name, 30, seen)
                await self._hold(lease)
            except (LeaseHeld, LeaseLost, NotTheWriter):
                self.turned_away += 1
            await asyncio.sleep(self.random.uniform(0, 0.02))

    async def _hold(self, lease: Lease) -> None:
        events = [event async for event in self.store.events(RUN)]
        for _ in range(self.random.randrange(1, 4)):
            answered = {event.data.get("request") for event in events}
            requests = await self.store.requests(RUN)
            drafts = [
                Draft("run.noted", START, one.actor, {"request": one.request_id, "by": lease.epoch})
                for one in requests
                if one.request_id not in answered
            ]
            drafts = drafts or [Draft("run.noted", START, self.name, {"by": lease.epoch})]
            batch: list[Event] = []
            for draft in drafts:
                last = (events + batch)[-1]
                batch.append(seal(RUN, last.seq + 1, last.hash, draft))
            await self.store.append(RUN, events[-1].seq, lease.epoch, batch, header_at(batch[-1]))
            events += batch
            self.stored += batch
            lease = await self.store.renew(lease, None)
        if self.random.random() < 0.5:
            await self.store.release(lease)


async def test_fifty_people_and_three_rival_drivers(store: RunStore, another: OpenStore) -> None:
    first = more(RUN, (), 1)
    await store.create(header_at(first[-1]), first)
    drivers = [Driver(f"driver {n}", await another(), Random(n)) for n in range(3)]
    people = [await another() for _ in range(5)]
    requests = [
        Request(f"01JDB3K6Q0REQ00000000000{n:02d}", RUN, START, f"person {n}", "note", {})
        for n in range(PEOPLE)
    ]

    def done() -> bool:
        answered = {e.data["request"] for d in drivers for e in d.stored if "request" in e.data}
        return len(answered) == PEOPLE and all(d.stored and d.turned_away for d in drivers)

    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        for driver in drivers:
            group.create_task(driver.drive(done))
        for number, request in enumerate(requests):
            group.create_task(people[number % len(people)].request(request))

    events = [event async for event in store.events(RUN)]
    epochs = [int(str(event.data["by"])) for event in events[1:]]
    answered = [event.data["request"] for event in events if "request" in event.data]
    assert (await verify_run(store, RUN)).ok
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    assert sorted(map(str, answered)) == [request.request_id for request in requests]
    assert [one.request_id for one in await store.requests(RUN)] == sorted(map(str, answered))
    assert epochs == sorted(epochs)
    assert {event.text for driver in drivers for event in driver.stored} == {
        event.text for event in events[1:]
    }
