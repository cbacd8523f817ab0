"""When things will probably be done, in a cell and on the title."""

from __future__ import annotations

from datetime import datetime, timedelta

from drs_tui.model.expectation.estimates import Estimates, minutes_left
from drs_tui.model.expectation.eta import Estimate
from drs_tui.model.state.run import Run
from drs_tui.tui.rows.bars import bar
from drs_tui.tui.text import Line, Span, Tone, line


def time_left(estimate: Estimate, now: datetime, *, short: bool = False) -> Span:
    """How long something takes yet; with a sign if that is longer than usual."""
    left = minutes_left(estimate, now)
    if estimate.is_slow:
        return Span(f"▲ {left}" if short else f"▲ {left} slow", "warn")
    return Span(left if short else f"{left} left", "dim")


def progress_bar(estimate: Estimate, width: int) -> Line:
    """How far something is; full only when it is done."""
    return bar(min(int(estimate.progress * 100), 99), 100, width)


def run_left(run: Run, now: datetime, expected: Estimates) -> Line:
    """How long a run takes yet, held against its objective; nothing while it waits for people."""
    estimate = expected.run
    if estimate is None or run.created_at is None or run.wanted or run.paused:
        return ()
    limit = run.plan.rto_seconds
    is_late = limit is not None and estimate.done_at > run.created_at + timedelta(seconds=limit)
    slow = " ▲ slow" if expected.is_slow else ""
    tone: Tone = "warn" if is_late or slow else "dim"
    return line((f"  {minutes_left(estimate, now)} left{slow}", tone))
