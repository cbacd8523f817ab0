"""Bringing a run's store and this machine's journal together before driving goes on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from drs_tui.audit.chain import ZERO_HASH, canonical, seal
from drs_tui.audit.records import LONGEST_EVENT_BYTES
from drs_tui.audit.store import BadRecord, Journal, Lease, RunNotFound, RunStore
from drs_tui.model.events import Draft, Event, EventType, Json
from drs_tui.model.header import RunHeader
from drs_tui.model.run import Run, fold, header_of

LATE_BYTES = LONGEST_EVENT_BYTES - 10_000
"""Of late texts in one event, as they are written in it."""


async def stored_run(store: RunStore, run_id: str) -> tuple[Event, ...]:
    """All events of a run, each seen to follow the one before.

    Raises:
        RunNotFound: no such run.
        BadRecord: an event cannot be parsed, or is missing.
    """
    events: list[Event] = []
    prev_hash = ZERO_HASH
    async for event in store.events(run_id):
        if event.seq != len(events) + 1 or event.prev_hash != prev_hash:
            raise BadRecord(
                f"event {len(events) + 1} of run {run_id} in {store.address} does not follow the "
                "one before it"
            )
        events.append(event)
        prev_hash = event.hash
    header = await store.header(run_id)
    if (header.seq, header.head_hash) != (len(events), prev_hash):
        raise BadRecord(f"the last events of run {run_id} are missing in {store.address}")
    return tuple(events)


async def hold(journal: Journal, lease: Lease) -> int:
    """Take the journal's own lease, whoever had it, for the holder of the store's; gives its epoch.

    From then on an earlier driver on this machine can't add to the journal.

    Raises:
        RunNotFound: the journal has no such run.
    """
    seen = await journal.lease(lease.run_id)
    held = await journal.acquire(lease.run_id, lease.holder, lease.term_seconds, seen)
    return held.epoch


async def rejoin(
    store: RunStore, journal: Journal, lease: Lease, at: datetime
) -> tuple[tuple[Event, ...], int]:
    """Send what only the journal has, copy what only the store has.

    Gives the run's events and the journal's epoch. A journalled tail that continues the stored
    events is sent as it is. One that another driver's events have overtaken is appended as
    `run.late_events`, at `at`: its texts, and the last event before the two parted.
    """
    run_id = lease.run_id
    stored = await stored_run(store, run_id)
    try:
        epoch = await hold(journal, lease)
    except RunNotFound:
        await journal.create(_header(stored), stored)
        return stored, await hold(journal, lease)
    journalled = await stored_run(journal, run_id)
    common = _common(stored, journalled)
    tail = journalled[common:]
    if tail and common == len(stored):
        await store.append(run_id, common, lease.epoch, tail, _header(journalled))
        return journalled, epoch
    late = _late_events(stored, tail, common, at)
    if late:
        await store.append(run_id, len(stored), lease.epoch, late, _header((*stored, *late)))
        stored = (*stored, *late)
    if stored != journalled:
        await journal.replace(_header(stored), stored)
    return stored, epoch


def late_bytes(text: str) -> int:
    """What an event's text takes when it is kept as a late one, with its quotes escaped."""
    return len(canonical(text).encode())


def run_of(events: Sequence[Event]) -> Run:
    """The state after all of a run's events, of which there is at least one."""
    run = fold(events)
    assert run is not None
    return run


def _header(events: Sequence[Event]) -> RunHeader:
    return header_of(run_of(events))


def _common(stored: Sequence[Event], journalled: Sequence[Event]) -> int:
    """How many events both begin with; a hash vouches for all before it."""
    count = min(len(stored), len(journalled))
    while count and stored[count - 1].hash != journalled[count - 1].hash:
        count -= 1
    return count


def _late_events(
    stored: Sequence[Event], tail: Sequence[Event], common: int, at: datetime
) -> tuple[Event, ...]:
    known = {
        text
        for event in stored
        if event.type == EventType.RUN_LATE_EVENTS
        for text in _texts(event)
    }
    groups: list[list[str]] = []
    room = 0
    for text in (text for event in tail for text in _late_texts(event) if text not in known):
        size = late_bytes(text)
        if not groups or size > room:
            groups.append([])
            room = LATE_BYTES
        groups[-1].append(text)
        room -= size
    late: list[Event] = []
    last = stored[-1]
    for texts in groups:
        data: dict[str, Json] = {"after": common, "texts": texts}
        draft = Draft(EventType.RUN_LATE_EVENTS, max(at, last.at), "driver", data)
        last = seal(last.run_id, last.seq + 1, last.hash, draft)
        late.append(last)
    return tuple(late)


def _late_texts(event: Event) -> Sequence[str]:
    """What is kept of an event that comes late: late events in it that fill one, one by one."""
    if event.type == EventType.RUN_LATE_EVENTS and late_bytes(event.text) > LATE_BYTES:
        return [text for text in _texts(event) if isinstance(text, str)]
    return (event.text,)


def _texts(event: Event) -> Sequence[object]:
    texts = event.data.get("texts")
    return texts if isinstance(texts, list) else ()
