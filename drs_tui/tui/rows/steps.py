"""The steps around waves: how each stands, and what it printed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from drs_tui.model.plan import Plan, Wave
from drs_tui.model.principals import short_actor
from drs_tui.model.state.run import Run
from drs_tui.model.state.waves import WaveState
from drs_tui.model.steps import (
    StepEnd,
    StepOutcome,
    When,
    last_ends,
    runs_in,
    steps_of,
    title_of,
)
from drs_tui.model.times import clock_time, format_duration
from drs_tui.tui.signs import Sign
from drs_tui.tui.text import Line, Span, line

STEP: dict[StepOutcome, Sign] = {
    StepOutcome.SUCCEEDED: Sign("✓", "done", "good"),
    StepOutcome.FAILED: Sign("✗", "failed", "bad"),
    StepOutcome.TIMED_OUT: Sign("✗", "took too long", "bad"),
    StepOutcome.UNKNOWN: Sign("?", "end not known", "bad"),
    StepOutcome.SKIPPED: Sign("»", "skipped", "warn"),
    StepOutcome.NOT_STARTED: Sign("·", "not started", "dim"),
}

IN_A_STEP = Sign("▶", "in a step", "work")
"""A wave whose command or automation is running."""

_BY_HAND = Sign("◆", "waits to be done", "warn")
_OTHER_MODE = Sign("·", "not in this mode", "dim")
_TO_COME = Sign("·", "to come", "dim")


def has_steps(plan: Plan) -> bool:
    """Whether anything is done around the launches of a plan."""
    return any(wave.before or wave.afterwards for wave in plan.waves)


def step_note(run: Run, wave: WaveState) -> Span | None:
    """What the strip says of a wave's steps; None when it says nothing."""
    begun = wave.under_way
    if begun is not None and begun.runs_by_itself:
        count = len(steps_of(run.plan.wave(wave.name), begun.when))
        after = " after" if begun.when is When.AFTER else ""
        return Span(f"step{after} {begun.index + 1}/{count}", "work")
    if any(end.outcome.went_wrong for end in last_ends(wave.steps)):
        return Span("step failed", "warn")
    return None


def running_words(run: Run) -> str:
    """The step that runs by itself now; empty when none does."""
    begun = [(w, w.under_way) for w in run.waves.values() if w.under_way and w.is_stepping]
    return "; ".join(f"wave {w.name}, {step.when.value} it: {step.text}" for w, step in begun)


def printed_lines(end: StepEnd) -> list[Line]:
    """What a step printed."""
    return [line(f"  │ {text}") for text in end.output.splitlines()]


def steps_lines(run: Run, now: datetime) -> list[Line]:
    """Every step of a run, wave by wave."""
    lines: list[Line] = []
    for plan in run.plan.waves:
        wave = run.waves.get(plan.name)
        if wave is not None and (plan.before or plan.afterwards):
            lines += [line((f"Wave {plan.name}", "strong")), *_of_wave(run, plan, wave, now), ()]
    return lines or [line("The plan has no steps.")]


def _of_wave(run: Run, plan: Wave, wave: WaveState, now: datetime) -> Iterator[Line]:
    ends = {end.place: end for end in last_ends(wave.steps)}
    begun = wave.under_way
    for when in When:
        for index, step in enumerate(steps_of(plan, when)):
            title, end = title_of(step), ends.get((when, index))
            if begun is not None and (begun.when, begun.index) == (when, index):
                sign, end = (IN_A_STEP if begun.runs_by_itself else _BY_HAND), None
                detail = f"for {format_duration((now - begun.since).total_seconds())}"
                where = begun.process or begun.execution
                detail += f", {where}" if where else ""
            elif end is not None:
                sign, detail = STEP[end.outcome], _ended(end)
            else:
                sign, detail = (_TO_COME if runs_in(step, run.mode) else _OTHER_MODE), ""
            yield line(
                (f"{sign.symbol} ", sign.tone), (f"{when.value}: ", "dim"), title,
                (f"  {sign.word}", sign.tone), (f"  {detail}" if detail else "", "dim"),
            )  # fmt: skip
            if end is not None:
                yield from _words(end)
                yield from printed_lines(end)


def _words(end: StepEnd) -> Iterator[Line]:
    if end.words:
        yield line((f"  {end.words}", "bad" if end.outcome.went_wrong else "plain"))


def _ended(end: StepEnd) -> str:
    by = "" if end.actor == "driver" else f" by {short_actor(end.actor)}"
    took = ""
    if end.since is not None:
        took = f", took {format_duration((end.at - end.since).total_seconds())}"
    return f"at {clock_time(end.at)}{by}{took}"
