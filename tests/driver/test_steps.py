"""Steps around waves, over the wire: commands here, automations in a simulated account, people."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from drs_tui.audit.recorder import Recorder
from drs_tui.aws.automations import Automations
from drs_tui.aws.errors import AwsNotSent, AwsUnclear
from drs_tui.clock import Clock, SystemClock
from drs_tui.driver.orders import StartBlocked, StartOrder
from drs_tui.driver.world import open_world
from drs_tui.engine import stepping
from drs_tui.engine.waiting import in_reach
from drs_tui.model.automations import Automation
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.events import Event, EventType
from drs_tui.model.plan import Mode
from drs_tui.model.state.run import Run
from drs_tui.model.status import RunStatus, WaveStatus
from drs_tui.model.steps import StepOutcome, When
from tests.driver.drills import (
    DEADLINE_SECONDS,
    Drill,
    calls,
    plan_path,
    settings_in,
    started,
    stored_events,
)

PLAN = """\
name: stepping
target: {account: "123456789012", region: us-east-1}
waves:
  - name: database
    servers: [s-1a2b3c4d5e6f70001]
%s
  - name: web
    servers: [s-1a2b3c4d5e6f70005]
"""
CALM = "modes: [drill, recovery]"


def plan(folder: Path, **wave: Any) -> Path:
    """A plan whose first wave has these members; JSON is YAML."""
    members = "\n".join(f"    {name}: {json.dumps(value)}" for name, value in wave.items())
    path = folder / "stepping.yaml"
    path.write_text(PLAN % members)
    return path


def command(*argv: str, **members: Any) -> dict[str, Any]:
    return {"run": list(argv), "modes": ["drill"], **members}


def sh(script: str, **members: Any) -> dict[str, Any]:
    return command("/bin/sh", "-c", script, **members)


def ssm(document: str, **members: Any) -> dict[str, Any]:
    return {"ssm": {"document": document}, "modes": ["drill"], "timeout": "10m", **members}


@asynccontextmanager
async def stepping_drill(folder: Path, **wave: Any) -> AsyncIterator[Drill]:
    async with started(settings_in(folder), plan(folder, **wave)) as drill:
        yield drill


async def asked(drill: Drill) -> Run:
    return await drill.until(lambda run: bool(run.wanted))


async def answered(drill: Drill, choice: Choice) -> None:
    run = await asked(drill)
    await drill.decide(run.wanted[0], choice)
    seq = run.wanted[0].seq
    await drill.until(lambda run: all(wanted.seq != seq for wanted in run.wanted))


def of_type(events: list[Event], kind: EventType) -> list[Event]:
    return [event for event in events if event.type == kind]


def outcomes(run: Run, wave: str = "database") -> list[StepOutcome]:
    return [end.outcome for end in run.waves[wave].steps]


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not reached():
            await SystemClock().sleep(0.01)


async def test_the_example_runs_and_its_record_says_what_was_printed(tmp_path: Path) -> None:
    async with started(settings_in(tmp_path), plan_path("steps")) as drill:
        run = await drill.until(lambda run: bool(run.wanted))
        await drill.ask("approve", wave="web", seq=run.wanted[0].seq)
        run = await drill.until(
            lambda run: any(wanted.kind is WantedKind.MANUAL for wanted in run.wanted)
        )
        assert run.wanted[0].words == "Web team: Put the maintenance page in front of the shop"
        await drill.ask(
            "decide", wave="web", seq=run.wanted[0].seq, choice="done", text="page is up"
        )
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    date, item, said = run.waves["database"].steps
    assert "UTC" in date.output
    assert "RunDocument: Success" in item.output
    [server] = run.of_wave("database")
    assert said.output == f"database of {run.run_id}: {server.instance_id}"
    assert [end.when for end in (date, item, said)] == [When.BEFORE, When.AFTER, When.AFTER]
    [by_hand] = run.waves["web"].steps
    assert (by_hand.words, by_hand.actor) == ("page is up", "operator")
    [started_once] = calls(tmp_path, "StartAutomationExecution")
    assert started_once["body"]["Parameters"] == {"Title": ["The database is up"]}


async def test_a_command_is_told_of_its_run_and_runs_in_the_folder_of_its_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-for-a-command")
    script = tmp_path / "look"
    script.write_text("#!/bin/sh\nenv | sort\npwd\n")
    script.chmod(0o755)
    order = {"change": "CHG-7"}
    path = plan(tmp_path, before=[command("./look")])
    async with started(settings_in(tmp_path), path, **order) as drill:
        run = await drill.until(lambda run: bool(run.waves["database"].steps))
    [end] = run.waves["database"].steps
    lines = end.output.splitlines()
    told = dict(line.split("=", 1) for line in lines if line.startswith("DRS_TUI_"))
    assert told == {
        "DRS_TUI_RUN": run.run_id,
        "DRS_TUI_PLAN": "stepping",
        "DRS_TUI_MODE": "drill",
        "DRS_TUI_SIMULATED": "true",
        "DRS_TUI_ACCOUNT": "123456789012",
        "DRS_TUI_REGION": "us-east-1",
        "DRS_TUI_CHANGE": "CHG-7",
        "DRS_TUI_WAVE": "database",
        "DRS_TUI_WHEN": "before",
        "DRS_TUI_SERVERS": "s-1a2b3c4d5e6f70001",
        "DRS_TUI_INSTANCES": "",
    }
    assert not [line for line in lines if line.startswith("AWS_")]
    assert lines[-1] == str(tmp_path)


async def test_a_command_that_may_reach_aws_reaches_the_simulator_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    async with stepping_drill(tmp_path, before=[command("/usr/bin/env", aws="true")]) as drill:
        run = await drill.until(lambda run: bool(run.waves["database"].steps))
        url = drill.world.embedded_url
    output = run.waves["database"].steps[0].output
    assert f"AWS_ENDPOINT_URL={url}" in output
    assert "production" not in output


async def test_a_command_that_fails_is_asked_about_and_run_again(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    script = f"if [ -e {mark} ]; then echo better; else touch {mark}; echo no zone >&2; exit 4; fi"
    async with stepping_drill(tmp_path, before=[sh(script)]) as drill:
        run = await asked(drill)
        [wanted] = run.wanted
        assert wanted.kind is WantedKind.STEP_FAILED
        assert "ended with 4: no zone" in wanted.words
        assert not calls(tmp_path, "StartRecovery")
        await drill.decide(wanted, Choice.RUN_AGAIN)
        run = await drill.ended()
    assert outcomes(run) == [StepOutcome.FAILED, StepOutcome.SUCCEEDED]
    assert run.outcome is RunStatus.SUCCEEDED
    assert len(calls(tmp_path, "StartRecovery")) == 2


@pytest.mark.parametrize(
    ("choice", "outcome", "launches"),
    [
        (Choice.DONE, RunStatus.SUCCEEDED, 2),
        (Choice.SKIP_STEP, RunStatus.PARTIAL, 2),
        (Choice.STOP, RunStatus.FAILED, 0),
    ],
)
async def test_what_somebody_says_of_a_failed_step_is_done(
    tmp_path: Path, choice: Choice, outcome: RunStatus, launches: int
) -> None:
    async with stepping_drill(tmp_path, before=[sh("exit 1")]) as drill:
        await answered(drill, choice)
        run = await drill.ended()
    assert run.outcome is outcome
    sent = (tmp_path / "calls.jsonl").read_text().count('"StartRecovery"')
    assert sent == launches


@pytest.mark.parametrize(
    ("policy", "outcome", "launches"),
    [("continue", RunStatus.SUCCEEDED, 2), ("stop", RunStatus.PARTIAL, 1)],
)
async def test_a_failed_step_after_a_wave_does_what_its_policy_says(
    tmp_path: Path, policy: str, outcome: RunStatus, launches: int
) -> None:
    async with stepping_drill(tmp_path, afterwards=[sh("exit 1", on_failure=policy)]) as drill:
        run = await drill.ended()
    assert run.waves["database"].status is WaveStatus.SUCCEEDED
    assert run.outcome is outcome
    assert len(calls(tmp_path, "StartRecovery")) == launches


async def test_a_command_that_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"sleep 600 & echo $! > {pids}; echo waiting; wait"
    async with stepping_drill(tmp_path, before=[sh(script, timeout="1s")]) as drill:
        run = await asked(drill)
    [end] = run.waves["database"].steps
    assert (end.outcome, end.output) == (StepOutcome.TIMED_OUT, "waiting")
    assert "with all that it started, after 1s" in run.wanted[0].words
    child = Path("/proc", pids.read_text().strip(), "stat")
    await until(lambda: not child.exists() or child.read_text().rsplit(")", 1)[1].split()[0] == "Z")


@pytest.mark.parametrize("mode", Mode)
async def test_a_step_runs_in_its_modes_alone(tmp_path: Path, mode: Mode) -> None:
    mark = tmp_path / "mark"
    step = {**command("/usr/bin/touch", str(mark)), "modes": ["recovery"]}
    path = plan(tmp_path, before=[step])
    async with started(settings_in(tmp_path), path, mode=mode, acknowledge_all=True) as drill:
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
    assert mark.exists() == (mode is Mode.RECOVERY)


async def test_secrets_that_a_command_prints_are_not_recorded(tmp_path: Path) -> None:
    script = "echo password=hunter2hunter2; exit 1"
    async with stepping_drill(tmp_path, before=[sh(script)]) as drill:
        await asked(drill)
        events = await stored_events(drill.world, drill.run_id)
    [done] = of_type(events, EventType.STEP_DONE)
    assert done.data["output"] == "password=****"
    assert "hunter2" not in str(done.data["words"]).replace(script, "")


# Where commands are not allowed -----------------------------------------------------------------


async def test_local_commands_can_be_turned_off(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, local_commands=False)
    async with open_world(settings) as world:
        with pytest.raises(StartBlocked, match="the setting local_commands is off"):
            await world.host.start(StartOrder(plan(tmp_path, before=[sh("true")])))
        other = plan(tmp_path, before=[{"manual": "Freeze"}])
        assert await world.host.start(StartOrder(other))


async def test_a_driver_that_may_start_no_commands_starts_none_of_an_earlier_run(
    tmp_path: Path,
) -> None:
    mark = tmp_path / "mark"
    steps = [{"manual": "Freeze"}, command("/usr/bin/touch", str(mark))]
    async with stepping_drill(tmp_path, before=steps) as drill:
        await asked(drill)
    async with open_world(settings_in(tmp_path, local_commands=False)) as world:
        await world.host.drive(drill.run_id)
        drill.world, drill.run = world, None
        await answered(drill, Choice.DONE)
        run = await asked(drill)
    assert "nothing was started: the setting local_commands is off" in run.wanted[0].words
    assert not mark.exists()


async def test_a_program_that_anybody_can_change_since_preflight_is_not_started(
    tmp_path: Path,
) -> None:
    script = tmp_path / "look"
    script.write_text("#!/bin/sh\necho ran\n")
    script.chmod(0o755)
    steps = [{"manual": "Freeze"}, command("./look")]
    async with stepping_drill(tmp_path, before=steps) as drill:
        run = await asked(drill)
        script.chmod(0o757)
        await drill.decide(run.wanted[0], Choice.DONE)
        run = await drill.until(
            lambda run: any(wanted.kind is WantedKind.STEP_FAILED for wanted in run.wanted)
        )
    assert "anybody on this machine can change" in run.wanted[0].words
    assert run.waves["database"].steps[-1].output == ""


# Automations ------------------------------------------------------------------------------------


async def test_an_automation_that_fails_is_asked_about_in_its_own_words(tmp_path: Path) -> None:
    async with stepping_drill(tmp_path, before=[ssm("CreateOpsItem-Fail")]) as drill:
        run = await asked(drill)
    assert run.wanted[0].kind is WantedKind.STEP_FAILED
    assert "SSM automation CreateOpsItem-Fail ended as Failed" in run.wanted[0].words


async def test_an_automation_whose_start_was_not_answered_is_started_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = Automations.start
    answers = []

    async def lose_the_first(self: Automations, *args: Any, **members: Any) -> str:
        execution = await start(self, *args, **members)
        answers.append(execution)
        if len(answers) == 1:
            raise AwsUnclear("the answer was lost", operation="StartAutomationExecution")
        return execution

    monkeypatch.setattr(Automations, "start", lose_the_first)
    async with stepping_drill(tmp_path, before=[ssm("CreateOpsItem")]) as drill:
        run = await drill.until(lambda run: bool(run.waves["database"].steps))
    assert outcomes(run) == [StepOutcome.SUCCEEDED]
    first, second = calls(tmp_path, "StartAutomationExecution")
    assert first["body"] == second["body"]
    assert len(set(answers)) == 1


async def test_an_automation_is_found_again_by_the_next_driver(tmp_path: Path) -> None:
    async with stepping_drill(tmp_path, before=[ssm("CreateOpsItem")]) as drill:
        await drill.until(
            lambda run: bool((begun := run.waves["database"].under_way) and begun.execution)
        )
    async with open_world(settings_in(tmp_path)) as world:
        await world.host.drive(drill.run_id)
        drill.world, drill.run = world, None
        run = await drill.until(lambda run: bool(run.waves["database"].steps))
    assert outcomes(run) == [StepOutcome.SUCCEEDED]
    assert len(calls(tmp_path, "StartAutomationExecution")) == 1


async def test_an_automation_that_cannot_be_sent_is_tried_until_its_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_sent(*_: object, **__: object) -> str:
        raise AwsNotSent("no way out", operation="StartAutomationExecution")

    monkeypatch.setattr(Automations, "start", not_sent)
    async with stepping_drill(tmp_path, before=[ssm("CreateOpsItem", timeout="1m")]) as drill:
        run = await asked(drill)
    assert run.wanted[0].kind is WantedKind.STEP_FAILED
    assert "was not started: no way out" in run.wanted[0].words


async def test_an_automation_that_takes_too_long_goes_on_in_aws_and_is_said_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def waits(_: Automations, execution_id: str) -> Automation:
        return Automation(execution_id, "PendingApproval")

    monkeypatch.setattr(Automations, "one", waits)
    async with stepping_drill(tmp_path, before=[ssm("CreateOpsItem", timeout="1s")]) as drill:
        run = await asked(drill)
    assert outcomes(run) == [StepOutcome.TIMED_OUT]
    assert "goes on in AWS as" in run.wanted[0].words


# Drivers that die -------------------------------------------------------------------------------


async def test_a_command_whose_driver_is_stopped_ends_with_it_and_is_asked_about(
    tmp_path: Path,
) -> None:
    began = tmp_path / "began"
    script = f"echo $$ > {began}; sleep 600"
    async with stepping_drill(tmp_path, before=[sh(script, on_failure="continue")]) as drill:
        await until(lambda: began.exists() and began.read_text().strip() != "")
    process = Path("/proc", began.read_text().strip())
    await until(lambda: not process.exists())
    async with open_world(settings_in(tmp_path)) as world:
        await world.host.drive(drill.run_id)
        drill.world, drill.run = world, None
        run = await asked(drill)
    assert run.wanted[0].kind is WantedKind.STEP_UNKNOWN
    assert "was ended with its driver, before it was done" in run.wanted[0].words


async def test_a_command_that_had_not_begun_when_its_driver_was_stopped_is_begun_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = asyncio.Event()

    async def hold(recorder: Recorder, clock: Clock, given_up: Callable[[Run], bool]) -> bool:
        if recorder.run.waves["database"].is_stepping:
            held.set()
            await asyncio.Event().wait()
        return await in_reach(recorder, clock, given_up)

    with monkeypatch.context() as patch:
        patch.setattr(stepping, "in_reach", hold)
        async with stepping_drill(tmp_path, before=[sh("echo ran")]) as drill:
            await held.wait()
    async with open_world(settings_in(tmp_path)) as world:
        await world.host.drive(drill.run_id)
        drill.world, drill.run = world, None
        run = await drill.until(lambda run: len(run.waves["database"].steps) == 2)
    assert outcomes(run) == [StepOutcome.NOT_STARTED, StepOutcome.SUCCEEDED]


async def test_cancelling_a_run_waits_for_the_command_that_runs(tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"
    script = f"until [ -e {go_on} ]; do sleep 0.02; done; echo done"
    async with stepping_drill(tmp_path, before=[sh(script)]) as drill:
        await drill.until(lambda run: run.waves["database"].is_stepping)
        await drill.ask("cancel")
        run = await drill.until(lambda run: run.cancelled)
        assert run.waves["database"].status is not WaveStatus.CANCELLED
        go_on.touch()
        run = await drill.ended()
    assert run.outcome is RunStatus.CANCELLED
    assert outcomes(run) == [StepOutcome.SUCCEEDED]
    assert not (tmp_path / "calls.jsonl").read_text().count('"StartRecovery"')


# Gates that wait only so long -------------------------------------------------------------------


async def test_a_gate_that_nobody_answers_in_time_stops_the_run(tmp_path: Path) -> None:
    gate = {"prompt": "Go on?", "within": "30m", "then": "stop"}
    async with stepping_drill(tmp_path, gate=gate) as drill:
        run = await drill.ended()
        events = await stored_events(drill.world, drill.run_id)
    assert run.outcome is RunStatus.FAILED
    assert [wave.status for wave in run.waves.values()] == [WaveStatus.CANCELLED] * 2
    [opened] = of_type(events, EventType.WAVE_GATE_OPENED)
    [decided] = of_type(events, EventType.WAVE_DECIDED)
    assert decided.actor == "driver"
    assert decided.data["text"] == "nobody answered within 30m 00s"
    assert 1800 <= (decided.at - opened.at).total_seconds() < 3600


async def test_a_gate_that_is_answered_in_time_stops_nothing(tmp_path: Path) -> None:
    gate = {"prompt": "Go on?", "within": "10h", "then": "stop"}
    async with stepping_drill(tmp_path, gate=gate) as drill:
        run = await asked(drill)
        await drill.ask("approve", wave="database", seq=run.wanted[0].seq)
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED


async def test_declining_a_step_by_hand_after_a_wave_asks_about_the_step(tmp_path: Path) -> None:
    async with stepping_drill(tmp_path, afterwards=[{"manual": "Look at it"}]) as drill:
        run = await asked(drill)
        assert run.waves["database"].status is WaveStatus.SUCCEEDED
        await drill.ask("decline", wave="database", seq=run.wanted[0].seq)
        run = await drill.until(
            lambda run: any(wanted.kind is WantedKind.STEP_FAILED for wanted in run.wanted)
        )
        assert run.waves["database"].status is WaveStatus.SUCCEEDED
        await answered(drill, Choice.RUN_AGAIN)
        await drill.until(
            lambda run: any(wanted.kind is WantedKind.MANUAL for wanted in run.wanted)
        )
        await answered(drill, Choice.DONE)
        run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
