"""`drs-tui iam-policy`: the policies allow the calls that are made, and no others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiobotocore.client import AioBaseClient

from drs_tui.audit.address import DynamoDbAddress
from drs_tui.audit.dynamodb_check import check_table, rights
from drs_tui.audit.dynamodb_table import open_table
from drs_tui.audit.opening import open_store
from drs_tui.audit.store import Request, RunStore
from drs_tui.audit.verify import verify_run
from drs_tui.cli.iam import CALLS, Role, policy
from drs_tui.clock import SystemClock
from drs_tui.config import SealSettings
from drs_tui.model.plan import Mode
from drs_tui.model.readiness import Progress
from drs_tui.model.status import RunStatus
from drs_tui.plans import read_plan
from drs_tui.simulator.server import Simulator, SimulatorSettings
from drs_tui.tui.aws_reads import AwsReads
from tests.audit.dynamodb_server import dynamodb_server
from tests.audit.runs import header_at, more
from tests.cli.conftest import Drs
from tests.driver.drills import plan_path, settings_in, started

RUN = "01JDB3K6Q0RUN0000000000001"

FREE = frozenset({"sts:GetCallerIdentity"})
"""What AWS allows to everybody."""

STEPS_OF_EXECUTIONS = "drs:ListRecoveryPlanExecutionSteps"
"""Only asked for where one of DRS's own recovery plans is under way."""

