"""Drills from plan to clean-up, as an operator sees them."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from drs_tui.audit.store import RunStore
from drs_tui.audit.verify import verify_run
from drs_tui.aws.drs import Drs
from drs_tui.aws.errors import AwsNotSent
from drs_tui.driver import world
from drs_tui.driver.orders import StartBlocked, StartOrder, StartUnconfirmed
from drs_tui.driver.world import open_world
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.plan import Impact, Mode
from drs_tui.model.status import (
    CleanupStatus,
    Objectives,
    RunStatus,
    ServerResult,
    WaveStatus,
)
from tests.driver.drills import (
    calls,
    plan_path,
    settings_in,
    started,
    stored_events,
    stored_run,
)

ORDERS = "three-tier"
BILLING = "rehearsal"


async def test_a_calm_drill_succeeds_with_one_call_a_wave_and_leaves_nothing(
    tmp_path: Path,
) -> None:
    settings = settings_in(tmp_path)
    async with started(settings, plan_path(ORDERS), cleanup_policy="always") as drill:
        run = await drill.ended()
        verdict = await verify_run(drill.world.store, drill.run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    assert run.objectives is Objectives.MET
    assert [wave.status for wave in run.waves.values()] == [WaveStatus.SUCCEEDED] * 3
    assert all(server.launch_status == "LAUNCHED" for server in run.servers.values())
    assert run.cleanup.status is CleanupStatus.DONE
    assert all(instance.gone for instance in run.instances.values())
    assert len(run.instances) == 6
    assert verdict.ok
    launches = calls(tmp_path, "StartRecovery")
    assert len(launches) == 3
    for launch, wave in zip(launches, run.waves.values(), strict=True):
        assert launch["attempt"] == 1
        assert launch["status"] == 202
        body = launch["body"]
        assert body["isDrill"] is True
        assert [s["sourceServerID"] for s in body["sourceServers"]] == list(wave.server_ids)
        assert body["tags"]["drs-tui:run"] == run.run_id
        assert body["tags"]["drs-tui:wave"] == wave.name
    assert len({launch["body"]["tags"]["drs-tui:token"] for launch in launches}) == 3
    assert len(calls(tmp_path, "TerminateRecoveryInstances")) == 1


async def test_each_wave_waits_for_the_one_before(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), plan_path(ORDERS)) as drill:
        await drill.ended()
        events = await stored_events(drill.world, drill.run_id)
    steps = [
        (event.type, event.data["wave"])
        for event in events
        if event.type in ("wave.launch_intended", "wave.finished")
    ]
    order = ["database", "application", "web"]
    assert steps == [
        (step, wave) for wave in order for step in ("wave.launch_intended", "wave.finished")
    ]


async def test_the_intent_is_stored_before_the_call_and_the_guards_before_the_intent(
    tmp_path: Path,
) -> None:
    async with started(settings_in(tmp_path), plan_path(ORDERS)) as drill:
        await drill.ended()
        events = await stored_events(drill.world, drill.run_id)
    of_wave = [e.type for e in events if e.data.get("wave") == "web"]
    assert of_wave[:3] == ["wave.guarded", "wave.launch_intended", "wave.launched"]


async def test_without_a_clean_up_the_drill_instances_are_due(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), plan_path(ORDERS)) as drill:
        run = await drill.ended()
        assert run.outcome is RunStatus.SUCCEEDED
        assert run.cleanup.status is CleanupStatus.DUE
        await drill.ask("cleanup")
        await drill.world.host.drive(drill.run_id)
        run = await drill.ended()
    assert run.cleanup.status is CleanupStatus.DONE
    assert all(instance.gone for instance in run.instances.values())


async def test_one_instance_is_terminated_and_the_others_stay_due(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), plan_path(ORDERS)) as drill:
        run = await drill.ended()
        one = next(iter(run.instances))
        await drill.ask("cleanup", instances=[one])
        await drill.world.host.drive(drill.run_id)
        run = await drill.ended()
        assert [instance.id for instance in run.instances.values() if instance.gone] == [one]
        assert run.cleanup.status is CleanupStatus.DUE
        assert set(run.cleanup.remaining) == set(run.instances) - {one}
        await drill.ask("cleanup")
        await drill.world.host.drive(drill.run_id)
        run = await drill.ended()
    assert run.cleanup.status is CleanupStatus.DONE


async def test_a_clean_up_that_a_dead_driver_left_hours_ago_is_done_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_in(tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(Drs, "terminate_recovery_instances", not_sent)
        async with started(settings, plan_path(ORDERS), cleanup_policy="always") as drill:
            await drill.until(lambda run: run.cleanup.status is CleanupStatus.RUNNING)
    assert not calls(tmp_path, "TerminateRecoveryInstances")

    start_of_time = world._latest_moment

    async def much_later(store: RunStore, now: datetime) -> datetime:
        return await start_of_time(store, now) + timedelta(hours=3)

    monkeypatch.setattr(world, "_latest_moment", much_later)
    async with open_world(settings) as later:
        await later.host.drive(drill.run_id)
        await later.host.ended(drill.run_id)
        run = await stored_run(later, drill.run_id)
    assert run.cleanup.status is CleanupStatus.DONE
    assert len(calls(tmp_path, "TerminateRecoveryInstances")) == 1


async def not_sent(*_: object, **__: object) -> None:
    raise AwsNotSent("no way out", operation="TerminateRecoveryInstances")


async def test_a_clean_up_keeps_to_quotas_that_are_lower_than_usual(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, "quota")
    async with started(settings, plan_path(ORDERS), cleanup_policy="always") as drill:
        run = await drill.ended()
    assert run.cleanup.status is CleanupStatus.DONE
    asked = calls(tmp_path, "TerminateRecoveryInstances")
    assert asked[0]["error"] == "ServiceQuotaExceededException"
    ended = [i for call in asked if not call["error"] for i in call["body"]["recoveryInstanceIDs"]]
    assert sorted(ended) == sorted(set(ended)) == sorted(run.instances)


async def test_failures_end_the_run_as_its_policy_says_and_never_as_succeeded(
    tmp_path: Path,
) -> None:
    settings = settings_in(tmp_path, "failures")
    async with started(settings, plan_path(ORDERS)) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        [wanted] = run.wanted
        assert wanted.kind is WantedKind.WAVE_FAILED
        assert wanted.wave == "database"
        failed = [s for s in run.servers.values() if s.result is ServerResult.FAILED]
        assert len(failed) == 1
        assert failed[0].error, "AWS's own words say what failed"
        assert failed[0].name in wanted.words
        await drill.decide(wanted, Choice.STOP)
        run = await drill.ended()
    assert run.outcome is RunStatus.PARTIAL
    assert run.objectives is Objectives.MISSED
    assert [wave.status for wave in run.waves.values()] == [
        WaveStatus.PARTIAL,
        WaveStatus.CANCELLED,
        WaveStatus.CANCELLED,
    ]
    assert len(calls(tmp_path, "StartRecovery")) == 1


async def test_a_failed_server_is_launched_again_alone_with_one_call(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, "failures")
    async with started(settings, plan_path(ORDERS)) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        failed = [s.id for s in run.of_wave("database") if s.result is not ServerResult.LAUNCHED]
        await drill.decide(run.wanted[0], Choice.RELAUNCH)
        run = await drill.until(lambda run: run.waves["database"].status is WaveStatus.SUCCEEDED)
    first, second = calls(tmp_path, "StartRecovery")[:2]
    assert len(first["body"]["sourceServers"]) == 2
    assert [s["sourceServerID"] for s in second["body"]["sourceServers"]] == failed
    assert run.waves["database"].attempt == 2


async def test_a_skipped_server_is_not_launched(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, "failures")
    async with started(settings, plan_path(ORDERS)) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        await drill.decide(run.wanted[0], Choice.ACCEPT)
        run = await drill.until(lambda run: bool(run.waves["application"].wanted))
    results = [server.result for server in run.of_wave("application")]
    assert ServerResult.NOT_LAUNCHED in results
    assert run.waves["application"].status is WaveStatus.PARTIAL


async def test_a_live_recovery_blocks_and_nothing_is_sent(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, "live-recovery")
    async with open_world(settings) as world:
        with pytest.raises(StartBlocked, match=r"orders-db-1.*recovery instance"):
            await world.host.start(StartOrder(plan_path(ORDERS), acknowledge_all=True))
        page = await world.store.list()
    assert not calls(tmp_path, "StartRecovery")
    assert page.headers == ()


async def test_an_earlier_drill_is_a_warning_that_somebody_has_to_take(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with started(settings, plan_path(ORDERS)) as drill:
        await drill.ended()
        with pytest.raises(StartUnconfirmed, match="drill instance") as unconfirmed:
            await drill.world.host.start(StartOrder(plan_path(ORDERS)))
        keys = tuple(f.key for f in unconfirmed.value.report.warnings)
        assert len(keys) == 6
        order = StartOrder(plan_path(ORDERS), acknowledged=keys)
        again = await drill.world.host.start(order)
        events = await stored_events(drill.world, again)
    assert events[2].type == "run.acknowledged"
    assert events[2].data["findings"] == list(keys)


async def test_gate_and_manual_step_wait_for_people(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), plan_path(BILLING)) as drill:
        asked = []
        while True:
            run = await drill.until(lambda run: bool(run.wanted) or run.outcome is not None)
            if run.outcome is not None:
                break
            [wanted] = run.wanted
            asked.append(wanted.kind)
            before = run.seq
            if wanted.kind is WantedKind.GATE:
                await drill.ask("approve", wave=wanted.wave, seq=wanted.seq)
            else:
                await drill.decide(wanted, Choice.DONE)
            await drill.until(lambda run, before=before: run.seq > before)  # type: ignore[misc]
        run = await drill.ended()
    assert WantedKind.GATE in asked
    assert WantedKind.MANUAL in asked
    assert run.outcome is RunStatus.SUCCEEDED
    assert any(server.impact is Impact.OPTIONAL for server in run.servers.values())


async def test_an_answer_to_an_old_question_is_recorded_as_stale(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), plan_path(BILLING)) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        [wanted] = run.wanted
        launches = len(calls(tmp_path, "StartRecovery"))
        await drill.ask("approve", wave=wanted.wave, seq=wanted.seq - 1)
        await drill.until(lambda run: bool(run.requests))
        events = await stored_events(drill.world, drill.run_id)
    assert events[-1].type == "request.stale"
    assert "earlier question" in str(events[-1].data["why"])
    assert len(calls(tmp_path, "StartRecovery")) == launches


async def test_a_paused_run_launches_nothing_until_it_is_resumed(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), plan_path(ORDERS)) as drill:
        await drill.until(lambda run: run.waves["database"].status is WaveStatus.IN_PROGRESS)
        await drill.ask("pause", text="lunch")
        await drill.until(lambda run: run.waves["database"].status is WaveStatus.SUCCEEDED)
        run = await drill.until(lambda run: run.status is RunStatus.PAUSED)
        assert run.waves["application"].status is WaveStatus.PENDING
        await drill.ask("resume")
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED


async def test_a_cancelled_run_launches_no_further_wave_and_says_so(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), plan_path(ORDERS)) as drill:
        await drill.until(lambda run: run.waves["database"].status is WaveStatus.IN_PROGRESS)
        await drill.ask("cancel", text="wrong night")
        run = await drill.ended()
    assert run.outcome is RunStatus.CANCELLED
    assert run.waves["database"].status is WaveStatus.SUCCEEDED, "its job could not be called back"
    assert run.waves["web"].status is WaveStatus.CANCELLED
    assert run.cleanup.status is CleanupStatus.DUE
    assert len(calls(tmp_path, "StartRecovery")) == 1


async def test_another_host_goes_on_where_the_first_one_left(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    async with started(settings, plan_path(ORDERS)) as drill:
        await drill.until(lambda run: run.waves["database"].status is WaveStatus.IN_PROGRESS)
        run_id = drill.run_id
    async with open_world(settings) as world:
        await world.host.drive(run_id)
        drill.world, drill.run = world, None
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    assert len(calls(tmp_path, "StartRecovery")) == 3


async def test_a_recovery_is_sent_as_one_and_is_never_cleaned_up(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    order = {"mode": Mode.RECOVERY, "cleanup_policy": "always"}
    async with started(settings, plan_path(ORDERS), **order) as drill:
        run = await drill.ended()
        await drill.ask("cleanup")
        await drill.world.host.drive(drill.run_id)
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    assert run.cleanup.status is CleanupStatus.NONE
    assert all(c["body"]["isDrill"] is False for c in calls(tmp_path, "StartRecovery"))
    assert not calls(tmp_path, "TerminateRecoveryInstances")
