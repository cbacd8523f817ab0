"""What keeps a job from being accepted: DRS refuses a whole call for one bad server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from drs_tui.simulator.errors import ApiError, conflict, invalid
from drs_tui.simulator.instances import RecoveryInstance
from drs_tui.simulator.jobs import Job
from drs_tui.simulator.launch_settings import instance_to_launch_into
from drs_tui.simulator.scenarios import Scenario
from drs_tui.simulator.snapshots import PointInTime

if TYPE_CHECKING:
    from drs_tui.simulator.region import Region

# Names and codes as the AWS General Reference lists them.
_SERVERS_IN_A_JOB = ("Max source servers in a single Job", "L-B827C881")
_CONCURRENT_JOBS = ("Concurrent jobs in progress", "L-D88FAC3A")
_SERVERS_IN_ALL_JOBS = ("Max source servers in all Jobs", "L-05AFA8C6")
_SOURCE_SERVERS = ("Max Total source servers Per AWS Account", "L-E28BE5E0")


def refuse_duplicates(member: str, ids: Sequence[str]) -> None:
    """Refuse a list that names something twice.

    Raises:
        ApiError: ValidationException.
    """
    seen: set[str] = set()
    for identity in ids:
        if identity in seen:
            raise invalid(f"{identity} is named more than once", (member, "has duplicates"))
        seen.add(identity)


def point_asked_for(
    region: Region, path: str, asked: Mapping[str, Any], now: datetime
) -> PointInTime | None:
    """The point in time that a source server is to be launched from; None: its newest data.

    Raises:
        ApiError: the server isn't there, has nothing to launch from, or not that.
    """
    server_id = asked["sourceServerID"]
    server = region.server(server_id)
    if server is None:
        raise invalid(
            f"Source server {server_id} does not exist",
            (f"{path}.sourceServerID", "does not exist"),
        )
    replication = region.replication(server, now)
    if not replication.is_launchable:
        raise invalid(
            f"Source server {server_id} has no consistent point in time to launch from: its data "
            f"replication state is {replication.state}",
            (f"{path}.sourceServerID", "has no consistent point in time"),
        )
    snapshot_id = asked.get("recoverySnapshotID")
    if snapshot_id is None:
        return None
    for point in region.points_in_time(server, now):
        if point.snapshot_id == snapshot_id and point.is_finished(now):
            return point
    raise invalid(
        f"Recovery snapshot {snapshot_id} of source server {server_id} does not exist",
        (f"{path}.recoverySnapshotID", "does not exist"),
    )


def refuse_shared_instances(region: Region, servers: Iterable[str]) -> None:
    """Refuse two servers that would be launched into the same EC2 instance.

    Raises:
        ApiError: ValidationException.
    """
    taken: dict[str, str] = {}
    for server_id in servers:
        configuration = region.launch_configuration(region.fleet[server_id])
        instance_id = instance_to_launch_into(configuration)
        if instance_id is None:
            continue
        if instance_id in taken:
            raise invalid(
                f"Source servers {taken[instance_id]} and {server_id} are both configured to "
                f"launch into {instance_id}",
                ("sourceServers", "would launch into the same instance"),
            )
        taken[instance_id] = server_id


def refuse_reversed(instances: Sequence[RecoveryInstance]) -> None:
    """Refuse an instance that replicates back to its origin.

    Raises:
        ApiError: ConflictException.
    """
    for instance in instances:
        if instance.reversed_at is not None:
            raise conflict(
                "recoveryInstance",
                instance.recovery_instance_id,
                f"Recovery instance {instance.recovery_instance_id} is being failed back: stop "
                "its reversed replication first",
            )


def refuse_busy(servers: Sequence[str], running: Sequence[Job]) -> None:
    """Refuse a source server that a running job holds.

    Raises:
        ApiError: ConflictException.
    """
    holders = {
        part.source_server_id: job.job_id for job in running for part in job.timeline.participants
    }
    for server in servers:
        if server in holders:
            raise conflict(
                "sourceServer",
                server,
                "One or more of the source servers included in the API call are currently being "
                f"processed by a job: {server} is in {holders[server]}",
            )


def refuse_over_quota(count: int, running: Sequence[Job], scenario: Scenario) -> None:
    """Refuse a job of `count` servers that would break a quota of the account and Region.

    Raises:
        ApiError: ServiceQuotaExceededException.
    """
    held = sum(len(job.timeline.participants) for job in running)
    quotas, account = scenario.quotas, scenario.account
    _refuse_beyond(account, _SERVERS_IN_A_JOB, count, quotas.servers_in_a_job)
    _refuse_beyond(account, _CONCURRENT_JOBS, len(running) + 1, quotas.concurrent_jobs)
    _refuse_beyond(account, _SERVERS_IN_ALL_JOBS, held + count, quotas.servers_in_all_jobs)


def refuse_one_more_server(servers: int, scenario: Scenario) -> None:
    """Refuse a source server beside as many as there may be.

    Raises:
        ApiError: ServiceQuotaExceededException.
    """
    quota = scenario.quotas.source_servers
    _refuse_beyond(scenario.account, _SOURCE_SERVERS, servers + 1, quota)


def _refuse_beyond(account: str, quota: tuple[str, str], reached: int, limit: int) -> None:
    name, code = quota
    if reached > limit:
        raise ApiError(
            "ServiceQuotaExceededException",
            f"{name}: {reached} would exceed the limit of {limit}",
            resourceId=account,
            resourceType="account",
            serviceCode="drs",
            quotaCode=code,
        )
