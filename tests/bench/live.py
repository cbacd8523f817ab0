"""A drill that goes on while somebody watches: its events come into a store when they happen."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from drs_tui.audit.sqlite import open_sqlite
from drs_tui.audit.store import Pulse
from drs_tui.model.events import Event
from drs_tui.model.run import fold, header_of
from tests.bench.large_drill import POLL_SECONDS, RUN_ID, large_drill

RENEW_SECONDS = 5.0
LOOK_SECONDS = 0.1


@contextmanager
def going_on(path: Path, servers: int, waves: int, passed: timedelta) -> Iterator[None]:
    """Have a drill that began so long ago go on in the store at `path`, driven from elsewhere."""
    batches = large_drill(servers, waves, start=datetime.now(UTC) - passed)
    begun, ended = threading.Event(), threading.Event()
    work = _perform(path, batches, begun, ended)
    thread = threading.Thread(target=lambda: asyncio.run(work), name="drill", daemon=True)
    thread.start()
    begun.wait()
    try:
        yield
    finally:
        ended.set()
        thread.join()


async def _perform(
    path: Path, batches: list[tuple[Event, ...]], begun: threading.Event, ended: threading.Event
) -> None:
    now = datetime.now(UTC)
    past = [event for batch in batches if batch[-1].at <= now for event in batch]
    coming = [batch for batch in batches if batch[-1].at > now]
    run = fold(past)
    assert run is not None
    store = await open_sqlite(path)
    await store.create(header_of(run), past)
    lease = await store.acquire(RUN_ID, "maria@elsewhere:1:abc", 3600)
    renewed = datetime.min.replace(tzinfo=UTC)
    while not ended.is_set():
        now = datetime.now(UTC)
        while coming and coming[0][-1].at <= now:
            batch = coming.pop(0)
            before = run
            run = fold(batch, run)
            assert run is not None
            await store.append(RUN_ID, before.seq, lease.epoch, batch, header_of(run))
        if (now - renewed).total_seconds() > RENEW_SECONDS:
            polled = now - timedelta(seconds=now.timestamp() % POLL_SECONDS)
            lease = await store.renew(lease, Pulse(now, 100, polled))
            renewed = now
        begun.set()
        await asyncio.sleep(LOOK_SECONDS)
    await store.close()
