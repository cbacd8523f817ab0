"""What recording a drill costs: as events, and as one document that every poll rewrites.

Both are written to a DynamoDB server on this machine, and each write counts by what was sent.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from botocore.exceptions import ClientError

from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.cost import cost_of
from drs_tui.audit.dynamodb import DynamoDbStore
from drs_tui.audit.dynamodb_items import item_bytes, key
from drs_tui.audit.dynamodb_schema import create_table
from drs_tui.audit.dynamodb_table import Table, connect
from drs_tui.clock import SystemClock
from drs_tui.model.events import Event
from drs_tui.model.run import apply, header_of
from drs_tui.model.state.run import Run
from tests.audit.dynamodb_server import dynamodb_server
from tests.bench.large_drill import POLL_SECONDS, RUN_ID, large_drill

SIZES = ((50, 5), (300, 5), (500, 5))
"""Servers and waves of the drills that are measured."""

KB = 1024


def measure() -> list[dict[str, str | int]]:
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


async def _measure() -> list[dict[str, str | int]]:
    rows: list[dict[str, str | int]] = []
    with dynamodb_server() as endpoint:
        for number, (servers, waves) in enumerate(SIZES):
            batches = large_drill(servers, waves)
            place = DynamoDbAddress(f"bench-{number}", endpoint=endpoint)
            async with AsyncExitStack() as stack:
                client = await connect(place, stack)
                events = await _as_events(client, place, batches)
                document, refused = await _as_document(client, place, batches)
            cost = cost_of(event for batch in batches for event in batch)
            rows.append(
                {
                    "servers": servers,
                    "waves": waves,
                    "events": cost.events,
                    "event items: writes": events.writes,
                    "event items: bytes written": events.bytes,
                    "event items: largest item": events.largest,
                    "event items: their write units": events.units,
                    "all write units (cost_of)": cost.units,
                    "document: writes": document.writes,
                    "document: bytes written": document.bytes,
                    "document: largest item": document.largest,
                    "document: write units": document.units,
                    "document: refused": refused or "never",
                }
            )
    return rows


async def _as_events(
    client: Any, place: DynamoDbAddress, batches: Sequence[Sequence[Event]]
) -> Written:
    written = Written()
    table = Table(CountingClient(client, written), place, SystemClock())
    await create_table(table)
    store = DynamoDbStore(table, AsyncExitStack())
    run: Run | None = None
    for batch in batches:
        before = run
        for event in batch:
            run = apply(run, event)
        assert run is not None
        if before is None:
            await store.create(header_of(run), batch)
        else:
            await store.append(RUN_ID, before.seq, 0, batch, header_of(run))
    return written


async def _as_document(
    client: Any, place: DynamoDbAddress, batches: Sequence[Sequence[Event]]
) -> tuple[Written, str]:
    """Put the whole run into its one item on every poll, with news or without."""
    written = Written()
    run: Run | None = None
    polled = batches[0][0].at
    for batch in batches:
        for event in batch:
            run = apply(run, event)
        assert run is not None
        polls = 0
        while polled <= batch[-1].at:
            polled += timedelta(seconds=POLL_SECONDS)
            polls += 1
        item = {**key(RUN_ID, "DOCUMENT"), "state": {"S": _document(run)}}
        for _ in range(max(polls, 1)):
            try:
                await client.put_item(TableName=place.table, Item=item)
            except ClientError as error:
                done = sum(bool(server.launch_status) for server in run.servers.values())
                if error.response["Error"]["Code"] != "ValidationException":
                    raise
                return written, f"at server {done}"
            written.writes += 1
            written.add(item, in_transaction=False)
    return written, ""


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
