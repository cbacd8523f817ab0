"""What a Region holds, in the shapes and value forms of the service's answers."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

from drs_tui.simulator.fleet import FleetServer, Origin, Platform
from drs_tui.simulator.instances import RecoveryInstance
from drs_tui.simulator.jobs import Job, LogItem, Participant

GIB = 1024**3
AGENT_VERSION = "5.4.0"

_STALLED_BEFORE = timedelta(hours=3, minutes=12)
_SYNCING_BEFORE = timedelta(hours=2)
_SYNC_TAKES = timedelta(hours=30)
_REPLICATING_BEFORE = timedelta(days=41, hours=7)
_LAG_CHANGES_EVERY = 20.0

_INITIATION_STEPS = (
    "WAIT",
    "CREATE_SECURITY_GROUP",
    "LAUNCH_REPLICATION_SERVER",
    "BOOT_REPLICATION_SERVER",
    "AUTHENTICATE_WITH_SERVICE",
    "DOWNLOAD_REPLICATION_SOFTWARE",
    "CREATE_STAGING_DISKS",
    "ATTACH_STAGING_DISKS",
    "PAIR_REPLICATION_SERVER_WITH_AGENT",
    "CONNECT_AGENT_TO_REPLICATION_SERVER",
    "START_DATA_TRANSFER",
)

_OS_NAMES = {
    Platform.LINUX: "Linux version 5.14.0-503.el9.x86_64 (gcc version 11.5.0) #1 SMP",
    Platform.WINDOWS: "Microsoft Windows Server 2022 Datacenter 10.0.20348",
}


def time_text(moment: datetime) -> str:
    """A time as recorded answers have it: 2025-11-28T22:34:06.632532+00:00."""
    return moment.astimezone(UTC).isoformat()


def duration_text(duration: timedelta) -> str:
    """An ISO-8601 duration: P0D, PT3M12S, P2DT1H32M12.136909S."""
    seconds, micros = duration.seconds, duration.microseconds
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
    if seconds or micros:
        fraction = f".{micros:06d}".rstrip("0") if micros else ""
        clock += f"{seconds}{fraction}S"
    days = f"{duration.days}D" if duration.days or not clock else ""
    return f"P{days}" + (f"T{clock}" if clock else "")


def stalled_since(created_at: datetime) -> datetime:
    """When a stalled server of a Region was last heard of."""
    return created_at - _STALLED_BEFORE


def job(job: Job, arn: str, now: datetime) -> dict[str, Any]:
    """A Job."""
    answer: dict[str, Any] = {
        "arn": arn,
        "creationDateTime": time_text(job.created_at),
        "initiatedBy": job.initiated_by,
        "jobID": job.job_id,
        "participatingServers": [_participant(each, now) for each in job.timeline.participants],
        "status": job.status(now),
        "tags": dict(job.tags),
        "type": job.type,
    }
    if not job.is_running(now):
        answer["endDateTime"] = time_text(job.timeline.ended_at)
        if job.type == "TERMINATE":
            # As recorded: a finished TERMINATE job no longer names its servers.
            answer["participatingServers"] = []
    return answer


def _participant(part: Participant, now: datetime) -> dict[str, str]:
    status = part.launch_status(now)
    answer = {"launchStatus": status, "sourceServerID": part.source_server_id}
    named_early = part.final_status == "TERMINATED"
    if part.recovery_instance_id and (named_early or status == part.final_status):
        answer["recoveryInstanceID"] = part.recovery_instance_id
    return answer


def log_item(item: LogItem) -> dict[str, Any]:
    """A JobLog."""
    return {"event": item.event, "eventData": dict(item.data), "logDateTime": time_text(item.at)}


def source_server(
    server: FleetServer,
    *,
    arn: str,
    account: str,
    replicating_since: datetime,
    last_launch: Job | None,
    recovery_instance_id: str | None,
    now: datetime,
) -> dict[str, Any]:
    """A SourceServer; `replicating_since` is when the Region came into being."""
    result, launched = _last_launch(last_launch, server, recovery_instance_id, now)
    added_at = replicating_since - _REPLICATING_BEFORE
    seen_at = now if server.is_reachable else stalled_since(replicating_since)
    answer: dict[str, Any] = {
        "agentVersion": AGENT_VERSION,
        "arn": arn,
        "dataReplicationInfo": _replication(server, replicating_since, now),
        "lastLaunchResult": result,
        "lifeCycle": {
            "addedToServiceDateTime": time_text(added_at),
            "elapsedReplicationDuration": duration_text(now - added_at),
            "firstByteDateTime": time_text(added_at + timedelta(seconds=58)),
            "lastLaunch": launched,
            "lastSeenByServiceDateTime": time_text(seen_at),
        },
        "replicationDirection": "FAILOVER",
        "sourceProperties": {
            **_machine(server, server.address),
            "architecture": "x86_64",
            "disks": [
                {"bytes": size * GIB, "deviceName": device}
                for device, size in zip(_devices(server), server.disks_gib, strict=True)
            ],
            "identificationHints": identification_hints(server),
            "lastUpdatedDateTime": time_text(replicating_since - timedelta(minutes=20)),
            "recommendedInstanceType": server.instance_type,
            "supportsNitroInstances": True,
        },
        "sourceServerID": server.source_server_id,
        "stagingArea": {"stagingAccountID": account, "status": "NOT_EXTENDED"},
        "tags": server.tags,
    }
    if server.origin is Origin.AWS:
        answer["sourceCloudProperties"] = {
            "originAccountID": account,
            "originAvailabilityZone": "eu-west-1a",
            "originRegion": "eu-west-1",
        }
    if recovery_instance_id:
        answer["recoveryInstanceId"] = recovery_instance_id
    return answer


def recovery_instance(
    instance: RecoveryInstance, server: FleetServer, *, arn: str, region: str, now: datetime
) -> dict[str, Any]:
    """A RecoveryInstance."""
    identity = instance.recovery_instance_id
    hints = identification_hints(server) | {"awsInstanceID": identity}
    return {
        "agentVersion": AGENT_VERSION,
        "arn": arn,
        "dataReplicationInfo": {"dataReplicationState": "NOT_STARTED"},
        "ec2InstanceID": identity,
        "ec2InstanceState": instance.ec2_state(now),
        "failback": {"state": "FAILBACK_NOT_STARTED"},
        "isDrill": instance.is_drill,
        "jobID": instance.job_id,
        "originAvailabilityZone": f"{region}a",
        "originEnvironment": server.origin.value,
        "pointInTimeSnapshotDateTime": time_text(instance.point_in_time),
        "recoveryInstanceID": identity,
        "recoveryInstanceProperties": {
            **_machine(server, _recovered_address(identity)),
            "disks": [
                {
                    "bytes": size * GIB,
                    "ebsVolumeID": f"vol-{_stable(identity, device):08x}",
                    "internalDeviceName": device,
                }
                for device, size in zip(_devices(server), server.disks_gib, strict=True)
            ],
            "identificationHints": hints,
            "lastUpdatedDateTime": time_text(instance.launched_at),
        },
        "sourceServerID": instance.source_server_id,
        "tags": {
            **server.tags,
            "AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com",
            "AWSElasticDisasterRecoverySourceServerID": instance.source_server_id,
        },
    }


def identification_hints(server: FleetServer) -> dict[str, str]:
    """How a source server's hardware and host are told from others."""
    hints = {"fqdn": f"{server.name}.corp.example", "hostname": server.name}
    tail = server.source_server_id.removeprefix("s-")
    if server.origin is Origin.AWS:
        hints["awsInstanceID"] = f"i-{tail}"
    else:
        hints["vmWareUuid"] = f"4217{tail[:4]}-{tail[4:8]}-{tail[8:12]}-0000-0000000{tail[12:]}"
    return hints


