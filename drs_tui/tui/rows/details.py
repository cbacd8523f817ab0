"""What there is to know of one thing, in full: for dialogs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from drs_tui.audit.store import Away
from drs_tui.model.data_loss import data_words
from drs_tui.model.events import Event, EventType, text_of
from drs_tui.model.readiness import Finding
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.status import ServerResult
from drs_tui.model.times import clock_time, format_duration
from drs_tui.tui import signs
from drs_tui.tui.rows.checks import check_lines
from drs_tui.tui.rows.run import failed_in
from drs_tui.tui.text import Line, Tone, line

LABEL_WIDTH = 18


def fact(label: str, value: str, tone: Tone = "plain") -> Line:
    """A labelled value; a value that is empty says so."""
    return line(
        (f"{label:<{LABEL_WIDTH}}", "dim"), (value or "not known", tone if value else "dim")
    )


def server_lines(run: Run, server: ServerState, events: Sequence[Event]) -> list[Line]:
    """A server within a run, its checks, and all that its job's log said of it."""
    sign = signs.PHASE[server.shown_phase]
    where = failed_in(server) if server.result is ServerResult.FAILED else ""
    lag = format_duration(server.lag_ms / 1000) if server.lag_ms is not None else ""
    lines = [
        fact("Source server", server.id),
        fact("Wave", f"{server.wave} ({server.impact.value})"),
        *([fact("Target", run.target_of(server.wave).words)] if run.several else []),
        fact("Phase", f"{sign.symbol} {sign.word}{f' in {where}' if where else ''}", sign.tone),
        fact("Launch status", server.launch_status),
        fact("Job", server.job_id),
        fact("Instance", f"{server.instance_id} {server.instance_state}".strip()),
        fact("Lag at launch", lag),
        fact(
            "Launched from",
            data_words(run, server),
            "warn" if server.previous_snapshot else "plain",
        ),
    ]
    if server.error:
        lines += [(), line(("What AWS said", "work"))]
        lines += [line((text, "bad")) for text in server.error.splitlines()]
    if checks := check_lines(run, server):
        lines += [(), line(("Checks", "work")), *checks]
    lines += [(), line(("Job log, as AWS wrote it", "work"))]
    logged = list(_log_lines(server.id, events))
    return [*lines, *(logged or [line(("nothing yet", "dim"))])]


def _log_lines(server_id: str, events: Sequence[Event]) -> Iterable[Line]:
    for event in events:
        item = event.data.get("item")
        if event.type != EventType.JOB_LOGGED or not isinstance(item, Mapping):
            continue
        details = item.get("eventData")
        details = details if isinstance(details, Mapping) else {}
        if details.get("sourceServerID") != server_id:
            continue
        at = item.get("logDateTime")
        others = ", ".join(
            f"{key} {value}"
            for key, value in details.items()
            if key not in ("sourceServerID", "rawError") and isinstance(value, str | int)
        )
        yield line(
            (f"{at if isinstance(at, str) else clock_time(event.at)}  ", "dim"),
            (text_of(item, "event"), "strong"),
            (f"  {others}" if others else "", "dim"),
        )
        if raw := text_of(details, "rawError"):
            yield line((f"  {raw}", "bad"))


def detached_lines(away: Away) -> list[Line]:
    """What going on detached means, for whoever is about to answer for it."""
    age = format_duration(away.seconds)
    return [
        line(f"The audit store is out of reach for {age}. Drills under way are watched"),
        line("all the same, and launches wait until it is back. Detached, this run"),
        line("launches its waves with its record on this machine alone:"),
        line("  nobody elsewhere sees it; the record is sent when the store is back"),
        line("  who takes the run over elsewhere could launch the same wave again"),
        line("  if this machine is lost before that, so is what it alone knows"),
    ]


def finding_lines(finding: Finding) -> list[Line]:
    """A finding in full."""
    sign = signs.VERDICT[finding.verdict]
    return [
        line((f"{sign.symbol} {sign.word}  ", sign.tone), (finding.thing, "strong")),
        line(finding.reason),
        *([line(("→ ", "work"), finding.remedy)] if finding.remedy else []),
    ]
