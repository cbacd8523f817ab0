"""No drill leaves the networks of its plan unseen: before a launch, and once it runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.aws.sts import Sts
from drs_tui.model.checks import launch
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.exit_codes import BLOCKED
from drs_tui.model.status import RunStatus, WaveStatus
from drs_tui.simulator.neighbours.ec2.network import drill_vpc
from tests.driver.drills import Drill, settings_in, started

from .wire import HEAD, ORDERS, launched, plan_of, run_to_its_end, written

VPC = drill_vpc("us-east-1").vpc_id
ISOLATED = f"{HEAD}isolation: {{vpcs: [{VPC}]}}\n"
TWO_WAVES = (
    "  - {name: leaks, servers: [orders-web-2]}\n  - {name: follows, servers: [orders-db-1]}\n"
)


async def test_a_drill_into_another_network_is_refused(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "orders-db-1", "orders-web-2", head=ISOLATED)
    code, said = await run_to_its_end(tmp_path, "leaky", plan)
    assert code == BLOCKED
    assert "orders-web-2: a drill instance would not stay" in said
    assert "orders-db-1" not in said
    assert launched(tmp_path) == []


async def test_a_drill_that_does_not_say_where_it_may_live_is_refused_outside_the_simulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sts, "is_simulator", False)
    code, said = await run_to_its_end(tmp_path, "leaky", plan_of(tmp_path, "orders-db-1"))
    assert code == BLOCKED
    assert "does not say where drill instances may live" in said
    assert launched(tmp_path) == []


async def test_a_drill_within_its_network_goes_on_to_its_end(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "orders-db-1", "orders-app-1", head=ISOLATED)
    async with started(settings_in(tmp_path, "leaky"), plan, acknowledge_all=True) as drill:
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    [wave] = run.waves.values()
    assert wave.compared_job == wave.job_id


async def leaking(drill: Drill) -> None:
    """Wait until the first wave is found to be outside."""
    run = await drill.until(lambda run: bool(run.wanted))
    [wanted] = run.wanted
    assert (wanted.wave, wanted.kind) == ("leaks", WantedKind.NOT_ISOLATED)
    assert "orders-web-2" in wanted.words
    assert "is not among the plan's VPCs" in wanted.words
    assert launched(drill.world.host._settings.state_folder) == [[ORDERS["orders-web-2"]]]


@pytest.mark.parametrize(
    ("choice", "outcome", "waves"),
    [
        (Choice.STOP, RunStatus.PARTIAL, [WaveStatus.PARTIAL, WaveStatus.CANCELLED]),
        (Choice.ACCEPT, RunStatus.SUCCEEDED, [WaveStatus.SUCCEEDED] * 2),
    ],
)
async def test_an_instance_that_comes_up_elsewhere_is_a_decision_before_the_next_wave(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    choice: Choice,
    outcome: RunStatus,
    waves: list[WaveStatus],
) -> None:
    # As when somebody sets another default version between the guards and the launch.
    monkeypatch.setattr(launch, "check_network", lambda *_: [])
    plan = written(tmp_path, TWO_WAVES, ISOLATED)
    async with started(settings_in(tmp_path, "leaky"), plan, acknowledge_all=True) as drill:
        await leaking(drill)
        assert drill.run is not None
        [wanted] = drill.run.wanted
        await drill.decide(wanted, Choice.COMPARE)
        run = await drill.until(lambda run: bool(run.wanted) and run.wanted[0].seq != wanted.seq)
        await drill.decide(run.wanted[0], choice)
        run = await drill.ended()
    assert [wave.status for wave in run.waves.values()] == waves
    assert run.outcome is outcome


async def test_nobody_there_to_decide_means_no_further_wave(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "check_network", lambda *_: [])
    plan = written(tmp_path, TWO_WAVES, ISOLATED)
    code, _ = await run_to_its_end(tmp_path, "leaky", plan)
    assert code == 1
    assert launched(tmp_path) == [[ORDERS["orders-web-2"]]]
