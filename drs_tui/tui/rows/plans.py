"""The rows of the list of plans, and what is known of a plan's file by then."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from drs_tui.model.counts import counted
from drs_tui.model.times import format_duration, round_duration
from drs_tui.tui.cells import Column, Row
from drs_tui.tui.filters import Fields
from drs_tui.tui.rows.bars import sparkline
from drs_tui.tui.text import Line, Span, line

if TYPE_CHECKING:
    from drs_tui.model.plan import Plan
    from drs_tui.model.readiness import Report
    from drs_tui.tui.history import Past

TREND_RUNS = 8
"""How many runs of a plan its trend shows."""

PLAN_COLUMNS = (
    Column("Plan", 12, grow=2),
    Column("Waves", 6, right=True),
    Column("Servers", 8, right=True),
    Column("Ready", 14),
    Column("Last run", 30, grow=1),
    Column("RTO", 7, right=True, from_width=90),
    Column("RTO reached", 18, from_width=110),
    Column("Title", 20, grow=2, from_width=130),
    Column("File", 24, grow=2, from_width=165),
)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether a plan could be run, as far as it was checked."""

    report: Report
    is_full: bool
    """Whether a preflight said so, or a look at the source servers alone."""


@dataclass(frozen=True, slots=True)
class PlanFile:
    """A file of a plan folder: a plan, or what is wrong with it."""

    path: Path
    plan: Plan | None
    """None if it cannot be used, or has not been read yet."""

    problems: tuple[str, ...] = ()
    runs: tuple[Past, ...] | None = None
    """Its newest runs, newest first; None while they are not known."""

    readiness: Readiness | None = None
    """None while it is not known."""

    is_read: bool = True
    declared: str = ""
    """Until it is read: the name that it seems to have; empty when none is plain to see."""

    @property
    def shown_name(self) -> str:
        """What the list calls it."""
        return self.plan.name if self.plan else self.declared or self.path.name


def plan_row(file: PlanFile) -> Row:
    """A plan file in the list of plans."""
    plan = file.plan
    path = line((str(file.path), "dim"))
    if not file.is_read:
        unread = line(("· being read", "dim"))
        return Row(str(file.path), (line(file.shown_name), (), (), unread, (), (), (), (), path))
    if plan is None:
        broken, error = line(("✗ unusable", "bad")), line((_first_problem(file), "bad"))
        return Row(
            str(file.path), (line(file.path.name), (), (), broken, error, (), error, error, path)
        )
    count, selected = _server_count(plan)
    servers = (f"{count}+" if count else "tags") if selected else str(count)
    rto = round_duration(plan.rto_seconds) if plan.rto_seconds else "none"
    cells: tuple[Line, ...] = (
        line(plan.name),
        line(str(len(plan.waves))),
        line(servers),
        line(readiness_span(file.readiness)),
        _last(file.runs),
        line((rto, "plain" if plan.rto_seconds else "dim")),
        _trend(plan, file.runs),
        line((plan.title, "dim")),
        path,
    )
    return Row(str(file.path), cells)


def _first_problem(file: PlanFile) -> str:
    first = file.problems[0] if file.problems else "can't be read"
    return first.removeprefix(str(file.path)).lstrip(":").strip()


def _server_count(plan: Plan) -> tuple[int, bool]:
    count = sum(len(wave.servers) for wave in plan.waves)
    return count, any(wave.select for wave in plan.waves)


def readiness_span(readiness: Readiness | None) -> Span:
    """Whether a plan could be run, in a few words."""
    if readiness is None:
        return Span("· not checked", "dim")
    blocks, warnings = len(readiness.report.blocks), len(readiness.report.warnings)
    if blocks:
        return Span(f"✗ blocked by {blocks}", "bad")
    if warnings:
        return Span(f"▲ {counted(warnings, 'warning')}", "warn")
    return Span("✓ ready" if readiness.is_full else "✓ servers ok", "good")


def _last(runs: Sequence[Past] | None) -> Line:
    if not runs:
        return line(("not known" if runs is None else "never run", "dim"))
    # Late: the list is there before what runs are made of is imported.
    from drs_tui.tui import signs
    from drs_tui.tui.rows.lists import started

    header = runs[0].header
    sign = signs.sign_of(signs.RUN, header.status)
    return line((f"{sign.symbol} {sign.word}", sign.tone), f"  {started(header)}")


def _trend(plan: Plan, runs: Sequence[Past] | None) -> Line:
    reached = [past.rto_ms for past in runs or () if past.rto_ms is not None]
    if not reached:
        return line(("not known" if runs is None else "nothing yet", "dim"))
    newest = reached[0]
    missed = bool(plan.rto_seconds) and newest > (plan.rto_seconds or 0) * 1000
    said = f"{'✗ ' if missed else ''}{format_duration(newest / 1000)}"
    return line(
        (f"{sparkline(reached[::-1])} ", "bad" if missed else "work"),
        (said, "bad" if missed else "plain"),
    )


def plan_fields(file: PlanFile) -> Fields:
    """What the words of a filter can ask of a plan."""
    return {
        "ready": readiness_span(file.readiness).text,
        "last": "".join(span.text for span in _last(file.runs)),
    }


_READINESS_ORDER = {"✗": 0.0, "▲": 1.0, "✓": 2.0}

PLAN_SORTS: Mapping[str, Callable[[PlanFile], str | float | None]] = {
    "Plan": lambda file: file.shown_name.casefold(),
    "Servers": lambda file: _server_count(file.plan)[0] if file.plan else None,
    "Ready": lambda file: _READINESS_ORDER.get(readiness_span(file.readiness).text[:1]),
    "Last run": lambda file: file.runs[0].header.started_at.timestamp() if file.runs else None,
}
