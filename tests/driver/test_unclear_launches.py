"""What happens when the answer to StartRecovery is lost, refused, or about somebody else's job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.drs import Drs
from drs_tui.aws.errors import AwsRefused, AwsThrottled, AwsUnclear
from drs_tui.driver.world import World
from drs_tui.engine.guarding import Guards
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.observed import Job
from drs_tui.model.status import CleanupStatus, RunStatus, WaveStatus
from tests.driver.drills import calls, plan_path, settings_in, started, stored_events

PLAN = plan_path("three-tier")
Servers = Sequence[tuple[str, str | None]]


class FirstCall:
    """Stands between the engine and DRS for the first StartRecovery only."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, sent: bool, error: Exception) -> None:
        """Raise `error` for the first call, after it was sent if `sent`."""
        self.left = 1
        through = Drs.start_recovery

        async def start(
            drs: Drs, servers: Servers, *, is_drill: bool, tags: Mapping[str, str], **more: Any
        ) -> Job:
            if not self.left:
                return await through(drs, servers, is_drill=is_drill, tags=tags, **more)
            self.left -= 1
            if sent:
                await through(drs, servers, is_drill=is_drill, tags=tags, **more)
            raise error

        monkeypatch.setattr(Drs, "start_recovery", start)


def unclear() -> AwsUnclear:
    return AwsUnclear("the answer was cut off", operation="StartRecovery", code="Reset")


async def test_a_launch_whose_answer_was_lost_is_found_and_adopted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FirstCall(monkeypatch, sent=True, error=unclear())
    async with started(settings_in(tmp_path), PLAN) as drill:
        run = await drill.ended()
        events = await stored_events(drill.world, drill.run_id)
    launched = [e for e in events if e.type == "wave.launched"]
    assert [e.data["adopted"] for e in launched] == [True, False, False]
    assert run.outcome is RunStatus.SUCCEEDED
    assert len(calls(tmp_path, "StartRecovery")) == 3


async def test_a_launch_that_left_no_job_is_a_decision_and_is_never_sent_again_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FirstCall(monkeypatch, sent=False, error=unclear())
    async with started(settings_in(tmp_path), PLAN) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        [wanted] = run.wanted
        assert wanted.kind is WantedKind.LAUNCH_UNKNOWN
        assert not calls(tmp_path, "StartRecovery")
        looked = [e for e in await stored_events(drill.world, drill.run_id) if e.seq == wanted.seq]
        assert looked[0].data["settled"] is True
        await drill.decide(wanted, Choice.RESEND)
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    assert run.waves["database"].attempt == 2
    assert len(calls(tmp_path, "StartRecovery")) == 3


async def test_a_launch_that_was_sent_again_is_recognised_by_its_first_attempts_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    FirstCall(monkeypatch, sent=True, error=unclear())
    shown = Drs.jobs_since
    hidden = True

    async def late(drs: Drs, since: datetime) -> list[Job]:
        return [] if hidden else await shown(drs, since)

    monkeypatch.setattr(Drs, "jobs_since", late)
    async with started(settings_in(tmp_path), PLAN) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        hidden = False
        monkeypatch.setattr(Guards, "let_through", let_pass)
        await drill.decide(run.wanted[0], Choice.RESEND)
        run = await drill.until(lambda run: run.waves["database"].status is WaveStatus.IN_PROGRESS)
        monkeypatch.undo()
        run = await drill.ended()
        launched = [
            e for e in await stored_events(drill.world, drill.run_id) if e.type == "wave.launched"
        ]
    [first, refused, *_] = calls(tmp_path, "StartRecovery")
    assert (refused["error"], launched[0].data["job_id"]) == ("ConflictException", first["job_id"])
    assert [e.data["adopted"] for e in launched] == [True, False, False]
    assert run.outcome is RunStatus.SUCCEEDED


async def let_pass(_: Guards, _name: str, server_ids: tuple[str, ...], *_args: Any) -> Any:
    """Guards that see nothing."""
    return dict.fromkeys(server_ids)


async def test_a_throttled_launch_was_not_started_and_is_sent_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    throttled = AwsThrottled(
        "slow down",
        operation="StartRecovery",
        code="ThrottlingException",
        http_status=429,
        retry_after_seconds=20.0,
    )
    FirstCall(monkeypatch, sent=False, error=throttled)
    async with started(settings_in(tmp_path), PLAN) as drill:
        run = await drill.ended()
        events = await stored_events(drill.world, drill.run_id)
    [refused] = [e for e in events if e.type == "wave.launch_refused"]
    again = next(e for e in events if e.type == "wave.launch_intended" and e.seq > refused.seq)
    assert (again.at - refused.at).total_seconds() >= 20
    assert run.outcome is RunStatus.SUCCEEDED


