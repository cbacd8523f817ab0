"""Changing calls are sent once, whatever the answer and whatever the environment says."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from botocore.exceptions import EndpointConnectionError

from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.errors import AwsError, AwsNotSent, AwsRefused, AwsThrottled, AwsUnclear
from drs_tui.aws.service import Timeouts
from drs_tui.model.observed import Job
from tests.aws import wire
from tests.aws.memory import Network
from tests.aws.wire import Answer, Wire, served

SERVERS: list[tuple[str, str | None]] = [
    ("s-1a2b3c4d5e6f70001", None),
    ("s-1a2b3c4d5e6f70002", "pit-1a2b3c4d5e6f70001"),
]
TAGS = {"drs-tui:run": "r1", "drs-tui:token": "t1"}
JOB = {"job": {"jobID": "drsjob-1a2b3c4d5e6f70001", "status": "PENDING", "type": "LAUNCH"}}
IMPATIENT = Timeouts(change_seconds=0.2)
TEMPTATIONS = [
    {"AWS_MAX_ATTEMPTS": "10", "AWS_RETRY_MODE": "legacy"},
    {"AWS_MAX_ATTEMPTS": "10", "AWS_RETRY_MODE": "standard"},
    {"AWS_MAX_ATTEMPTS": "10", "AWS_RETRY_MODE": "adaptive"},
]


async def start_recovery(aws: Aws) -> Job:
    return await aws.drs.start_recovery(SERVERS, is_drill=True, tags=TAGS)


@pytest.fixture(params=TEMPTATIONS, ids=lambda tempting: tempting["AWS_RETRY_MODE"])
def _tempted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in request.param.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_tempted")
@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (wire.reset, AwsUnclear),
        (wire.truncated, AwsUnclear),
        (wire.error(500, "InternalServerException"), AwsUnclear),
        (wire.raw("<html>Bad Gateway</html>", status=502), AwsUnclear),
        (wire.raw('{"job": {"jobID"'), AwsUnclear),
        (wire.raw("[]"), AwsUnclear),
        (wire.raw(""), AwsUnclear),
        (wire.ok({"job": {"status": "PENDING"}}), AwsUnclear),
        (wire.ok({"job": 3}), AwsUnclear),
        (wire.error(429, "ThrottlingException", retryAfterSeconds=7), AwsThrottled),
        (wire.error(409, "ConflictException"), AwsRefused),
        (wire.error(403, "ExpiredTokenException"), AwsRefused),
    ],
)
async def test_start_recovery_arrives_once_and_its_end_is_judged(
    answer: Answer, verdict: type[AwsError]
) -> None:
    async with served(answer, wire.ok(JOB, status=202)) as (server, aws):
        with pytest.raises(verdict) as caught:
            await start_recovery(aws)
        assert type(caught.value) is verdict
        assert caught.value.operation == "StartRecovery"
        assert len(server.arrivals) == 1


@pytest.mark.usefixtures("_tempted")
async def test_a_late_answer_is_not_asked_for_again() -> None:
    async with served(wire.silence, wire.ok(JOB, status=202), timeouts=IMPATIENT) as (server, aws):
        with pytest.raises(AwsUnclear) as caught:
            await start_recovery(aws)
        await server.arrived.wait()
        assert len(server.arrivals) == 1
    assert caught.value.code == "ReadTimeoutError"


@pytest.mark.parametrize("answer", [wire.reset, wire.error(500, "InternalServerException")])
async def test_terminate_arrives_once_too(answer: Answer) -> None:
    async with served(answer) as (server, aws):
        with pytest.raises(AwsUnclear):
            await aws.drs.terminate_recovery_instances(["i-0123456789abcdef0"])
        assert [arrival.operation for arrival in server.arrivals] == ["TerminateRecoveryInstances"]


@pytest.mark.usefixtures("_tempted")
async def test_a_real_endpoint_gets_it_once_as_well(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Here the user's environment and configuration do count, but not for this."""
    (tmp_path / "config").write_text("[default]\nmax_attempts = 10\nretry_mode = legacy\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")

    async def reset(request: Any) -> tuple[int, Mapping[str, str], bytes]:
        raise EndpointConnectionError(
            endpoint_url=request.url, error=aiohttp.ClientOSError(104, "reset")
        )

    network = Network(reset)
    connection = Connection(region="eu-west-1")
    async with Aws(connection, http_session_cls=network.session_class()) as aws:
        with pytest.raises(AwsUnclear):
            await start_recovery(aws)
        assert len(network.requests) == 1
        with pytest.raises(AwsUnclear):
            await aws.drs.jobs(["drsjob-1a2b3c4d5e6f70001"])
        assert len(network.requests) == 1 + 3
    assert network.requests[0].url == "https://drs.eu-west-1.amazonaws.com/StartRecovery"


