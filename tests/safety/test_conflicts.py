"""A conflict is never answered by sending again, but for servers that our own ended job held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from drs_tui.aws.drs import Drs
from drs_tui.aws.errors import AwsRefused
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.exit_codes import BLOCKED
from drs_tui.model.observed import Job
from drs_tui.model.status import RunStatus
from tests.driver.drills import calls, settings_in, started, stored_events

from .wire import launched, plan_of, run_to_its_end

SCENARIO = """\
summary: the first launch fails
faults: [{kind: launch-failure, servers: [orders-db-1], count: 1}]
"""


async def test_a_server_that_our_own_ended_job_held_is_waited_for_and_guarded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_recovery, sent = Drs.start_recovery, 0

    async def held_once(self: Drs, *what: Any, **how: Any) -> Job:
        nonlocal sent
        sent += 1
        if sent == 2:
            raise AwsRefused("it is held", operation="StartRecovery", code="ConflictException")
        return await start_recovery(self, *what, **how)

    monkeypatch.setattr(Drs, "start_recovery", held_once)
    scenario = tmp_path / "held.yaml"
    scenario.write_text(SCENARIO)
    settings, plan = settings_in(tmp_path, str(scenario)), plan_of(tmp_path, "orders-db-1")
    async with started(settings, plan, acknowledge_all=True) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        [wanted] = run.wanted
        assert wanted.kind is WantedKind.WAVE_FAILED
        await drill.decide(wanted, Choice.RELAUNCH)
        run = await drill.ended()
        events = await stored_events(drill.world, drill.run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    assert sent == 3
    assert [call["error"] for call in calls(tmp_path, "StartRecovery")] == [None, None]
    kinds = [event.type for event in events]
    unknown = kinds.index("wave.launch_unknown")
    after = [kind for kind in kinds[unknown:] if kind.startswith("wave.")]
    assert after[:5] == [
        *("wave.launch_unknown", "wave.launch_refused", "wave.guarded"),
        *("wave.launch_intended", "wave.launched"),
    ]
    at = {event.type: event.at for event in events[unknown:]}
    searched = at["wave.launch_refused"] - events[unknown].at
    assert searched.total_seconds() >= 180


async def test_servers_that_a_native_plan_is_about_to_launch_are_not_drilled(
    tmp_path: Path,
) -> None:
    scenario = tmp_path / "native.yaml"
    scenario.write_text(
        "summary: one of DRS's own recovery plans waits before its second step\n"
        "plan_executions: [{mode: RECOVERY, steps: [[orders-app-*], [orders-db-1]]}]\n"
    )
    plan = plan_of(tmp_path, "orders-db-1", "orders-db-2")
    code, said = await run_to_its_end(tmp_path, str(scenario), plan)
    assert code == BLOCKED
    assert "orders-db-1: a RECOVERY execution of one of DRS's own recovery plans" in said
    assert "orders-db-2" not in said
    assert launched(tmp_path) == []
