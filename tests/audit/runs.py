"""Runs to store: chains of events and headers that fit them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from drs_tui.audit.chain import ZERO_HASH, seal
from drs_tui.audit.store import RunStore
from drs_tui.model.events import Draft, Event, Json
from drs_tui.model.header import RunHeader

RUN = "01JDB3K6Q0RUN0000000000001"
START = datetime(2026, 11, 23, 1, 47, 33, tzinfo=UTC)


def draft(number: int, data: Mapping[str, Json] | None = None) -> Draft:
    """A note, `number` seconds into the run."""
    return Draft(
        "run.noted", START + timedelta(seconds=number), "ana", data or {"text": f"note {number}"}
    )


def more(run_id: str, after: Sequence[Event], count: int, size: int = 0) -> tuple[Event, ...]:
    """`count` events that follow `after`; each with `size` letters of text if given."""
    events: list[Event] = []
    seq = after[-1].seq if after else 0
    prev_hash = after[-1].hash if after else ZERO_HASH
    for number in range(seq + 1, seq + count + 1):
        data = {"text": "x" * size} if size else None
        event = seal(run_id, number, prev_hash, draft(number, data))
        events.append(event)
        prev_hash = event.hash
    return tuple(events)


def header_at(event: Event, **changes: object) -> RunHeader:
    """The header of a run as of `event`."""
    header = RunHeader(
        run_id=event.run_id,
        plan_id="three-tier",
        title="Order system",
        mode="drill",
        status="running",
        started_at=START,
        started_by="ana",
        finished_at=None,
        account="123456789012",
        region="us-east-1",
        simulated=True,
        waves_total=3,
        waves_final=0,
        servers_total=6,
        servers_launched=0,
        cleanup="none",
        seq=event.seq,
        head_hash=event.hash,
    )
    return replace(header, **changes)  # type: ignore[arg-type]


async def until(holds: Callable[[], bool]) -> None:
    """Return once `holds`; what a store's thread or another process does sets no event."""
    async with asyncio.timeout(20):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.002)


async def start(store: RunStore, run_id: str = RUN, events: int = 2) -> tuple[Event, ...]:
    """Create a run of so many events."""
    first = more(run_id, (), events)
    await store.create(header_at(first[-1]), first)
    return first
