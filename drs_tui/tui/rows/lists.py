"""The rows of the lists of runs, of findings, and of a plan's waves."""

from __future__ import annotations

from datetime import datetime

from drs_tui.model.counts import counted
from drs_tui.model.header import RunHeader
from drs_tui.model.plan import Wave
from drs_tui.model.principals import short_actor
from drs_tui.model.readiness import Finding, Verdict
from drs_tui.model.status import RunStatus
from drs_tui.model.times import day_time, format_duration
from drs_tui.tui import signs
from drs_tui.tui.cells import Column, Row
from drs_tui.tui.text import Span, line

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


def plan_wave_row(index: int, wave: Wave) -> Row:
    """A wave of a plan that has not run."""
    count = len(wave.servers)
    names = ", ".join(server.name or server.id or "" for server in wave.servers)
    if wave.select is not None:
        tags = ", ".join(f"{key}={value}" for key, value in wave.select.tags.items())
        names = f"{names}, " * bool(names) + f"whatever has the tags {tags}"
    gate = Span("◆ " if wave.gate or wave.before else "", "warn")
    servers = counted(count, "server") if count else "by tags"
    return Row(
        wave.name,
        (line((str(index), "dim")), line(wave.name), line(servers), line(gate, (names, "dim"))),
    )
