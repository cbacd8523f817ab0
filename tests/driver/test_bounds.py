"""The wrong account and the site's policy: over the wire, and nothing is sent."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.headless import run_headless
from drs_tui.driver.orders import StartOrder
from drs_tui.driver.stand_in import Terminal
from drs_tui.driver.world import open_world
from drs_tui.engine.bounds import Bounds
from drs_tui.model.decisions import Choice, Wanted, WantedKind
from drs_tui.model.exit_codes import BLOCKED
from drs_tui.model.plan import Mode
from drs_tui.model.policy import WEEKDAYS
from drs_tui.model.readiness import Finding
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus, RunStatus
from drs_tui.policy import file
from drs_tui.policy.file import PolicyFile
from drs_tui.simulator.server import Simulator, SimulatorSettings
from tests.driver.drills import (
    SPEED,
    Drill,
    calls,
    settings_in,
    started,
    stored_events,
    stored_run,
)

ACCOUNT, OTHER = "123456789012", "999999999999"
DEFAULT_VPC = "vpc-e17225dea66a4bd96"
"""The simulated Region's, in which a drill ends up by default."""

PLAN = """\
name: one-server
target: {account: "123456789012", region: us-east-1}
waves:
  - name: database
    servers: [s-1a2b3c4d5e6f70001]
"""
GATED = PLAN + "    gate: {prompt: Go on, approvals: 1}\n"


@pytest.fixture
def policy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the site's policy would be; there is none yet."""
    folder = tmp_path / "etc"
    folder.mkdir(mode=0o755)
    path = folder / "policy.yaml"
    monkeypatch.setattr(file, "SITE_POLICY", PolicyFile(path, os.getuid()))
    return path


def write(path: Path, text: str, mode: int = 0o644) -> None:
    path.write_text(text)
    path.chmod(mode)


@asynccontextmanager
async def simulator(
    folder: Path, scenario: str = "calm", *, account: str = ACCOUNT, port: int = 0, more: str = ""
) -> AsyncIterator[str]:
    """A simulator of its own, as AWS stands apart from the driver; yields where it listens."""
    if account != ACCOUNT:
        scenario = str(folder / "scenario.yaml")
        write(folder / "scenario.yaml", f'summary: another\naccount: "{account}"\n{more}')
    settings = SimulatorSettings(port=port, scenario=scenario, call_log=folder / "calls.jsonl")
    async with Simulator(settings, SystemClock(), speed=SPEED) as served:
        yield served.endpoint_url


def settings_at(folder: Path, endpoint_url: str, **changes: Any) -> Settings:
    return Settings(
        **{
            "store": f"sqlite:{folder / 'runs.db'}",
            "plan_folders": (),
            "endpoint_url": endpoint_url,
            "state_folder": folder,
            **changes,
        }
    )


async def refused(
    folder: Path, text: str, scenario: str = "calm", *, account: str = ACCOUNT, **order: Any
) -> tuple[int, str]:
    """Run a plan without the app; how it ended, in numbers and words, and nothing was sent."""
    plan = folder / "plan.yaml"
    plan.write_text(text)
    said: list[str] = []
    terminal = Terminal(lambda _: None, said.append)
    async with simulator(folder, scenario, account=account) as url:
        settings = settings_at(folder, url)
        code = await run_headless(settings, StartOrder(plan, **order), terminal, yes=True)
        async with open_world(settings) as world:
            assert (await world.store.list()).headers == ()
    assert calls(folder, "GetCallerIdentity")
    assert not calls(folder, "StartRecovery")
    return code, "\n".join(said)


# The right account ------------------------------------------------------------------------------


async def test_a_plan_for_another_account_is_refused(policy: Path, tmp_path: Path) -> None:
    code, words = await refused(tmp_path, PLAN, account=OTHER)
    assert code == BLOCKED
    assert f"the credentials are for account {OTHER}, the plan for {ACCOUNT}" in words
    assert not calls(tmp_path, "DescribeSourceServers"), "it is looked at first of all"


async def test_the_account_is_looked_at_before_what_the_region_lacks(
    policy: Path, tmp_path: Path
) -> None:
    elsewhere = PLAN.replace(ACCOUNT, OTHER).replace("us-east-1", "eu-west-1")
    code, words = await refused(tmp_path, elsewhere, "two-regions")
    assert code == BLOCKED
    assert f"the plan for {OTHER}" in words


async def test_a_plan_that_names_no_account_is_refused_and_told_which(
    policy: Path, tmp_path: Path, with_credentials: None
) -> None:
    code, words = await refused(tmp_path, PLAN.replace(f'account: "{ACCOUNT}", ', ""))
    assert code == BLOCKED
    assert "the plan does not say which account it is for" in words
    assert ACCOUNT in words


