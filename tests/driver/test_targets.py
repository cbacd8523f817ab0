"""A run over two Regions and two accounts: each call goes where its wave is, and nowhere else."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.headless import run_headless
from drs_tui.driver.orders import StartOrder
from drs_tui.driver.stand_in import Terminal
from drs_tui.driver.world import open_world
from drs_tui.model.exit_codes import BLOCKED, NOT_CLEANED_UP
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus, RunStatus
from drs_tui.simulator.server import Simulator, SimulatorSettings
from tests.driver.drills import calls, plan_path, settings_in, started, stored_run

SPEED = 3000.0
"""A drill of an hour takes little more than a second."""

PLAN = plan_path("two-regions")
OWN, OTHER = "123456789012", "210987654321"
HOME, BILLING, LEDGER = (OWN, "us-east-1"), (OWN, "eu-central-1"), (OTHER, "eu-west-1")

Place = tuple[str, str]

CHANGES_AND_READS = (
    "StartRecovery",
    "DescribeJobs",
    "DescribeJobLogItems",
    "DescribeRecoveryInstances",
    "GetLaunchConfiguration",
    "TerminateRecoveryInstances",
)


def settings_of(folder: Path) -> Settings:
    settings = settings_in(folder, "two-regions")
    assert settings.simulation is not None
    return replace(settings, simulation=replace(settings.simulation, speed=SPEED))


def asked(folder: Path) -> list[dict[str, Any]]:
    """Every request that reached the simulator."""
    return [json.loads(line) for line in (folder / "calls.jsonl").read_text().splitlines()]


def strings(value: Any) -> set[str]:
    """Every text within a request."""
    if isinstance(value, dict):
        return {text for each in value.values() for text in strings(each)}
    if isinstance(value, list):
        return {text for each in value for text in strings(each)}
    return {value} if isinstance(value, str) else set()


def places_of_things(run: Run) -> dict[str, Place]:
    """Where each server, job and instance of a run is, by its id."""
    found: dict[str, Place] = {}
    for wave, place in (("orders", HOME), ("billing", BILLING), ("ledger", LEDGER)):
        for server in run.of_wave(wave):
            found |= dict.fromkeys((server.id, server.job_id, server.instance_id), place)
    for job_id, instances in run.cleanup.instances_of.items():
        found[job_id] = found[instances[0]]
    return found


def assert_each_call_went_where_its_thing_is(folder: Path, run: Run, *operations: str) -> None:
    """And each of `operations` was called in every place."""
    where = places_of_things(run)
    seen: defaultdict[Place, set[str]] = defaultdict(set)
    for call in asked(folder):
        place = call["account"], call["region"]
        for text in strings(call["body"]) & where.keys():
            assert where[text] == place, f"{call['operation']} of {text} was asked of {place}"
            seen[place].add(call["operation"])
    assert all({*operations} <= seen[place] for place in (HOME, BILLING, LEDGER))


async def test_each_wave_is_launched_watched_checked_and_cleaned_up_where_it_is(
    tmp_path: Path,
) -> None:
    """And the driver that goes on half-way reaches the same places."""
    settings = settings_of(tmp_path)
    async with started(settings, PLAN, acknowledge_all=True, cleanup_policy="always") as drill:
        await drill.until(lambda run: run.waves["ledger"].job_id != "")
    async with open_world(settings) as world:
        await world.host.drive(drill.run_id)
        await world.host.ended(drill.run_id)
        run = await stored_run(world, drill.run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    assert run.cleanup.status is CleanupStatus.DONE
    assert [(t.account, t.region, t.waves) for t in run.targets] == [
        (*HOME, ("orders",)),
        (*BILLING, ("billing",)),
        (*LEDGER, ("ledger",)),
    ]
    assert_each_call_went_where_its_thing_is(tmp_path, run, *CHANGES_AND_READS)
    launches = calls(tmp_path, "StartRecovery")
    assert sorted((c["account"], c["region"]) for c in launches) == sorted([HOME, BILLING, LEDGER])


async def headless(folder: Path, text: str) -> tuple[int, str, list[Run]]:
    """Run a plan without the app against a simulator that stands apart; how it ended."""
    plan = folder / "plan.yaml"
    plan.write_text(text)
    said: list[str] = []
    terminal = Terminal(lambda _: None, said.append)
    served = SimulatorSettings(scenario="two-regions", call_log=folder / "calls.jsonl")
    async with Simulator(served, SystemClock(), speed=SPEED) as drs:
        settings = Settings(
            store=f"sqlite:{folder / 'runs.db'}",
            plan_folders=(),
            endpoint_url=drs.endpoint_url,
            state_folder=folder,
        )
        order = StartOrder(plan, acknowledge_all=True, cleanup_policy="never")
        code = await run_headless(settings, order, terminal, yes=True)
        async with open_world(settings) as world:
            headers = (await world.store.list()).headers
            runs = [await stored_run(world, header.run_id) for header in headers]
    return code, "\n".join(said), runs


async def test_the_role_of_a_wave_leads_to_its_account(
    tmp_path: Path, with_credentials: None
) -> None:
    code, words, (run,) = await headless(
        tmp_path, PLAN.read_text() + "\nisolation: {waived: lab}\n"
    )
    assert code == NOT_CLEANED_UP, words
    assert calls(tmp_path, "AssumeRole")
    assert_each_call_went_where_its_thing_is(tmp_path, run, "StartRecovery", "DescribeJobs")


async def test_a_wave_whose_role_is_of_another_account_stops_the_whole_run(
    tmp_path: Path, with_credentials: None
) -> None:
    text = PLAN.read_text().replace(f'account: "{OTHER}"', 'account: "555555555555"')
    code, words, runs = await headless(tmp_path, text.replace(f"iam::{OTHER}", "iam::555555555555"))
    assert (code, runs) == (BLOCKED, [])
    assert f"the credentials are for account {OWN}, the plan for 555555555555" in words
    assert not calls(tmp_path, "StartRecovery")


async def test_an_account_that_is_not_there_stops_the_whole_run(tmp_path: Path) -> None:
    code, words, runs = await headless(tmp_path, PLAN.read_text().replace(OTHER, "555555555555"))
    assert (code, runs) == (BLOCKED, [])
    assert f"account ({OWN} eu-west-1)" in words or f"{OWN} ({OWN} eu-west-1)" in words
    assert not calls(tmp_path, "StartRecovery")
