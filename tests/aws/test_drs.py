from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest

from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.errors import AwsNotSent, AwsRefused, AwsUnclear
from drs_tui.aws.service import Timeouts
from drs_tui.clock import Clock, ManualClock
from drs_tui.simulator.server import Simulator, SimulatorSettings
from tests.aws import wire
from tests.aws.wire import Answer, served

EMPTY = wire.ok({"items": []})
JOB_ID = "drsjob-1a2b3c4d5e6f70001"
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@asynccontextmanager
async def simulated(clock: Clock) -> AsyncIterator[Aws]:
    async with (
        Simulator(SimulatorSettings(), clock) as simulator,
        Aws(Connection(endpoint_url=simulator.endpoint_url), clock=clock) as aws,
    ):
        yield aws


def server_ids(count: int) -> list[str]:
    return [f"s-{number:017}" for number in range(count)]


@pytest.mark.parametrize(
    "trouble",
    [
        wire.reset,
        wire.error(500, "InternalServerException"),
        wire.error(429, "ThrottlingException"),
    ],
)
async def test_reads_are_tried_again(trouble: Answer) -> None:
    async with served(trouble, trouble, EMPTY) as (server, aws):
        assert await aws.drs.jobs([JOB_ID]) == []
        assert len(server.arrivals) == 3


async def test_reads_give_up_after_three_attempts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "10")
    async with served(wire.error(500, "InternalServerException")) as (server, aws):
        with pytest.raises(AwsUnclear) as caught:
            await aws.drs.jobs([JOB_ID])
        assert len(server.arrivals) == 3
    assert (caught.value.code, caught.value.http_status) == ("InternalServerException", 500)


async def test_a_read_that_takes_too_long_in_all_is_given_up() -> None:
    hasty = Timeouts(read_seconds=60, page_seconds=0.2)
    async with served(wire.silence, timeouts=hasty) as (_server, aws):
        with pytest.raises(AwsUnclear, match="no answer came in time"):
            await aws.drs.jobs([JOB_ID])


async def test_pages_are_put_together() -> None:
    first = {"items": [{"jobID": "drsjob-1"}], "nextToken": "more"}
    second = {"items": [{"jobID": "drsjob-2"}], "nextToken": ""}
    async with served(wire.ok(first), wire.ok(second)) as (server, aws):
        jobs = await aws.drs.jobs_since(NOW)
        assert [job.id for job in jobs] == ["drsjob-1", "drsjob-2"]
        assert [arrival.body.get("nextToken") for arrival in server.arrivals] == [None, "more"]


async def test_a_page_token_that_expired_is_begun_without_once() -> None:
    first = wire.ok({"items": [{"jobID": "drsjob-1"}], "nextToken": "more"})
    expired = wire.error(400, "ValidationException", "the token has expired")
    last = wire.ok({"items": [{"jobID": "drsjob-2"}]})
    async with served(first, expired, first, last) as (server, aws):
        jobs = await aws.drs.jobs_since(NOW)
        assert [job.id for job in jobs] == ["drsjob-1", "drsjob-2"]
        tokens = [arrival.body.get("nextToken") for arrival in server.arrivals]
        assert tokens == [None, "more", None, "more"]
    async with served(first, expired, first, expired) as (_server, aws):
        with pytest.raises(AwsRefused, match="expired"):
            await aws.drs.jobs_since(NOW)


async def test_pages_without_an_end_are_an_error() -> None:
    async with served(wire.ok({"items": [], "nextToken": "again"})) as (_server, aws):
        with pytest.raises(AwsUnclear, match="repeat"):
            await aws.drs.source_servers()


@pytest.mark.parametrize(
    "answer",
    [wire.raw("{}"), wire.raw(""), wire.raw('{"items": ['), wire.raw("<html>hello</html>")],
)
async def test_an_answer_without_a_list_is_never_an_empty_list(answer: Answer) -> None:
    async with served(answer) as (_server, aws):
        with pytest.raises(AwsUnclear):
            await aws.drs.recovery_instances(server_ids=server_ids(1))


async def test_ids_go_in_batches_that_drs_takes() -> None:
    async with served(EMPTY) as (server, aws):
        await aws.drs.source_servers(server_ids(450))
        await aws.drs.recovery_instances(server_ids=server_ids(201))
        await aws.drs.recovery_instances(instance_ids=["i-0123456789abcdef0"])
        await aws.drs.jobs([f"drsjob-{number:017}" for number in range(1001)])
        sizes = [
            (arrival.operation, name, len(ids))
            for arrival in server.arrivals
            for name, ids in arrival.body["filters"].items()
        ]
    assert sizes == [
        ("DescribeSourceServers", "sourceServerIDs", 200),
        ("DescribeSourceServers", "sourceServerIDs", 200),
        ("DescribeSourceServers", "sourceServerIDs", 50),
        ("DescribeRecoveryInstances", "sourceServerIDs", 200),
        ("DescribeRecoveryInstances", "sourceServerIDs", 1),
        ("DescribeRecoveryInstances", "recoveryInstanceIDs", 1),
        ("DescribeJobs", "jobIDs", 1000),
        ("DescribeJobs", "jobIDs", 1),
    ]


async def test_asking_about_nothing_asks_nothing() -> None:
    """To DRS an empty filter would mean the whole Region."""
    async with served(EMPTY) as (server, aws):
        assert await aws.drs.source_servers([]) == []
        assert await aws.drs.recovery_instances(server_ids=[]) == []
        assert await aws.drs.recovery_instances(instance_ids=[]) == []
        assert await aws.drs.jobs([]) == []
        assert server.arrivals == []


