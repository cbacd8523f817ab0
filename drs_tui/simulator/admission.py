"""What keeps a job from being accepted: DRS refuses a whole call for one bad server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from drs_tui.simulator.errors import ApiError, invalid
from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.jobs import Job

MAX_CONCURRENT_JOBS = 20
MAX_SERVERS_IN_A_JOB = 100
MAX_SERVERS_IN_ALL_JOBS = 500

# Names and codes as the AWS General Reference lists them.
_SERVERS_IN_A_JOB = ("Max source servers in a single Job", "L-B827C881")
_CONCURRENT_JOBS = ("Concurrent jobs in progress", "L-D88FAC3A")
_SERVERS_IN_ALL_JOBS = ("Max source servers in all Jobs", "L-05AFA8C6")


def refuse_duplicates(member: str, ids: Sequence[str]) -> None:
    """Refuse a list that names something twice."""
    seen: set[str] = set()
    for identity in ids:
        if identity in seen:
            raise invalid(f"{identity} is named more than once", (member, "has duplicates"))
        seen.add(identity)


def refuse_unlaunchable(
    path: str, asked: Mapping[str, Any], fleet: Mapping[str, FleetServer]
) -> None:
    """Refuse a source server that isn't there or has nothing to launch from."""
    server_id = asked["sourceServerID"]
    server = fleet.get(server_id)
    if server is None:
        raise invalid(
            f"Source server {server_id} does not exist",
            (f"{path}.sourceServerID", "does not exist"),
        )
    if not server.is_launchable:
        raise invalid(
            f"Source server {server_id} has no consistent point in time to launch from: its data "
            f"replication state is {server.replication_state}",
            (f"{path}.sourceServerID", "has no consistent point in time"),
        )
    snapshot = asked.get("recoverySnapshotID")
    if snapshot is not None:
        # No call that lists points in time is built, so none can be named.
        raise invalid(
            f"Recovery snapshot {snapshot} of source server {server_id} does not exist",
            (f"{path}.recoverySnapshotID", "does not exist"),
        )


def refuse_busy(servers: Sequence[str], running: Sequence[Job]) -> None:
    """Refuse a source server that a running job holds."""
    holders = {
        part.source_server_id: job.job_id for job in running for part in job.timeline.participants
    }
    for server in servers:
        if server in holders:
            raise ApiError(
                "ConflictException",
                "One or more of the source servers included in the API call are currently being "
                f"processed by a job: {server} is in {holders[server]}",
                resourceId=server,
                resourceType="sourceServer",
            )


def refuse_over_quota(count: int, running: Sequence[Job], account: str) -> None:
    """Refuse a job of `count` servers that would break a quota of the account and Region."""
    held = sum(len(job.timeline.participants) for job in running)
    for (quota, code), reached, limit in (
        (_SERVERS_IN_A_JOB, count, MAX_SERVERS_IN_A_JOB),
        (_CONCURRENT_JOBS, len(running) + 1, MAX_CONCURRENT_JOBS),
        (_SERVERS_IN_ALL_JOBS, held + count, MAX_SERVERS_IN_ALL_JOBS),
    ):
        if reached > limit:
            raise ApiError(
                "ServiceQuotaExceededException",
                f"{quota}: {reached} would exceed the limit of {limit}",
                resourceId=account,
                resourceType="account",
                serviceCode="drs",
                quotaCode=code,
            )
