"""What only a store in DynamoDB has to hold: lost answers, conflicts, credentials, the table."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
import pytest_asyncio
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError, NoCredentialsError

from drs_tui.audit import dynamodb_items as items
from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.dynamodb import DynamoDbStore, open_dynamodb
from drs_tui.audit.dynamodb_check import check_table
from drs_tui.audit.dynamodb_schema import create_table
from drs_tui.audit.dynamodb_table import GIVE_UP_SECONDS, MOST_ATTEMPTS, Table, connect
from drs_tui.audit.findings import Health
from drs_tui.audit.listing import all_run_ids, ids_in_any_list
from drs_tui.audit.opening import make_store
from drs_tui.audit.store import (
    BadRecord,
    LeaseHeld,
    NotTheWriter,
    Request,
    StoreUnavailable,
    UnsupportedStore,
)
from drs_tui.audit.verify import verify_run
from drs_tui.clock import SystemClock
from tests.audit.runs import START, header_at, more
from tests.audit.storms import WRITES, Hurried, conflict, lost, refused

RUN = "01JDB3K6Q0RUN0000000000001"

_tables = count(1)


class Wire:
    """The real client with faults put in front of it or behind it, one a call."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.before: list[Exception] = []
        """Raised instead of the next calls."""
        self.after: list[Exception] = []
        """Raised instead of the answers of the next writes, which are carried out."""

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        async def call(**members: Any) -> Any:
            self.calls.append((operation, members))
            if self.before:
                raise self.before.pop(0)
            answer = await getattr(self.client, operation)(**members)
            if self.after and operation in WRITES:
                raise self.after.pop(0)
            return answer

        return call

    def updates(self) -> list[str]:
        return [
            action["Update"]["UpdateExpression"]
            for operation, members in self.calls
            if operation == "transact_write_items"
            for action in members["TransactItems"]
            if "Update" in action
        ]


@pytest.fixture
def place(dynamodb_endpoint: str) -> DynamoDbAddress:
    return DynamoDbAddress(f"faults-{next(_tables)}", endpoint=dynamodb_endpoint)


@pytest.fixture
def clock() -> Hurried:
    return Hurried()


@pytest_asyncio.fixture
async def wire(place: DynamoDbAddress) -> AsyncIterator[Wire]:
    async with AsyncExitStack() as stack:
        yield Wire(await connect(place, stack))


@pytest_asyncio.fixture
async def store(wire: Wire, place: DynamoDbAddress, clock: Hurried) -> DynamoDbStore:
    table = Table(wire, place, clock)
    await create_table(table)
    return DynamoDbStore(table, AsyncExitStack())


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


# What others left there ------------------------------------------------------------------------


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


# Faults -----------------------------------------------------------------------------------------


async def test_an_append_whose_answer_is_lost_is_stored_once(
    store: DynamoDbStore, wire: Wire
) -> None:
    first = more(RUN, (), 2)
    second = more(RUN, first, 3)
    wire.after = [lost()]
    await store.create(header_at(first[-1]), first)
    wire.after = [lost()]
    await store.append(RUN, 2, 0, second, header_at(second[-1]))

    verdict = await verify_run(store, RUN)

    assert (verdict.ok, verdict.events) == (True, 5)


async def test_each_part_of_a_large_append_may_lose_its_answer(
    store: DynamoDbStore, wire: Wire
) -> None:
    first = more(RUN, (), 2)
    await store.create(header_at(first[-1]), first)
    large = more(RUN, first, 9, size=100_000)
    wire.after = [lost(), lost(), lost()]

    await store.append(RUN, 2, 0, large, header_at(large[-1], servers_launched=5))

    assert (await verify_run(store, RUN)).events == 11
    assert (await store.header(RUN)).servers_launched == 5


