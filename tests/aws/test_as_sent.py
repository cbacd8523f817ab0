"""Long answers are taken as they were sent: the SDK's own walk through them gives the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from aiobotocore.parsers import AioResponseParserFactory
from aiobotocore.session import AioSession
from botocore.model import ServiceModel
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.aws import parse
from drs_tui.aws.as_sent import ANSWERS, AsSent, answer_in, canonical, pack
from drs_tui.aws.session import service_models
from drs_tui.clock import ManualClock
from drs_tui.simulator.server import Simulator, SimulatorSettings
from tests.aws.test_parse import ANY_JSON, SERVER
from tests.strategies import examples

READS: dict[str, Callable[[object], object]] = {
    "DescribeJobLogItems": lambda item: parse.member(item, "eventData", "sourceServerID"),
    "DescribeJobs": parse.job,
    "DescribeRecoveryInstances": parse.recovery_instance,
    "DescribeRecoverySnapshots": parse.point_in_time,
    "DescribeSourceServers": parse.source_server,
}

SERVERS = [f"s-1a2b3c4d5e6f7000{n}" for n in (1, 2, 3)]


PATCHED = st.builds(
    lambda path, value: patched(SERVER, path.split("."), value),
    st.sampled_from(
        [
            "tags",
            "tags.Name",
            "stagingArea",
            "stagingArea.status",
            "sourceProperties",
            "sourceProperties.os",
            "sourceProperties.networkInterfaces",
            "dataReplicationInfo.lagDuration",
            "dataReplicationInfo.dataReplicationError",
            "lifeCycle.lastLaunch.initiated",
            "lifeCycle.lastLaunch.initiated.apiCallDateTime",
        ]
    ),
    ANY_JSON,
)
"""A source server with one member that is not what it should be."""

DRS = ServiceModel(service_models().load_service_model("drs", "service-2"))


def patched(item: Any, path: list[str], value: object) -> dict[str, object]:
    """The item with another value at a path."""
    first, *rest = path
    return {**item, first: patched(item[first], rest, value) if rest else value}


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
        asked = {"sourceServers": servers, "isDrill": True, "tags": {"a": "b"}}
        job = (await ours.start_recovery(**asked))["job"]
        clock.advance(3600)
        for name, asked in {
            "describe_job_log_items": {"jobID": job["jobID"]},
            "describe_jobs": {},
            "describe_recovery_instances": {},
            "describe_recovery_snapshots": {"sourceServerID": SERVERS[0]},
        }.items():
            one = await getattr(ours, name)(**asked)
            other = await getattr(theirs, name)(**asked)
            assert one["items"] == other["items"] != []


async def test_source_servers_are_read_as_by_the_sdk_itself() -> None:
    async with (
        Simulator(SimulatorSettings(scenario="failures"), ManualClock()) as simulator,
        client(simulator.endpoint_url, AsSent()) as ours,
        client(simulator.endpoint_url, AioResponseParserFactory()) as theirs,
    ):
        one = (await ours.describe_source_servers())["items"]
        other = (await theirs.describe_source_servers())["items"]
        read = [parse.source_server(item) for item in one]
        assert read == [parse.source_server(item) for item in other] != []
        assert [server.raw for server in read] == other


@examples(200)
@given(st.lists(PATCHED | ANY_JSON, max_size=4), ANY_JSON)
def test_what_is_picked_from_any_source_servers_is_what_all_of_them_say(
    items: list[object], token: object
) -> None:
    body = json.dumps({"items": items, "nextToken": token}).encode()
    found: Any = answer_in("DescribeSourceServersResponse", body)
    whole: Any = canonical(body)
    assert list(map(parse.source_server, found["items"])) == [
        parse.source_server(item) for item in whole["items"]
    ]
    raw = [parse.source_server(item).raw for item in found["items"]]
    sent = [item if isinstance(item, dict) else {} for item in whole["items"]]
    pack(raw)
    assert raw == sent


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


@pytest.mark.parametrize("operation", ["DescribeJobs", "DescribeSourceServers"])
@pytest.mark.parametrize("body", ["", "<html>", "{}", "[]", '{"items": {}}'])
async def test_what_is_no_answer_holds_no_items(body: str, operation: str) -> None:
    found = await parsed(AsSent(), operation, body)
    assert not isinstance(found.get("items"), list)


LONG_TEXTS = st.builds(
    lambda sign, count, rest: sign * count + rest,
    st.sampled_from(["x", "é", '"', "\\", "\ud800", "\N{GRINNING FACE}"]),
    st.sampled_from([parse.LONGEST_TEXT // 2, parse.LONGEST_TEXT, 2 * parse.LONGEST_TEXT]),
    st.text(max_size=60),
)


@examples(200)
@given(st.lists(ANY_JSON | LONG_TEXTS, max_size=6), st.booleans())
def test_any_body_becomes_canonical_as_if_all_of_it_were_rewritten(
    value: list[object], ascii_only: bool
) -> None:
    written = json.dumps(value, ensure_ascii=ascii_only)
    body = written.encode(errors="replace")
    found = canonical(body)
    assert found == parse.to_json(json.loads(body))
    assert found == parse.to_json(found)
