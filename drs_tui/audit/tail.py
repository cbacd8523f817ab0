"""Following a run: its events as they are appended."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from drs_tui.audit.store import BadRecord, RunStore
from drs_tui.clock import Clock
from drs_tui.model.events import Event

MOST_EVENTS = 500
"""In one batch, so that whoever shows a long run can breathe in between."""


async def tail(
    store: RunStore, run_id: str, after: int = 0, *, clock: Clock
) -> AsyncGenerator[list[Event], None]:
    """Give the events above `after` in batches, first those that are there, then each new one.

    Never ends by itself; a run that isn't there yet is waited for. After an error go on with a new
    tail behind the last event that came. `clock` is real time.

    Raises:
        BadRecord: a stored event cannot be parsed, or is missing.
        StoreUnavailable: the store is out of reach.
    """
    seen: object = None
    while True:
        # Taken before reading: what is appended meanwhile changes the next one.
        mark = await store.mark(run_id)
        batch: list[Event] = []
        if mark != seen:
            async for event in store.events(run_id, after):
                if event.seq != after + 1:
                    raise BadRecord(f"event {after + 1} of run {run_id} is missing")
                after = event.seq
                batch.append(event)
                if len(batch) == MOST_EVENTS:
                    yield batch
                    batch = []
        if batch:
            yield batch
        seen = mark
        await clock.sleep(store.look_seconds)