async def test_what_is_sent_says_everything() -> None:
    async with served(wire.ok(JOB, status=202)) as (server, aws):
        job = await start_recovery(aws)
        (arrival,) = server.arrivals

    assert job.id == "drsjob-1a2b3c4d5e6f70001"
    assert arrival.operation == "StartRecovery"
    assert arrival.body == {
        "sourceServers": [
            {"sourceServerID": "s-1a2b3c4d5e6f70001"},
            {
                "sourceServerID": "s-1a2b3c4d5e6f70002",
                "recoverySnapshotID": "pit-1a2b3c4d5e6f70001",
            },
        ],
        "isDrill": True,
        "tags": TAGS,
    }
    assert arrival.headers["amz-sdk-request"] == "attempt=1"


async def test_a_real_recovery_says_so() -> None:
    async with served(wire.ok(JOB, status=202)) as (server, aws):
        await aws.drs.start_recovery(SERVERS, is_drill=False, tags=TAGS)
        assert server.arrivals[0].body["isDrill"] is False


async def test_a_refused_connection_was_not_sent() -> None:
    async with Wire([wire.ok(JOB)]) as server:
        closed = server.endpoint_url
    async with Aws(Connection(endpoint_url=closed)) as aws:
        with pytest.raises(AwsNotSent):
            await start_recovery(aws)


async def test_throttling_says_when_to_come_back() -> None:
    async with served(wire.error(429, "ThrottlingException", retryAfterSeconds=7)) as (
        _server,
        aws,
    ):
        with pytest.raises(AwsThrottled) as caught:
            await start_recovery(aws)
    assert caught.value.retry_after_seconds == 7
    assert caught.value.http_status == 429


async def test_a_cancelled_call_has_arrived_all_the_same() -> None:
    """Why callers shield it."""
    async with served(wire.silence) as (server, aws):
        call = asyncio.create_task(start_recovery(aws))
        await server.arrived.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert len(server.arrivals) == 1


async def test_each_change_has_a_connection_of_its_own() -> None:
    """A kept one may have been closed meanwhile, which would look like a lost answer."""
    async with served(wire.ok(JOB, status=202)) as (server, aws):
        await start_recovery(aws)
        await start_recovery(aws)
        assert [arrival.headers["Connection"] for arrival in server.arrivals] == ["close"] * 2


@pytest.mark.parametrize(
    ("servers", "tags", "words"),
    [
        ([], TAGS, "1 to 100 ids, not 0"),
        ([(f"s-{n:017}", None) for n in range(101)], TAGS, "not 101"),
        ([("s-1", None)], TAGS, "'s-1' is no source server id"),
        ([("s-1a2b3c4d5e6f70001\n", None)], TAGS, "is no source server id"),
        ([SERVERS[0], SERVERS[0]], TAGS, "named twice"),
        ([("s-1a2b3c4d5e6f70001", "pit-1")], TAGS, "'pit-1' is no point in time"),
        (SERVERS, {"": "x"}, "is no tag key"),
        (SERVERS, {"k" * 129: "x"}, "is no tag key"),
        (SERVERS, {"AWS:x": "x"}, "is no tag key"),
        (SERVERS, {"k": "x" * 257}, "over 256 signs"),
        (SERVERS, {str(n): "x" for n in range(51)}, "50 tags at most"),
    ],
)
async def test_wrong_arguments_never_leave(
    servers: list[tuple[str, str | None]], tags: dict[str, str], words: str
) -> None:
    async with served(wire.ok(JOB)) as (server, aws):
        with pytest.raises(AwsNotSent, match=words):
            await aws.drs.start_recovery(servers, is_drill=True, tags=tags)
        assert server.arrivals == []


@pytest.mark.parametrize("ids", [[], ["i-1"], ["i-0123456789abcdef0"] * 2, ["s-1a2b3c4d5e6f70001"]])
async def test_wrong_instances_never_leave(ids: list[str]) -> None:
    async with served(wire.ok(JOB)) as (server, aws):
        with pytest.raises(AwsNotSent):
            await aws.drs.terminate_recovery_instances(ids)
        assert server.arrivals == []


class _LeaseGoneError(Exception):
    """Somebody else drives the run."""


async def test_a_last_check_that_fails_is_raised_as_it_is_and_nothing_is_sent() -> None:
    asked: list[str] = []

    def check() -> None:
        asked.append("checked")
        raise _LeaseGoneError

    async with served(wire.ok(JOB, status=202)) as (server, aws):
        with pytest.raises(_LeaseGoneError):
            await aws.drs.start_recovery(SERVERS, is_drill=True, tags=TAGS, last_check=check)
        with pytest.raises(_LeaseGoneError):
            await aws.drs.terminate_recovery_instances(["i-0123456789abcdef0"], last_check=check)
        assert server.arrivals == []
    assert asked == ["checked", "checked"]
