"""How `step.*` events change a run."""

from __future__ import annotations

from drs_tui.model.decisions import WantedKind
from drs_tui.model.events import Event
from drs_tui.model.folding.reading import (
    read_number,
    read_text,
    stopped,
    wanted_by,
    wave_of,
    with_wave,
)
from drs_tui.model.plan import FailurePolicy
from drs_tui.model.replacing import replace
from drs_tui.model.state.run import Run
from drs_tui.model.state.waves import WaveState
from drs_tui.model.status import WaveStatus
from drs_tui.model.steps import (
    StepEnd,
    StepKind,
    StepOutcome,
    StepUnderWay,
    When,
    policy_of,
    step_at,
)


def step_started(run: Run, event: Event) -> Run:
    """Apply `step.started`."""
    wave = wave_of(run, event)
    kind = _kind(event)
    text = read_text(event.data, "text", "")
    when = _when(event)
    started = StepUnderWay(
        when,
        read_number(event.data, "step"),
        kind,
        text,
        event.at,
        token=read_text(event.data, "token", ""),
    )
    changed = with_wave(
        run,
        wave,
        under_way=started,
        wanted=wanted_by(event, WantedKind.MANUAL, text) if kind is StepKind.MANUAL else None,
    )
    if when is When.AFTER:
        return changed
    return with_wave(
        changed, changed.waves[wave.name], status=WaveStatus.WAITING, step=started.index
    )


def step_observed(run: Run, event: Event) -> Run:
    """Apply `step.observed`."""
    wave = wave_of(run, event)
    if wave.under_way is None:
        return run
    seen = replace(
        wave.under_way,
        execution=read_text(event.data, "execution", "") or wave.under_way.execution,
        process=read_text(event.data, "process", "") or wave.under_way.process,
    )
    return with_wave(run, wave, under_way=seen)


def step_done(run: Run, event: Event) -> Run:
    """Apply `step.done`."""
    wave = wave_of(run, event)
    when, index = _when(event), read_number(event.data, "step")
    outcome = _outcome(event)
    step = step_at(run.plan.wave(wave.name), when, index)
    words = read_text(event.data, "words", "")
    begun = wave.under_way
    known = begun is not None and (begun.when, begun.index) == (when, index)
    end = StepEnd(
        when,
        index,
        _text_of(wave, when, index),
        outcome,
        event.at,
        since=begun.since if begun is not None and known else None,
        words=words or read_text(event.data, "text", ""),
        output=read_text(event.data, "output", ""),
        actor=event.actor,
    )
    ended = with_wave(run, wave, under_way=None, steps=(*wave.steps, end), wanted=None)
    if outcome is StepOutcome.NOT_STARTED:
        return ended
    policy = policy_of(step)
    if outcome is StepOutcome.UNKNOWN or (outcome.went_wrong and policy is FailurePolicy.PAUSE):
        unknown = outcome is StepOutcome.UNKNOWN
        kind = WantedKind.STEP_UNKNOWN if unknown else WantedKind.STEP_FAILED
        asked = None if run.stopping else wanted_by(event, kind, words)
        return with_wave(ended, ended.waves[wave.name], wanted=asked)
    if outcome.went_wrong and policy is FailurePolicy.STOP:
        return stopped(ended)
    passed = {"step" if when is When.BEFORE else "step_after": index + 1}
    return with_wave(ended, ended.waves[wave.name], **passed)


def _text_of(wave: WaveState, when: When, index: int) -> str:
    """What a step was called when it was started."""
    begun = wave.under_way
    if begun is not None and (begun.when, begun.index) == (when, index):
        return begun.text
    earlier = (end.text for end in reversed(wave.steps) if end.place == (when, index))
    return next(earlier, "")


def _when(event: Event) -> When:
    return When.AFTER if event.data.get("when") == When.AFTER else When.BEFORE


def _kind(event: Event) -> StepKind:
    """Who does it; a kind of another version's is nobody's here but a person's."""
    kind = read_text(event.data, "kind", StepKind.MANUAL)
    return next((known for known in StepKind if known == kind), StepKind.MANUAL)


def _outcome(event: Event) -> StepOutcome:
    """How it ended; what another version calls it is not known here."""
    outcome = read_text(event.data, "outcome", StepOutcome.SUCCEEDED)
    return next((known for known in StepOutcome if known == outcome), StepOutcome.UNKNOWN)
