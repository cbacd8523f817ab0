"""Systems Manager as boto3 meets it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .caller import APP_1, DB_1, WINDOWS
from .neighbourhood import BOOTED, Neighbourhood, neighbourhood

LONG_ENOUGH = 20.0
"""Seconds after which any document has ended."""


async def automation(around: Neighbourhood, execution: str) -> dict[str, Any]:
    answer = await around("ssm", "GetAutomationExecution", AutomationExecutionId=execution)
    found: dict[str, Any] = answer["AutomationExecution"]
    return found


async def start(around: Neighbourhood, document: str, **parameters: Any) -> str:
    answer = await around("ssm", "StartAutomationExecution", DocumentName=document, **parameters)
    execution: str = answer["AutomationExecutionId"]
    return execution


async def booted(around: Neighbourhood, *servers: str) -> list[str]:
    """The instances of servers that were launched and whose agents report."""
    await around.launch(*servers)
    around.clock.advance(BOOTED)
    found = await around.recovery_instances()
    return [found[server]["ec2InstanceID"] for server in servers]


@pytest.mark.parametrize(
    ("document", "end"), [("CreateOpsItem", "Success"), ("CreateOpsItem-Fail", "Failed")]
)
async def test_an_automation_ends_as_the_name_of_its_document_says(
    around: Neighbourhood, document: str, end: str
) -> None:
    execution = await start(around, document, Parameters={"Title": ["Drill"]})
    seen = []
    for _ in range(20):
        status = (await automation(around, execution))["AutomationExecutionStatus"]
        seen += [] if status in seen else [status]
        around.clock.advance(1.0)

    assert seen == ["Pending", "InProgress", end]
    ended = await automation(around, execution)
    assert ended["Parameters"] == {"Title": ["Drill"]}
    assert ended["ExecutionEndTime"] > ended["ExecutionStartTime"]
    assert ("FailureMessage" in ended) is (end == "Failed")


async def test_a_client_token_begins_one_automation(around: Neighbourhood) -> None:
    token = "1f0b3c52-8f0f-4a0e-9a5e-2f9f3f1b7c11"
    first = await start(around, "CreateOpsItem", ClientToken=token)

    assert await start(around, "CreateOpsItem", ClientToken=token) == first
    assert await start(around, "CreateOpsItem") != first
    assert await around.refused(
        "ssm", "StartAutomationExecution", DocumentName="Other", ClientToken=token
    ) == (400, "IdempotentParameterMismatch")


async def test_automations_outlive_the_simulator(tmp_path: Path) -> None:
    state = tmp_path / "state"
    async with neighbourhood(state=state) as around:
        execution = await start(around, "CreateOpsItem")
    async with neighbourhood(state=state) as around:
        around.clock.advance(LONG_ENOUGH)
        found = await automation(around, execution)

    assert found["AutomationExecutionStatus"] == "Success"


async def test_agents_report_once_recovery_instances_have_booted(around: Neighbourhood) -> None:
    await around.launch(DB_1)
    around.clock.advance(60.0)
    early = await around("ssm", "DescribeInstanceInformation")
    assert early["InstanceInformationList"] == []

    around.clock.advance(BOOTED)
    late = await around("ssm", "DescribeInstanceInformation")
    instance_id = (await around.recovery_instances())[DB_1]["ec2InstanceID"]
    assert [each["InstanceId"] for each in late["InstanceInformationList"]] == [instance_id]

    await around.terminate(instance_id)
    around.clock.advance(BOOTED)
    gone = await around("ssm", "DescribeInstanceInformation")
    assert gone["InstanceInformationList"] == []


async def test_agents_can_be_filtered_and_paged(around: Neighbourhood) -> None:
    servers = [f"s-1a2b3c4d5e6f7000{n}" for n in range(1, 7)]
    linux = await booted(around, *servers)
    (windows,) = await booted(around, WINDOWS)

    async def found(**parameters: Any) -> set[str]:
        answer = await around("ssm", "DescribeInstanceInformation", **parameters)
        return {each["InstanceId"] for each in answer["InstanceInformationList"]}

    assert await found() == {*linux, windows}
    assert await found(Filters=[{"Key": "PlatformTypes", "Values": ["Windows"]}]) == {windows}
    assert await found(Filters=[{"Key": "tag:Role", "Values": ["app"]}]) == set(linux[2:4])
    by_id = [{"key": "InstanceIds", "valueSet": [windows]}]
    assert await found(InstanceInformationFilterList=by_id) == {windows}
    pages = await around.pages("ssm", "DescribeInstanceInformation", 5)
    assert [len(page["InstanceInformationList"]) for page in pages] == [5, 2]


@pytest.mark.parametrize(
    ("document", "end", "code"),
    [("AWS-RunShellScript", "Success", 0), ("Check-Orders-Fail", "Failed", 1)],
)
async def test_a_command_runs_on_the_instances_that_are_named(
    around: Neighbourhood, document: str, end: str, code: int
) -> None:
    (instance_id,) = await booted(around, DB_1)
    sent = await around("ssm", "SendCommand", DocumentName=document, InstanceIds=[instance_id])
    asked = {"CommandId": sent["Command"]["CommandId"], "InstanceId": instance_id}
    assert await around.refused("ssm", "GetCommandInvocation", **asked) == (
        400,
        "InvocationDoesNotExist",
    )

    around.clock.advance(1.0)
    running = await around("ssm", "GetCommandInvocation", **asked)
    assert (running["Status"], running["ResponseCode"]) == ("InProgress", -1)
    around.clock.advance(LONG_ENOUGH)
    ended = await around("ssm", "GetCommandInvocation", **asked)
    assert (ended["Status"], ended["ResponseCode"]) == (end, code)


async def test_a_command_finds_its_instances_by_tag(around: Neighbourhood) -> None:
    _, app = await booted(around, DB_1, APP_1)
    sent = await around(
        "ssm",
        "SendCommand",
        DocumentName="AWS-RunShellScript",
        Targets=[{"Key": "tag:Role", "Values": ["app"]}],
    )
    around.clock.advance(LONG_ENOUGH)

    assert sent["Command"]["TargetCount"] == 1
    command = sent["Command"]["CommandId"]
    done = await around("ssm", "GetCommandInvocation", CommandId=command, InstanceId=app)
    assert done["Status"] == "Success"


async def test_commands_go_only_to_instances_whose_agent_reports(around: Neighbourhood) -> None:
    await around.launch(DB_1)
    around.clock.advance(420.0)
    filters = [{"Name": "tag:Name", "Values": ["orders-db-1"]}]
    booting = list(await around.instances(Filters=filters))
    command = {"DocumentName": "AWS-RunShellScript"}

    assert await around.refused("ssm", "SendCommand", InstanceIds=booting, **command) == (
        400,
        "InvalidInstanceId",
    )
    assert await around.refused("ssm", "SendCommand", **command) == (400, "InvalidInstanceId")
    (windows,) = await booted(around, WINDOWS)
    assert await around.refused("ssm", "SendCommand", InstanceIds=[windows], **command) == (
        400,
        "UnsupportedPlatformType",
    )
    assert await around.refused(
        "ssm", "SendCommand", InstanceIds=[windows, windows], **command
    ) == (400, "DuplicateInstanceId")


UNKNOWN = "1f0b3c52-8f0f-4a0e-9a5e-2f9f3f1b7c11"


@pytest.mark.parametrize(
    ("operation", "parameters", "code"),
    [
        (
            "GetAutomationExecution",
            {"AutomationExecutionId": UNKNOWN},
            "AutomationExecutionNotFoundException",
        ),
        ("GetAutomationExecution", {"AutomationExecutionId": f"{UNKNOWN}0"}, "ValidationException"),
        (
            "GetCommandInvocation",
            {"CommandId": UNKNOWN, "InstanceId": "i-0123456789abcdef0"},
            "InvocationDoesNotExist",
        ),
        (
            "DescribeInstanceInformation",
            {"Filters": [{"Key": "Colour", "Values": ["red"]}]},
            "InvalidFilterKey",
        ),
        ("DescribeInstanceInformation", {"MaxResults": 5, "NextToken": "x"}, "InvalidNextToken"),
        ("DescribeInstanceInformation", {"MaxResults": 51}, "ValidationException"),
        ("DescribeOpsItems", {}, "UnsupportedOperationException"),
    ],
)
async def test_what_there_is_not_is_refused(
    around: Neighbourhood, operation: str, parameters: dict[str, Any], code: str
) -> None:
    assert await around.refused("ssm", operation, **parameters) == (400, code)
