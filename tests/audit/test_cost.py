"""What recording a drill costs in DynamoDB: predicted from its events, and counted by a server."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.cost import cost_of
from drs_tui.audit.dynamodb import DynamoDbStore
from drs_tui.audit.dynamodb_schema import create_table
from drs_tui.audit.dynamodb_table import Table, connect
from drs_tui.clock import SystemClock
from drs_tui.model.run import fold, header_of
from tests.audit.storms import WRITES
from tests.bench.large_drill import large_drill
from tests.model.story import Story, wave_of


class Metered:
    """A client that asks what each write consumed."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.table_units = 0.0
        self.index_units = 0.0

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        async def call(**members: Any) -> Any:
            if operation not in WRITES:
                return await getattr(self._client, operation)(**members)
            answer = await getattr(self._client, operation)(
                **members, ReturnConsumedCapacity="INDEXES"
            )
            [consumed] = answer["ConsumedCapacity"]
            self.table_units += consumed["WriteCapacityUnits"]
            indexes = consumed.get("GlobalSecondaryIndexes", {}).values()
            self.index_units += sum(index["WriteCapacityUnits"] for index in indexes)
            return answer

        return call


async def test_a_server_counts_what_was_predicted(ministack_endpoint: str) -> None:
    batches = large_drill(servers=60, waves=2)
    place = DynamoDbAddress("metered", endpoint=ministack_endpoint)
    async with AsyncExitStack() as stack:
        meter = Metered(await connect(place, stack))
        table = Table(meter, place, SystemClock())
        await create_table(table)
        store = DynamoDbStore(table, AsyncExitStack())
        run = fold(batches[0])
        assert run is not None
        await store.create(header_of(run), batches[0])
        for batch in batches[1:]:
            seq, run = run.seq, fold(batch, run)
            assert run is not None
            await store.append(run.run_id, seq, 0, batch, header_of(run))

    cost = cost_of(event for batch in batches for event in batch)

    assert meter.table_units == cost.event_units + cost.header_units
    assert meter.index_units == cost.index_units
    assert cost.units == meter.table_units + meter.index_units + cost.lease_units


def test_all_that_one_moment_brings_is_one_append() -> None:
    story = Story(wave_of("web", "s-1", "s-2"))
    story.tell("run.noted", text="at the same moment")
    story.wait(10)
    story.tell("run.noted", text="later")

    assert cost_of(story.events).appends == 2


def test_more_than_an_item_holds_is_reckoned_as_several() -> None:
    story = Story(wave_of("web", "s-1"))
    story.wait(1)
    small = cost_of(story.events)
    for _ in range(4):
        story.tell("run.noted", text="x" * 200_000)
    cost = cost_of(story.events)

    assert cost.appends == 2
    assert cost.largest_item_bytes < 350 * 1024
    assert cost.event_units - small.event_units >= 2 * 4 * 195
    assert cost.header_units == small.header_units + 4 * 2


def test_the_lease_is_renewed_while_a_drill_goes_on() -> None:
    story = Story(wave_of("web", "s-1"))
    at_once = cost_of(story.events).lease_units
    story.wait(3600)
    story.tell("run.noted", text="an hour later")

    assert cost_of(story.events).lease_units == at_once + 360


def test_what_a_list_does_not_show_writes_no_index() -> None:
    story = Story(wave_of("web", "s-1"))
    created = cost_of(story.events).index_units
    story.wait(1)
    story.tell("run.noted", text="nothing that is listed")

    assert created == 3
    assert cost_of(story.events).index_units == created


def test_a_run_that_ends_moves_within_an_index() -> None:
    story = Story(wave_of("web", "s-1"))
    before = cost_of(story.events).index_units
    story.wait(1)
    story.tell("run.finished", outcome="failed")

    assert cost_of(story.events).index_units == before + 1 + 1 + 2


def test_no_events_cost_nothing_that_could_be_told() -> None:
    with pytest.raises(ValueError, match="without events"):
        cost_of([])
