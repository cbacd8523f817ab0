"""The templates and configurations that decide how source servers are replicated."""

from __future__ import annotations

from typing import Any

from drs_tui.simulator.answers.machine import disks
from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.hardware import stable_id
from drs_tui.simulator.region import Region

_LARGE_DISK_BYTES = 500 * 1024**3
"""From here on a disk is staged on what the configuration says of large ones."""

_POLICY = (("MINUTE", 10, 60), ("HOUR", 1, 24), ("DAY", 1, 7))
"""DRS's default point in time policy: units, interval, retention."""


def template_ids(region: Region) -> dict[str, str]:
    """The id of the one template of each kind, by the kind that its ARN names."""
    return {
        "launch-configuration-template": stable_id("lct-", region.account, region.name),
        "replication-configuration-template": stable_id("rct-", region.account, region.name),
    }


def launch_configuration_template(region: Region) -> dict[str, Any]:
    """A LaunchConfigurationTemplate."""
    kind = "launch-configuration-template"
    identity = template_ids(region)[kind]
    arn = region.arn(kind, identity)
    return {
        "arn": arn,
        "copyPrivateIp": False,
        "copyTags": True,
        "launchConfigurationTemplateID": identity,
        "launchDisposition": "STARTED",
        "launchIntoSourceInstance": False,
        "licensing": {"osByol": False},
        "postLaunchEnabled": False,
        "recoveryMode": "OPTIMAL",
        "tags": region.tags(arn, {}),
        "targetInstanceTypeRightSizingMethod": "BASIC",
    }


def replication_configuration_template(region: Region) -> dict[str, Any]:
    """A ReplicationConfigurationTemplate."""
    kind = "replication-configuration-template"
    identity = template_ids(region)[kind]
    arn = region.arn(kind, identity)
    return {
        **_replication(region),
        "arn": arn,
        "replicationConfigurationTemplateID": identity,
        "tags": region.tags(arn, {}),
    }


def replication_configuration(region: Region, server: FleetServer) -> dict[str, Any]:
    """A ReplicationConfiguration."""
    return {
        **_replication(region),
        "name": server.name,
        "replicatedDisks": [
            {
                "deviceName": device,
                "iops": 3000 if size >= _LARGE_DISK_BYTES else 0,
                "isBootDisk": index == 0,
                "optimizedStagingDiskType": "GP3" if size >= _LARGE_DISK_BYTES else "STANDARD",
                "stagingDiskType": "AUTO",
                "throughput": 125 if size >= _LARGE_DISK_BYTES else 0,
            }
            for index, (device, size) in enumerate(disks(server))
        ],
        "sourceServerID": server.source_server_id,
    }


def _replication(region: Region) -> dict[str, Any]:
    """What configuration and template have in common."""
    return {
        "associateDefaultSecurityGroup": True,
        "autoReplicateNewDisks": True,
        "bandwidthThrottling": 0,
        "createPublicIP": False,
        "dataPlaneRouting": "PRIVATE_IP",
        "defaultLargeStagingDiskType": "GP3",
        "ebsEncryption": "DEFAULT",
        "internetProtocol": "IPV4",
        "pitPolicy": [
            {
                "enabled": True,
                "interval": interval,
                "retentionDuration": retention,
                "ruleID": number,
                "units": units,
            }
            for number, (units, interval, retention) in enumerate(_POLICY, start=1)
        ],
        "replicationServerInstanceType": "t3.small",
        "replicationServersSecurityGroupsIDs": [],
        "stagingAreaSubnetId": stable_id("subnet-", region.account, region.name, "staging"),
        "stagingAreaTags": {},
        "useDedicatedReplicationServer": False,
    }
