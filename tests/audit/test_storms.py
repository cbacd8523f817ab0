"""The storm that the contract is held in does strike, in every way, and a run outlives it."""

from __future__ import annotations

from contextlib import AsyncExitStack
from random import Random

from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.dynamodb import DynamoDbStore
from drs_tui.audit.dynamodb_schema import create_table
from drs_tui.audit.dynamodb_table import Table, connect
from drs_tui.audit.verify import verify_run
from tests.audit.runs import RUN, header_at, more
from tests.audit.storms import Patient, StormyClient


async def test_every_fault_strikes_and_nothing_is_lost(dynamodb_endpoint: str) -> None:
    place = DynamoDbAddress("storm", endpoint=dynamodb_endpoint)
    async with AsyncExitStack() as stack:
        client = StormyClient(await connect(place, stack), Random(6))
        table = Table(client, place, Patient())
        await create_table(table)
        store = DynamoDbStore(table, AsyncExitStack())
        events = list(more(RUN, (), 1))
        await store.create(header_at(events[-1]), events)
        for _ in range(100):
            batch = more(RUN, events, 2)
            await store.append(RUN, events[-1].seq, 0, batch, header_at(batch[-1]))
            events += batch
        verdict = await verify_run(store, RUN)

    assert (verdict.ok, verdict.events) == (True, 201)
    assert client.struck.keys() == {
        *("conflict", "throttled", "part throttled", "no connection", "answer lost"),
    }
