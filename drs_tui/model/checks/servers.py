"""Whether each server can be launched now: its replication, its lag, what holds it."""

from __future__ import annotations

from collections.abc import Sequence

from drs_tui.model.checks.live_recovery import check_live_recovery
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Impact, Mode, Wave
from drs_tui.model.readiness import Facts, Finding, Verdict
from drs_tui.model.times import format_duration

GREEN_STATES = frozenset({"CONTINUOUS"})
AMBER_STATES = frozenset({"BACKLOG", "CREATING_SNAPSHOT", "RESCAN", "PAUSED", "STALLED"})
"""Replication states from which DRS can launch, though from older data (DRS user guide)."""


def check_servers(waves: Sequence[Wave], facts: Facts, mode: Mode) -> list[Finding]:
    """Check every server of some waves of a resolved plan; one finding a server if all is well."""
    found: list[Finding] = []
    for wave in waves:
        for planned in wave.servers:
            trouble = _server_findings(planned.id or "", planned.name or "", wave, facts, mode)
            name = planned.name or planned.id or ""
            if planned.impact is Impact.OPTIONAL:
                trouble = [_left_out(finding) for finding in trouble]
            found += trouble or [_ready(name, facts.servers[planned.id or ""])]
    return found


def _left_out(finding: Finding) -> Finding:
    """DRS refuses a whole call for one bad server, so an optional one blocks as well."""
    if finding.verdict is not Verdict.BLOCKS:
        return finding
    remedy = f"{finding.remedy}; the server is optional: take it out of the plan"
    return Finding(finding.verdict, finding.check, finding.thing, finding.reason, remedy)


def _ready(name: str, server: SourceServer) -> Finding:
    lag = "unknown" if server.lag_ms is None else format_duration(server.lag_ms / 1000)
    return Finding(
        Verdict.PASSES, "server", name, f"{server.replication_state}, replication lag {lag}"
    )


def _server_findings(
    server_id: str, name: str, wave: Wave, facts: Facts, mode: Mode
) -> list[Finding]:
    server = facts.servers.get(server_id)
    if server is None:
        return [
            Finding(
                Verdict.BLOCKS,
                "server",
                name or server_id,
                "DRS does not know this source server in this account and Region",
                "compare the plan with `drs-tui servers`",
            )
        ]
    name = name or server.name
    found = [
        *_replication(server, name),
        *_lag(server, name, wave),
        *_direction(server, name),
        *_busy(server, name, facts),
        *check_live_recovery(server, name, facts, mode),
    ]
    if server.extension_error:
        found.append(
            Finding(
                Verdict.BLOCKS,
                "extension",
                name,
                f"extended from a staging account, which reports: {server.extension_error}",
                "mend the extension in the staging account",
            )
        )
    return found


def _replication(server: SourceServer, name: str) -> list[Finding]:
    state = server.replication_state
    if state in GREEN_STATES:
        return []
    error = f" ({server.replication_error})" if server.replication_error else ""
    if state in AMBER_STATES:
        return [
            Finding(
                Verdict.WARNS,
                "replication",
                name,
                f"replication is {state}{error}: what launches is older data",
                "mend replication, or acknowledge that older data will do",
            )
        ]
    if not state:
        return [
            Finding(
                Verdict.UNKNOWN,
                "replication",
                name,
                "DRS did not say how its replication stands",
                "look at the server in the DRS console",
            )
        ]
    return [
        Finding(
            Verdict.BLOCKS,
            "replication",
            name,
            f"replication is {state}{error}: there is nothing consistent to launch from",
            "wait for CONTINUOUS, or mend the replication agent",
        )
    ]


def _lag(server: SourceServer, name: str, wave: Wave) -> list[Finding]:
    limit = wave.max_lag_seconds
    if server.lag_ms is None:
        if server.replication_state not in GREEN_STATES:
            return []
        return [
            Finding(
                Verdict.UNKNOWN,
                "lag",
                name,
                "DRS did not say how old its newest data is",
                "look at the server in the DRS console",
            )
        ]
    if server.lag_ms <= limit * 1000:
        return []
    lag = format_duration(server.lag_ms / 1000)
    return [
        Finding(
            Verdict.WARNS,
            "lag",
            name,
            f"its data is {lag} old, above the plan's limit of {format_duration(limit)}",
            "wait for replication to catch up, or acknowledge it",
        )
    ]


def _direction(server: SourceServer, name: str) -> list[Finding]:
    if server.replication_direction != "FAILBACK":
        return []
    return [
        Finding(
            Verdict.BLOCKS,
            "direction",
            name,
            "it replicates in the FAILBACK direction: a launch would harm a recovery under way",
            "finish or stop the failback first",
        )
    ]


def _busy(server: SourceServer, name: str, facts: Facts) -> list[Finding]:
    return [
        Finding(
            Verdict.BLOCKS,
            "busy",
            name,
            f"it is in job {job.id} ({job.type or 'unknown type'}, {job.status})",
            "wait for that job to end, and find out whose it is",
        )
        for job in facts.jobs
        if not job.is_ended and any(s.server_id == server.id for s in job.servers)
    ]
