"""Drills whose waves are checked, over the wire: what passes, what fails, what is refused."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from drs_tui.config import Settings
from drs_tui.driver.orders import StartBlocked, StartOrder
from drs_tui.driver.probing import Bastion
from drs_tui.driver.world import open_world
from drs_tui.engine.checking import Checker
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.launch_checks import CheckOutcome
from drs_tui.model.outcome import reached_rto_ms
from drs_tui.model.status import RunStatus, WaveStatus
from drs_tui.model.verification import Verification, verification
from tests.driver.drills import calls, plan_path, settings_in, started, stored_events

EVERY_KIND = (
    "instance: {}",
    "ec2_status: {}",
    "ssm_agent: {}",
    "tcp: {port: 5432}",
    "http: {port: 8080, path: /health, per: wave}",
    "https: {verify: false}",
    "command: {run: [systemctl, is-active, orders]}",
    "tcp: {port: 22, from: ssm}",
    "tcp: {port: 5432, from: 'ssm:orders-db-2'}",
    "command: {run: [./ask], from: bastion}",
)


def plan_of(folder: Path, waves: str) -> Path:
    path = folder / "checked.yaml"
    path.write_text(f"name: checked\nwaves:\n{waves}")
    return path


def one_wave(folder: Path, checks: str, server: str = "orders-db-1", more: str = "") -> Path:
    return plan_of(
        folder,
        f"  - name: db\n    servers: [{server}]\n    checks: [{checks}]\n{more}",
    )


def scenario(folder: Path, text: str) -> Settings:
    path = folder / "odd.yaml"
    path.write_text(f"summary: made for this test\n{text}")
    return settings_in(folder, str(path))


async def test_every_kind_of_check_passes_of_what_has_booted(tmp_path: Path) -> None:
    listed = "\n".join(f"      - {each}" for each in EVERY_KIND)
    (tmp_path / "ask").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "ask").chmod(0o755)
    plan = plan_of(
        tmp_path, f"  - name: db\n    servers: [orders-db-1, orders-db-2]\n    checks:\n{listed}\n"
    )
    async with started(settings_in(tmp_path), plan) as drill:
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    for server in run.servers.values():
        assert verification(run, server) is Verification.PASSED
        assert [check.words for check in server.checks] == [
            "instance present",
            "EC2 status",
            "SSM agent",
            "TCP port 5432",
            "HTTPS port 443 /",
            "command systemctl is-active orders",
            "TCP port 22 from the instance",
            "TCP port 5432 from orders-db-2",
            "command ./ask from the bastion",
        ]
        for check in server.checks[3:]:
            assert check.said.startswith("SIMULATED"), check
    [whole] = run.waves["db"].checks
    assert whole.said.startswith(
        "orders-db-1: SIMULATED: orders-db-1 answers for port 8080 /health"
    )
    sent = calls(tmp_path, "SendCommand")
    assert {call["body"]["DocumentName"] for call in sent} == {"AWS-RunShellScript"}


async def test_recovery_ends_with_the_last_green_check_and_the_next_wave_waits_for_it(
    tmp_path: Path,
) -> None:
    async with started(settings_in(tmp_path), plan_path("three-tier")) as drill:
        run = await drill.ended()
        events = await stored_events(drill.world, drill.run_id)
    ends = [event for event in events if event.type == "check.finished"]
    assert len(ends) == 6
    assert run.created_at is not None
    assert run.rto_ms == reached_rto_ms(run)
    assert run.rto_ms == int((ends[-1].at - run.created_at).total_seconds() * 1000)
    order = [event.type for event in events if event.data.get("wave") == "database"]
    assert order[-5:] == [
        "wave.launched",
        "check.started",
        *["check.finished"] * 2,
        "wave.finished",
    ]


async def test_without_checks_a_wave_is_launched_and_not_verified(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), one_wave(tmp_path, "")) as drill:
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    assert verification(run, run.servers["s-1a2b3c4d5e6f70001"]) is Verification.NONE
    assert not calls(tmp_path, "DescribeInstanceStatus")


async def test_what_never_boots_fails_its_wave_and_a_person_accepts_it(tmp_path: Path) -> None:
    settings = scenario(tmp_path, "faults: [{kind: no-boot, servers: [orders-db-1]}]")
    more = "  - {name: web, servers: [orders-web-1]}\n"
    plan = one_wave(tmp_path, "ec2_status: {within: 5m}", more=more)
    async with started(settings, plan) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        [wanted] = run.wanted
        assert wanted.kind is WantedKind.CHECKS_FAILED
        assert wanted.words == (
            "orders-db-1 not verified, EC2 status: the system's check is ok, "
            "the instance's initializing"
        )
        assert run.waves["db"].status is WaveStatus.FAILED
        assert run.waves["web"].attempt == 0
        await drill.decide(wanted, Choice.ACCEPT)
        run = await drill.ended()
    assert run.outcome is RunStatus.PARTIAL
    assert run.waves["web"].status is WaveStatus.SUCCEEDED


async def test_a_check_that_is_made_again_passes_once_the_application_answers(
    tmp_path: Path,
) -> None:
    fault = "{kind: no-service, servers: [orders-db-1], lasts: 30m}"
    settings = scenario(tmp_path, f"faults: [{fault}]")
    plan = one_wave(tmp_path, "tcp: {port: 5432, within: 10m}")
    async with started(settings, plan) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        first = run.servers["s-1a2b3c4d5e6f70001"].checks[1]
        assert first.outcome is CheckOutcome.FAILED
        assert "has booted, and nothing answers for TCP port 5432" in first.said
        while run.wanted:
            seq = run.seq
            await drill.decide(run.wanted[0], Choice.CHECK_AGAIN)
            run = await drill.until(
                lambda run, seq=seq: (
                    run.seq > seq + 1  # type: ignore[misc]
                    and (bool(run.wanted) or run.outcome is not None)
                )
            )
    assert run.outcome is RunStatus.SUCCEEDED
    assert len(calls(tmp_path, "StartRecovery")) == 1, "nothing is launched by checking again"


ACTING = "servers: [{servers: ['*'], launch: {has_post_launch_actions: true}}]\n"


async def test_post_launch_actions_are_waited_for_and_fail_at_once(tmp_path: Path) -> None:
    settings = scenario(tmp_path, ACTING + "faults: [{kind: no-boot, servers: [orders-web-1]}]")
    plan = plan_of(
        tmp_path,
        "  - name: db\n    servers: [orders-db-1]\n    checks: [post_launch: {}]\n"
        "  - name: web\n    servers: [{name: orders-web-1, impact: optional}]\n"
        "    checks: [post_launch: {within: 10h}]\n",
    )
    async with started(settings, plan) as drill:
        await drill.until(lambda run: bool(run.wanted) or run.outcome is not None)
        run = drill.run
    assert run is not None
    said = {s.name: c.said for s in run.servers.values() for c in s.checks if c.index == 1}
    assert said == {
        "orders-db-1": "1 of 1 succeeded",
        "orders-web-1": "Process status validation failed: The agent did not answer in time",
    }


async def test_an_instance_that_is_gone_fails_at_once(tmp_path: Path) -> None:
    settings = scenario(tmp_path, "faults: [{kind: vanishing-instance, after: 1s}]")
    async with started(settings, one_wave(tmp_path, "ec2_status: {within: 10h}")) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
    assert "is terminated" in run.wanted[0].words


async def test_a_driver_that_ended_in_the_middle_of_a_check_has_it_made_again(
    tmp_path: Path,
) -> None:
    settings = settings_in(tmp_path)
    plan = one_wave(tmp_path, "tcp: {port: 5432}")
    async with started(settings, plan) as drill:
        await drill.until(lambda run: any(s.checks for s in run.servers.values()))
        run_id = drill.run_id
    async with open_world(settings) as world:
        await world.host.drive(run_id)
        drill.world, drill.run = world, None
        run = await drill.ended()
        events = await stored_events(world, run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    kinds = [event.type for event in events if event.type.startswith("check.")]
    assert kinds == ["check.started", "check.finished", "check.finished"]


# Never production -------------------------------------------------------------------------------

COPIED = "servers: [{servers: [orders-db-1], launch: {copies_private_ip: true}}]"


async def test_a_copied_address_is_not_asked_though_production_would_answer(
    tmp_path: Path,
) -> None:
    """The simulator's production stands at the source address and answers every probe."""
    plan = plan_of(
        tmp_path,
        "  - name: db\n    servers: [orders-db-1]\n    checks:\n"
        "      - tcp: {port: 5432}\n      - http: {port: 80}\n"
        "      - command: {run: [true], from: bastion}\n"
        "      - tcp: {port: 5432, from: 'ssm:i-0123456789abcdef0'}\n",
    )
    async with started(scenario(tmp_path, COPIED), plan) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
    status, *others = run.servers["s-1a2b3c4d5e6f70001"].checks
    assert status.outcome is CheckOutcome.PASSED
    assert [check.outcome for check in others] == [CheckOutcome.REFUSED] * 4
    for check in others:
        assert "10.10.1.11 is an address of the source server orders-db-1 too" in check.said
    assert not calls(tmp_path, "SimulatedProbe"), "nobody was asked"
    assert not calls(tmp_path, "SendCommand")


