"""Making a table as designed, checking it, and who may be asked for one."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import boto3
import pytest

from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.dynamodb import DynamoDbStore, open_dynamodb
from drs_tui.audit.dynamodb_check import check_table
from drs_tui.audit.dynamodb_schema import create_table
from drs_tui.audit.dynamodb_table import Table, connect
from drs_tui.audit.findings import Health
from drs_tui.audit.opening import make_store
from drs_tui.audit.store import StoreUnavailable, UnsupportedStore
from drs_tui.clock import SystemClock
from tests.audit.dynamodb.conftest import Wire
from tests.audit.runs import RUN, header_at, more
from tests.audit.storms import Hurried, refused

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
