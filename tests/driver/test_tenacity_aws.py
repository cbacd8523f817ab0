"""Drills whose AWS throttles, fails, answers nonsense, forgets jobs, or lives in another hour."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.state.run import Run
from drs_tui.model.status import RunStatus, ServerResult, WaveStatus
from drs_tui.simulator.message import Response
from tests.driver.drills import Drill, calls, plan_path, settings_in, started, stored_events
from tests.driver.tenacity import (
    Items,
    StrangeAws,
    drill_time,
    refusing,
    trouble_said,
    until,
    with_body,
    with_items,
)


def waiting(folder: Path, timeout: str) -> Path:
    """The example plan with another time-out."""
    text = plan_path("three-tier").read_text()
    path = folder / "three-tier.yaml"
    path.write_text(text.replace("timeout: 60m", f"timeout: {timeout}"))
    return path


@pytest.fixture
def patient(tmp_path: Path) -> Path:
    """A plan that no slow machine makes time out."""
    return waiting(tmp_path, "24h")


@pytest.fixture
def hasty(tmp_path: Path) -> Path:
    """A plan that times out soon."""
    return waiting(tmp_path, "15m")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> StrangeAws:
    return StrangeAws(monkeypatch)


async def launched(drill: Drill, wave: str = "database") -> Run:
    return await drill.until(lambda run: run.waves[wave].status is WaveStatus.IN_PROGRESS)


async def goes_well(drill: Drill, folder: Path) -> None:
    """Each wave was launched once, and AWS's word was believed in the end."""
    run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    assert len(calls(folder, "StartRecovery")) == 3


async def believed(drill: Drill, folder: Path) -> None:
    """AWS's word on the first wave was believed in the end, and it was launched once."""
    await drill.until(lambda run: run.waves["database"].status is WaveStatus.SUCCEEDED)
    waves = [call["body"]["tags"]["drs-tui:wave"] for call in calls(folder, "StartRecovery")]
    assert waves.count("database") == 1


# Reads that fail --------------------------------------------------------------------------------


async def test_a_throttled_look_is_repeated_no_sooner_than_aws_asks(
    tmp_path: Path, aws: StrangeAws, patient: Path
) -> None:
    throttle = refusing("ThrottlingException", 429, "DescribeJobs", headers={"Retry-After": "300"})
    async with started(settings_in(tmp_path), patient) as drill:
        await launched(drill)
        with aws.answering(throttle):
            before = len(calls(tmp_path, "DescribeJobs"))
            await until(lambda: len(calls(tmp_path, "DescribeJobs")) >= before + 3)
            assert "throttled" in await trouble_said(drill, "DescribeJobs")
        looks = [
            datetime.fromisoformat(call["at"])
            for call in calls(tmp_path, "DescribeJobs")[before : before + 3]
        ]
        gaps = [(b - a).total_seconds() for a, b in pairwise(looks)]
        assert min(gaps) >= 300
        await trouble_said(drill)
        await believed(drill, tmp_path)