async def test_a_large_append_that_stopped_half_way_is_gone_on_with(
    store: DynamoDbStore, wire: Wire
) -> None:
    first = more(RUN, (), 2)
    await store.create(header_at(first[-1]), first)
    large = more(RUN, first, 9, size=100_000)
    longer = (*large, *more(RUN, large, 1))
    wire.after = [lost(), refused("AccessDeniedException")]
    with pytest.raises(StoreUnavailable, match="AccessDenied"):
        await store.append(RUN, 2, 0, large, header_at(large[-1]))
    half = await verify_run(store, RUN)

    await store.append(RUN, 2, 0, longer, header_at(longer[-1]))

    assert half.ok
    assert 2 < half.events < 11
    assert (await verify_run(store, RUN)).events == 12


async def test_the_lease_is_ours_though_the_answer_was_lost(
    store: DynamoDbStore, wire: Wire
) -> None:
    first = more(RUN, (), 2)
    await store.create(header_at(first[-1]), first)
    wire.after = [lost()]

    lease = await store.acquire(RUN, "me", 30)
    wire.after = [lost()]
    renewed = await store.renew(lease, None)

    assert (lease.epoch, renewed.beat) == (1, 1)
    assert await store.lease(RUN) == renewed
    with pytest.raises(LeaseHeld):
        await store.acquire(RUN, "me", 30)


@pytest.mark.parametrize(
    "fault",
    [
        conflict(),
        refused("TransactionCanceledException", "ThrottlingError", "None"),
        refused("ProvisionedThroughputExceededException"),
        refused("ThrottlingException"),
        refused("InternalServerError", status=500),
        refused("", status=503),
        lost(),
        EndpointConnectionError(endpoint_url="http://127.0.0.1"),
        ConnectTimeoutError(endpoint_url="http://127.0.0.1"),
        TimeoutError(),
    ],
    ids=str,
)
async def test_a_passing_fault_is_retried_with_growing_pauses(
    store: DynamoDbStore, wire: Wire, clock: Hurried, fault: Exception
) -> None:
    first = more(RUN, (), 2)
    wire.before = [fault] * 4

    await store.create(header_at(first[-1]), first)

    assert (await store.header(RUN)).seq == 2
    assert len(clock.pauses) == 4
    assert all(
        least <= pause <= 4 * least
        for pause, least in zip(clock.pauses, (0.025, 0.05, 0.1, 0.2), strict=True)
    )


async def test_faults_that_do_not_pass_end_the_retries(
    store: DynamoDbStore, wire: Wire, clock: Hurried
) -> None:
    first = more(RUN, (), 2)
    wire.before = [conflict() for _ in range(100)]

    with pytest.raises(StoreUnavailable, match=r"failed .* TransactionConflict"):
        await store.create(header_at(first[-1]), first)

    assert 100 - len(wire.before) <= MOST_ATTEMPTS
    assert sum(clock.pauses) < GIVE_UP_SECONDS


async def test_a_refusal_is_said_in_dynamodbs_words_at_once(
    store: DynamoDbStore, wire: Wire, clock: Hurried
) -> None:
    wire.before = [refused("AccessDeniedException")]
    with pytest.raises(
        StoreUnavailable, match="AccessDeniedException: AccessDeniedException it is"
    ):
        await store.header(RUN)
    wire.before = [NoCredentialsError()]
    with pytest.raises(StoreUnavailable, match="credentials"):
        await store.header(RUN)
    wire.before = [refused("ResourceNotFoundException")]
    with pytest.raises(UnsupportedStore, match="no table faults-"):
        await store.header(RUN)

    assert clock.pauses == []


async def test_a_conflict_beside_a_failed_condition_is_no_reason_to_retry(
    store: DynamoDbStore, wire: Wire
) -> None:
    first = more(RUN, (), 2)
    ours, theirs = more(RUN, first, 1, size=1), more(RUN, first, 1, size=2)
    await store.create(header_at(first[-1]), first)
    await store.append(RUN, 2, 0, theirs, header_at(theirs[-1]))
    wire.before = [
        refused("TransactionCanceledException", "ConditionalCheckFailed", "TransactionConflict")
    ]

    with pytest.raises(NotTheWriter):
        await store.append(RUN, 2, 0, ours, header_at(ours[-1]))


