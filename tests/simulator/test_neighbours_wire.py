"""The services beside DRS asked without a client, and in every scenario."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.parsers import create_parser

from drs_tui.simulator.account import Account
from drs_tui.simulator.launching import launch
from drs_tui.simulator.message import Request, Response
from drs_tui.simulator.neighbours import services
from drs_tui.simulator.scenarios import SCENARIOS, scenario_named
from drs_tui.simulator.service_models import service_model

from .caller import DB_1, START
from .conformance import departures
from .neighbourhood import neighbourhood

FORM = {"content-type": "application/x-www-form-urlencoded"}


class Wire:
    """The services of one account, asked in their own protocols at a moment of the test's."""

    def __init__(self, scenario: str = "calm") -> None:
        self.account = Account(scenario_named(scenario))
        self.now = START
        self._services = services(self.account)

    def form(self, service: str, body: str) -> Response:
        return self._ask(service, FORM, body)

    def json(self, service: str, operation: str, body: str = "{}") -> Response:
        return self._ask(service, {"x-amz-target": f"Any.{operation}"}, body)

    def _ask(self, service: str, headers: dict[str, str], body: str) -> Response:
        request = Request("POST", "/", headers, body.encode(), request_id="request-1")
        return self._services[service].answer(request, "us-east-1", self.now)


def read(service: str, response: Response) -> Any:
    """What botocore reads from an answer in XML, held against the model."""
    model = service_model(service)
    assert response.operation is not None
    shape = model.operation_model(response.operation).output_shape
    parser = create_parser(model.metadata["protocol"])
    parts = {"status_code": response.status, "headers": {}, "body": response.body}
    answer = parser.parse(parts, shape)
    answer.pop("ResponseMetadata")
    assert departures(shape, answer) == []
    return answer


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("Action=DescribeInstances&Colour=red", "UnknownParameter"),
        ("Action=DescribeInstances&Filter.1.Colour=red", "UnknownParameter"),
        ("Action=DescribeInstances&InstanceId=i-12345678", "InvalidParameterValue"),
        ("Action=DescribeInstances&InstanceId.one=i-12345678", "InvalidParameterValue"),
        ("Action=DescribeInstances&InstanceId.1.2=i-12345678", "InvalidParameterValue"),
        ("Action=DescribeInstances&InstanceId.1=a&InstanceId.1.2=b", "InvalidParameterValue"),
        ("Action=DescribeInstances&InstanceId.1=a&InstanceId.1=b", "InvalidParameterValue"),
        ("Action=DescribeInstances&MaxResults=many", "InvalidParameterValue"),
        ("Action=DescribeInstances&DryRun=perhaps", "InvalidParameterValue"),
        ("Action=DescribeInstanceAttribute&InstanceId=i-12345678", "MissingParameter"),
        (
            "Action=DescribeInstanceAttribute&InstanceId=i-12345678&Attribute=hue",
            "InvalidParameterValue",
        ),
        ("Action=DescribeUnicorns", "InvalidAction"),
        ("Version=2016-11-15", "InvalidAction"),
    ],
)
def test_a_form_that_ec2_cannot_take_is_refused_in_its_own_xml(body: str, error: str) -> None:
    response = Wire().form("ec2", body)

    assert (response.status, response.error) == (400, error)
    assert response.body.startswith(f"<Response><Errors><Error><Code>{error}".encode())


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("Action=AssumeRole&RoleSessionName=drill", "ValidationError"),
        ("Action=AssumeRole&Colour=red", "MalformedInput"),
        ("Action=AssumeRole&Tags.1.Key=team", "MalformedInput"),
        ("Action=AssumeRole&Tags.member.one.Key=team", "MalformedInput"),
        ("Action=GetFederationToken&Name=drill", "UnsupportedOperation"),
    ],
)
def test_a_form_that_sts_cannot_take_is_refused_in_its_own_xml(body: str, error: str) -> None:
    response = Wire().form("sts", body)

    assert (response.status, response.error) == (400, error)
    assert response.body.startswith(b"<ErrorResponse><Error><Type>Sender</Type>")


