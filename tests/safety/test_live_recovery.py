"""A drill that would end a live recovery is refused, and nothing is sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.aws.connection import Aws, Connection
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.exit_codes import BLOCKED, SUCCEEDED
from drs_tui.model.plan import Mode
from tests.driver.drills import calls, plan_path, settings_in, started

from .wire import ORDERS, launched, plan_of, run_to_its_end


@pytest.mark.parametrize(
    ("scenario", "server", "words"),
    [
        ("live-recovery", "orders-db-1", "is a recovery instance of this server"),
        ("failback", "billing-db-1", "DRS does not list it as a drill's"),
    ],
    ids=["listed by DRS", "forgotten by DRS"],
)
async def test_a_server_with_a_live_recovery_is_not_drilled(
    tmp_path: Path, scenario: str, server: str, words: str
) -> None:
    code, said = await run_to_its_end(tmp_path, scenario, plan_of(tmp_path, server))
    assert code == BLOCKED
    assert words in said
    assert "would terminate it" in said
    assert launched(tmp_path) == []


@pytest.mark.parametrize("read", ["DescribeRecoveryInstances", "ec2:DescribeInstances"])
async def test_a_drill_is_refused_while_nobody_can_say_what_it_would_end(
    tmp_path: Path, read: str
) -> None:
    scenario = tmp_path / "blind.yaml"
    scenario.write_text(
        "summary: the instances can't be read\n"
        f"faults: [{{kind: access-denied, operations: ['{read}']}}]\n"
    )
    plan = plan_of(tmp_path, "orders-db-1")
    code, said = await run_to_its_end(tmp_path, str(scenario), plan)
    assert code == BLOCKED
    assert "not known" in said
    assert launched(tmp_path) == []


async def test_a_recovery_ends_an_instance_only_if_its_id_was_typed(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, "orders-db-1")
    code, said = await run_to_its_end(tmp_path, "live-recovery", plan, mode=Mode.RECOVERY)
    assert code == BLOCKED
    assert launched(tmp_path) == []
    [instance_id] = {word for word in said.split() if word.startswith("i-")}
    other = await run_to_its_end(
        tmp_path, "live-recovery", plan, mode=Mode.RECOVERY, end_instances=("i-0123456789abcdef0",)
    )
    assert other[0] == BLOCKED
    assert launched(tmp_path) == []
    ended = await run_to_its_end(
        tmp_path, "live-recovery", plan, mode=Mode.RECOVERY, end_instances=(instance_id,)
    )
    assert ended[0] == SUCCEEDED
    assert launched(tmp_path) == [[ORDERS["orders-db-1"]]]


async def test_a_recovery_that_begins_between_two_waves_stops_the_second(tmp_path: Path) -> None:
    web = ORDERS["orders-web-1"]
    settings = settings_in(tmp_path)
    async with started(settings, plan_path("three-tier"), acknowledge_all=True) as drill:
        await drill.until(lambda run: run.waves["database"].job_id != "")
        colleague = Connection(endpoint_url=drill.world.embedded_url)
        async with Aws(colleague, clock=drill.world.drill_clock) as aws:
            await aws.drs.start_recovery([(web, None)], is_drill=False, tags={})
        run = await drill.until(lambda run: bool(run.wanted))
        [wanted] = run.wanted
        assert (wanted.wave, wanted.kind) == ("web", WantedKind.GUARD_BLOCKED)
        assert "orders-web-1" in wanted.words
        await drill.decide(wanted, Choice.STOP)
        await drill.ended()
    sent = [call["body"] for call in calls(tmp_path, "StartRecovery") if call["body"]["isDrill"]]
    named = {server["sourceServerID"] for body in sent for server in body["sourceServers"]}
    assert named
    assert web not in named