async def test_credentials_of_another_account_stop_the_next_wave(
    policy: Path, tmp_path: Path
) -> None:
    async with waiting(tmp_path, GATED) as (drill, port, served):
        await served.aclose()
        # Where DRS was never used, too: whose the account is comes first.
        unused = "other_regions: uninitialised\nregions: {us-east-1: {start: uninitialised}}\n"
        async with simulator(tmp_path, account=OTHER, port=port, more=unused):
            run = await approved(drill)
    [wanted] = run.wanted
    assert wanted.kind is WantedKind.GUARD_BLOCKED
    assert f"for account {OTHER} now, and the run is in {ACCOUNT}" in wanted.words
    assert not calls(tmp_path, "StartRecovery")


async def test_credentials_renewed_between_the_guards_and_the_call_send_nothing(
    policy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def they_saw_nothing(*_: object) -> list[Finding]:
        return []

    async with waiting(tmp_path, GATED) as (drill, _, _):
        monkeypatch.setattr(Bounds, "check", they_saw_nothing)
        turn_into_another_account(drill)
        await drill.ask("approve", wave="database", seq=gate_of(drill).seq)
        run = await drill.until(lambda run: bool(run.waves["database"].attempt and run.wanted))
    [wanted] = run.wanted
    assert wanted.kind is WantedKind.LAUNCH_REFUSED
    assert f"for account {OTHER} now, and it is meant for {ACCOUNT}" in wanted.words
    assert not calls(tmp_path, "StartRecovery")


async def test_nothing_is_terminated_with_another_accounts_credentials(
    policy: Path, tmp_path: Path
) -> None:
    async with waiting(tmp_path, GATED) as (drill, port, served):
        await approved(drill)
        await drill.ended()
        await served.aclose()
        async with simulator(tmp_path, account=OTHER, port=port):
            await drill.ask("cleanup")
            await drill.world.host.drive(drill.run_id)
            run = await drill.ended()
    assert run.cleanup.status is CleanupStatus.FAILED
    assert f"the credentials are of account {OTHER}" in run.cleanup.words
    assert not calls(tmp_path, "TerminateRecoveryInstances")


def turn_into_another_account(drill: Drill) -> None:
    """Have STS say of the keys at hand that they are another account's."""
    [door] = drill.world.host._doors.opened
    accounts = door.aws.sts.accounts
    accounts.update(dict.fromkeys(accounts, OTHER))


# The site's policy ------------------------------------------------------------------------------

NOT_NOW = WEEKDAYS[(SystemClock().now() + timedelta(days=3)).weekday()]
CLOSED = (
    f"change_window: {{zone: UTC, hours: [{{days: [{NOT_NOW}], from: '00:00', until: '24:00'}}]}}"
)
FORBIDDING = {
    "account": (f'accounts: ["{OTHER}"]', f"allows account {OTHER}, not {ACCOUNT}"),
    "region": ("regions: [eu-west-1]", "allows eu-west-1, not us-east-1"),
    "store": ("stores: ['dynamodb:drills']", "recorded in dynamodb:drills, not sqlite:"),
    "change": ("change: 'CHG[0-9]{7}'", "of the form CHG[0-9]{7}: 'CHG1' is not"),
    "window": (CLOSED, f"lets drills launch at {NOT_NOW} 00:00-24:00 (UTC)"),
    "approvers": ("least_approvers: 2", "before 2 people have approved"),
    "broken": ("recovery: maybe", "policy.yaml:1:11: 'recovery' is 'maybe'"),
}


@pytest.mark.parametrize(("text", "words"), FORBIDDING.values(), ids=FORBIDDING)
async def test_what_the_policy_forbids_is_refused(
    policy: Path, tmp_path: Path, text: str, words: str
) -> None:
    write(policy, text)
    code, said = await refused(tmp_path, PLAN, change="CHG1")
    assert code == BLOCKED
    assert words in said


async def test_a_forbidden_recovery_is_refused(policy: Path, tmp_path: Path) -> None:
    write(policy, "recovery: forbidden")
    code, said = await refused(tmp_path, PLAN, mode=Mode.RECOVERY)
    assert code == BLOCKED
    assert "the policy forbids real recoveries here" in said


async def test_a_policy_that_others_can_write_to_is_refused(policy: Path, tmp_path: Path) -> None:
    write(policy, "regions: [us-east-1]", 0o666)
    code, said = await refused(tmp_path, PLAN)
    assert code == BLOCKED
    assert "can be written by others than its owner" in said


LATER = {
    "account": FORBIDDING["account"],
    "region": FORBIDDING["region"],
    "store": FORBIDDING["store"],
    "change": FORBIDDING["change"],
    "window": FORBIDDING["window"],
    "approvers": ("least_approvers: 2", "before 2 people have approved, and 1 have"),
    "isolation": ("isolation: {vpcs: [vpc-0a1b2c3d]}", "the run was begun without"),
    "broken": FORBIDDING["broken"],
}


@pytest.mark.parametrize(("text", "words"), LATER.values(), ids=LATER)
async def test_what_the_policy_forbids_since_stops_the_next_wave(
    policy: Path, tmp_path: Path, text: str, words: str
) -> None:
    async with waiting(tmp_path, GATED, change="CHG1") as (drill, _, _):
        write(policy, text)
        run = await approved(drill)
        [wanted] = run.wanted
        assert wanted.kind is WantedKind.GUARD_BLOCKED
        assert words in wanted.words
        assert not calls(tmp_path, "StartRecovery")
        write(policy, "regions: [us-east-1]")
        await drill.decide(wanted, Choice.RETRY)
        run = await drill.until(lambda run: bool(run.jobs))
    assert len(calls(tmp_path, "StartRecovery")) == 1


async def test_no_command_starts_once_the_policy_forbids_it(policy: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    step = f"    before: [{{run: [/usr/bin/touch, {trace}], modes: [drill]}}]\n"
    async with waiting(tmp_path, GATED + step) as (drill, _, _):
        write(policy, "local_commands: forbidden")
        gate = gate_of(drill)
        await drill.ask("approve", wave=gate.wave, seq=gate.seq)
        run = await drill.until(lambda run: any(w.seq > gate.seq for w in run.wanted))
        [wanted] = run.wanted
        assert wanted.kind is WantedKind.STEP_FAILED
        assert "nothing was started: the policy forbids local commands" in wanted.words
        assert not trace.exists()
        write(policy, "local_commands: allowed")
        await drill.decide(wanted, Choice.RUN_AGAIN)
        await drill.until(lambda run: bool(run.jobs))
    assert trace.exists()


async def test_what_the_policy_allows_launches_with_its_hash_and_ticket_on_record(
    policy: Path, tmp_path: Path
) -> None:
    write(
        policy,
        f'accounts: ["{ACCOUNT}"]\nregions: [us-east-1]\nchange: "CHG[0-9]+"\nleast_approvers: 1\n',
    )
    async with waiting(tmp_path, GATED, change="CHG0042") as (drill, _, _):
        await approved(drill)
        run = await drill.until(lambda run: bool(run.jobs))
        [created, *_] = await stored_events(drill.world, drill.run_id)
    rules = file.SITE_POLICY.read()
    assert rules is not None
    assert created.data["policy"] == {"path": str(policy), "sha256": rules.sha256}
    assert created.data["change"] == run.change == "CHG0042"
    assert run.policy == rules.sha256
    [launch] = calls(tmp_path, "StartRecovery")
    assert launch["body"]["tags"]["drs-tui:change"] == "CHG0042"


async def test_the_networks_of_the_policy_become_the_plans(policy: Path, tmp_path: Path) -> None:
    write(policy, f"isolation: {{vpcs: [{DEFAULT_VPC}]}}")
    async with waiting(tmp_path, GATED, acknowledge_all=True) as (drill, _, _):
        run = await stored_run(drill.world, drill.run_id)
    assert run.plan.isolation.vpcs == (DEFAULT_VPC,)


async def test_the_simulator_inside_the_driver_is_no_business_of_the_policy(
    policy: Path, tmp_path: Path
) -> None:
    write(policy, f'accounts: ["{OTHER}"]')
    plan = tmp_path / "plan.yaml"
    plan.write_text(PLAN)
    async with started(settings_in(tmp_path), plan) as drill:
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    assert run.policy == ""


@asynccontextmanager
async def waiting(
    folder: Path, text: str, **order: Any
) -> AsyncIterator[tuple[Drill, int, AsyncExitStack]]:
    """A run at the gate before its only wave, its simulator's port, and what closes that."""
    plan = folder / "plan.yaml"
    plan.write_text(text)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(simulator(folder))
        settings = settings_at(folder, url)
        async with open_world(settings) as world:
            run_id = await world.host.start(StartOrder(plan, reach=settings.reach, **order))
            drill = Drill(world, run_id)
            await drill.until(lambda run: bool(run.wanted))
            yield drill, int(url.rsplit(":", 1)[1]), stack


async def approved(drill: Drill) -> Run:
    """The run once its gate was approved and its guards have looked."""
    gate = gate_of(drill)
    await drill.ask("approve", wave=gate.wave, seq=gate.seq)
    return await drill.until(lambda run: bool(run.waves[gate.wave].findings or run.jobs))


def gate_of(drill: Drill) -> Wanted:
    assert drill.run is not None
    [gate] = drill.run.wanted
    return gate