async def test_the_whole_region_is_asked_without_a_filter() -> None:
    async with served(EMPTY) as (server, aws):
        await aws.drs.source_servers()
        await aws.drs.recovery_instances()
        assert [arrival.body["filters"] for arrival in server.arrivals] == [{}, {}]


async def test_instances_are_asked_by_server_or_by_id() -> None:
    async with Aws(Connection(endpoint_url="http://127.0.0.1:1")) as aws:
        with pytest.raises(AwsNotSent, match="not both"):
            await aws.drs.recovery_instances(server_ids=[], instance_ids=[])


async def test_jobs_since_a_moment_are_asked_in_utc() -> None:
    async with served(EMPTY) as (server, aws):
        await aws.drs.jobs_since(NOW.astimezone(timezone(timedelta(hours=2))))
        assert server.arrivals[0].body["filters"] == {"fromDate": "2026-03-01T12:00:00Z"}


async def test_awss_time_is_reckoned_from_its_date_header() -> None:
    clock = ManualClock(NOW)
    dated = wire.ok({"items": []}, headers={"Date": "Sun, 01 Mar 2026 13:00:00 GMT"})
    async with served(dated, clock=clock) as (_server, aws):
        assert aws.drs.aws_now() == NOW
        await aws.drs.source_servers()
        clock.advance(90)
        assert aws.drs.aws_now() == NOW + timedelta(hours=1, seconds=90)


async def test_a_refusal_tells_the_time_too() -> None:
    clock = ManualClock(NOW)
    refused = wire.raw("{}", status=403, headers={"Date": "Sun, 01 Mar 2026 13:00:00 GMT"})
    async with served(refused, clock=clock) as (_server, aws):
        with pytest.raises(AwsRefused):
            await aws.drs.source_servers()
        assert aws.drs.aws_now() == NOW + timedelta(hours=1)


async def test_a_date_that_is_none_changes_nothing() -> None:
    clock = ManualClock(NOW)
    async with served(wire.ok({"items": []}, headers={"Date": "soon"}), clock=clock) as (
        _server,
        aws,
    ):
        await aws.drs.source_servers()
        assert aws.drs.aws_now() == NOW


@pytest.mark.parametrize(("headers", "simulator"), [({}, False), ({"x-drs-simulator": "1"}, True)])
async def test_a_simulator_is_known_by_its_header(headers: dict[str, str], simulator: bool) -> None:
    async with served(wire.ok({"items": []}, headers=headers)) as (_server, aws):
        assert aws.drs.is_simulator is None
        await aws.drs.source_servers()
        assert aws.drs.is_simulator is simulator


async def test_log_items_are_given_as_aws_gave_them() -> None:
    item = {
        "logDateTime": "2022-12-07T19:15:06.161461+00:00",
        "event": "LAUNCH_END",
        "eventData": {"sourceServerID": "s-1a2b3c4d5e6f70001", "attemptCount": 1},
    }
    async with served(wire.ok({"items": [item]})) as (server, aws):
        assert await aws.drs.job_log(JOB_ID) == [item]
        assert server.arrivals[0].body["jobID"] == JOB_ID


async def test_an_identity_without_an_account_is_none() -> None:
    async with served(wire.raw("<GetCallerIdentityResponse/>")) as (_server, aws):
        with pytest.raises(AwsUnclear):
            await aws.sts.caller_identity()


async def test_a_drill_on_the_simulator_from_launch_to_clean_up() -> None:
    clock = ManualClock(NOW)
    async with simulated(clock) as aws:
        caller = await aws.sts.caller_identity()
        fleet = await aws.drs.source_servers()
        ids = [server.id for server in fleet[:2]]
        launch = [(server_id, None) for server_id in ids]
        started = await aws.drs.start_recovery(launch, is_drill=True, tags={"token": "t1"})
        clock.advance(3600)
        (ended,) = await aws.drs.jobs([started.id])
        log = await aws.drs.job_log(started.id)
        instances = await aws.drs.recovery_instances(server_ids=ids)
        ending = await aws.drs.terminate_recovery_instances([one.id for one in instances])
        clock.advance(3600)
        left = await aws.drs.recovery_instances(server_ids=ids)
        known = await aws.drs.jobs_since(aws.drs.aws_now() - timedelta(hours=3))
        again = await aws.drs.source_servers(ids[:1])

    assert caller.account
    assert aws.drs.is_simulator
    assert all(server.replication_state and server.replication_direction for server in fleet)
    assert all(server.name != server.id and server.lag_ms is not None for server in fleet)
    assert started.initiated_by == "START_DRILL"
    assert not started.is_ended
    assert ended.is_ended
    assert ended.tags == {"token": "t1"}
    assert {server.launch_status for server in ended.servers} == {"LAUNCHED"}
    assert (log[0]["event"], log[-1]["event"]) == ("JOB_START", "JOB_END")
    assert [one.is_drill for one in instances] == [True, True]
    assert {one.job_id for one in instances} == {started.id}
    assert ending.type == "TERMINATE"
    assert left == []
    assert {job.id for job in known} == {started.id, ending.id}
    assert again[0].last_launch_type == "DRILL"
    assert again[0].last_launch_job == started.id


async def test_a_server_in_a_job_is_a_conflict_on_the_simulator() -> None:
    clock = ManualClock(NOW)
    async with simulated(clock) as aws:
        first = (await aws.drs.source_servers())[0].id
        await aws.drs.start_recovery([(first, None)], is_drill=True, tags={})
        with pytest.raises(AwsRefused) as caught:
            await aws.drs.start_recovery([(first, None)], is_drill=True, tags={})
    assert (caught.value.code, caught.value.http_status) == ("ConflictException", 409)
