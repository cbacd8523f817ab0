"""Gates that take more than one person: who they are, and what one person alone can't do."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drs_tui.driver.headless import continue_headless, run_headless
from drs_tui.driver.orders import StartBlocked, StartOrder
from drs_tui.driver.stand_in import Terminal
from drs_tui.driver.world import open_world
from drs_tui.model.events import Event, EventType, Json
from drs_tui.model.exit_codes import BLOCKED, UNDECIDED
from drs_tui.model.principals import Requester
from drs_tui.model.run import fold
from drs_tui.model.status import WaveStatus
from tests.driver.drills import DEADLINE_SECONDS, settings_in, started, stored_events
from tests.model.story import arn_of

SIMULATORS_ROLE = "arn:aws:sts::123456789012:assumed-role/DrillOperator"

PLAN = """\
name: gated
target: {account: "123456789012", region: us-east-1}
waves:
  - name: database
    servers: [s-1a2b3c4d5e6f70001]
    gate: {prompt: Go on, %s}
"""


def plan(folder: Path, gate: str) -> Path:
    path = folder / "gated.yaml"
    path.write_text(PLAN % gate)
    return path


async def test_two_people_open_a_gate_that_one_of_them_cannot(tmp_path: Path, table: str) -> None:
    settings = settings_in(tmp_path, store=table)
    async with started(settings, plan(tmp_path, "approvals: 2")) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        gate: dict[str, Json] = {"wave": "database", "seq": run.wanted[0].seq}
        for name in ("ana", "ana", "ben"):
            by: dict[str, Json] = {"arn": arn_of(name), "os_user": name, "ssh_from": "192.0.2.7"}
            await drill.ask("approve", arn_of(name), **gate, by=by, text="quiet")
        run = await drill.until(lambda run: run.waves["database"].gate_passed)
        events = await stored_events(drill.world, drill.run_id)

    assert run.waves["database"].approvals == (arn_of("ana"), arn_of("ben"))
    approved = [event for event in events if event.type == EventType.WAVE_APPROVED]
    assert [event.data["principal"] for event in approved] == [arn_of("ana"), arn_of("ben")]
    assert approved[0].data["by"] == {
        "arn": arn_of("ana"),
        "os_user": "ana",
        "ssh_from": "192.0.2.7",
    }
    [stale] = [event for event in events if event.type == EventType.REQUEST_STALE]
    assert "has approved it already" in str(stale.data["why"])


async def test_a_run_says_who_started_it_in_aws_and_on_the_machine(tmp_path: Path) -> None:
    order = {"by": Requester(os_user="ana", host="bastion", ssh_from="192.0.2.7")}
    settings = settings_in(tmp_path, personal_roles=("breakglass",))
    async with started(settings, plan(tmp_path, "approvals: 1"), **order) as drill:
        run = await drill.until(lambda run: run.seq > 0)

    assert run.starter.arn == f"{SIMULATORS_ROLE}/simulator"
    assert run.starter.user_id.startswith("AROASIMULATED")
    assert (run.starter.os_user, run.starter.ssh_from) == ("ana", "192.0.2.7")
    assert run.started_by == run.starter.arn
    assert run.started_as == {SIMULATORS_ROLE}
    assert run.personal_roles == ("breakglass",)


@pytest.mark.parametrize("gate", ["approvals: 2", "not: starter"])
async def test_a_gate_for_others_is_blocked_where_no_others_can_come(
    tmp_path: Path, gate: str
) -> None:
    said: list[str] = []
    async with open_world(settings_in(tmp_path)) as world:
        with pytest.raises(StartBlocked, match="nobody else can reach an audit store"):
            await world.host.start(StartOrder(plan(tmp_path, gate), acknowledge_all=True))
    order = StartOrder(plan(tmp_path, gate), acknowledge_all=True)
    terminal = Terminal(lambda _: None, said.append)
    assert await run_headless(settings_in(tmp_path), order, terminal, yes=True) == BLOCKED
    assert "nobody else can reach an audit store" in said[0]


@pytest.mark.parametrize(
    ("gate", "approvals", "words"),
    [
        ("approvals: 2", 1, "another person has to approve it"),
        ("not: starter", 0, "another person than who started the run has to approve it"),
    ],
)
async def test_yes_never_gives_what_takes_another_person(
    tmp_path: Path, table: str, gate: str, approvals: int, words: str
) -> None:
    settings = settings_in(tmp_path, store=table)
    events: list[Event] = []
    said: list[str] = []
    order = StartOrder(plan(tmp_path, gate), acknowledge_all=True)
    terminal = Terminal(events.append, said.append)

    async with asyncio.timeout(DEADLINE_SECONDS):
        code = await run_headless(settings, order, terminal, yes=True)

    assert code == UNDECIDED
    assert words in said[-1]
    run = fold(events)
    assert run is not None
    assert len(run.waves["database"].approvals) == approvals
    assert not run.waves["database"].gate_passed


async def test_who_takes_a_run_over_answers_in_their_own_name(tmp_path: Path, table: str) -> None:
    settings = settings_in(tmp_path, store=table)
    events: list[Event] = []
    order = StartOrder(plan(tmp_path, "not: starter"), acknowledge_all=True)
    async with asyncio.timeout(DEADLINE_SECONDS):
        await run_headless(settings, order, Terminal(events.append, lambda _: None), yes=True)
        run_id = events[0].run_id
        events.clear()

        code = await continue_headless(
            settings,
            run_id,
            Terminal(events.append, lambda _: None),
            yes=True,
            requester=Requester(arn=arn_of("ben")),
            reason="second shift",
        )

    run = fold(events)
    assert run is not None
    assert run.waves["database"].approvals == (arn_of("ben"),)
    assert run.waves["database"].status is WaveStatus.SUCCEEDED
    assert code != UNDECIDED
