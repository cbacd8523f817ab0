"""The rows of the list screens: plans, runs, source servers, findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from drs_tui.model.header import RunHeader
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Plan, Wave
from drs_tui.model.readiness import Finding, Verdict
from drs_tui.model.status import RunStatus
from drs_tui.model.times import format_duration
from drs_tui.tui import signs
from drs_tui.tui.cells import Column, Row
from drs_tui.tui.text import Line, Span, line
from drs_tui.tui.words import day_time, round_duration, short_actor

PLAN_COLUMNS = (
    Column("Plan", 14, grow=2),
    Column("Waves", 5, right=True),
    Column("Servers", 7, right=True),
    Column("RTO", 7, right=True),
    Column("Last run", 32, grow=1),
    Column("Title", 20, grow=2, from_width=110),
    Column("File", 24, grow=2, from_width=150),
)

RUN_COLUMNS = (
    Column("Started", 17),
    Column("Plan", 12, grow=2),
    Column("State", 17),
    Column("Waves", 6, right=True),
    Column("Servers", 8, right=True),
    Column("Took", 7, right=True),
    Column("Clean-up", 16, from_width=110),
    Column("Kind", 13, from_width=125),
    Column("By", 18, grow=1, from_width=140),
    Column("Run", 27, from_width=170),
)

SOURCE_COLUMNS = (
    Column("Server", 13, grow=2),
    Column("Source server", 19),
    Column("Replication", 13, grow=1),
    Column("Lag", 7, right=True),
    Column("Last launch", 18, grow=2),
    Column("Operating system", 16, grow=1, from_width=120),
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
class PlanFile:
    """A file of a plan folder: a plan, or what is wrong with it."""

    path: Path
    plan: Plan | None
    problems: tuple[str, ...] = ()
    last: RunHeader | None = None


def plan_row(file: PlanFile) -> Row:
    """A plan file in the list of plans."""
    plan = file.plan
    if plan is None:
        first = file.problems[0] if file.problems else "can't be read"
        place = first.removeprefix(str(file.path)).lstrip(":").strip()
        error = line(("✗ ", "bad"), place)
        return Row(
            str(file.path),
            (line(file.path.name), (), (), (), error, error, line((str(file.path), "dim"))),
        )
    count = sum(len(wave.servers) for wave in plan.waves)
    selected = any(wave.select for wave in plan.waves)
    servers = (f"{count}+" if count else "tags") if selected else str(count)
    rto = round_duration(plan.rto_seconds) if plan.rto_seconds else ""
    cells: tuple[Line, ...] = (
        line(plan.name),
        line(str(len(plan.waves))),
        line(servers),
        line(rto),
        _last(file.last),
        line((plan.title, "dim")),
        line((str(file.path), "dim")),
    )
    return Row(str(file.path), cells)


def _last(header: RunHeader | None) -> Line:
    if header is None:
        return line(("never run", "dim"))
    sign = signs.sign_of(signs.RUN, header.status)
    return line((f"{sign.symbol} {sign.word}", sign.tone), f"  {day_time(header.started_at)}")


def is_over(header: RunHeader) -> bool:
    """Whether the run has ended."""
    return header.finished_at is not None or header.status in {
        status.value for status in RunStatus if status.is_final
    }


def run_row(header: RunHeader, now: datetime | None) -> Row:
    """A run in the list of runs; `now` is its drill time, None when nobody drives it."""
    sign = signs.sign_of(signs.RUN, header.status)
    cleanup = signs.sign_of(signs.CLEANUP, header.cleanup)
    kind = _kind(header)
    end = header.finished_at or (None if is_over(header) else now)
    took = format_duration((end - header.started_at).total_seconds()) if end else "not known"
    return Row(
        header.run_id,
        (
            line(day_time(header.started_at)),
            line(header.plan_id or header.run_id),
            line((f"{sign.symbol} {sign.word}", sign.tone)),
            line(f"{header.waves_final}/{header.waves_total}"),
            line(f"{header.servers_launched}/{header.servers_total}"),
            line(took if end else ("?", "dim")),
            line((f"{cleanup.symbol} {cleanup.word}".strip(), cleanup.tone)),
            line(kind),
            line((short_actor(header.started_by), "dim")),
            line((header.run_id, "dim")),
        ),
    )


def _kind(header: RunHeader) -> str:
    if header.mode != "drill":
        kind = "REAL RECOVERY"
    else:
        kind = "drill, simulated" if header.simulated else "drill"
    return f"{kind}, imported" if header.imported else kind


def source_row(server: SourceServer) -> Row:
    """A source server in the inventory."""
    sign = signs.replication_sign(server.replication_state)
    lag = "unknown" if server.lag_ms is None else format_duration(server.lag_ms / 1000)
    return Row(
        server.id,
        (
            line(server.name),
            line((server.id, "dim")),
            line((f"{sign.symbol} {sign.word}", sign.tone)),
            line(lag),
            _last_launch(server),
            line((server.os, "dim")),
        ),
    )


_LAUNCH_RESULTS = {
    "SUCCEEDED": ("✓", "succeeded"),
    "FAILED": ("✗", "failed"),
    "PENDING": ("▶", "under way"),
}


def _last_launch(server: SourceServer) -> Line:
    if server.last_launch_result in ("", "NOT_STARTED") and server.last_launch_at is None:
        return line(("never launched", "dim"))
    unknown = ("?", server.last_launch_result or "result not said")
    symbol, word = _LAUNCH_RESULTS.get(server.last_launch_result, unknown)
    kind = server.last_launch_type.lower()
    at = f" {server.last_launch_at:%Y-%m-%d}" if server.last_launch_at else ""
    said = Span(kind or "launch", "alarm" if kind == "recovery" else "plain")
    return line(f"{symbol} ", said, f"{at} ", (word, "dim"))


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