async def test_a_server_that_is_not_there_is_said() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = f"http://127.0.0.1:{closed.getsockname()[1]}"
        place = DynamoDbAddress("nowhere", endpoint=endpoint)
        with pytest.raises(StoreUnavailable, match=r"dynamodb:nowhere.*Could not connect"):
            await open_dynamodb(place, Hurried())


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


# The table --------------------------------------------------------------------------------------


def plain_client(place: DynamoDbAddress) -> Any:
    return boto3.client(
        "dynamodb",
        endpoint_url=place.endpoint,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


async def test_the_table_is_made_as_designed_however_often(
    wire: Wire, place: DynamoDbAddress, clock: Hurried
) -> None:
    await asyncio.gather(*(create_table(Table(wire, place, clock)) for _ in range(3)))

    client = plain_client(place)
    table = client.describe_table(TableName=place.table)["Table"]
    backups = client.describe_continuous_backups(TableName=place.table)
    assert {key["AttributeName"]: key["KeyType"] for key in table["KeySchema"]} == {
        "run_id": "HASH",
        "item": "RANGE",
    }
    assert {
        index["IndexName"]: (
            [key["AttributeName"] for key in index["KeySchema"]],
            index["Projection"]["NonKeyAttributes"],
        )
        for index in table["GlobalSecondaryIndexes"]
    } == {
        "StatusIndex": (["activity", "started_at"], ["summary"]),
        "PlanIndex": (["plan_id", "started_at"], ["summary"]),
        "RecentIndex": (["listed", "started_at"], ["summary"]),
    }
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["DeletionProtectionEnabled"] is True
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    assert recovery["PointInTimeRecoveryStatus"] == "ENABLED"
    client.close()


async def test_only_a_server_on_this_machine_may_lack_point_in_time_recovery(
    wire: Wire, place: DynamoDbAddress, clock: Hurried
) -> None:
    table = Table(wire, place, clock)
    await create_table(table)
    elsewhere = Table(wire, DynamoDbAddress(place.table, "eu-west-1"), clock)

    for each in (table, elsewhere):
        wire.calls.clear()

        class NoBackups(Wire):
            async def describe_continuous_backups(self, **members: Any) -> Any:
                raise refused("UnknownOperationException")

        each._client = NoBackups(wire.client)

    await create_table(table)
    with pytest.raises(StoreUnavailable, match="UnknownOperation"):
        await create_table(elsewhere)


async def test_protection_that_was_turned_off_is_found_and_turned_on_again(
    wire: Wire, place: DynamoDbAddress, clock: Hurried
) -> None:
    table = Table(wire, place, clock)
    await create_table(table)
    assert {found.health for found in await check_table(table)} == {Health.FINE}
    client = plain_client(place)
    client.update_table(TableName=place.table, DeletionProtectionEnabled=False)
    client.update_continuous_backups(
        TableName=place.table,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False},
    )
    client.update_time_to_live(
        TableName=place.table,
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "gone_at"},
    )
    client.close()

    found = await check_table(table)
    said: list[str] = []
    changed = await create_table(table, said.append)

    broken = {each.topic: each.words for each in found if each.health is Health.BROKEN}
    assert broken.keys() == {"deletion", "backups", "expiry"}
    assert "gone_at" in broken["expiry"]
    assert changed
    assert said == ["turning on deletion protection", "turning on point-in-time recovery"]
    assert not await create_table(table)
    left = {each.topic for each in await check_table(table) if each.health is Health.BROKEN}
    assert left == {"expiry"}


