"""The steps around waves, in lines for people and as data."""

from __future__ import annotations

from collections.abc import Iterator

from drs_tui.model.state.run import Run
from drs_tui.model.state.waves import WaveState
from drs_tui.model.steps import StepEnd, StepOutcome
from drs_tui.model.times import format_duration, format_time

MOST_LINES = 12
"""Of what a step printed; the record has the rest."""


def step_news(before: WaveState, after: WaveState) -> Iterator[str]:
    """What steps of a wave began and ended between two states of it."""
    begun, old = after.under_way, before.under_way
    if begun is not None and begun.runs_by_itself:
        if old is None or old.since != begun.since:
            yield f"wave {after.name}: {begun.when.value} it: {begun.text}"
        elif begun.execution != old.execution:
            yield f"wave {after.name}: {begun.text} is execution {begun.execution}"
    for end in after.steps[len(before.steps) :]:
        yield f"wave {after.name}: {_ended(end)}"
        yield from _printed(end)


def step_lines(run: Run) -> Iterator[str]:
    """How each step of a run ended, for the page of a run."""
    for wave in run.waves.values():
        for end in wave.steps:
            yield f"{end.when.value} wave {wave.name}: {_ended(end)}"
            yield from _printed(end)


def step_to_data(end: StepEnd) -> dict[str, object]:
    """A step that ended, as one JSON object."""
    return {
        "when": end.when.value,
        "step": end.index,
        "text": end.text,
        "outcome": end.outcome.value,
        "words": end.words,
        "output": end.output,
        "actor": end.actor,
        "started_at": format_time(end.since) if end.since else None,
        "ended_at": format_time(end.at),
    }


def _ended(end: StepEnd) -> str:
    took = f" after {format_duration((end.at - end.since).total_seconds())}" if end.since else ""
    note = f" ({end.words})" if end.words else ""
    match end.outcome:
        case StepOutcome.SUCCEEDED:
            by = "" if end.actor == "driver" else f" by {end.actor}"
            return f"done{by}{took}: {end.text}{note}"
        case StepOutcome.FAILED | StepOutcome.TIMED_OUT | StepOutcome.UNKNOWN:
            return f"STEP {end.outcome.value.upper()}{took}: {end.words or end.text}"
        case StepOutcome.SKIPPED | StepOutcome.NOT_STARTED:
            return f"step {end.outcome.value}: {end.text}{note}"


def _printed(end: StepEnd) -> Iterator[str]:
    lines = end.output.splitlines()
    if len(lines) > MOST_LINES:
        yield f"    … {len(lines) - MOST_LINES} lines before these"
    yield from (f"    {line}" for line in lines[-MOST_LINES:])
