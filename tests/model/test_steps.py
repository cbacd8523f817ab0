"""How the events of steps change a run."""

from __future__ import annotations

from typing import Any

import pytest

from drs_tui.model.decisions import WantedKind
from drs_tui.model.plan import CommandStep, FailurePolicy, ManualStep, Mode, SsmStep
from drs_tui.model.state.judging import judge_run
from drs_tui.model.status import RunStatus, WaveStatus
from drs_tui.model.steps import LONGEST_TITLE, StepOutcome, title_of
from tests.model.story import START, Story, wave_of

BOTH = (Mode.DRILL, Mode.RECOVERY)


def command(policy: FailurePolicy = FailurePolicy.PAUSE) -> CommandStep:
    return CommandStep(("./point-dns", "--zone", "a b"), BOTH, on_failure=policy)


def begun(*steps: CommandStep | SsmStep | ManualStep) -> Story:
    """A wave whose first step was started."""
    story = Story(wave_of("db", "s-1", before=steps))
    story.tell("step.started", wave="db", step=0, kind="run", text="./point-dns", token="t")
    return story


def ended(policy: FailurePolicy, outcome: str) -> Story:
    story = begun(command(policy))
    story.tell("step.done", wave="db", step=0, outcome=outcome, words="it broke", output="no")
    return story


def test_a_command_is_under_way_from_its_start_to_its_end() -> None:
    story = begun(command())
    story.tell("step.observed", wave="db", step=0, process="process 7 on bastion")
    wave = story.run.waves["db"]
    assert wave.is_stepping
    assert wave.under_way is not None
    assert (wave.under_way.process, wave.under_way.since) == ("process 7 on bastion", START)
    assert (wave.status, wave.wanted) == (WaveStatus.WAITING, None)
    story.wait(5)
    story.tell("step.done", wave="db", step=0, outcome="succeeded", output="pointed")
    wave = story.run.waves["db"]
    assert (wave.under_way, wave.step, wave.wanted) == (None, 1, None)
    [end] = wave.steps
    assert (end.outcome, end.output, end.text) == (StepOutcome.SUCCEEDED, "pointed", "./point-dns")
    assert (end.at - START).total_seconds() == 5


@pytest.mark.parametrize("outcome", ["failed", "timed out"])
def test_a_step_that_fails_does_what_its_policy_says(outcome: str) -> None:
    asked = ended(FailurePolicy.PAUSE, outcome).run
    assert asked.wanted[0].kind is WantedKind.STEP_FAILED
    assert (asked.wanted[0].words, asked.waves["db"].step) == ("it broke", 0)
    stopped = ended(FailurePolicy.STOP, outcome).run
    assert (stopped.stopping, stopped.wanted) == (True, ())
    passed = ended(FailurePolicy.CONTINUE, outcome).run
    assert (passed.stopping, passed.wanted, passed.waves["db"].step) == (False, (), 1)


@pytest.mark.parametrize("policy", FailurePolicy)
def test_an_end_that_nobody_saw_is_asked_about_whatever_the_policy(policy: FailurePolicy) -> None:
    run = ended(policy, "unknown").run
    assert run.wanted[0].kind is WantedKind.STEP_UNKNOWN
    assert run.waves["db"].step == 0


def test_how_another_version_says_that_a_step_ended_is_not_known() -> None:
    assert ended(FailurePolicy.CONTINUE, "teleported").run.wanted[0].kind is WantedKind.STEP_UNKNOWN


def test_a_step_of_a_kind_that_is_not_known_is_asked_of_a_person() -> None:
    story = Story(wave_of("db", "s-1"))
    story.tell("step.started", wave="db", step=0, kind="lambda", text="Call it")
    assert story.run.wanted[0].kind is WantedKind.MANUAL


def test_a_step_that_was_not_started_is_still_to_be_done_and_asks_nothing() -> None:
    run = ended(FailurePolicy.PAUSE, "not started").run
    assert (run.wanted, run.waves["db"].step, run.waves["db"].under_way) == ((), 0, None)


@pytest.mark.parametrize(
    ("outcome", "policy", "status"),
    [
        ("succeeded", FailurePolicy.PAUSE, RunStatus.SUCCEEDED),
        ("failed", FailurePolicy.CONTINUE, RunStatus.SUCCEEDED),
        ("failed", FailurePolicy.STOP, RunStatus.PARTIAL),
        ("skipped", FailurePolicy.PAUSE, RunStatus.PARTIAL),
    ],
)
def test_a_run_whose_step_failed_is_no_success_unless_its_plan_says_so(
    outcome: str, policy: FailurePolicy, status: RunStatus
) -> None:
    story = Story(wave_of("db", "s-1", afterwards=(command(policy),)))
    story.complete("db", "drsjob-1")
    story.finish("db", "succeeded")
    after: dict[str, Any] = {"wave": "db", "step": 0, "when": "after"}
    story.tell("step.started", **after, kind="run", text="./point-dns")
    assert story.run.waves["db"].status is WaveStatus.SUCCEEDED
    story.tell("step.done", **after, outcome=outcome)
    assert judge_run(story.run) is status


def test_a_step_that_went_well_the_second_time_went_well() -> None:
    story = ended(FailurePolicy.PAUSE, "failed")
    assert story.run.failed_steps()
    story.tell("wave.decided", "ana", wave="db", choice="run again")
    assert story.run.wanted == ()
    story.tell("step.started", wave="db", step=0, kind="run", text="./point-dns")
    story.tell("step.done", wave="db", step=0, outcome="succeeded")
    assert not story.run.failed_steps()


def test_steps_are_called_as_a_person_would_type_them() -> None:
    assert title_of(command()) == "./point-dns --zone 'a b'"
    assert title_of(SsmStep("CreateOpsItem", BOTH)) == "SSM automation CreateOpsItem"
    assert title_of(ManualStep("Freeze", "Ana")) == "Ana: Freeze"


def test_a_long_command_is_cut_where_it_is_told() -> None:
    title = title_of(CommandStep(("sh", "-c", "x" * 100_000), BOTH))
    assert len(title) == LONGEST_TITLE
    assert title.endswith("…")