async def test_on_the_instance_itself_a_copied_address_is_its_own(tmp_path: Path) -> None:
    plan = one_wave(tmp_path, "tcp: {port: 5432, from: ssm}")
    async with started(scenario(tmp_path, COPIED), plan) as drill:
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED


async def test_a_production_that_listens_for_real_hears_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = []

    async def production(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(writer.get_extra_info("peername"))
        writer.close()

    listener = await asyncio.start_server(production, "127.0.0.7")
    port = listener.sockets[0].getsockname()[1]
    monkeypatch.setattr("drs_tui.driver.probing.Prober._asked", lambda _: Bastion())
    settings = scenario(
        tmp_path,
        "fleet: [{name: orders-db-1, address: 127.0.0.7}]\n" + COPIED,
    )
    async with listener:
        async with started(settings, one_wave(tmp_path, f"tcp: {{port: {port}}}")) as drill:
            run = await drill.until(lambda run: bool(run.wanted))
        [check] = [c for s in run.servers.values() for c in s.checks if c.words != "EC2 status"]
        assert check.outcome is CheckOutcome.REFUSED
        assert "source server orders-db-1" in check.said
        assert heard == []
        assert (await Bastion().tcp("127.0.0.7", port)).outcome is CheckOutcome.PASSED
    assert heard, "it would have answered"


async def test_without_the_guard_production_would_pass_for_the_drill(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the tests above are there to catch."""

    async def nothing(*_: Any) -> None:
        return None

    monkeypatch.setattr(Checker, "_obstacle", nothing)
    plan = one_wave(tmp_path, "tcp: {port: 5432}")
    async with started(scenario(tmp_path, COPIED), plan) as drill:
        run = await drill.ended()
    check = run.servers["s-1a2b3c4d5e6f70001"].checks[1]
    assert check.said == "SIMULATED: orders-db-1 answers, in production"


# Before anything is launched --------------------------------------------------------------------


async def test_a_probe_that_nobody_knows_blocks(tmp_path: Path) -> None:
    plan = one_wave(tmp_path, "tcp: {port: 1, from: 'ssm:jump-host'}")
    async with open_world(settings_in(tmp_path)) as world:
        with pytest.raises(StartBlocked, match="no server of the plan has that name"):
            await world.host.start(StartOrder(plan, acknowledge_all=True))


async def test_rights_that_the_checks_lack_are_told_before_the_launch(tmp_path: Path) -> None:
    denied = "faults: [{kind: access-denied, operations: ['ssm:*', 'ec2:DescribeInstanceStatus']}]"
    plan = one_wave(tmp_path, "ssm_agent: {within: 1m}")
    async with open_world(scenario(tmp_path, denied)) as world:
        with pytest.raises(StartBlocked) as blocked:
            await world.host.start(StartOrder(plan))
        warned = [(f.check, f.thing) for f in blocked.value.report.warnings]
        assert warned == [("checks", "EC2"), ("checks", "Systems Manager")]
    assert not calls(tmp_path, "StartRecovery")