@pytest.mark.parametrize(
    "storm",
    [
        refusing("InternalServerException", 500),
        refusing("ServiceUnavailable", 503, headers={"Content-Type": "text/html"}),
        refusing("ExpiredTokenException", 403),
        with_body("DescribeJobs", lambda body: body[: len(body) // 2]),
        with_body("DescribeJobs", lambda _: b""),
        with_body("DescribeJobs", lambda _: b"<html>Gateway time-out</html>"),
        with_body("DescribeJobs", lambda _: b'{"items": null}'),
        with_body("DescribeJobs", lambda _: b'{"items": {"jobID": 3}}'),
    ],
    ids=["500", "503", "expired", "cut", "empty", "a proxy's page", "null", "no list"],
)
async def test_looks_that_fail_make_a_run_stale_and_never_failed(
    tmp_path: Path, aws: StrangeAws, patient: Path, storm: Callable[[Response], Response | None]
) -> None:
    async with started(settings_in(tmp_path), patient) as drill:
        before = await launched(drill)
        with aws.answering(storm):
            await trouble_said(drill, "Describe")
            await drill_time(drill, timedelta(minutes=20))
            run = await drill.until(lambda run: run.seq >= before.seq)
            assert run.waves["database"].status is WaveStatus.IN_PROGRESS
            assert not run.wanted
        await trouble_said(drill)
        await believed(drill, tmp_path)


@pytest.mark.parametrize(
    "failure",
    [
        refusing("ResourceNotFoundException", 404, "DescribeJobLogItems"),
        refusing("AccessDeniedException", 403, "DescribeJobLogItems"),
        refusing("InternalServerException", 500, "DescribeJobLogItems"),
        with_body("DescribeJobLogItems", lambda _: b'["a log"]'),
    ],
    ids=["gone", "denied", "500", "no object"],
)
async def test_a_job_whose_log_can_not_be_had_is_judged_without_it(
    tmp_path: Path, aws: StrangeAws, patient: Path, failure: Callable[[Response], Response | None]
) -> None:
    with aws.answering(failure):
        async with started(settings_in(tmp_path), patient) as drill:
            await launched(drill)
            await trouble_said(drill, "DescribeJobLogItems")
            await believed(drill, tmp_path)


async def test_instances_that_can_not_be_listed_hold_nothing_up_for_long(
    tmp_path: Path, aws: StrangeAws, patient: Path
) -> None:
    async with started(settings_in(tmp_path), patient) as drill:
        await launched(drill, "web")
        with aws.answering(refusing("InternalServerException", 500, "DescribeRecoveryInstances")):
            await goes_well(drill, tmp_path)


# Answers with less or more in them --------------------------------------------------------------


def each_server(change: Callable[[dict[str, Any]], object]) -> Callable[[Items], Items]:
    def changed(items: Items) -> Items:
        for job in items:
            for server in job["participatingServers"]:
                change(server)
        return items

    return changed


async def test_values_nobody_knows_yet_are_recorded_as_they_are_and_decide_nothing(
    tmp_path: Path, aws: StrangeAws, patient: Path
) -> None:
    def strange(items: Items) -> Items:
        for job in items:
            job |= {"status": "HIBERNATING", "initiatedBy": "START_DRILL", "mood": [1.5]}
        return each_server(lambda server: server.update(launchStatus="DREAMING"))(items)

    async with started(settings_in(tmp_path), patient) as drill:
        await launched(drill)
        with aws.answering(with_items("DescribeJobs", strange)):
            run = await drill.until(
                lambda run: any(job.status == "HIBERNATING" for job in run.jobs.values())
            )
            assert {s.launch_status for s in run.of_wave("database")} == {"DREAMING"}
            assert run.waves["database"].status is WaveStatus.IN_PROGRESS
        await believed(drill, tmp_path)


@pytest.mark.parametrize("member", ["participatingServers", "status", "initiatedBy", "type"])
async def test_a_missing_member_takes_nothing_back(
    tmp_path: Path, aws: StrangeAws, patient: Path, member: str
) -> None:
    def without(items: Items) -> Items:
        return [{name: value for name, value in job.items() if name != member} for job in items]

    async with started(settings_in(tmp_path), patient) as drill:
        await launched(drill)
        with aws.answering(with_items("DescribeJobs", without)):
            looks = len(calls(tmp_path, "DescribeJobs"))
            await until(lambda: len(calls(tmp_path, "DescribeJobs")) > looks + 3)
        await believed(drill, tmp_path)


async def test_log_items_of_any_shape_are_kept_and_harm_nothing(
    tmp_path: Path, aws: StrangeAws, patient: Path
) -> None:
    strange: Items = [
        {},
        {"event": None, "eventData": {"sourceServerID": 7}},
        {"event": "SNAPSHOT_START", "logDateTime": "yesterday", "eventData": None},
        {"event": "MADE_UP", "eventData": {"rawError": "\ud800", "odd": 0.5}, "extra": [None]},
        {"event": "MADE_UP", "eventData": {"attemptCount": "x", "maxAttemptsCount": {}}},
    ]
    with aws.answering(with_items("DescribeJobLogItems", lambda items: [*items, *strange])):
        async with started(settings_in(tmp_path), patient) as drill:
            await believed(drill, tmp_path)
            events = await stored_events(drill.world, drill.run_id)
    assert any("MADE_UP" in event.text for event in events)


async def test_a_job_that_ends_without_its_servers_is_asked_again_before_it_is_judged(
    tmp_path: Path, aws: StrangeAws, patient: Path
) -> None:
    ended: list[str] = []

    def late(items: Items) -> Items:
        for job in items:
            if job["status"] == "COMPLETED" and ended.count(job["jobID"]) < 1:
                ended.append(job["jobID"])
                job["participatingServers"] = []
        return items

    with aws.answering(with_items("DescribeJobs", late)):
        async with started(settings_in(tmp_path), patient) as drill:
            await goes_well(drill, tmp_path)
    assert len(set(ended)) == 3


async def test_a_job_that_never_names_its_servers_is_no_success(
    tmp_path: Path, aws: StrangeAws, patient: Path
) -> None:
    def nobody(items: Items) -> Items:
        return [{**job, "participatingServers": []} for job in items]

    with aws.answering(with_items("DescribeJobs", nobody)):
        async with started(settings_in(tmp_path), patient) as drill:
            run = await drill.until(lambda run: bool(run.wanted))
            assert run.wanted[0].kind is WantedKind.WAVE_FAILED
            results = {server.result for server in run.of_wave("database")}
            assert results == {ServerResult.NOT_LAUNCHED}
            assert run.instances, "what DRS launched all the same is shown, and cleaned up"


async def test_a_job_that_ended_without_its_servers_is_not_judged_while_nobody_can_ask(
    tmp_path: Path, aws: StrangeAws, patient: Path
) -> None:
    def nobody(items: Items) -> Items:
        return [{**job, "participatingServers": []} for job in items]

    async with started(settings_in(tmp_path), patient) as drill:
        with aws.answering(with_items("DescribeJobs", nobody)):
            await drill.until(lambda run: run.waves["database"].status is WaveStatus.VERIFYING)
            with aws.answering(refusing("ExpiredTokenException", 403)):
                await trouble_said(drill, "Describe")
                await drill_time(drill, timedelta(minutes=20))
                assert drill.run is not None
                assert drill.run.waves["database"].status is WaveStatus.VERIFYING
        await goes_well(drill, tmp_path)


# Jobs that do not end ---------------------------------------------------------------------------


async def test_a_job_that_vanishes_is_trouble_then_a_decision_and_believed_when_it_is_back(
    tmp_path: Path, aws: StrangeAws, hasty: Path
) -> None:
    async with started(settings_in(tmp_path), hasty) as drill:
        run = await launched(drill)
        job_id = run.waves["database"].job_id
        with aws.answering(with_items("DescribeJobs", lambda _: [])):
            await trouble_said(drill, "does not list", job_id)
            assert drill.run is not None
            assert drill.run.waves["database"].status is WaveStatus.IN_PROGRESS
            run = await drill.until(lambda run: bool(run.wanted))
        [wanted] = run.wanted
        assert wanted.kind is WantedKind.TIMED_OUT
        assert "does not list" in wanted.words
        await believed(drill, tmp_path)


async def test_a_job_that_never_ends_is_waited_for_as_long_as_somebody_says(
    tmp_path: Path, aws: StrangeAws, hasty: Path
) -> None:
    def for_ever(items: Items) -> Items:
        items = each_server(lambda server: server.update(launchStatus="PENDING"))(items)
        return [{**job, "status": "STARTED"} for job in items]

    with aws.answering(with_items("DescribeJobs", for_ever)):
        async with started(settings_in(tmp_path), hasty) as drill:
            run = await drill.until(lambda run: bool(run.wanted))
            first = run.wanted[0]
            assert first.kind is WantedKind.TIMED_OUT
            await drill.decide(first, Choice.EXTEND)
            run = await drill.until(lambda run: any(w.seq > first.seq for w in run.wanted))
            second = run.wanted[0]
            assert second.kind is WantedKind.TIMED_OUT
            assert second.since - first.since >= timedelta(minutes=15)
            await drill.decide(second, Choice.GIVE_UP)
            run = await drill.until(lambda run: run.waves["database"].status.is_final)
            assert run.waves["database"].status is WaveStatus.FAILED
            await drill.decide(run.wanted[0], Choice.STOP)
            run = await drill.ended()
    assert run.outcome is RunStatus.FAILED
    assert len(calls(tmp_path, "StartRecovery")) == 1


# Who we are, and what time it is ----------------------------------------------------------------


async def test_with_expired_credentials_nothing_is_launched_until_somebody_says_so(
    tmp_path: Path, aws: StrangeAws, patient: Path
) -> None:
    async with started(settings_in(tmp_path), patient) as drill:
        await launched(drill)
        await drill.ask("pause")
        await drill.until(lambda run: run.waves["database"].status is WaveStatus.SUCCEEDED)
        with aws.answering(refusing("ExpiredTokenException", 403)):
            await drill.ask("resume")
            run = await drill.until(lambda run: bool(run.wanted))
            [wanted] = run.wanted
            assert wanted.kind is WantedKind.GUARD_BLOCKED
            assert "Renew the credentials" in wanted.words
            assert len(calls(tmp_path, "StartRecovery")) == 1
        await drill.decide(wanted, Choice.RETRY)
        await goes_well(drill, tmp_path)


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_lost_launch_is_found_though_aws_lives_in_another_hour(
    tmp_path: Path, aws: StrangeAws, patient: Path, hours: int
) -> None:
    aws.ahead = timedelta(hours=hours)
    async with started(settings_in(tmp_path, "ambiguous"), patient) as drill:
        await goes_well(drill, tmp_path)
        events = await stored_events(drill.world, drill.run_id)
    assert [e.data["adopted"] for e in events if e.type == "wave.launched"] == [True] * 3
    [call, *_] = calls(tmp_path, "DescribeJobs")
    assert json.dumps(call["body"]).count("fromDate")