def _last_launch(
    last: Job | None, server: FleetServer, recovery_instance_id: str | None, now: datetime
) -> tuple[str, dict[str, Any]]:
    """The lastLaunchResult and the lifeCycle.lastLaunch."""
    if last is None:
        return "NOT_STARTED", {"initiated": {}}
    part = last.participant(server.source_server_id)
    status = part.launch_status(now)
    result = "PENDING" if last.is_running(now) else "FAILED"
    if status == "LAUNCHED":
        result = "SUCCEEDED"
        if part.recovery_instance_id != recovery_instance_id:
            status = "TERMINATED"
    elif status == "FAILED":
        result = "FAILED"
    initiated = {
        "apiCallDateTime": time_text(last.created_at),
        "jobID": last.job_id,
        "type": "DRILL" if last.initiated_by == "START_DRILL" else "RECOVERY",
    }
    return result, {"initiated": initiated, "status": status}


def _replication(server: FleetServer, created_at: datetime, now: datetime) -> dict[str, Any]:
    """The dataReplicationInfo; its lag moves a little all the time."""
    state = server.replication_state
    lag, done = _small_lag(server, now), 1.0
    answer: dict[str, Any] = {"dataReplicationState": state}
    if state == "INITIAL_SYNC":
        began = created_at - _SYNCING_BEFORE
        done = min((now - began) / _SYNC_TAKES, 0.99)
        lag = now - began
        answer["etaDateTime"] = time_text(max(began + _SYNC_TAKES, now + timedelta(minutes=30)))
    elif not server.is_reachable:
        lag = now - stalled_since(created_at)
        answer["dataReplicationError"] = {
            "error": "AGENT_NOT_SEEN",
            "rawError": "The agent has not been seen by the service",
        }
    answer["lagDuration"] = duration_text(lag)
    answer["dataReplicationInitiation"] = {
        "startDateTime": time_text(created_at - _REPLICATING_BEFORE),
        "steps": [{"name": name, "status": "SUCCEEDED"} for name in _INITIATION_STEPS],
    }
    backlog = int(lag.total_seconds()) * 64 * 1024 if done == 1.0 else 0
    answer["replicatedDisks"] = [
        {
            "backloggedStorageBytes": backlog if index == 0 else 0,
            "deviceName": device,
            "replicatedStorageBytes": int(size * GIB * done),
            "rescannedStorageBytes": 0,
            "totalStorageBytes": size * GIB,
            "volumeStatus": "REGULAR",
        }
        for index, (device, size) in enumerate(zip(_devices(server), server.disks_gib, strict=True))
    ]
    return answer


