"""What a run needs done next: a pure function of its state and the time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_tui.model.keeping import cleans_up
from drs_tui.model.plan import ManualStep, Mode, Overdue
from drs_tui.model.state.judging import judge_wave
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.waves import WaveState
from drs_tui.model.status import Phase, ServerResult, WaveStatus
from drs_tui.model.steps import When, next_index, steps_of, title_of
from drs_tui.model.times import format_duration
from drs_tui.model.verification import DueCheck, checks_to_start, checks_under_way, is_checked

INSTANCE_GRACE = timedelta(minutes=2)
"""How long after a job's end DRS may take to say how each launch ended and to list what it made."""


@dataclass(frozen=True, slots=True)
class OpenGate:
    """Ask the question that stands before a wave."""

    wave: str
    prompt: str


@dataclass(frozen=True, slots=True)
class StopAtGate:
    """Stop the run: nobody has answered the question before a wave in time."""

    wave: str
    words: str


@dataclass(frozen=True, slots=True)
class StartStep:
    """Ask for a manual step."""

    wave: str
    step: int
    text: str
    when: When = When.BEFORE


@dataclass(frozen=True, slots=True)
class RunStep:
    """Run a command or an automation, or go on with the one that was started."""

    wave: str
    when: When
    step: int


@dataclass(frozen=True, slots=True)
class Launch:
    """Run the guards, then send StartRecovery, once."""

    wave: str
    server_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Find out whether a launch whose end nobody recorded did happen."""

    wave: str


@dataclass(frozen=True, slots=True)
class TimeOut:
    """Say that a wave has taken longer than its plan allows."""

    wave: str


@dataclass(frozen=True, slots=True)
class CompareNetworks:
    """See whether what a wave launched is where the plan has its drills."""

    wave: str


@dataclass(frozen=True, slots=True)
class StartChecks:
    """Record that the checks of what a wave launched begin."""

    due: tuple[DueCheck, ...]


@dataclass(frozen=True, slots=True)
class MakeCheck:
    """Try a check that was begun until it has ended."""

    due: DueCheck


@dataclass(frozen=True, slots=True)
class FinishWave:
    """Record how a wave ended."""

    wave: str
    outcome: WaveStatus


@dataclass(frozen=True, slots=True)
class AskLast:
    """Ask DRS a last time about a wave of whose servers it has not told everything."""

    wave: str


@dataclass(frozen=True, slots=True)
class FinishRun:
    """Record how the run ended."""


@dataclass(frozen=True, slots=True)
class CleanUp:
    """Terminate what the drill launched."""


Action = (
    OpenGate
    | StopAtGate
    | StartStep
    | RunStep
    | Launch
    | Reconcile
    | TimeOut
    | StartChecks
    | MakeCheck
    | AskLast
    | CompareNetworks
    | FinishWave
    | FinishRun
    | CleanUp
)


def next_actions(run: Run, now: datetime) -> list[Action]:
    """Everything that can be done now, in plan order; empty while there is only waiting."""
    if run.outcome is not None:
        return [CleanUp()] if cleans_up(run, now) else []
    actions = [action for wave in run.waves.values() for action in _of_wave(run, wave, now)]
    if not actions and _is_over(run):
        return [FinishRun()]
    return actions


def next_moment(run: Run, after: datetime) -> datetime | None:
    """When time alone will make something to do: a retry, a time-out, the end of a grace period.

    What was due until `after` has been begun.
    """
    moments = []
    for wave in run.waves.values():
        gate_ends = _stops_at(run, wave)
        if gate_ends is not None:
            moments.append(gate_ends)
        if wave.retry_at is not None and _retries_by_itself(run, wave):
            moments.append(wave.retry_at)
        deadline = run.deadline(wave.name)
        if wave.status is WaveStatus.IN_PROGRESS and deadline and not wave.timed_out:
            moments.append(deadline)
        if wave.status is WaveStatus.VERIFYING and wave.verifying_since:
            moments.append(wave.verifying_since + INSTANCE_GRACE)
    return min((moment for moment in moments if moment > after), default=None)


def _retries_by_itself(run: Run, wave: WaveState) -> bool:
    held_up = run.paused or wave.wanted is not None or wave.intent is not None
    return not (held_up or wave.status.is_final)


def _is_over(run: Run) -> bool:
    return not run.wanted and all(
        wave.status.is_final and not wave.is_stepping and not run.has_steps_left(wave.name)
        for wave in run.waves.values()
    )


def _stops_at(run: Run, wave: WaveState) -> datetime | None:
    """When the gate that a wave waits at stops the run; None if it waits for ever."""
    gate = run.plan.wave(wave.name).gate
    stops = gate is not None and gate.then is Overdue.STOP
    return run.gate_deadline(wave.name) if stops else None


def _of_wave(run: Run, wave: WaveState, now: datetime) -> Iterator[Action]:
    if wave.wanted is not None:
        yield from _at_gate(run, wave, now)
        return
    if wave.under_way is not None and wave.is_stepping:
        yield RunStep(wave.name, wave.under_way.when, wave.under_way.index)
        return
    match wave.status:
        case status if status.is_final:
            if run.has_steps_left(wave.name) and not run.paused:
                yield _next_step(run, wave, When.AFTER)
        case WaveStatus.IN_PROGRESS:
            yield from _in_progress(run, wave, now)
        case WaveStatus.VERIFYING:
            yield from _verifying(run, wave, now)
        case _ if wave.intent is not None:
            yield Reconcile(wave.name)
        case _:
            yield from _before_launch(run, wave, now)


def _at_gate(run: Run, wave: WaveState, now: datetime) -> Iterator[Action]:
    ends = _stops_at(run, wave)
    if ends is not None and now >= ends:
        gate = run.plan.wave(wave.name).gate
        seconds = gate.within_seconds if gate is not None else None
        yield StopAtGate(wave.name, f"nobody answered within {format_duration(seconds or 0)}")


def _in_progress(run: Run, wave: WaveState, now: datetime) -> Iterator[Action]:
    deadline = run.deadline(wave.name)
    if wave.gave_up:
        yield _after_verifying(run, wave)
    elif deadline is not None and now >= deadline and not wave.timed_out:
        yield TimeOut(wave.name)


def _verifying(run: Run, wave: WaveState, now: datetime) -> Iterator[Action]:
    """Check each server as soon as DRS calls it launched; the wave ends when all is told."""
    since = wave.verifying_since
    if not wave.gave_up and not is_checked(run, wave.name):
        due = checks_to_start(run, wave.name)
        if due:
            yield StartChecks(tuple(due))
        yield from map(MakeCheck, checks_under_way(run, wave.name))
    elif wave.gave_up or all(_is_told(server) for server in run.of_wave(wave.name)):
        yield _after_verifying(run, wave)
    elif since is None or now >= since + INSTANCE_GRACE:
        yield AskLast(wave.name)


def _after_verifying(run: Run, wave: WaveState) -> Action:
    """The wave's end, or what has to be known before."""
    if wants_comparing(run, wave):
        return CompareNetworks(wave.name)
    return FinishWave(wave.name, judge_wave(run, wave.name))


