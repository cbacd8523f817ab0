"""A source server, as DRS tells of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from drs_tui.simulator.answers.forms import duration_text, time_text
from drs_tui.simulator.answers.machine import AGENT_VERSION, disks, identification_hints, machine
from drs_tui.simulator.fleet import Direction, FleetServer, Origin
from drs_tui.simulator.hardware import stable_id
from drs_tui.simulator.instances import RecoveryInstance
from drs_tui.simulator.jobs import Job
from drs_tui.simulator.region import Region
from drs_tui.simulator.replication import REPLICATING_FOR, STEPS, Replication
from drs_tui.simulator.staging import extended_from, staging_account

ORIGIN_REGION = "eu-west-1"
"""Where source servers that are EC2 instances run."""

_BYTES_BEHIND_A_SECOND = 64 * 1024
_RAW_ERRORS = {"AGENT_NOT_SEEN": "The agent has not been seen by the service"}


@dataclass(frozen=True, slots=True)
class LaunchHistory:
    """What the source servers of a Region were launched into; made once for a whole list."""

    last_launches: dict[str, Job]
    newest_instances: dict[str, RecoveryInstance]

    @classmethod
    def of(cls, region: Region, now: datetime) -> LaunchHistory:
        """Gather it as it is now."""
        return cls(region.last_launches(), region.newest_instances(now))


def source_server(
    region: Region, server: FleetServer, history: LaunchHistory, now: datetime
) -> dict[str, Any]:
    """A SourceServer."""
    server_id = server.source_server_id
    arn = region.arn("source-server", server_id)
    replication = region.replication(server, now)
    instance = history.newest_instances.get(server_id)
    result, launched = _last_launch(history.last_launches.get(server_id), server_id, instance, now)
    added_at = region.created_at - REPLICATING_FOR
    answer: dict[str, Any] = {
        "agentVersion": AGENT_VERSION,
        "arn": arn,
        "dataReplicationInfo": _data_replication_info(region, server, replication),
        "lastLaunchResult": result,
        "lifeCycle": {
            "addedToServiceDateTime": time_text(added_at),
            "elapsedReplicationDuration": duration_text(now - replication.initiated_at),
            "firstByteDateTime": time_text(added_at + timedelta(seconds=58)),
            "lastLaunch": launched,
            "lastSeenByServiceDateTime": time_text(replication.last_seen_at),
        },
        "replicationDirection": server.direction.value,
        "sourceProperties": {
            **machine(server, server.address),
            "architecture": "x86_64",
            "disks": [{"bytes": size, "deviceName": device} for device, size in disks(server)],
            "identificationHints": identification_hints(server),
            "lastUpdatedDateTime": time_text(region.created_at - timedelta(minutes=20)),
            "recommendedInstanceType": server.instance_type,
            "supportsNitroInstances": True,
        },
        "sourceServerID": server_id,
        "stagingArea": _staging_area(region, server),
        "tags": region.tags(arn, server.tags),
    }
    if server.origin is Origin.AWS:
        origin = region.name if server.direction is Direction.FAILBACK else ORIGIN_REGION
        answer["sourceCloudProperties"] = {
            "originAccountID": region.account,
            "originAvailabilityZone": f"{origin}a",
            "originRegion": origin,
        }
    if instance is not None:
        answer["recoveryInstanceId"] = instance.recovery_instance_id
        if instance.reversed_at is not None:
            answer["reversedDirectionSourceServerArn"] = reversed_arn(region, instance)
    return answer


def reversed_arn(region: Region, instance: RecoveryInstance) -> str:
    """The source server that a recovery instance is in the Region it replicates back to."""
    identity = stable_id("s-", "reversed", instance.recovery_instance_id)
    return f"arn:aws:drs:{ORIGIN_REGION}:{region.account}:source-server/{identity}"


def _staging_area(region: Region, server: FleetServer) -> dict[str, str]:
    """A StagingArea."""
    answer = {"stagingAccountID": staging_account(region, server), "status": "NOT_EXTENDED"}
    staged_arn = extended_from(region, server)
    if staged_arn is not None:
        answer |= {"stagingSourceServerArn": staged_arn, "status": "EXTENDED"}
    return answer


def _last_launch(
    last: Job | None, server_id: str, instance: RecoveryInstance | None, now: datetime
) -> tuple[str, dict[str, Any]]:
    """The lastLaunchResult and the lifeCycle.lastLaunch."""
    if last is None:
        return "NOT_STARTED", {"initiated": {}}
    part = last.participant(server_id)
    status = part.launch_status(now)
    result = "PENDING" if last.is_running(now) else "FAILED"
    if status == "LAUNCHED":
        result = "SUCCEEDED"
        if instance is None or part.recovery_instance_id != instance.recovery_instance_id:
            status = "TERMINATED"
    elif status == "FAILED":
        result = "FAILED"
    initiated = {
        "apiCallDateTime": time_text(last.created_at),
        "jobID": last.job_id,
        "type": "DRILL" if last.initiated_by == "START_DRILL" else "RECOVERY",
    }
    return result, {"initiated": initiated, "status": status}


def _data_replication_info(
    region: Region, server: FleetServer, replication: Replication
) -> dict[str, Any]:
    """A DataReplicationInfo."""
    answer: dict[str, Any] = {
        "dataReplicationInitiation": {
            "nextAttemptDateTime": time_text(_next_attempt_at(replication)),
            "startDateTime": time_text(replication.initiated_at),
            "steps": _steps(replication.steps_done, is_running=replication.state == "INITIATING"),
        },
        "dataReplicationState": replication.state,
        "replicatedDisks": [
            _replicated_disk(replication, device, size, is_first=index == 0)
            for index, (device, size) in enumerate(disks(server))
        ],
        "stagingAvailabilityZone": f"{region.name}a",
    }
    if replication.lag is not None:
        answer["lagDuration"] = duration_text(replication.lag)
    if replication.finishes_at is not None:
        answer["etaDateTime"] = time_text(replication.finishes_at)
    if replication.error is not None:
        answer["dataReplicationError"] = {
            "error": replication.error,
            "rawError": _RAW_ERRORS[replication.error],
        }
    return answer


def _next_attempt_at(replication: Replication) -> datetime:
    """As recorded: on the minute, about half an hour after the last."""
    return replication.initiated_at.replace(second=0, microsecond=0) + timedelta(minutes=31)


@cache
def _steps(done: int, *, is_running: bool) -> list[dict[str, str]]:
    """The DataReplicationInitiationSteps; kept, since a large account has few sorts of them."""
    now = "IN_PROGRESS" if is_running else "NOT_STARTED"
    statuses = ["SUCCEEDED"] * done + [now] + ["NOT_STARTED"] * len(STEPS)
    return [{"name": name, "status": status} for name, status in zip(STEPS, statuses, strict=False)]


def _replicated_disk(
    replication: Replication, device: str, size: int, *, is_first: bool
) -> dict[str, Any]:
    behind = 0
    if is_first and replication.lag is not None and replication.replicated == 1.0:
        behind = min(int(replication.lag.total_seconds()) * _BYTES_BEHIND_A_SECOND, size)
    return {
        "backloggedStorageBytes": behind,
        "deviceName": device,
        "replicatedStorageBytes": int(size * replication.replicated),
        "rescannedStorageBytes": size // 3 if replication.state == "RESCAN" else 0,
        "totalStorageBytes": 0 if replication.state == "DISCONNECTED" else size,
        "volumeStatus": "REGULAR",
    }
