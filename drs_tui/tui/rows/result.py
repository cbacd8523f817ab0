"""What a run came to: objectives, where its time went, what took longer than usual."""

from __future__ import annotations

from datetime import datetime

from drs_tui.model.data_loss import wave_data_words
from drs_tui.model.outcome import objective_words
from drs_tui.model.principals import short_actor
from drs_tui.model.result import (
    longest_waits,
    reached_by_waves,
    reached_words,
    slower_words,
    time_words,
    wait_words,
)
from drs_tui.model.state.run import Run
from drs_tui.model.times import clock_time, format_duration, round_duration
from drs_tui.tui.keys import offered
from drs_tui.tui.rows.details import fact
from drs_tui.tui.text import Line, Tone, cut, line


def ended_lines(run: Run, width: int) -> list[Line]:
    """The result of a run that has ended, on a line or two."""
    if run.outcome is None or run.finished_at is None:
        return []
    rpo = f"RPO {_reached(run.rpo_ms, run.plan.rpo_seconds)}; "
    in_full = offered("result", "in full")
    hint = f"  ({in_full})" if in_full else ""
    told = cut(f"{rpo}{time_words(run, run.finished_at)}", width - len(hint))
    lines = [line(told, (hint, "dim"))]
    if run.slower:
        more = f" (and {len(run.slower) - 1} more)" if len(run.slower) > 1 else ""
        words = f"slower than in the last runs: {slower_words(run, run.slower[0])}{more}"
        lines.append(line(("▲ ", "warn"), cut(words, width - 2)))
    return lines


def _reached(ms: int | None, limit_seconds: int | None) -> str:
    reached = "not known" if ms is None else format_duration(ms / 1000)
    return reached if limit_seconds is None else f"{reached} of {round_duration(limit_seconds)}"


def result_lines(run: Run, now: datetime) -> list[Line]:
    """The result of a run, or how it stands, in full."""
    rto_ms = int(run.elapsed_seconds(now) * 1000) if run.outcome is None else run.rto_ms
    lines = [
        fact("RTO", _reached(rto_ms, run.plan.rto_seconds)),
        fact("RPO", _reached(run.rpo_ms, run.plan.rpo_seconds)),
        fact("Objectives", objective_words(run) or run.objectives.value),
        fact("Time", time_words(run, now)),
    ]
    for reached in reached_by_waves(run):
        tone: Tone = "bad" if reached.is_bad else "plain"
        lines += [(), line((f"Wave {reached.wave}", "strong"))]
        lines.append(line((f"  {reached_words(run, reached)}", tone)))
        lines.append(line((f"  launched from {wave_data_words(run, reached.wave)}", "dim")))
    if waits := longest_waits(run):
        lines += [(), line(("Questions, and how long they stood open", "work"))]
        for wait in waits:
            by = f", {clock_time(wait.until)} by {short_actor(wait.by)}"
            lines.append(line(f"  {wait_words(wait)}", (by, "dim")))
    if run.slower:
        lines += [(), line(("Slower than in the plan's last runs", "warn"))]
        lines += [line(f"  {slower_words(run, each)}") for each in run.slower]
    return lines