def wants_comparing(run: Run, wave: WaveState) -> bool:
    """Whether the networks of what a wave launched are still to be held against the plan's."""
    isolated = run.mode is Mode.DRILL and run.plan.isolation.is_said
    return bool(isolated and wave.job_id and wave.compared_job != wave.job_id)


def _is_told(server: ServerState) -> bool:
    """Whether a server's launch status is final, and its instance listed if it launched.

    A job that ended can still lack a server or its status: that is nothing known, not a failure.
    """
    if server.result is ServerResult.LAUNCHED:
        return bool(server.instance_state)
    told = server.result is ServerResult.FAILED or server.phase is Phase.NOT_LAUNCHED
    return told or not server.job_id


def _before_launch(run: Run, wave: WaveState, now: datetime) -> Iterator[Action]:
    plan = run.plan.wave(wave.name)
    waits_for = [run.waves[name] for name in plan.after if name in run.waves]
    if run.stopping or any(w.status is WaveStatus.CANCELLED for w in waits_for):
        # A relaunch that never happened leaves the wave as its first attempt ended.
        relaunch_dropped = wave.attempt > 0 and wave.relaunch
        outcome = judge_wave(run, wave.name) if relaunch_dropped else WaveStatus.CANCELLED
        yield FinishWave(wave.name, outcome)
        return
    if run.paused or (wave.retry_at is not None and now < wave.retry_at):
        return
    if wave.attempt == 0:
        if not all(run.lets_pass(w.name) for w in waits_for):
            return
        if plan.gate is not None and not wave.gate_passed:
            yield OpenGate(wave.name, plan.gate.prompt)
            return
        if next_index(plan.before, wave.step, run.mode) < len(plan.before):
            yield _next_step(run, wave, When.BEFORE)
            return
    yield Launch(wave.name, servers_to_launch(run, wave))


def _next_step(run: Run, wave: WaveState, when: When) -> Action:
    """The next step on one side of a wave, which has one left."""
    steps = steps_of(run.plan.wave(wave.name), when)
    done = wave.step if when is When.BEFORE else wave.step_after
    index = next_index(steps, done, run.mode)
    step = steps[index]
    if isinstance(step, ManualStep):
        return StartStep(wave.name, index, title_of(step), when)
    return RunStep(wave.name, when, index)


def servers_to_launch(run: Run, wave: WaveState) -> tuple[str, ...]:
    """The servers of the next call: whichever are not launched, in plan order."""
    return tuple(s.id for s in run.of_wave(wave.name) if s.result is not ServerResult.LAUNCHED)