async def test_a_check_finds_what_a_table_lacks(
    store: DynamoDbStore, wire: Wire, place: DynamoDbAddress, clock: Hurried
) -> None:
    described = (await wire.describe_table(TableName=place.table))["Table"]
    without = {**described, "GlobalSecondaryIndexes": described["GlobalSecondaryIndexes"][:2]}
    gone = described["GlobalSecondaryIndexes"][2]["IndexName"]
    key = {"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": "arn:aws:kms:key"}
    changes: list[tuple[dict[str, Any], str, Health, str]] = [
        (without, "table", Health.BROKEN, gone),
        ({**described, "TableStatus": "UPDATING"}, "table", Health.WARNING, "UPDATING"),
        ({**described, "BillingModeSummary": {}}, "table", Health.WARNING, "throttle"),
        ({**described, "SSEDescription": key}, "encryption", Health.FINE, "arn:aws:kms:key"),
        (
            {**described, "SSEDescription": {**key, "InaccessibleEncryptionDateTime": 1}},
            "encryption",
            Health.BROKEN,
            "arn:aws:kms:key",
        ),
        (
            {**described, "Replicas": [{"RegionName": "eu-west-1"}]},
            "replicas",
            Health.WARNING,
            "eu-west-1",
        ),
    ]

    for answer, topic, health, words in changes:

        class Described(Wire):
            async def describe_table(self, answer: Any = answer, **members: Any) -> Any:
                return {"Table": answer}

        table = Table(Described(wire.client), place, clock)
        [found] = [each for each in await check_table(table) if each.topic == topic]
        assert found.health is health
        assert words in found.words


async def test_a_check_changes_nothing(
    store: DynamoDbStore, wire: Wire, place: DynamoDbAddress, clock: Hurried
) -> None:
    first = more(RUN, (), 2)
    await store.create(header_at(first[-1]), first)
    client = plain_client(place)
    before = client.scan(TableName=place.table)["Items"]

    await check_table(Table(wire, place, clock))

    assert client.scan(TableName=place.table)["Items"] == before
    client.close()


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


async def test_another_programs_table_is_refused(
    place: DynamoDbAddress, wire: Wire, clock: Hurried
) -> None:
    client = plain_client(place)
    client.create_table(
        TableName=place.table,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
    )
    client.close()

    with pytest.raises(UnsupportedStore, match="not made for drs-tui"):
        await create_table(Table(wire, place, clock))


# Credentials ------------------------------------------------------------------------------------


async def test_a_loopback_endpoint_needs_and_sees_nothing_of_the_users(
    place: DynamoDbAddress, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = tmp_path / "config"
    config.write_text("[profile dr]\nregion = mars-1\ncredential_process = false\n[broken\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREALREALREALREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_SESSION_TOKEN", "real")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    sent: list[Any] = []

    async with AsyncExitStack() as stack:
        client = await connect(place, stack)
        client.meta.events.register("before-send", lambda request, **_: sent.append(request))
        table = Table(client, place, SystemClock())
        await create_table(table)
        assert await table.get(RUN, "HEADER") is None

    assert sent
    for request in sent:
        assert b"Credential=loopback/" in request.headers["Authorization"]
        assert "X-Amz-Security-Token" not in request.headers


async def test_any_other_endpoint_gets_the_users_credentials_and_makes_no_table(
    dynamodb_endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREALREALREALREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    # The same server under an address that isn't a loopback one.
    endpoint = dynamodb_endpoint.replace("127.0.0.1", "0.0.0.0")
    place = DynamoDbAddress("not-there", endpoint=endpoint)
    sent: list[Any] = []

    async with AsyncExitStack() as stack:
        client = await connect(place, stack)
        client.meta.events.register("before-send", lambda request, **_: sent.append(request))
        with pytest.raises(UnsupportedStore, match="no table not-there"):
            await Table(client, place, SystemClock()).get(RUN, "HEADER")
    with pytest.raises(UnsupportedStore, match="drs-tui store init"):
        await open_dynamodb(place, SystemClock())
    assert await make_store(str(place), lambda _: None)
    await (await open_dynamodb(place, SystemClock())).close()

    assert b"Credential=AKIAREALREALREALREAL/" in sent[0].headers["Authorization"]


async def test_a_missing_region_or_profile_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")

    with pytest.raises(UnsupportedStore, match=r"drs-tui\?region="):
        await open_dynamodb(DynamoDbAddress("drs-tui"), SystemClock())
    with pytest.raises(UnsupportedStore, match="nobody"):
        await open_dynamodb(DynamoDbAddress("drs-tui", profile="nobody"), SystemClock())
