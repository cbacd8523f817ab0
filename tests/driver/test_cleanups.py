"""Clean-ups over the wire: what reaches DRS, and what is said of the rest."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest

from drs_tui.driver.headless import cancel_headless, cleanup_headless
from drs_tui.driver.orders import StartOrder
from drs_tui.driver.stand_in import Terminal
from drs_tui.driver.world import open_world
from drs_tui.model.decisions import Choice
from drs_tui.model.exit_codes import SUCCEEDED
from drs_tui.model.plan import Plan, PlanServer
from drs_tui.model.principals import Requester
from drs_tui.model.run import Run
from drs_tui.model.status import CleanupStatus, RunStatus, ServerResult
from drs_tui.plans import read_plan
from tests.driver.drills import DEADLINE_SECONDS, Drill, calls, plan_path, settings_in, started
from tests.driver.tenacity import drill_time

ORDERS = plan_path("three-tier")


def terminated(folder: Path) -> set[str]:
    """The instances that any TerminateRecoveryInstances named."""
    sent = calls(folder, "TerminateRecoveryInstances")
    return {instance_id for call in sent for instance_id in call["body"]["recoveryInstanceIDs"]}


def instance_of(run: Run, name: str) -> str:
    """The instance that was launched from a server."""
    return next(i.id for i in run.instances.values() if run.servers[i.server_id].name == name)


async def cleaned_up(drill: Drill) -> Run:
    await drill.ask("cleanup")
    await drill.world.host.drive(drill.run_id)
    return await drill.ended()


async def by_drs(drill: Drill, call: str, **parameters: Any) -> None:
    """What somebody does with DRS beside the drill."""
    client = await asyncio.to_thread(
        boto3.client,
        "drs",
        "us-east-1",
        endpoint_url=drill.world.embedded_url,
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    await asyncio.to_thread(partial(getattr(client, call), **parameters))


async def test_what_is_protected_or_kept_stays_and_what_failed_and_runs_goes(
    tmp_path: Path,
) -> None:
    settings = settings_in(tmp_path, "kept")
    async with started(settings, ORDERS, cleanup_policy="always") as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        failed = next(s for s in run.servers.values() if s.name == "orders-web-1")
        assert failed.result is ServerResult.FAILED
        await drill.decide(run.wanted[0], Choice.STOP)
        run = await drill.ended()
    protected, kept = instance_of(run, "orders-db-1"), instance_of(run, "orders-app-1")
    assert instance_of(run, "orders-web-1") in terminated(tmp_path)
    assert not {protected, kept} & terminated(tmp_path)
    assert len(terminated(tmp_path)) == 4
    assert run.cleanup.status is CleanupStatus.FAILED
    assert set(run.cleanup.remaining) == {protected, kept}
    assert f"{protected}: its termination protection is on" in run.cleanup.words
    assert f"{kept}: it is tagged drs-tui:keep" in run.cleanup.words


async def test_an_instance_that_replicates_back_stays(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), ORDERS) as drill:
        run = await drill.ended()
        back = instance_of(run, "orders-db-1")
        await by_drs(drill, "reverse_replication", recoveryInstanceID=back)
        run = await cleaned_up(drill)
    assert back not in terminated(tmp_path)
    assert len(terminated(tmp_path)) == 5
    assert (run.cleanup.status, run.cleanup.remaining) == (CleanupStatus.FAILED, (back,))
    assert "FAILBACK_IN_PROGRESS" in run.cleanup.words


async def test_a_tag_that_somebody_sets_in_drs_keeps_an_instance(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), ORDERS) as drill:
        run = await drill.ended()
        kept = instance_of(run, "orders-web-2")
        arn = f"arn:aws:drs:us-east-1:{run.account}:recovery-instance/{kept}"
        await by_drs(drill, "tag_resource", resourceArn=arn, tags={"drs-tui:keep": "ana"})
        run = await cleaned_up(drill)
        assert run.cleanup.remaining == (kept,)
        await by_drs(drill, "untag_resource", resourceArn=arn, tagKeys=["drs-tui:keep"])
        run = await cleaned_up(drill)
    assert run.cleanup.status is CleanupStatus.DONE
    sent = calls(tmp_path, "TerminateRecoveryInstances")
    assert [kept in call["body"]["recoveryInstanceIDs"] for call in sent] == [False, True]


async def test_what_drs_was_made_to_forget_is_not_called_gone(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), ORDERS) as drill:
        run = await drill.ended()
        lost = instance_of(run, "orders-app-1")
        await by_drs(drill, "disconnect_recovery_instance", recoveryInstanceID=lost)
        await by_drs(drill, "delete_recovery_instance", recoveryInstanceID=lost)
        run = await cleaned_up(drill)
    assert (run.cleanup.status, run.cleanup.remaining) == (CleanupStatus.FAILED, (lost,))
    assert "EC2 runs it, and DRS lists it no more" in run.cleanup.words
    assert lost not in terminated(tmp_path)


async def test_a_machine_that_was_launched_into_stays(tmp_path: Path) -> None:
    target = "i-0a11ce0fa11ce0001"
    async with open_world(settings_in(tmp_path, "launch-into")) as world:
        plan = launching_into(read_plan(ORDERS), "s-1a2b3c4d5e6f70003", target)
        run_id = await world.host.begin(plan, StartOrder(ORDERS, acknowledge_all=True))
        drill = Drill(world, run_id)
        run = await drill.ended()
        assert run.outcome is RunStatus.SUCCEEDED
        run = await cleaned_up(drill)
    assert target not in terminated(tmp_path)
    assert target in run.cleanup.remaining
    assert "launched into" in run.cleanup.words


def launching_into(plan: Plan, server_id: str, target: str) -> Plan:
    """The plan with one application server, which is launched into a machine that it names."""
    server = PlanServer(server_id, launch_into=target)
    waves = [
        replace(wave, select=None, servers=(server,)) if wave.select else wave
        for wave in plan.waves
    ]
    return replace(plan, waves=tuple(waves))


@pytest.mark.parametrize(
    "operation", ["DescribeInstances", "DescribeInstanceAttribute", "DescribeVolumes"]
)
async def test_where_ec2_may_not_be_asked_nothing_is_called_gone(
    tmp_path: Path, operation: str
) -> None:
    scenario, plan = tmp_path / "denied.yaml", tmp_path / "one.yaml"
    scenario.write_text(
        "summary: after a while EC2 may not be asked any more\n"
        f'faults: [{{kind: access-denied, operations: ["ec2:{operation}"], from: 1h}}]\n'
    )
    plan.write_text("name: one\nwaves: [{name: db, servers: [orders-db-1], checks: []}]\n")
    async with started(settings_in(tmp_path, str(scenario)), plan) as drill:
        assert (await drill.ended()).outcome is RunStatus.SUCCEEDED
        await drill_time(drill, timedelta(hours=1))
        run = await cleaned_up(drill)
    assert run.cleanup.status is CleanupStatus.FAILED
    assert f"ec2:{operation}" in run.cleanup.words
    assert terminated(tmp_path) == set()
    assert set(run.cleanup.remaining) == set(run.instances)


async def test_what_a_driver_that_died_left_behind_goes_once_its_run_is_cancelled(
    tmp_path: Path,
) -> None:
    settings = settings_in(tmp_path)
    async with started(settings, ORDERS) as drill:
        await drill.until(lambda run: bool(run.jobs))
        run_id = drill.run_id
    terminal, ana = Terminal(lambda _: None, lambda _: None), Requester("ana")
    async with asyncio.timeout(DEADLINE_SECONDS):
        assert await cancel_headless(settings, run_id, ana, terminal) == SUCCEEDED
        assert len(calls(tmp_path, "StartRecovery")) == 1, "nothing more is launched"
        assert terminated(tmp_path) == set()
        assert await cleanup_headless(settings, run_id, ana, terminal) == SUCCEEDED
    assert len(terminated(tmp_path)) == 2
