"""What a run needs done next, at every moment of any run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from drs_tui.engine.actions import (
    INSTANCE_GRACE,
    Action,
    AskLast,
    CleanUp,
    FinishRun,
    FinishWave,
    Launch,
    MakeCheck,
    OpenGate,
    Reconcile,
    RunStep,
    StartChecks,
    StartStep,
    StopAtGate,
    TimeOut,
    next_actions,
    next_moment,
)
from drs_tui.model.plan import CommandStep, FailurePolicy, Gate, ManualStep, Mode, Overdue
from drs_tui.model.state.judging import judge_wave
from drs_tui.model.status import RunStatus, ServerResult, WaveStatus
from drs_tui.model.steps import When
from tests.model.story import START, Story, wave_of
from tests.strategies import examples, walks

from .walk import Walk

DATE = CommandStep(("date",), (Mode.DRILL,))

# At every moment --------------------------------------------------------------------------------


@examples(60)
@given(walks())
def test_a_wave_is_launched_only_when_nothing_speaks_against_it(walk: Walk) -> None:
    for run, now in walk.moments:
        for action in next_actions(run, now):
            if not isinstance(action, Launch):
                continue
            wave, plan = run.waves[action.wave], run.plan.wave(action.wave)
            assert all(run.lets_pass(name) for name in plan.after)
            assert plan.gate is None or len(set(wave.approvals)) >= plan.gate.approvals
            assert wave.step == len(plan.before)
            assert (run.paused, run.stopping, run.cancelled) == (False, False, False)
            assert (wave.wanted, wave.intent) == (None, None)
            assert wave.retry_at is None or wave.retry_at <= now
            assert not wave.is_open or wave.status is WaveStatus.LAUNCHING


@examples(60)
@given(walks())
def test_a_launched_server_is_never_launched_again(walk: Walk) -> None:
    for before, event in zip(walk.states, walk.events[1:], strict=False):
        if event.type == "wave.launch_intended":
            assert isinstance(event.data["servers"], list)
            results = [before.servers[str(i)].result for i in event.data["servers"]]
            assert results
            assert ServerResult.LAUNCHED not in results


@examples(60)
@given(walks())
def test_a_run_is_finished_exactly_when_its_waves_are_and_nothing_is_wanted(walk: Walk) -> None:
    for run, now in walk.moments:
        actions = next_actions(run, now)
        over = not run.wanted and all(
            wave.status.is_final and not wave.is_stepping and not run.has_steps_left(wave.name)
            for wave in run.waves.values()
        )
        if over and run.outcome is None:
            assert actions == [FinishRun()]
        else:
            assert FinishRun() not in actions


@examples(60)
@given(walks())
def test_each_wave_has_one_thing_to_do_at_most_and_none_while_it_asks(walk: Walk) -> None:
    for run, now in walk.moments:
        actions = next_actions(run, now)
        checks = [a.due for a in actions if isinstance(a, MakeCheck)]
        named = [
            a.due[0].wave if isinstance(a, StartChecks) else getattr(a, "wave", "")
            for a in actions
            if not isinstance(a, MakeCheck)
        ]
        assert len(set(checks)) == len(checks), "checks go on side by side, each once"
        assert len(set(named)) == len(named)
        asking = {wanted.wave for wanted in run.wanted}
        assert all(
            isinstance(action, StopAtGate)
            for action in actions
            if getattr(action, "wave", "") in asking
        )


@examples(60)
@given(walks())
def test_after_the_end_there_is_only_clean_up(walk: Walk) -> None:
    for run, now in walk.moments:
        if run.outcome is not None:
            assert next_actions(run, now) in ([], [CleanUp()])


@examples(60)
@given(walks())
def test_a_wave_that_drs_worked_on_ends_as_its_servers_did(walk: Walk) -> None:
    for run, now in walk.moments:
        for action in next_actions(run, now):
            if isinstance(action, FinishWave) and action.outcome is not WaveStatus.CANCELLED:
                assert action.outcome is judge_wave(run, action.wave)
                assert run.waves[action.wave].attempt > 0


@examples(60)
@given(walks())
def test_while_there_is_nothing_to_do_time_brings_something_later_or_never(walk: Walk) -> None:
    for run, now in walk.moments:
        moment = next_moment(run, now)
        if moment is not None and not next_actions(run, now):
            assert moment > now
            assert next_actions(run, moment)


@examples(60)
@given(walks())
def test_every_run_can_be_brought_to_its_end(walk: Walk) -> None:
    walk.to_the_end()
    run = walk.run
    assert run.outcome is not None
    assert all(wave.status.is_final and wave.intent is None for wave in run.waves.values())
    assert run.wanted == ()
    assert run.unreadable == ()
    if run.outcome is RunStatus.SUCCEEDED:
        critical = [server for server in run.servers.values() if server.is_critical]
        assert {server.result for server in critical} <= {ServerResult.LAUNCHED}
        assert run.launched_count > 0


# One by one -------------------------------------------------------------------------------------


def actions(story: Story) -> list[Action]:
    return next_actions(story.run, story.now)


def test_waves_that_wait_for_nobody_launch_at_once() -> None:
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-2", "s-3"))
    assert actions(story) == [Launch("db", ("s-1",)), Launch("web", ("s-2", "s-3"))]


def test_a_wave_waits_until_all_before_it_have_succeeded() -> None:
    story = Story(
        wave_of("db", "s-1"), wave_of("app", "s-2"), wave_of("web", "s-3", after=("db", "app"))
    )
    story.complete("db", "drsjob-1")
    story.finish("db", "succeeded")
    assert actions(story) == [Launch("app", ("s-2",))]
    story.complete("app", "drsjob-2")
    story.finish("app", "succeeded")
    assert actions(story) == [Launch("web", ("s-3",))]


def test_before_a_launch_stand_the_gate_then_the_steps() -> None:
    steps = (ManualStep("Freeze"), ManualStep("Tell support"))
    story = Story(wave_of("db", "s-1", gate=Gate("Go?"), before=steps))
    assert actions(story) == [OpenGate("db", "Go?")]
    story.tell("wave.gate_opened", wave="db", prompt="Go?")
    assert actions(story) == []
    story.tell("wave.approved", "ana", wave="db")
    assert actions(story) == [StartStep("db", 0, "Freeze")]
    story.tell("step.started", wave="db", step=0, text="Freeze")
    assert actions(story) == []
    story.tell("step.done", "ana", wave="db", step=0)
    assert actions(story) == [StartStep("db", 1, "Tell support")]
    story.tell("step.started", wave="db", step=1, text="Tell support")
    story.tell("step.done", "ana", wave="db", step=1)
    assert actions(story) == [Launch("db", ("s-1",))]


def test_a_command_that_was_started_is_gone_on_with_and_nothing_launches_until_its_end() -> None:
    story = Story(wave_of("db", "s-1", before=(DATE,)))
    assert actions(story) == [RunStep("db", When.BEFORE, 0)]
    story.tell("step.started", wave="db", step=0, kind="run", text="date")
    assert actions(story) == [RunStep("db", When.BEFORE, 0)]
    story.tell("run.cancel_requested", "ana")
    assert actions(story) == [RunStep("db", When.BEFORE, 0)]
    story.tell("step.done", wave="db", step=0, outcome="succeeded")
    assert actions(story) == [FinishWave("db", WaveStatus.CANCELLED)]


def test_a_step_for_the_other_mode_is_passed_over() -> None:
    steps = (replace(DATE, modes=(Mode.RECOVERY,)), ManualStep("Freeze", "Ana"))
    assert actions(Story(wave_of("db", "s-1", before=steps[:1]))) == [Launch("db", ("s-1",))]
    assert actions(Story(wave_of("db", "s-1", before=steps))) == [StartStep("db", 1, "Ana: Freeze")]


def test_steps_after_a_wave_come_before_the_waves_that_wait_for_it() -> None:
    story = Story(wave_of("db", "s-1", afterwards=(DATE,)), wave_of("web", "s-2", after=("db",)))
    story.complete("db", "drsjob-1")
    story.finish("db", "succeeded")
    assert actions(story) == [RunStep("db", When.AFTER, 0)]
    story.tell("step.started", wave="db", step=0, when="after", kind="run", text="date")
    story.tell("step.done", wave="db", step=0, when="after", outcome="succeeded")
    assert actions(story) == [Launch("web", ("s-2",))]


@pytest.mark.parametrize(
    ("outcome", "policy", "runs"),
    [
        ("succeeded", FailurePolicy.PAUSE, True),
        ("partial", FailurePolicy.CONTINUE, True),
        ("partial", FailurePolicy.PAUSE, False),
        ("partial", FailurePolicy.STOP, False),
        ("failed", FailurePolicy.CONTINUE, False),
    ],
)
def test_steps_after_a_wave_run_only_if_it_launched_something_to_go_on_with(
    outcome: str, policy: FailurePolicy, runs: bool
) -> None:
    story = Story(wave_of("db", "s-1", afterwards=(DATE,), on_failure=policy))
    story.complete("db", "drsjob-1")
    story.finish("db", outcome)
    assert (RunStep("db", When.AFTER, 0) in actions(story)) == runs


@pytest.mark.parametrize(("then", "stops"), [(Overdue.STOP, True), (Overdue.WAIT, False)])
def test_a_gate_that_nobody_answers_in_time_stops_the_run_if_its_plan_says_so(
    then: Overdue, stops: bool
) -> None:
    gate = Gate("Go on?", within_seconds=1800, then=then)
    story = Story(wave_of("db", "s-1", gate=gate))
    story.tell("wave.gate_opened", wave="db", prompt="Go on?")
    story.wait(1799)
    assert actions(story) == []
    assert next_moment(story.run, story.now) == (START + timedelta(seconds=1800) if stops else None)
    story.wait(1)
    expected = [StopAtGate("db", "nobody answered within 30m 00s")] if stops else []
    assert actions(story) == expected


def test_a_pause_holds_launches_back_but_not_what_runs() -> None:
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-2"))
    story.launch("db", "drsjob-1")
    story.tell("run.paused", "ana")
    assert actions(story) == []
    story.see("s-1", "FAILED")
    story.end_job("drsjob-1")
    assert actions(story) == [FinishWave("db", WaveStatus.FAILED)]
    story.tell("run.resumed", "ana")
    assert Launch("web", ("s-2",)) in actions(story)


def test_a_cancelled_run_launches_nothing_and_waits_for_what_runs() -> None:
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-2", after=("db",)))
    story.launch("db", "drsjob-1")
    story.tell("run.cancel_requested", "ana")
    assert actions(story) == [FinishWave("web", WaveStatus.CANCELLED)]
    story.finish("web", "cancelled")
    assert actions(story) == []
    story.see("s-1", "FAILED")
    story.end_job("drsjob-1")
    story.finish("db", "failed")
    assert actions(story) == [FinishRun()]


def test_an_open_intent_is_looked_for_even_after_a_cancel() -> None:
    story = Story(wave_of("db", "s-1"))
    story.intend("db")
    story.tell("run.cancel_requested", "ana")
    assert actions(story) == [Reconcile("db")]


def test_a_throttled_launch_waits_its_time() -> None:
    story = Story(wave_of("db", "s-1"))
    story.intend("db")
    story.tell("wave.launch_refused", wave="db", retry_after_ms=15_000)
    assert actions(story) == []
    assert next_moment(story.run, story.now) == START + timedelta(seconds=15)
    story.wait(15)
    assert actions(story) == [Launch("db", ("s-1",))]


@pytest.mark.parametrize(
    ("kind", "data"), [("run.paused", {}), ("wave.guarded", {"wave": "db", "verdict": "warns"})]
)
def test_a_retry_that_somebody_holds_up_is_no_moment_to_wake_for(
    kind: str, data: dict[str, str]
) -> None:
    story = Story(wave_of("db", "s-1"))
    story.intend("db")
    story.tell("wave.launch_refused", wave="db", retry_after_ms=15_000)
    story.tell(kind, **data)
    assert next_moment(story.run, story.now) is None


def test_a_wave_times_out_once_until_it_is_extended() -> None:
    story = Story(wave_of("db", "s-1", timeout_seconds=60))
    story.launch("db", "drsjob-1")
    assert (actions(story), next_moment(story.run, story.now)) == (
        [],
        START + timedelta(seconds=60),
    )
    story.wait(60)
    assert actions(story) == [TimeOut("db")]
    story.tell("wave.timed_out", wave="db")
    assert (actions(story), next_moment(story.run, story.now)) == ([], None)
    story.tell("wave.extended", "ana", wave="db", by_ms=60_000)
    assert (actions(story), next_moment(story.run, story.now)) == (
        [],
        START + timedelta(seconds=120),
    )


def test_a_wave_that_was_given_up_is_judged_by_what_is_known() -> None:
    story = Story(wave_of("db", "s-1", "s-2"))
    story.launch("db", "drsjob-1")
    story.see("s-1", "LAUNCHED")
    story.tell("wave.timed_out", wave="db")
    story.tell("wave.decided", "ana", wave="db", choice="give up")
    assert actions(story) == [FinishWave("db", WaveStatus.PARTIAL)]


def test_a_wave_that_was_given_up_waits_for_no_instances() -> None:
    story = Story(wave_of("db", "s-1"))
    story.launch("db", "drsjob-1")
    story.tell("wave.timed_out", wave="db")
    story.tell("wave.decided", "ana", wave="db", choice="give up")
    story.see("s-1", "LAUNCHED")
    story.end_job("drsjob-1")
    assert actions(story) == [FinishWave("db", WaveStatus.SUCCEEDED)]


def test_a_wave_ends_when_its_instances_are_seen_and_else_asks_once_their_time_is_up() -> None:
    story = Story(wave_of("db", "s-1", "s-2"))
    story.complete("db", "drsjob-1", **{"s-2": "FAILED"})
    assert actions(story) == []
    assert next_moment(story.run, story.now) == START + INSTANCE_GRACE
    assert next_actions(story.run, START + INSTANCE_GRACE) == [AskLast("db")]
    assert next_moment(story.run, START + INSTANCE_GRACE) is None
    story.tell("instance.observed", instance="i-1", server="s-1", job_id="drsjob-1", state="UP")
    assert actions(story) == [FinishWave("db", WaveStatus.PARTIAL)]


# Launching again --------------------------------------------------------------------------------


def half_failed(**members: Any) -> Story:
    story = Story(wave_of("db", "s-1", "s-2", **members))
    story.complete("db", "drsjob-1", **{"s-2": "FAILED"})
    story.finish("db", "partial")
    return story


def relaunched() -> Story:
    story = half_failed(gate=Gate("Go?"))
    story.tell("wave.decided", "ana", wave="db", choice="relaunch")
    return story


def test_a_relaunch_is_about_the_failed_servers_and_asks_no_gate_again() -> None:
    assert actions(relaunched()) == [Launch("db", ("s-2",))]


def test_a_relaunch_that_was_throttled_leaves_the_launched_servers_alone() -> None:
    story = relaunched()
    story.intend("db", "s-2")
    story.tell("wave.launch_refused", wave="db", retry_after_ms=0)
    assert actions(story) == [Launch("db", ("s-2",))]


def test_a_relaunch_whose_answer_was_lost_leaves_the_launched_servers_alone() -> None:
    story = relaunched()
    story.intend("db", "s-2")
    story.tell("wave.launch_unknown", wave="db", settled=True)
    story.tell("wave.decided", "ana", wave="db", choice="resend")
    assert actions(story) == [Launch("db", ("s-2",))]


def test_a_relaunch_that_was_cancelled_leaves_what_the_first_launch_reached() -> None:
    story = relaunched()
    story.intend("db", "s-2")
    story.tell("wave.launch_refused", wave="db", retry_after_ms=15_000)
    story.tell("run.cancel_requested", "ana")
    assert actions(story) == [FinishWave("db", WaveStatus.PARTIAL)]


def test_a_plan_that_stops_at_a_failure_cancels_the_rest() -> None:
    story = Story(
        wave_of("db", "s-1", on_failure=FailurePolicy.STOP), wave_of("web", "s-2", after=("db",))
    )
    story.complete("db", "drsjob-1", **{"s-1": "FAILED"})
    story.finish("db", "failed")
    assert actions(story) == [FinishWave("web", WaveStatus.CANCELLED)]


def test_what_comes_after_a_cancelled_wave_is_cancelled_too() -> None:
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-2", after=("db",)))
    story.finish("db", "cancelled")
    assert actions(story) == [FinishWave("web", WaveStatus.CANCELLED)]


# Clean-up ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("policy", "outcome", "wanted"),
    [
        ("always", "succeeded", True),
        ("always", "failed", True),
        ("success", "succeeded", True),
        ("success", "partial", False),
        ("never", "succeeded", False),
        ("", "succeeded", False),
    ],
)
@pytest.mark.parametrize("mode", Mode)
def test_who_asked_for_clean_up_gets_it_after_a_drill(
    policy: str, outcome: str, wanted: bool, mode: Mode
) -> None:
    story = Story(wave_of("db", "s-1"), mode=mode, cleanup_policy=policy)
    story.complete("db", "drsjob-1")
    story.finish("db", "succeeded")
    story.tell("run.finished", outcome=outcome)
    assert actions(story) == ([CleanUp()] if wanted and mode is Mode.DRILL else [])


def test_a_clean_up_that_somebody_began_goes_on() -> None:
    story = Story(wave_of("db", "s-1"), cleanup_policy="never")
    story.complete("db", "drsjob-1")
    story.finish("db", "succeeded")
    story.tell("run.finished", outcome="succeeded")
    story.tell("cleanup.intended", "ana", instances=[])
    assert actions(story) == [CleanUp()]
    story.tell("cleanup.finished", outcome="failed", remaining=["i-1"])
    assert actions(story) == []
