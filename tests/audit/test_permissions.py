"""The printed policies and the printed template, put to use on a server that enforces them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.dynamodb_check import check_table
from drs_tui.audit.dynamodb_table import open_table
from drs_tui.audit.dynamodb_template import template
from drs_tui.audit.findings import Health
from drs_tui.audit.opening import make_store, open_store
from drs_tui.audit.store import Request, RunStore, StoreUnavailable
from drs_tui.audit.verify import verify_run
from drs_tui.cli.iam import Role, policy
from drs_tui.clock import SystemClock
from drs_tui.config import SealSettings
from tests.audit.ministack import ministack_server
from tests.audit.runs import RUN, START, header_at, more

REGION = "us-east-1"


@pytest.fixture(scope="module")
def endpoint(ministack_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("ministack")
    with ministack_server(ministack_python, folder, enforces_iam=True) as url:
        # The same server under an address that isn't a loopback one, so that credentials count.
        yield url.replace("127.0.0.1", "0.0.0.0")


@pytest.fixture(scope="module")
def table(endpoint: str) -> DynamoDbAddress:
    return DynamoDbAddress("drs-tui", region=REGION, endpoint=endpoint)


def client(service: str, endpoint: str, key: str = "test", secret: str = "test") -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


def become(role: Role, table: DynamoDbAddress, patch: pytest.MonkeyPatch) -> None:
    """Use the credentials of somebody who may do what the role's policy says."""
    iam = client("iam", table.endpoint)
    name = f"{role}-{id(patch)}"
    iam.create_user(UserName=name)
    iam.put_user_policy(
        UserName=name,
        PolicyName="drs-tui",
        PolicyDocument=json.dumps(policy(role, table, REGION, SealSettings())),
    )
    made = iam.create_access_key(UserName=name)["AccessKey"]
    iam.close()
    patch.setenv("AWS_ACCESS_KEY_ID", made["AccessKeyId"])
    patch.setenv("AWS_SECRET_ACCESS_KEY", made["SecretAccessKey"])


@pytest.fixture(autouse=True)
async def made(table: DynamoDbAddress, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table, made by somebody who may."""
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    await make_store(str(table), lambda _: None)


async def drive(store: RunStore, run_id: str) -> None:
    first = more(run_id, (), 2)
    await store.create(header_at(first[-1]), first)
    lease = await store.acquire(run_id, "me", 30)
    second = more(run_id, first, 3)
    await store.append(run_id, 2, 1, second, header_at(second[-1]))
    assert await store.requests(run_id) == []
    await store.release(await store.renew(lease, None))


async def audit(store: RunStore, run_id: str) -> None:
    assert (await store.list()).headers
    assert (await store.list(active=True)).headers
    assert (await store.list(plan_id="three-tier")).headers
    assert run_id in await store.leases([run_id])
    assert (await verify_run(store, run_id)).ok


async def test_who_drives_may_do_all_that_driving_takes(
    table: DynamoDbAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(Role.DRIVE, table, monkeypatch)
    store = await open_store(str(table))

    await drive(store, RUN + "D")
    await audit(store, RUN + "D")

    await store.close()
    keys = client("dynamodb", table.endpoint, *_credentials())
    with pytest.raises(keys.exceptions.ClientError, match="AccessDenied"):
        keys.scan(TableName=table.table)
    with pytest.raises(keys.exceptions.ClientError, match="AccessDenied"):
        keys.delete_table(TableName=table.table)
    keys.close()


async def test_who_watches_may_ask_and_not_drive(
    table: DynamoDbAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store(str(table))
    await drive(store, RUN + "W")
    await store.close()
    become(Role.WATCH, table, monkeypatch)
    store = await open_store(str(table))

    await audit(store, RUN + "W")
    await store.request(Request("01REQ", RUN + "W", START, "ben", "approve", {"wave": "database"}))

    with pytest.raises(StoreUnavailable, match="AccessDenied"):
        await store.acquire(RUN + "W", "me", 30)
    await store.close()


async def test_who_audits_may_only_read(
    table: DynamoDbAddress, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = await open_store(str(table))
    await drive(store, RUN + "A")
    await store.close()
    become(Role.AUDIT, table, monkeypatch)
    store = await open_store(str(table))

    await audit(store, RUN + "A")

    with pytest.raises(StoreUnavailable, match="AccessDenied"):
        await store.request(Request("01REQ", RUN + "A", START, "ben", "approve", {}))
    await store.close()


@pytest.mark.parametrize(
    ("role", "refused"),
    [
        (
            Role.DRIVE,
            {"table": "DescribeTable", "backups": "DescribeContinuousBackups"}
            | {"expiry": "DescribeTimeToLive"},
        ),
        (Role.AUDIT, dict.fromkeys(("put a request", "put events"), "PutItem") | {"update": "Upd"}),
    ],
)
async def test_a_check_names_each_right_that_is_missing(
    table: DynamoDbAddress,
    monkeypatch: pytest.MonkeyPatch,
    role: Role,
    refused: dict[str, str],
) -> None:
    become(role, table, monkeypatch)
    async with open_table(table, SystemClock()) as opened:
        findings = await check_table(opened)

    wrong = {found.topic: found.words for found in findings if found.health is not Health.FINE}
    assert wrong.keys() == refused.keys()
    assert all(action in wrong[topic] for topic, action in refused.items())


async def test_the_template_makes_the_same_table_as_the_command(table: DynamoDbAddress) -> None:
    document = template("by-template")
    formation = client("cloudformation", table.endpoint)
    formation.create_stack(StackName="audit", TemplateBody=json.dumps(document))
    formation.get_waiter("stack_create_complete").wait(
        StackName="audit", WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    formation.close()
    dynamodb = client("dynamodb", table.endpoint)

    assert _described(dynamodb, "by-template") == _described(dynamodb, table.table)
    dynamodb.close()
    by_template = DynamoDbAddress("by-template", region=REGION, endpoint=table.endpoint)
    store = await open_store(str(by_template))
    await drive(store, RUN)
    await audit(store, RUN)
    await store.close()
    # This server takes no notice of what a template says of backups.
    [resource] = document["Resources"].values()
    wanted = resource["Properties"]["PointInTimeRecoverySpecification"]
    assert wanted == {"PointInTimeRecoveryEnabled": True}


def _credentials() -> tuple[str, str]:
    return os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"]


def _described(dynamodb: Any, name: str) -> dict[str, Any]:
    """All that makes a table what it is."""
    found = dynamodb.describe_table(TableName=name)["Table"]
    return {
        "attributes": sorted(map(str, found["AttributeDefinitions"])),
        "keys": found["KeySchema"],
        "indexes": sorted(
            (index["IndexName"], str(index["KeySchema"]), str(index["Projection"]))
            for index in found["GlobalSecondaryIndexes"]
        ),
        "billing": found["BillingModeSummary"]["BillingMode"],
        "protected": found["DeletionProtectionEnabled"],
    }