@pytest.mark.parametrize(
    ("operation", "body", "error"),
    [
        ("GetAutomationExecution", "{", "SerializationException"),
        ("GetAutomationExecution", "[]", "SerializationException"),
        ("GetAutomationExecution", "{}", "ValidationException"),
        ("GetAutomationExecution", '{"AutomationExecutionId": null}', "ValidationException"),
        ("GetAutomationExecution", '{"AutomationExecutionId": 7}', "ValidationException"),
        ("GetUnicorn", "{}", "UnknownOperationException"),
    ],
)
def test_json_that_systems_manager_cannot_take_is_refused(
    operation: str, body: str, error: str
) -> None:
    response = Wire().json("ssm", operation, body)

    assert (response.status, response.error) == (400, error)
    assert json.loads(response.body)["__type"] == error


def test_what_is_said_of_a_source_server_reaches_a_client_unharmed() -> None:
    wire = Wire()
    body = "Action=DescribeInstances&Filter.1.Name=tag:Name&Filter.1.Value.1=%3Cno+%26+name%3E"

    assert read("ec2", wire.form("ec2", body)) == {"Reservations": []}
    asked = wire.form("ec2", body).parameters
    assert asked == {"Filters": [{"Name": "tag:Name", "Values": ["<no & name>"]}]}
    refused = wire.form("ec2", body.replace("tag:Name", "%3Cb%3E"))
    assert b"The filter '&lt;b&gt;' is invalid" in refused.body


def test_an_answer_repeats_the_request_id_that_the_front_door_gave() -> None:
    wire = Wire()

    assert b"<requestId>request-1</requestId>" in wire.form("ec2", "Action=DescribeVpcs").body
    identity = wire.form("sts", "Action=GetCallerIdentity").body
    assert b"<ResponseMetadata><RequestId>request-1</RequestId>" in identity


def test_only_the_services_that_are_asked_cost_the_reading_of_their_models() -> None:
    service_model.cache_clear()
    wire = Wire()
    wire.form("sts", "Action=GetCallerIdentity")

    assert service_model.cache_info().currsize == 1


@pytest.mark.parametrize("scenario", sorted(SCENARIOS.keys() - {"large"}))
def test_in_every_scenario_and_phase_of_a_launch_ec2_conforms_to_its_model(scenario: str) -> None:
    wire = Wire(scenario)
    region = wire.account.region("us-east-1", wire.now)
    servers = [
        server.source_server_id
        for server in region.servers()
        if region.replication(server, wire.now).is_launchable
    ]
    launch(region, dict.fromkeys(servers[:8]), wire.now, is_drill=True, tags={})

    stays = ("DescribeSubnets", "DescribeVpcs", "DescribeLaunchTemplates&MaxResults=50")
    moves = ("DescribeInstances", "DescribeInstanceStatus&IncludeAllInstances=true")
    for minutes, asked in (
        (0, (*stays, *moves, "DescribeVolumes")),
        (2, moves),
        (7, moves),
        (30, (*moves, "DescribeVolumes")),
        (24 * 60, moves),
    ):
        wire.now = START + timedelta(minutes=minutes)
        for action in asked:
            answer = read("ec2", wire.form("ec2", f"Action={action}"))
            (items,) = (items for name, items in answer.items() if name != "NextToken")
            ids = [json.dumps(item, default=str) for item in items]
            assert len(set(ids)) == len(ids)
        assert wire.json("ssm", "DescribeInstanceInformation").status == 200


async def test_a_scenario_can_deny_and_throttle_what_is_beside_drs(tmp_path: Any) -> None:
    scenario = tmp_path / "denied.yaml"
    scenario.write_text(
        "summary: EC2 is denied and Systems Manager throttled\n"
        "faults:\n"
        "  - {kind: access-denied, operations: ['ec2:*']}\n"
        "  - {kind: throttle, operations: ['ssm:*']}\n"
    )
    async with neighbourhood(scenario=str(scenario)) as around:
        assert await around.refused("ec2", "DescribeInstances") == (403, "UnauthorizedOperation")
        throttled = await around.refused("ssm", "DescribeInstanceInformation")
        assert throttled == (400, "ThrottlingException")
        await around.launch(DB_1)