def _small_lag(server: FleetServer, now: datetime) -> timedelta:
    """None most of the time, some seconds now and then; the same for everyone who asks."""
    step = str(int(now.timestamp() // _LAG_CHANGES_EVERY))
    noise = _stable(server.source_server_id, step) % 100
    return timedelta(seconds=max(0, noise - 60))


def _machine(server: FleetServer, address: str) -> dict[str, Any]:
    """What a source server's and a recovery instance's properties have in common."""
    core = {"cores": 1, "modelName": "Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz"}
    return {
        "cpus": [dict(core) for _ in range(server.cpus)],
        "networkInterfaces": [
            {
                "ips": [address],
                "isPrimary": True,
                "macAddress": str(2_000_000_000_000 + _stable(address)),
            }
        ],
        "os": {"fullString": _OS_NAMES[server.platform]},
        "ramBytes": server.ram_gib * GIB,
    }


def _devices(server: FleetServer) -> list[str]:
    if server.platform is Platform.WINDOWS:
        return [f"c:{index}" for index in range(len(server.disks_gib))]
    return [f"/dev/nvme{index}n1" for index in range(len(server.disks_gib))]


def _recovered_address(identity: str) -> str:
    number = _stable(identity)
    return f"10.99.{number % 250}.{number // 250 % 250 + 4}"


def _stable(*parts: str) -> int:
    """A number that looks random and is the same in every process."""
    return zlib.crc32("/".join(parts).encode())
