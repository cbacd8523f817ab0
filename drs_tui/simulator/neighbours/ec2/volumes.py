"""DescribeVolumes."""

from __future__ import annotations

from drs_tui.simulator.hardware import stable_id
from drs_tui.simulator.neighbours.ec2.asking import Filter, filtered, named, paged, tags_of
from drs_tui.simulator.neighbours.ec2.machines import Machine, Volume, machines
from drs_tui.simulator.neighbours.modelled import Answer, Call

Attached = tuple[Volume, Machine]

_FILTERS: dict[str, Filter[Attached]] = {
    "attachment.device": lambda pair: [pair[0].device],
    "attachment.instance-id": lambda pair: [pair[1].instance_id],
    "attachment.status": lambda _: ["attached"],
    "availability-zone": lambda pair: [pair[1].subnet.zone],
    "size": lambda pair: [str(pair[0].size_gib)],
    "status": lambda _: ["in-use"],
    "volume-id": lambda pair: [pair[0].volume_id],
}


def describe_volumes(call: Call) -> Answer:
    """The volumes of all instances that are not terminated; with those theirs are gone."""
    every = [
        (volume, machine)
        for machine in machines(call)
        if machine.state(call.now) != "terminated"
        for volume in machine.volumes
    ]
    asked = named(
        every,
        call.parameters.get("VolumeIds"),
        _identity,
        prefix="vol",
        kind="volume",
        code="InvalidVolume",
    )
    found = filtered(call, asked, _FILTERS, lambda pair: pair[0].tags)
    shown, more = paged(call, "DescribeVolumes", found, _identity, ids="VolumeIds")
    return {"Volumes": [_volume(volume, machine) for volume, machine in shown], **more}


def _identity(pair: Attached) -> str:
    return pair[0].volume_id


def _volume(volume: Volume, machine: Machine) -> Answer:
    created_at = machine.launched_at.replace(microsecond=0)
    return {
        "Attachments": [
            {
                "AttachTime": created_at,
                "DeleteOnTermination": True,
                "Device": volume.device,
                "InstanceId": machine.instance_id,
                "State": "attached",
                "VolumeId": volume.volume_id,
            }
        ],
        "AvailabilityZone": machine.subnet.zone,
        "CreateTime": created_at,
        "Encrypted": True,
        "Iops": 3000,
        "MultiAttachEnabled": False,
        "Size": volume.size_gib,
        "SnapshotId": stable_id("snap-", volume.volume_id),
        "State": "in-use",
        "Tags": tags_of(volume.tags),
        "Throughput": 125,
        "VolumeId": volume.volume_id,
        "VolumeType": "gp3",
    }


OPERATIONS = {"DescribeVolumes": describe_volumes}
