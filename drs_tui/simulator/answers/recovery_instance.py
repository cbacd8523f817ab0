"""A recovery instance, as DRS tells of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from drs_tui.simulator.answers.forms import time_text
from drs_tui.simulator.answers.machine import AGENT_VERSION, disks, identification_hints, machine
from drs_tui.simulator.hardware import private_address, volume_id
from drs_tui.simulator.instances import RecoveryInstance
from drs_tui.simulator.region import Region


def recovery_instance(region: Region, instance: RecoveryInstance, now: datetime) -> dict[str, Any]:
    """A RecoveryInstance."""
    identity = instance.recovery_instance_id
    server = region.fleet[instance.source_server_id]
    arn = region.arn("recovery-instance", identity)
    return {
        "agentVersion": AGENT_VERSION,
        "arn": arn,
        "dataReplicationInfo": _data_replication_info(region, instance),
        "ec2InstanceID": identity,
        "ec2InstanceState": instance.ec2_state(now),
        "failback": _failback(instance),
        "isDrill": instance.is_drill,
        "jobID": instance.job_id,
        "originAvailabilityZone": f"{region.name}a",
        "originEnvironment": server.origin.value,
        "pointInTimeSnapshotDateTime": time_text(instance.point_in_time),
        "recoveryInstanceID": identity,
        "recoveryInstanceProperties": {
            **machine(server, private_address(server, identity)),
            "disks": [
                {
                    "bytes": size,
                    "ebsVolumeID": volume_id(identity, device),
                    "internalDeviceName": device,
                }
                for device, size in disks(server)
            ],
            "identificationHints": identification_hints(server) | {"awsInstanceID": identity},
            "lastUpdatedDateTime": time_text(instance.launched_at),
        },
        "sourceServerID": instance.source_server_id,
        "tags": region.tags(arn, initial_tags(region, instance)),
    }


def initial_tags(region: Region, instance: RecoveryInstance) -> dict[str, str]:
    """The tags that a launch gives a recovery instance."""
    server = region.fleet[instance.source_server_id]
    return {
        **server.tags,
        "AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com",
        "AWSElasticDisasterRecoverySourceServerID": instance.source_server_id,
    }


def _data_replication_info(region: Region, instance: RecoveryInstance) -> dict[str, Any]:
    """A RecoveryInstanceDataReplicationInfo."""
    if instance.disconnected_at is not None:
        return {"dataReplicationState": "DISCONNECTED"}
    if instance.reversed_at is None:
        return {"dataReplicationState": "NOT_STARTED"}
    return {
        "dataReplicationInitiation": {"startDateTime": time_text(instance.reversed_at)},
        "dataReplicationState": "INITIAL_SYNC",
        "replicatedDisks": [
            {
                "backloggedStorageBytes": 0,
                "deviceName": device,
                "replicatedStorageBytes": 0,
                "rescannedStorageBytes": 0,
                "totalStorageBytes": size,
            }
            for device, size in disks(region.fleet[instance.source_server_id])
        ],
        "stagingAvailabilityZone": f"{region.name}a",
    }


def _failback(instance: RecoveryInstance) -> dict[str, Any]:
    """A RecoveryInstanceFailback."""
    if instance.reversed_at is None:
        return {"state": "FAILBACK_NOT_STARTED"}
    return {
        "failbackInitiationTime": time_text(instance.reversed_at),
        "failbackToOriginalServer": False,
        "state": "FAILBACK_IN_PROGRESS",
    }
