"""The rows of the list of source servers, and what there is to know of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from drs_tui.model.header import RunHeader
from drs_tui.model.observed import SourceServer
from drs_tui.model.status import ServerResult
from drs_tui.model.times import day_time, format_duration
from drs_tui.tui import signs
from drs_tui.tui.cells import Column, Row
from drs_tui.tui.filters import Fields, Seconds
from drs_tui.tui.history import Past
from drs_tui.tui.rows.details import fact
from drs_tui.tui.text import Line, Span, line

SOURCE_COLUMNS = (
    Column("Server", 15, grow=2),
    Column("Replication", 19),
    Column("Lag", 8, right=True),
    Column("Last launch", 28, grow=2),
    Column("Source server", 19, from_width=100),
    Column("Plan", 14, grow=1, from_width=120),
    Column("Operating system", 17, grow=1, from_width=150),
)


@dataclass(frozen=True, slots=True)
class FleetServer:
    """A source server, and the newest stored run that launched it."""

    server: SourceServer
    run: RunHeader | None = None
    result: ServerResult | None = None


def with_last_runs(servers: Sequence[SourceServer], pasts: Sequence[Past]) -> list[FleetServer]:
    """The servers, each with the newest of these runs, newest first, that launched it.

    What was launched since by somebody else, or by a run of another store, wins.
    """
    newest = {server_id: past for past in reversed(pasts) for server_id in past.results}
    found = []
    for server in servers:
        past = newest.get(server.id)
        if past is None or _is_newer(server, past):
            found.append(FleetServer(server))
        else:
            found.append(FleetServer(server, past.header, past.results[server.id]))
    return found


def _is_newer(server: SourceServer, past: Past) -> bool:
    at = server.last_launch_at
    ours = server.last_launch_job in past.job_ids
    return at is not None and not ours and at > past.header.started_at


def fleet_row(item: FleetServer) -> Row:
    """A source server in the inventory."""
    server = item.server
    sign = signs.replication_sign(server.replication_state)
    return Row(
        server.id,
        (
            line(server.name),
            line((f"{sign.symbol} {_in_words(server)}", sign.tone)),
            line(_lag(server)),
            last_launch(item),
            line((server.id, "dim")),
            line((item.run.plan_id if item.run else "", "dim")),
            line((server.os, "dim")),
        ),
    )


def _in_words(server: SourceServer) -> str:
    """A `dataReplicationState` as people say it; `y` shows it as AWS writes it."""
    return server.replication_state.lower().replace("_", " ") or "not said"


def _lag(server: SourceServer) -> str:
    return "unknown" if server.lag_ms is None else format_duration(server.lag_ms / 1000)


_LAUNCH_RESULTS = {
    "SUCCEEDED": ("✓", "succeeded"),
    "FAILED": ("✗", "failed"),
    "PENDING": ("▶", "under way"),
    "NOT_STARTED": ("·", "not started"),
}

_RUN_RESULTS = {
    ServerResult.LAUNCHED: ("✓", "launched"),
    ServerResult.FAILED: ("✗", "failed"),
    ServerResult.NOT_LAUNCHED: ("✗", "not launched"),
    ServerResult.OPEN: ("▶", "under way"),
}


def last_launch(item: FleetServer) -> Line:
    """As what a server was launched last, how that ended, and on which day."""
    server, run = item.server, item.run
    at: datetime | None
    if run is not None and item.result is not None:
        symbol, word = _RUN_RESULTS[item.result]
        kind, at = run.mode, run.started_at
    elif server.last_launch_result in ("", "NOT_STARTED") and server.last_launch_at is None:
        return line(("never launched", "dim"))
    else:
        unknown = ("?", server.last_launch_result or "result not said")
        symbol, word = _LAUNCH_RESULTS.get(server.last_launch_result, unknown)
        kind, at = server.last_launch_type.lower(), server.last_launch_at
    said = Span(kind or "launch", "alarm" if kind == "recovery" else "plain")
    day = f"{at:%Y-%m-%d}" if at else "date not said"
    return line(f"{symbol} ", said, f" {word} ", (day, "dim"))


def fleet_fields(item: FleetServer) -> Fields:
    """What the words of a filter can ask of a server."""
    server = item.server
    return {
        "state": f"{server.replication_state} {_in_words(server)}",
        "lag": Seconds(None if server.lag_ms is None else server.lag_ms / 1000),
        "tag": server.tags,
        "os": server.os,
        "last": "".join(span.text for span in last_launch(item)),
        "plan": item.run.plan_id if item.run else "",
    }


FLEET_SORTS: Mapping[str, Callable[[FleetServer], str | float | None]] = {
    "Server": lambda item: item.server.name.casefold(),
    "Replication": lambda item: item.server.replication_state or None,
    "Lag": lambda item: item.server.lag_ms,
    "Last launch": lambda item: (
        item.run.started_at.timestamp()
        if item.run
        else item.server.last_launch_at.timestamp()
        if item.server.last_launch_at
        else None
    ),
}


def source_lines(item: FleetServer) -> list[Line]:
    """All that is known of a source server."""
    server, run = item.server, item.run
    sign = signs.replication_sign(server.replication_state)
    at = day_time(server.last_launch_at) if server.last_launch_at else ""
    kind, result = server.last_launch_type.lower(), server.last_launch_result
    word = _LAUNCH_RESULTS.get(result, ("", result))[1]
    tags = [fact(f"  {key}", value) for key, value in sorted(server.tags.items())]
    lines = [
        fact("Source server", server.id),
        fact("Host name", server.hostname),
        fact("Operating system", server.os),
        fact("Replication", f"{sign.symbol} {_in_words(server)}", sign.tone),
        fact("Replication error", server.replication_error or "none"),
        fact("Direction", server.replication_direction),
        fact("Lag", _lag(server)),
        fact("Last launch", ", ".join(part for part in (kind, at, word) if part)),
        fact("Its job", server.last_launch_job or "none"),
        fact("Recovery instance", server.recovery_instance_id or "none"),
    ]
    if server.extension_error:
        lines.append(fact("Extension error", server.extension_error, "bad"))
    if run is not None and item.result is not None:
        symbol, came = _RUN_RESULTS[item.result]
        lines += [
            line(("Newest run that launched it", "work")),
            fact("  Plan", run.plan_id),
            fact("  Run", run.run_id),
            fact("  Began", day_time(run.started_at)),
            fact("  Came to", f"{symbol} {came}"),
        ]
    return [*lines, line(("Tags", "work")), *(tags or [line(("  none", "dim"))])]
