"""The rows of the list screens: plans, runs, source servers, findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from drs_tui.model.header import RunHeader
from drs_tui.model.plan import Plan, Wave
from drs_tui.model.readiness import Finding, Report, Verdict
from drs_tui.model.status import RunStatus
from drs_tui.model.times import format_duration
from drs_tui.tui import signs
from drs_tui.tui.cells import Column, Row
from drs_tui.tui.filters import Fields
from drs_tui.tui.history import Past
from drs_tui.tui.rows.bars import sparkline
from drs_tui.tui.text import Line, Span, line
from drs_tui.tui.words import day_time, round_duration, short_actor

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

RUN_COLUMNS = (
    Column("Started", 17),
    Column("Plan", 12, grow=2),
    Column("State", 17),
    Column("Waves", 6, right=True),
    Column("Servers", 8, right=True),
    Column("Took", 8, right=True),
    Column("Clean-up", 17, from_width=110),
    Column("Kind", 16, from_width=128),
    Column("By", 18, grow=1, from_width=145),
    Column("Run", 27, from_width=175),
)

FINDING_COLUMNS = (
    Column("Verdict", 9),
    Column("Check", 13),
    Column("What", 15, grow=1),
    Column("Found", 30, grow=5),
)

PLAN_WAVE_COLUMNS = (
    Column("", 2, right=True),
    Column("Wave", 14, grow=1),
    Column("Servers", 11),
    Column("", 30, grow=4),
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
    problems: tuple[str, ...] = ()
    runs: tuple[Past, ...] | None = None
    """Its newest runs, newest first; None while they are not known."""

    readiness: Readiness | None = None
    """None while it is not known."""


def plan_row(file: PlanFile) -> Row:
    """A plan file in the list of plans."""
    plan = file.plan
    path = line((str(file.path), "dim"))
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
        return Span(f"▲ {warnings} warning{'s' * (warnings != 1)}", "warn")
    return Span("✓ ready" if readiness.is_full else "✓ servers ok", "good")


def _last(runs: Sequence[Past] | None) -> Line:
    if not runs:
        return line(("not known" if runs is None else "never run", "dim"))
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
    "Plan": lambda file: (file.plan.name if file.plan else file.path.name).casefold(),
    "Servers": lambda file: _server_count(file.plan)[0] if file.plan else None,
    "Ready": lambda file: _READINESS_ORDER.get(readiness_span(file.readiness).text[:1]),
    "Last run": lambda file: file.runs[0].header.started_at.timestamp() if file.runs else None,
}


def is_over(header: RunHeader) -> bool:
    """Whether the run has ended."""
    return header.finished_at is not None or header.status in {
        status.value for status in RunStatus if status.is_final
    }


def run_row(header: RunHeader, now: datetime | None, *, is_driven: bool = True) -> Row:
    """A run in the list of runs; `now` is its drill time, None when that is not known.

    A run that goes on and that nobody drives says so: it is that which needs somebody.
    """
    sign = run_sign(header, is_driven=is_driven)
    cleanup = signs.sign_of(signs.CLEANUP, header.cleanup)
    kind = _kind(header)
    seconds = took_seconds(header, now)
    return Row(
        header.run_id,
        (
            line(started(header)),
            line(header.plan_id or header.run_id),
            line(sign.span),
            line(f"{header.waves_final}/{header.waves_total}"),
            line(f"{header.servers_launched}/{header.servers_total}"),
            line(("unknown", "dim") if seconds is None else format_duration(seconds)),
            line((f"{cleanup.symbol} {cleanup.word}".strip(), cleanup.tone)),
            line(kind),
            line((short_actor(header.started_by), "dim")),
            line((header.run_id, "dim")),
        ),
    )


def _kind(header: RunHeader) -> str:
    kind = "drill" if header.mode == "drill" else "REAL RECOVERY"
    if header.simulated:
        kind += ", simulated"
    elif not header.evidence:
        kind += ", custom"
    return f"{kind}, imported" if header.imported else kind


def run_sign(header: RunHeader, *, is_driven: bool) -> signs.Sign:
    """How a run stands; a question that waits says so whether or not somebody drives."""
    if not is_driven and header.status == RunStatus.RUNNING:
        return signs.Sign("◌", "nobody drives", "warn")
    return signs.sign_of(signs.RUN, header.status)


def started(header: RunHeader) -> str:
    """When a run began; the record of one that is damaged may not say."""
    return day_time(header.started_at) if header.started_at.year > 1 else "date not known"


def took_seconds(header: RunHeader, now: datetime | None) -> float | None:
    """How long a run took, or has taken until `now` if it goes on; None when that is not known."""
    end = header.finished_at or (None if is_over(header) else now)
    if end is None or header.started_at.year == 1:
        return None
    return (end - header.started_at).total_seconds()


def age(seconds: float) -> str:
    """A length of time to the minute, for what is looked at once a minute: `3h 12m`."""
    minutes = int(max(0.0, seconds)) // 60
    if minutes < 60:
        return f"{minutes}m" if minutes else "under 1m"
    return format_duration(minutes * 60)


def finding_row(index: int, finding: Finding) -> Row:
    """A finding in the preflight checklist."""
    sign = signs.VERDICT[finding.verdict]
    return Row(
        f"{index}:{finding.key}",
        (
            line((f"{sign.symbol} {sign.word}", sign.tone)),
            line(finding.check),
            line(finding.thing),
            line((finding.reason, "dim" if finding.verdict is Verdict.PASSES else "plain")),
        ),
    )


_WORST_FIRST = (Verdict.BLOCKS, Verdict.WARNS, Verdict.UNKNOWN, Verdict.PASSES)


def by_severity(findings: Sequence[Finding]) -> list[Finding]:
    """The findings, what stands in the way first."""
    return sorted(findings, key=lambda finding: _WORST_FIRST.index(finding.verdict))


def plan_wave_row(index: int, wave: Wave) -> Row:
    """A wave of a plan that has not run."""
    count = len(wave.servers)
    names = ", ".join(server.name or server.id or "" for server in wave.servers)
    if wave.select is not None:
        tags = ", ".join(f"{key}={value}" for key, value in wave.select.tags.items())
        names = f"{names}, " * bool(names) + f"whatever has the tags {tags}"
    gate = Span("◆ " if wave.gate or wave.before else "", "warn")
    servers = f"{count} server{'s' * (count != 1)}" if count else "by tags"
    return Row(
        wave.name,
        (line((str(index), "dim")), line(wave.name), line(servers), line(gate, (names, "dim"))),
    )