async def test_refused_tags_are_left_out_once_and_that_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = AwsRefused(
        "not authorized to perform: drs:TagResource",
        operation="StartRecovery",
        code="AccessDeniedException",
        http_status=403,
    )
    FirstCall(monkeypatch, sent=False, error=refusal)
    async with started(settings_in(tmp_path), PLAN) as drill:
        run = await drill.ended()
        events = await stored_events(drill.world, drill.run_id)
    [refused] = [e for e in events if e.type == "wave.launch_refused"]
    assert refused.data["tags_refused"] is True
    assert run.outcome is RunStatus.SUCCEEDED
    sent = [call["body"].get("tags", {}) for call in calls(tmp_path, "StartRecovery")]
    assert [bool(tags) for tags in sent] == [False, True, True]


async def colleague_launches(world: World, server_id: str) -> Job:
    connection = Connection(region="us-east-1", endpoint_url=world.embedded_url)
    async with Aws(connection) as aws:
        return await aws.drs.start_recovery([(server_id, None)], is_drill=True, tags={})


async def test_a_server_in_a_colleagues_job_stops_the_wave_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    async with started(settings_in(tmp_path), PLAN) as drill:
        await drill.until(lambda run: run.waves["database"].status is WaveStatus.IN_PROGRESS)
        await drill.ask("pause")
        run = await drill.until(lambda run: run.waves["database"].status is WaveStatus.SUCCEEDED)
        theirs = await colleague_launches(drill.world, run.waves["application"].server_ids[0])
        await drill.ask("resume")
        run = await drill.until(lambda run: bool(run.wanted))
        [wanted] = run.wanted
        assert wanted.kind is WantedKind.GUARD_BLOCKED
        assert theirs.id in wanted.words
    ours = [c for c in calls(tmp_path, "StartRecovery") if c["body"].get("tags")]
    assert len(ours) == 1


async def test_a_conflict_names_the_job_that_holds_the_server_and_is_not_answered_by_sending(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    through = Drs.start_recovery
    theirs: list[Job] = []

    async def start(
        drs: Drs, servers: Servers, *, is_drill: bool, tags: Mapping[str, str], **more: Any
    ) -> Job:
        if tags and not theirs:
            # Between the guards and the call a colleague launches one of the servers.
            theirs.append(await through(drs, servers[:1], is_drill=True, tags={}))
        return await through(drs, servers, is_drill=is_drill, tags=tags, **more)

    monkeypatch.setattr(Drs, "start_recovery", start)
    async with started(settings_in(tmp_path), PLAN) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        [wanted] = run.wanted
        assert wanted.kind is WantedKind.LAUNCH_REFUSED
        assert theirs[0].id in wanted.words
    ours = [c for c in calls(tmp_path, "StartRecovery") if c["body"].get("tags")]
    assert [c["error"] for c in ours] == ["ConflictException"]


async def test_our_own_job_behind_a_conflict_is_adopted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    through = Drs.start_recovery

    async def twice(
        drs: Drs, servers: Servers, *, is_drill: bool, tags: Mapping[str, str], **more: Any
    ) -> Job:
        # As a proxy that sends each request twice would, and answer the second.
        await through(drs, servers, is_drill=is_drill, tags=tags, **more)
        return await through(drs, servers, is_drill=is_drill, tags=tags, **more)

    monkeypatch.setattr(Drs, "start_recovery", twice)
    async with started(settings_in(tmp_path), PLAN) as drill:
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    accepted = [c for c in calls(tmp_path, "StartRecovery") if c["status"] == 202]
    assert len(accepted) == 3


async def test_with_every_answer_lost_a_drill_still_launches_each_wave_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "10")
    async with started(settings_in(tmp_path, "ambiguous"), PLAN) as drill:
        run = await drill.ended()
        events = await stored_events(drill.world, drill.run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    assert [c["attempt"] for c in calls(tmp_path, "StartRecovery")] == [1, 1, 1]
    assert all(e.data["adopted"] for e in events if e.type == "wave.launched")


async def test_a_request_that_never_arrives_waits_for_a_decision(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path, "lost"), PLAN) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        [wanted] = run.wanted
        await drill.decide(wanted, Choice.STOP)
        run = await drill.ended()
    assert run.outcome is RunStatus.FAILED
    assert wanted.kind is WantedKind.LAUNCH_UNKNOWN
    assert len(calls(tmp_path, "StartRecovery")) == 1


async def test_a_clean_up_finds_what_a_lost_launch_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing_shows(_aws: object, _age: object) -> list[Job]:
        return []

    with monkeypatch.context() as blind:
        blind.setattr("drs_tui.engine.own_jobs.recent_jobs", nothing_shows)
        FirstCall(blind, sent=True, error=unclear())
        async with started(settings_in(tmp_path), PLAN) as drill:
            run = await drill.until(lambda run: bool(run.wanted))
            await drill.decide(run.wanted[0], Choice.STOP)
            run = await drill.ended()
            assert run.outcome is RunStatus.FAILED
            assert run.cleanup.status is CleanupStatus.DUE
            await drill.world.drill_clock.sleep(600)
            await drill.ask("cleanup")
            await drill.world.host.drive(drill.run_id)
            run = await drill.ended()
    assert run.cleanup.status is CleanupStatus.DONE
    assert len(run.instances) == 2
    assert all(instance.gone for instance in run.instances.values())
