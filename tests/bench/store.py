"""What recording a drill costs: as events, and as one document that is rewritten all the time.

Both are written to a DynamoDB server on this machine, and each write counts by what was sent; a
document that DynamoDB refuses as too large counts as if it had been taken. Appends and lists are
timed in each store.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from botocore.exceptions import ClientError

from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.cost import cost_of
from drs_tui.audit.dynamodb import DynamoDbStore
from drs_tui.audit.dynamodb_items import item_bytes, key
from drs_tui.audit.dynamodb_schema import create_table
from drs_tui.audit.dynamodb_table import Table, connect
from drs_tui.audit.sqlite import open_sqlite
from drs_tui.audit.store import RunStore
from drs_tui.clock import SystemClock
from drs_tui.model.events import Event
from drs_tui.model.run import apply, fold, header_of
from drs_tui.model.state.run import Run
from tests.audit.dynamodb_server import dynamodb_server
from tests.bench.figures import Row, middle, row
from tests.bench.large_drill import RUN_ID, large_drill

SIZES = ((50, 5), (500, 5))
"""Servers and waves of the drills that are measured."""

KB = 1024

REWRITTEN_SECONDS = 15.0
"""Of drill time, between two writes of the document."""

LISTS = 20


def measure() -> list[Row]:
    """Record drills both ways."""
    return asyncio.run(_measure())


@dataclass
class Written:
    """What a client was given to write."""

    writes: int = 0
    bytes: int = 0
    units: int = 0
    largest: int = 0

    def add(self, item: dict[str, Any], *, in_transaction: bool) -> None:
        size = item_bytes(item)
        self.bytes += size
        self.units += -(-size // KB) * (2 if in_transaction else 1)
        self.largest = max(self.largest, size)


class CountingClient:
    """Passes calls on, and counts the event items that transactions put."""

    def __init__(self, client: Any, written: Written) -> None:
        self._client = client
        self._written = written

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        async def call(**members: Any) -> Any:
            answer = await getattr(self._client, operation)(**members)
            actions = members.get("TransactItems", ())
            self._written.writes += bool(actions)
            for action in actions:
                if "events" in action.get("Put", {}).get("Item", {}):
                    self._written.add(action["Put"]["Item"], in_transaction=True)
            return answer

        return call


async def _measure() -> list[Row]:
    rows: list[Row] = []
    with dynamodb_server() as endpoint, TemporaryDirectory() as folder:
        for number, (servers, waves) in enumerate(SIZES):
            batches = large_drill(servers, waves)
            place = DynamoDbAddress(f"bench-{number}", endpoint=endpoint)
            async with AsyncExitStack() as stack:
                client = await connect(place, stack)
                written = Written()
                table = Table(CountingClient(client, written), place, SystemClock())
                await create_table(table)
                dynamodb = DynamoDbStore(table, AsyncExitStack())
                sqlite = await open_sqlite(Path(folder) / f"{number}.db")
                stack.push_async_callback(sqlite.close)
                timed = [
                    (name, *await _timed(store, batches))
                    for name, store in (("SQLite", sqlite), ("DynamoDB", dynamodb))
                ]
                document, refused = await _as_document(client, place, batches)
            what = f"{servers} servers"
            cost = cost_of(event for batch in batches for event in batch)
            rows += [
                row(
                    f"{what}: bytes written",
                    written.bytes,
                    "B",
                    beside=f"a document each {REWRITTEN_SECONDS:.0f} s",
                    theirs=document.bytes,
                    times=1 / 20,
                ),
                row(
                    f"{what}: write units of the events",
                    written.units,
                    "",
                    beside="the document's",
                    theirs=document.units,
                ),
                row(f"{what}: all write units (runs show --cost)", cost.units, ""),
                row(
                    f"{what}: largest item",
                    written.largest,
                    "B",
                    beside=refused or "the document",
                    theirs=document.largest,
                ),
                *(
                    row(f"{what}: {name}, {what_it_did}", milliseconds, "ms")
                    for name, append, list_ in timed
                    for what_it_did, milliseconds in (("append", append), ("list", list_))
                ),
            ]
    return rows


async def _timed(store: RunStore, batches: Sequence[Sequence[Event]]) -> tuple[float, float]:
    """Record a drill; milliseconds of an append, one for each poll, and of a list, as medians."""
    appends, lists = [], []
    run: Run | None = None
    for batch in batches:
        before = run
        run = fold(batch, run)
        assert run is not None
        began = time.perf_counter()
        if before is None:
            await store.create(header_of(run), batch)
        else:
            await store.append(RUN_ID, before.seq, 0, batch, header_of(run))
        appends.append(time.perf_counter() - began)
    for _ in range(LISTS):
        began = time.perf_counter()
        await store.list()
        lists.append(time.perf_counter() - began)
    return middle(appends) * 1000, middle(lists) * 1000


async def _as_document(
    client: Any, place: DynamoDbAddress, batches: Sequence[Sequence[Event]]
) -> tuple[Written, str]:
    """Put the whole run into its one item all the time, with news or without."""
    written, refused = Written(), ""
    run: Run | None = None
    polled = batches[0][0].at
    for batch in batches:
        for event in batch:
            run = apply(run, event)
        assert run is not None
        polls = 0
        while polled <= batch[-1].at:
            polled += timedelta(seconds=REWRITTEN_SECONDS)
            polls += 1
        item = {**key(RUN_ID, "DOCUMENT"), "state": {"S": _document(run)}}
        for _ in range(polls):
            try:
                await client.put_item(TableName=place.table, Item=item)
            except ClientError as error:
                if error.response["Error"]["Code"] != "ValidationException":
                    raise
                done = sum(bool(server.launch_status) for server in run.servers.values())
                refused = refused or f"the document, refused at server {done}"
            written.writes += 1
            written.add(item, in_transaction=False)
    return written, refused


def _document(run: Run) -> str:
    """All that the events tell, by server: its state, and its part of the job's log."""
    logs: dict[str, list[Any]] = {}
    for job in run.jobs.values():
        for item in job.log:
            logs.setdefault(job.id, []).append(item)
    servers = [
        {
            "id": server.id,
            "name": server.name,
            "wave": server.wave,
            "jobId": server.job_id,
            "launchStatus": server.launch_status,
            "instanceId": server.instance_id,
            "instanceState": server.instance_state,
        }
        for server in run.servers.values()
    ]
    return json.dumps({"runId": run.run_id, "servers": servers, "logs": logs}, default=str)
