"""A drill of 500 servers in 5 waves with every phase recorded, in every store."""

from __future__ import annotations

from collections import Counter
from typing import Any

import boto3

from drs_tui.audit.address import DynamoDbAddress, parse_store
from drs_tui.audit.cost import cost_of
from drs_tui.audit.dynamodb_items import item_bytes
from drs_tui.audit.store import RunStore
from drs_tui.audit.verify import verify_run
from drs_tui.clock import ManualClock
from drs_tui.model.events import Event
from drs_tui.model.run import fold, header_of
from drs_tui.model.state.run import Run
from drs_tui.replay.player import Player
from tests.bench.large_drill import RUN_ID

PHASES = ("SNAPSHOT", "CONVERSION", "LAUNCH")


async def store_it(store: RunStore, large: list[tuple[Event, ...]]) -> Run:
    run = fold(large[0])
    assert run is not None
    await store.create(header_of(run), large[0])
    for batch in large[1:]:
        seq = run.seq
        run = fold(batch, run)
        assert run is not None
        await store.append(RUN_ID, seq, 0, batch, header_of(run))
    return run


async def test_it_is_stored_listed_verified_and_replayed(
    store: RunStore, address: str, large: list[tuple[Event, ...]]
) -> None:
    run = await store_it(store, large)

    events = [event async for event in store.events(RUN_ID)]
    phases = Counter(str(e.data["item"]["event"]) for e in events if e.type == "job.logged")  # type: ignore[call-overload, index]
    assert all(phases[f"{phase}_{end}"] == 500 for phase in PHASES for end in ("START", "END"))
    verdict = await verify_run(store, RUN_ID)
    assert (verdict.ok, verdict.events) == (True, sum(map(len, large)))
    [header] = (await store.list(active=False, plan_id="large")).headers
    assert (header.status, header.servers_launched) == ("succeeded", 500)
    player = Player(events, ManualClock())
    player.seek(len(events))
    assert player.run == run
    place = parse_store(address)
    if isinstance(place, DynamoDbAddress):
        sizes = [item_bytes(item) for item in stored_items(place)]
        assert len(sizes) >= len(large)
        assert max(sizes) <= 350 * 1024


async def test_what_was_predicted_is_what_is_stored(large: list[tuple[Event, ...]]) -> None:
    cost = cost_of(event for batch in large for event in batch)

    assert cost.appends == len(large)
    assert cost.events == sum(map(len, large))
    assert cost.largest_item_bytes <= 350 * 1024


def stored_items(place: DynamoDbAddress) -> list[dict[str, Any]]:
    """Everything in the table, past the store."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=place.endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    try:
        pages = client.get_paginator("scan").paginate(TableName=place.table)
        return [item for page in pages for item in page["Items"]]
    finally:
        client.close()
