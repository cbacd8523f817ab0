"""Reading what a table holds: page by page, and what others left in it."""

from __future__ import annotations

import pytest

from drs_tui.audit import dynamodb_items as items
from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.dynamodb import DynamoDbStore
from drs_tui.audit.listing import all_run_ids, ids_in_any_list
from drs_tui.audit.store import BadRecord, Request
from drs_tui.audit.verify import verify_run
from tests.audit.dynamodb.conftest import Wire
from tests.audit.runs import RUN, START, header_at, more


async def test_requests_are_read_to_the_last_page(
    store: DynamoDbStore, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = more(RUN, (), 1)
    await store.create(header_at(events[-1]), events)
    asked = [Request(f"0{n}", RUN, START, "ana", "note", {}) for n in range(5)]
    for request in asked:
        await store.request(request)

    monkeypatch.setattr("drs_tui.audit.dynamodb_table.ITEMS_PER_READ", 2)

    assert await store.requests(RUN) == asked


async def test_a_page_ends_when_enough_was_passed_over_and_the_next_goes_on_there(
    store: DynamoDbStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    statuses = {"01RUN": "failed"} | {f"0{n}RUN": "running" for n in range(2, 7)}
    for run_id, status in statuses.items():
        events = more(run_id, (), 1)
        await store.create(header_at(events[-1], status=status), events)
    monkeypatch.setattr("drs_tui.audit.dynamodb_list.SIFTED_ITEMS", 4)

    first = await store.list(status="failed", limit=1)
    second = await store.list(status="failed", limit=1, page=first.next_page)

    assert (first.headers, first.next_page is None) == ((), False)
    assert [header.run_id for header in second.headers] == ["01RUN"]
    assert second.next_page is None


async def test_an_item_of_another_name_among_the_events_is_found_and_hides_none(
    store: DynamoDbStore, wire: Wire, place: DynamoDbAddress
) -> None:
    events = more(RUN, (), 2)
    await store.create(header_at(events[-1]), events)
    theirs = items.event_item(RUN, events) | {"item": {"S": "E#of-mine"}}
    await wire.client.put_item(TableName=place.table, Item=theirs)

    verdict = await verify_run(store, RUN)

    assert (verdict.ok, verdict.first_bad_seq, verdict.events) == (False, 3, 2)


@pytest.mark.parametrize("change", ["REMOVE #listed", "SET #listed = :value"])
async def test_a_run_that_was_taken_out_of_the_list_of_all_is_still_looked_at_and_said_to_be(
    store: DynamoDbStore, wire: Wire, place: DynamoDbAddress, change: str
) -> None:
    for run_id in ("01RUN", "02RUN"):
        events = more(run_id, (), 1)
        await store.create(header_at(events[-1]), events)
    await wire.client.update_item(
        TableName=place.table,
        Key=items.key("01RUN", items.HEADER),
        UpdateExpression=change,
        ExpressionAttributeNames={"#listed": "listed"},
        **({"ExpressionAttributeValues": {":value": {"S": "x"}}} if ":value" in change else {}),
    )

    assert [run_id async for run_id in all_run_ids(store)] == ["02RUN"]
    assert await ids_in_any_list(store) == ["02RUN", "01RUN"]
    assert (await store.misfiled("01RUN")).startswith("lists find it under listed")


async def test_a_lease_that_lacks_something_is_a_bad_record(
    store: DynamoDbStore, wire: Wire, place: DynamoDbAddress
) -> None:
    await wire.client.put_item(TableName=place.table, Item=items.key(RUN, items.LEASE))

    with pytest.raises(BadRecord, match=f"the lease of run {RUN} has no 'holder'"):
        await store.lease(RUN)
