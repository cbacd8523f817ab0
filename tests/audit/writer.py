"""A process that appends to a SQLite store and says so after each append, until it is killed."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from drs_tui.audit.sqlite import open_sqlite
from drs_tui.model.events import Event
from tests.audit.runs import header_at, more


async def write(path: Path, run_id: str) -> None:
    store = await open_sqlite(path)
    last: tuple[Event, ...] = more(run_id, (), 1)
    await store.create(header_at(last[-1]), last)
    while True:
        batch = more(run_id, last, 3)
        await store.append(run_id, last[-1].seq, 0, batch, header_at(batch[-1]))
        sys.stdout.write(f"{batch[-1].seq}\n")
        sys.stdout.flush()
        last = batch


if __name__ == "__main__":
    asyncio.run(write(Path(sys.argv[1]), sys.argv[2]))
