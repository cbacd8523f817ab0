"""What a run came to beside its outcome: waves against objectives, where its time went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from drs_tui.model.result import (
    longest_waits,
    machines_ms,
    people_ms,
    reached_by_waves,
    reached_words,
    slower_to_data,
    slower_words,
    time_words,
    wait_words,
)
from drs_tui.model.state.run import Run
from drs_tui.model.times import format_time

MOST_LINES = 5
"""Waits, and phases that took longer, that are named on a page; JSON has all."""


def time_facts(run: Run, now: datetime) -> Iterator[tuple[str, str]]:
    """Where a run's time went, and what took longer than usual, as labelled lines."""
    yield "time", time_words(run, now)
    waits = longest_waits(run)
    yield from (("question", f"{wait_words(w)}, ended by {w.by}") for w in waits[:MOST_LINES])
    if len(waits) > MOST_LINES:
        yield "", f"and {len(waits) - MOST_LINES} more"
    yield from (("slower", slower_words(run, each)) for each in run.slower[:MOST_LINES])
    if len(run.slower) > MOST_LINES:
        yield "", f"and {len(run.slower) - MOST_LINES} more"


def wave_facts(run: Run) -> Mapping[str, str]:
    """How each wave measures up to the plan's objectives, by its name."""
    return {reached.wave: reached_words(run, reached) for reached in reached_by_waves(run)}


def result_to_data(run: Run) -> dict[str, object]:
    """Where a run's time went, until its end or its last event, as members of a JSON object."""
    until = run.finished_at or run.last_at
    return {
        "people_ms": people_ms(run, until) if until else 0,
        "machines_ms": machines_ms(run, until) if until else 0,
        "waits": [
            {
                "wave": wait.wave,
                "kind": wait.kind.value,
                "since": format_time(wait.since),
                "until": format_time(wait.until),
                "by": wait.by,
            }
            for wait in run.spent.waits
        ],
        "slower": slower_to_data(run.slower),
    }