MAKING = frozenset({"CreateTable", "DescribeContinuousBackups", "DescribeTable"}) | {
    "UpdateContinuousBackups"
}
"""Only sent to a server on this machine, whose table nobody made before."""


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with dynamodb_server() as url:
        yield url


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The IAM action of every call that any client of the SDK sends from now on."""
    actions: set[str] = set()
    make_call = AioBaseClient._make_api_call

    async def noting(self: Any, operation: str, members: dict[str, Any]) -> Any:
        service = self.meta.service_model.signing_name
        if operation == "TransactWriteItems":
            # Its parts are permitted each as the operation that it would be alone.
            kinds = [kind for action in members["TransactItems"] for kind in action]
            actions.update(f"{service}:{kind}Item" for kind in kinds)
        else:
            actions.add(f"{service}:{operation}")
        return await make_call(self, operation, members)

    monkeypatch.setattr(AioBaseClient, "_make_api_call", noting)
    return actions


def without_making(sent: set[str]) -> set[str]:
    return sent - FREE - {f"dynamodb:{operation}" for operation in MAKING}


async def read_everything(store: RunStore) -> None:
    runs = (await store.list()).headers
    await store.list(active=True, started_by="ana", since=runs[0].started_at)
    await store.leases([run.run_id for run in runs])
    for run in runs:
        assert (await verify_run(store, run.run_id)).ok
        await store.requests(run.run_id)


async def test_driving_sends_what_its_policy_allows(
    tmp_path: Path, endpoint: str, sent: set[str]
) -> None:
    address = f"dynamodb:drive?region=us-east-1&endpoint={endpoint}"
    settings = settings_in(tmp_path, store=address)
    async with started(settings, plan_path("points"), cleanup_policy="always") as drill:
        await drill.ask("note", text="seen")
        run = await drill.ended()
        await read_everything(drill.world.store)

    assert run.outcome is RunStatus.SUCCEEDED
    # Which the app asks for beside its driver.
    sent.add("drs:GetLaunchConfiguration")
    sent.add(STEPS_OF_EXECUTIONS)
    assert without_making(sent) == CALLS[Role.DRIVE]


async def test_watching_sends_what_its_policy_allows(
    tmp_path: Path, endpoint: str, sent: set[str]
) -> None:
    await make_a_run(endpoint, "watch")
    sent.clear()
    store = await open_store(f"dynamodb:watch?endpoint={endpoint}")
    await read_everything(store)
    await store.request(Request("01REQ", RUN, SystemClock().now(), "ben", "approve", {}))
    await store.close()
    async with Simulator(SimulatorSettings(), SystemClock()) as simulator:

        async def url() -> str:
            return simulator.endpoint_url

        reads = AwsReads(settings_in(tmp_path), url)
        await reads.caller()
        [server, *_] = (await reads.servers()).servers
        await reads.launch_settings(server.id)
        await reads.landscape(["i-0123456789abcdef0"])
        await reads.survey(read_plan(plan_path("points")), Mode.DRILL, Progress())
        await reads.close()

    assert {*sent, STEPS_OF_EXECUTIONS} - FREE == CALLS[Role.WATCH]


async def test_auditing_sends_what_its_policy_allows(endpoint: str, sent: set[str]) -> None:
    await make_a_run(endpoint, "audit")
    sent.clear()
    store = await open_store(f"dynamodb:audit?endpoint={endpoint}")
    await read_everything(store)
    await store.close()
    assert sent < CALLS[Role.AUDIT]

    async with open_table(DynamoDbAddress("audit", endpoint=endpoint), SystemClock()) as table:
        await check_table(table)
    tried = {right.action for right in rights()}
    assert sent == CALLS[Role.AUDIT] | tried
    assert tried == {action for action in CALLS[Role.DRIVE] if action.startswith("dynamodb:")}


@pytest.mark.parametrize("role", Role)
def test_a_policy_allows_its_calls_and_never_a_deletion_or_a_scan(role: Role) -> None:
    document = policy(
        role, DynamoDbAddress("drs-tui", region="eu-west-1"), "eu-west-1", SealSettings()
    )
    allowed = [action for one in document["Statement"] for action in one["Action"]]

    assert CALLS[role] <= set(allowed)
    assert len(allowed) == len(set(allowed))
    ours = {action for action in allowed if action.startswith(("drs:", "dynamodb:"))}
    extra = {"drs:CreateRecoveryInstanceForDrs", "drs:TagResource"} if role is Role.DRIVE else set()
    called = {action for action in CALLS[role] if action.startswith(("drs:", "dynamodb:"))}
    assert ours - extra == called
    assert not {action for action in allowed if "*" in action} - {"ec2:Describe*"}
    # The most that IAM takes of a managed policy, white space aside.
    assert len(json.dumps(document, separators=(",", ":"))) < 6_144


def test_seals_take_rights_of_their_own() -> None:
    seal = SealSettings(s3="vault/drills", kms="alias/seals", region="eu-west-1")
    of = {
        role: {one["Sid"]: one for one in policy(role, None, None, seal)["Statement"]}
        for role in Role
    }
    assert of[Role.DRIVE]["SealInS3"]["Resource"] == "arn:aws:s3:::vault/drills/*"
    assert "s3:PutObject" in of[Role.DRIVE]["SealInS3"]["Action"]
    assert "kms:Sign" in of[Role.DRIVE]["SealByKms"]["Action"]
    assert of[Role.AUDIT]["SealByKms"]["Action"] == ["kms:DescribeKey", "kms:Verify"]
    assert not any("Put" in action for action in of[Role.AUDIT]["SealInS3"]["Action"])
    assert "SealInS3" not in of[Role.WATCH]


def test_a_policy_is_for_one_table_and_one_region() -> None:
    document = policy(
        Role.DRIVE, DynamoDbAddress("drs-tui", region="us-gov-west-1"), None, SealSettings()
    )
    resources = {one["Sid"]: one["Resource"] for one in document["Statement"]}

    assert resources["WriteTheTrail"] == "arn:aws-us-gov:dynamodb:us-gov-west-1:*:table/drs-tui"
    assert resources["Launch"] == "arn:aws:drs:*:*:source-server/*"
    assert not [one for one in document["Statement"] if one["Sid"].startswith("Write")][1:]


def test_the_policy_is_printed_alone_and_explained_beside(drs: Drs) -> None:
    ended = drs("iam-policy", "--store", "dynamodb:drs-tui?region=eu-west-1")
    for_a_file = drs("iam-policy", "--for", "audit")

    document = json.loads(ended.out)
    table = DynamoDbAddress("drs-tui", region="eu-west-1")
    assert document == policy(Role.DRIVE, table, None, SealSettings())
    assert "with the rights of its caller" in ended.err
    assert json.loads(for_a_file.out)["Statement"] == []
    assert "takes no rights at AWS" in for_a_file.err
    assert drs("iam-policy", "--for", "root").code == 2


async def make_a_run(endpoint: str, table: str) -> None:
    store = await open_store(f"dynamodb:{table}?endpoint={endpoint}")
    first = more(RUN, (), 2)
    await store.create(header_at(first[-1]), first)
    await store.close()
