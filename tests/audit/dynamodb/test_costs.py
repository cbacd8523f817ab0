"""How many requests the store makes, and which indexes they write."""

from __future__ import annotations

from datetime import timedelta

import boto3
import pytest

from drs_tui.audit import dynamodb_items as items
from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.dynamodb import DynamoDbStore
from drs_tui.audit.store import StoreUnavailable
from tests.audit.dynamodb.conftest import Wire
from tests.audit.runs import RUN, START, header_at, more
from tests.audit.storms import lost, refused

# What an append costs ---------------------------------------------------------------------------


async def test_an_append_that_changes_nothing_listed_writes_no_index(
    store: DynamoDbStore, wire: Wire
) -> None:
    events = list(more(RUN, (), 2))
    await store.create(header_at(events[-1]), events)

    for launched in (0, 0, 1, 1, 1):
        batch = more(RUN, events, 2)
        await store.append(
            RUN, events[-1].seq, 0, batch, header_at(batch[-1], servers_launched=launched)
        )
        events += batch

    assert ["summary" in update for update in wire.updates()] == [False, False, True, False, False]
    assert (await store.list()).headers[0].servers_launched == 1
    assert (await store.header(RUN)).seq == 12


async def test_after_a_failed_append_the_summary_is_written_again(
    store: DynamoDbStore, wire: Wire
) -> None:
    first = more(RUN, (), 2)
    second = more(RUN, first, 1)
    third = more(RUN, second, 1)
    await store.create(header_at(first[-1]), first)
    await store.append(RUN, 2, 0, second, header_at(second[-1]))
    wire.before = [refused("AccessDeniedException")]
    with pytest.raises(StoreUnavailable):
        await store.append(RUN, 3, 0, third, header_at(third[-1], servers_launched=6))

    await store.append(RUN, 3, 0, third, header_at(third[-1], servers_launched=6))

    assert (await store.list()).headers[0].servers_launched == 6


async def test_a_summary_that_changed_and_changed_back_is_written_though_an_answer_was_lost(
    store: DynamoDbStore, wire: Wire
) -> None:
    events = list(more(RUN, (), 1))
    await store.create(header_at(events[-1]), events)

    for status in ("running", "attention", "running"):
        batch = more(RUN, events, 1)
        wire.after = [lost()] if status == "attention" else []
        await store.append(RUN, events[-1].seq, 0, batch, header_at(batch[-1], status=status))
        events += batch

    assert (await store.list()).headers[0].status == "running"


async def test_following_a_run_is_one_query_a_look(store: DynamoDbStore, wire: Wire) -> None:
    first = more(RUN, (), 2)
    await store.create(header_at(first[-1]), first)
    assert [event.seq async for event in store.events(RUN)] == [1, 2]
    wire.calls.clear()

    assert [event.seq async for event in store.events(RUN, 2)] == []

    assert [operation for operation, _ in wire.calls] == ["query"]


# Lists ------------------------------------------------------------------------------------------


async def test_ten_thousand_runs_are_listed_by_as_many_requests_as_ten(
    store: DynamoDbStore, wire: Wire, place: DynamoDbAddress
) -> None:
    await put_headers(place, range(10))
    few = await requests_of_lists(store, wire)
    await put_headers(place, range(10, 10_000))
    many = await requests_of_lists(store, wire)

    assert few == many == ["query"] * 6 + ["batch_get_item"]
    assert [header.run_id for header in (await store.list(limit=2)).headers] == ["9999", "9998"]
    [rare] = (await store.list(started_by="operator 9990")).headers
    assert rare.run_id == "9990"


async def requests_of_lists(store: DynamoDbStore, wire: Wire) -> list[str]:
    wire.calls.clear()
    day = {"since": START, "until": START + timedelta(hours=1)}
    pages = [
        await store.list(limit=5),
        await store.list(active=True, limit=1),
        await store.list(active=False, limit=5),
        await store.list(plan_id="plan 0", limit=5),
        await store.list(limit=5, **day),  # type: ignore[arg-type]
        await store.list(started_by="nobody", limit=5),
    ]
    await store.leases([header.run_id for page in pages for header in page.headers])
    return [operation for operation, _ in wire.calls]


async def put_headers(place: DynamoDbAddress, numbers_: range) -> None:
    """Runs a minute apart, every thousandth still going on; written past the store, in bulk."""
    client = boto3.resource(
        "dynamodb",
        endpoint_url=place.endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    [event] = more(RUN, (), 1)
    with client.Table(place.table).batch_writer() as batch:
        for number in numbers_:
            started_at = START + timedelta(minutes=number)
            header = header_at(
                event,
                run_id=f"{number}",
                plan_id=f"plan {number % 3}",
                started_at=started_at,
                started_by=f"operator {number}",
                finished_at=None if number % 1_000 == 0 else started_at,
            )
            item = {
                **items.key(header.run_id, items.HEADER),
                "listed": {"S": items.LISTED},
                "epoch": {"N": "0"},
                **items.numbers([event]),
                **items.summary(header),
            }
            values = {name: value.get("S", value.get("N")) for name, value in item.items()}
            batch.put_item(values | {"epoch": 0, "seq": 1})
    client.meta.client.close()
