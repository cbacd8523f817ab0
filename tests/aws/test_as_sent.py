"""Long answers are taken as they were sent: the SDK's own walk through them gives the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aiobotocore.parsers import AioResponseParserFactory
from aiobotocore.session import AioSession
from botocore.model import ServiceModel

from drs_tui.aws import parse
from drs_tui.aws.as_sent import ANSWERS, AsSent
from drs_tui.aws.session import service_models
from drs_tui.clock import ManualClock
from drs_tui.simulator.server import Simulator, SimulatorSettings

READS: dict[str, Callable[[object], object]] = {
    "DescribeJobs": parse.job,
    "DescribeRecoveryInstances": parse.recovery_instance,
    "DescribeRecoverySnapshots": parse.point_in_time,
    "DescribeSourceServers": parse.source_server,
}

SERVERS = [f"s-1a2b3c4d5e6f7000{n}" for n in (1, 2, 3)]


DRS = ServiceModel(service_models().load_service_model("drs", "service-2"))


def client(url: str, parsers: AioResponseParserFactory) -> Any:
    """A client of DRS with these parsers."""
    session = AioSession()
    session.register_component("data_loader", service_models())
    session.register_component("response_parser_factory", parsers)
    keys = {"aws_access_key_id": "any", "aws_secret_access_key": "any"}
    return session.create_client("drs", region_name="us-east-1", endpoint_url=url, **keys)


async def parsed(parsers: AioResponseParserFactory, operation: str, body: str) -> Any:
    """What a client would give of a body."""
    response = {"headers": {}, "status_code": 200, "body": body.encode(), "context": {}}
    shape = DRS.operation_model(operation).output_shape
    return await parsers.create_parser("rest-json").parse(response, shape)


def test_they_are_the_names_of_the_service_model() -> None:
    assert {DRS.operation_model(name).output_shape.name for name in READS} == ANSWERS


async def test_a_drill_is_read_as_by_the_sdk_itself() -> None:
    clock = ManualClock()
    async with (
        Simulator(SimulatorSettings(scenario="failures"), clock) as simulator,
        client(simulator.endpoint_url, AsSent()) as ours,
        client(simulator.endpoint_url, AioResponseParserFactory()) as theirs,
    ):
        servers = [{"sourceServerID": each} for each in SERVERS]
        await ours.start_recovery(sourceServers=servers, isDrill=True, tags={"a": "b"})
        clock.advance(3600)
        for name, asked in {
            "describe_jobs": {},
            "describe_recovery_instances": {},
            "describe_recovery_snapshots": {"sourceServerID": SERVERS[0]},
            "describe_source_servers": {},
        }.items():
            one = await getattr(ours, name)(**asked)
            other = await getattr(theirs, name)(**asked)
            assert one["items"] == other["items"] != []


@pytest.mark.parametrize("operation", READS)
async def test_what_is_null_or_unknown_is_read_alike(operation: str) -> None:
    items = [
        {"sourceServerID": None, "jobID": "drsjob-1", "status": "NEW", "tags": {}, "isNew": [1.5]},
        {"sourceServerID": "s-1", "jobID": "drsjob-2", "tags": None, "isDrill": True},
        None,
    ]
    body = json.dumps({"items": items, "nextToken": None, "unheard": {"of": "it"}})
    ours = await parsed(AsSent(), operation, body)
    theirs = await parsed(AioResponseParserFactory(), operation, body)
    read = READS[operation]
    assert [read(item) for item in ours["items"]] == [read(item) for item in theirs["items"]]


@pytest.mark.parametrize("body", ["", "<html>", "{}"])
async def test_what_is_no_answer_holds_no_items(body: str) -> None:
    assert "items" not in await parsed(AsSent(), "DescribeJobs", body)
