"""Whether a server has something to launch from, and is free: replication, lag, jobs."""

from __future__ import annotations

from collections.abc import Sequence

from drs_tui.model.machines import PointInTime
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Impact, PlanServer, Wave
from drs_tui.model.points import written
from drs_tui.model.readiness import Facts, Finding, Unread, Verdict
from drs_tui.model.times import format_duration

GREEN_STATES = frozenset({"CONTINUOUS"})
AMBER_STATES = frozenset({"BACKLOG", "CREATING_SNAPSHOT", "RESCAN", "PAUSED", "STALLED"})
"""Replication states from which DRS can launch, though from older data (DRS user guide)."""


def check_servers(waves: Sequence[Wave], facts: Facts) -> list[Finding]:
    """Hold the servers of a resolved plan against what DRS says of them alone, as an outlook.

    What a launch of them would do to others is not looked at.
    """
    found: list[Finding] = []
    for wave in waves:
        for planned in wave.servers:
            trouble = check_server(planned, wave, facts)
            found += leave_out(planned, trouble) or [ready(planned, facts)]
    return found


def check_server(planned: PlanServer, wave: Wave, facts: Facts) -> list[Finding]:
    """What stands in the way of launching one server; nothing if it is ready."""
    server = facts.servers.get(planned.id or "")
    if server is None:
        return [
            Finding(
                Verdict.BLOCKS,
                "server",
                planned.name or planned.id or "",
                "DRS does not know this source server in this account and Region",
                "compare the plan with `drs-tui servers`",
            )
        ]
    name = planned.name or server.name
    return [
        *_replication(server, name),
        *_lag(server, name, wave),
        *_direction(server, name),
        *_busy(server, name, facts),
        *_planned_elsewhere(server, name, facts),
        *_extension(server, name),
    ]


def leave_out(planned: PlanServer, found: list[Finding]) -> list[Finding]:
    """What is found about a server, or that it is left out: optional, and something is red.

    DRS refuses a whole call for one bad server, so that the others need the launch to go without.
    """
    red = [finding for finding in found if finding.verdict is Verdict.BLOCKS]
    if not red or planned.impact is not Impact.OPTIONAL:
        return found
    return [
        Finding(
            Verdict.WARNS,
            "left out",
            red[0].thing,
            f"it is optional and not launched: {'; '.join(f.reason for f in red)}",
            f"{red[0].remedy}; or acknowledge that the wave goes without it",
            leaves_out=planned.id or "",
        )
    ]


def ready(planned: PlanServer, facts: Facts, point: PointInTime | None = None) -> Finding:
    """That nothing was found about a server that DRS knows, and the point it is launched from."""
    server = facts.servers[planned.id or ""]
    lag = "unknown" if server.lag_ms is None else format_duration(server.lag_ms / 1000)
    return Finding(
        Verdict.PASSES,
        "server",
        planned.name or server.name,
        f"{server.replication_state}, replication lag {lag}{_from(point)}",
    )


def _from(point: PointInTime | None) -> str:
    return f"; point in time {written(point.at)}" if point is not None and point.at else ""


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


def _planned_elsewhere(server: SourceServer, name: str, facts: Facts) -> list[Finding]:
    """Whether one of DRS's own recovery plans is about to launch it: one would end the other's."""
    executions = () if isinstance(facts.executions, Unread) else facts.executions
    return [
        Finding(
            Verdict.BLOCKS,
            "native plan",
            name,
            f"a {execution.mode} execution of one of DRS's own recovery plans is under way and "
            f"launches it yet ({execution.arn})",
            "wait until that execution has ended, or cancel it in DRS",
        )
        for execution in executions
        if any(server.id in step for step in execution.to_launch)
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


def _extension(server: SourceServer, name: str) -> list[Finding]:
    if not server.extension_error:
        return []
    return [
        Finding(
            Verdict.BLOCKS,
            "extension",
            name,
            f"extended from a staging account, which reports: {server.extension_error}",
            "mend the extension in the staging account",
        )
    ]
