"""DescribeInstances, DescribeInstanceStatus and DescribeInstanceAttribute."""

from __future__ import annotations

from datetime import datetime

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.fleet import Platform
from drs_tui.simulator.hardware import stable_id
from drs_tui.simulator.neighbours.ec2.asking import Filter, filtered, named, paged, tags_of
from drs_tui.simulator.neighbours.ec2.machines import Machine, machines
from drs_tui.simulator.neighbours.modelled import Answer, Call

_STATE_CODES = {"pending": 0, "running": 16, "shutting-down": 32, "terminated": 48, "stopped": 80}
_OK, _INITIALIZING, _IMPAIRED = "ok", "initializing", "impaired"
_REACHABILITY = {_OK: "passed", _INITIALIZING: "initializing", _IMPAIRED: "failed"}


def describe_instances(call: Call) -> Answer:
    """Instances of DRS, each in a reservation of its own."""
    found = filtered(call, _named(call), _filters(call.now), lambda machine: machine.tags)
    shown, more = paged(call, "DescribeInstances", found, _identity, ids="InstanceIds")
    account = call.account.scenario.account
    return {
        "Reservations": [
            {
                "ReservationId": stable_id("r-", machine.instance_id),
                "OwnerId": account,
                "RequesterId": account,
                "Instances": [_instance(machine, call)],
            }
            for machine in shown
        ],
        **more,
    }


def describe_instance_status(call: Call) -> Answer:
    """The status checks of running instances, or of all when that is asked for."""
    everything = call.parameters.get("IncludeAllInstances", False)
    asked = [m for m in _named(call) if everything or m.state(call.now) == "running"]
    filters: dict[str, Filter[Machine]] = {
        "availability-zone": lambda machine: [machine.subnet.zone],
        "instance-state-name": lambda machine: [machine.state(call.now)],
        "instance-state-code": lambda machine: [str(_STATE_CODES[machine.state(call.now)])],
        "instance-status.status": lambda machine: [_check(machine, "instance", call.now)],
        "system-status.status": lambda machine: [_check(machine, "system", call.now)],
    }
    found = filtered(call, asked, filters, lambda machine: machine.tags)
    shown, more = paged(call, "DescribeInstanceStatus", found, _identity, ids="InstanceIds")
    return {
        "InstanceStatuses": [
            {
                "AvailabilityZone": machine.subnet.zone,
                "InstanceId": machine.instance_id,
                "InstanceState": _state(machine, call.now),
                "InstanceStatus": _status(_check(machine, "instance", call.now)),
                "SystemStatus": _status(_check(machine, "system", call.now)),
            }
            for machine in shown
        ],
        **more,
    }


def describe_instance_attribute(call: Call) -> Answer:
    """One attribute of one instance."""
    (machine,) = named(
        machines(call),
        [call.parameters["InstanceId"]],
        _identity,
        prefix="i",
        kind="instance",
        code="InvalidInstanceID",
    )
    attributes: dict[str, Answer] = {
        "disableApiStop": {"DisableApiStop": {"Value": False}},
        "disableApiTermination": {"DisableApiTermination": {"Value": machine.is_protected}},
        "instanceInitiatedShutdownBehavior": {
            "InstanceInitiatedShutdownBehavior": {"Value": "stop"}
        },
        "instanceType": {"InstanceType": {"Value": machine.instance_type}},
        "rootDeviceName": {"RootDeviceName": {"Value": machine.volumes[0].device}},
    }
    asked = call.parameters["Attribute"]
    if asked not in attributes:
        raise ApiError(
            "UnsupportedOperation",
            f"This simulator has no attribute {asked}; it has {', '.join(attributes)}",
        )
    return {"InstanceId": machine.instance_id, **attributes[asked]}


def _named(call: Call) -> list[Machine]:
    return named(
        machines(call),
        call.parameters.get("InstanceIds"),
        _identity,
        prefix="i",
        kind="instance",
        code="InvalidInstanceID",
    )


def _identity(machine: Machine) -> str:
    return machine.instance_id


def _filters(now: datetime) -> dict[str, Filter[Machine]]:
    return {
        "availability-zone": lambda machine: [machine.subnet.zone],
        "instance-id": lambda machine: [machine.instance_id],
        "instance-state-code": lambda machine: [str(_STATE_CODES[machine.state(now)])],
        "instance-state-name": lambda machine: [machine.state(now)],
        "instance-type": lambda machine: [machine.instance_type],
        "private-ip-address": lambda machine: (
            [machine.address] if _has_network(machine, now) else []
        ),
        "subnet-id": lambda machine: (
            [machine.subnet.subnet_id] if _has_network(machine, now) else []
        ),
        "vpc-id": lambda machine: [machine.subnet.vpc.vpc_id] if _has_network(machine, now) else [],
    }


def _instance(machine: Machine, call: Call) -> Answer:
    now = call.now
    answer: Answer = {
        "Architecture": "x86_64",
        "BlockDeviceMappings": [],
        "EbsOptimized": True,
        "EnaSupport": True,
        "Hypervisor": "xen",
        "ImageId": stable_id("ami-", call.region_name, machine.platform),
        "InstanceId": machine.instance_id,
        "InstanceType": machine.instance_type,
        "LaunchTime": machine.launched_at.replace(microsecond=0),
        "Monitoring": {"State": "disabled"},
        "NetworkInterfaces": [],
        "Placement": {"AvailabilityZone": machine.subnet.zone, "Tenancy": "default"},
        "PlatformDetails": "Windows" if machine.platform is Platform.WINDOWS else "Linux/UNIX",
        "RootDeviceName": machine.volumes[0].device,
        "RootDeviceType": "ebs",
        "SecurityGroups": [],
        "State": _state(machine, now),
        "StateTransitionReason": "",
        "Tags": tags_of(machine.tags),
        "VirtualizationType": "hvm",
    }
    if machine.platform is Platform.WINDOWS:
        answer["Platform"] = "windows"
    ended_at = machine.shutting_down_at
    if ended_at is not None and now >= ended_at:
        answer["StateTransitionReason"] = f"User initiated ({ended_at:%Y-%m-%d %H:%M:%S} GMT)"
        answer["StateReason"] = {
            "Code": "Client.UserInitiatedShutdown",
            "Message": "Client.UserInitiatedShutdown: User initiated shutdown",
        }
    if _has_network(machine, now):
        answer |= _attached(machine, call)
    return answer


def _attached(machine: Machine, call: Call) -> Answer:
    """The network and the volumes of an instance, which a terminated one has no longer."""
    account = call.account.scenario.account
    groups = [{"GroupId": group, "GroupName": "default"} for group in machine.security_group_ids]
    profile = f"arn:aws:iam::{account}:instance-profile/{machine.profile}"
    return {
        "BlockDeviceMappings": [
            {
                "DeviceName": volume.device,
                "Ebs": {
                    "AttachTime": machine.launched_at.replace(microsecond=0),
                    "DeleteOnTermination": True,
                    "Status": "attached",
                    "VolumeId": volume.volume_id,
                },
            }
            for volume in machine.volumes
        ],
        "IamInstanceProfile": {"Arn": profile, "Id": stable_id("AIPA", profile).upper()},
        "NetworkInterfaces": [
            {
                "NetworkInterfaceId": stable_id("eni-", machine.instance_id),
                "PrivateIpAddress": machine.address,
                "SubnetId": machine.subnet.subnet_id,
                "VpcId": machine.subnet.vpc.vpc_id,
                "Status": "in-use",
                "Groups": groups,
            }
        ],
        "PrivateDnsName": f"ip-{machine.address.replace('.', '-')}.{call.region_name}"
        ".compute.internal",
        "PrivateIpAddress": machine.address,
        "SecurityGroups": groups,
        "SourceDestCheck": True,
        "SubnetId": machine.subnet.subnet_id,
        "VpcId": machine.subnet.vpc.vpc_id,
    }


def _has_network(machine: Machine, now: datetime) -> bool:
    return machine.state(now) != "terminated"


def _state(machine: Machine, now: datetime) -> Answer:
    name = machine.state(now)
    return {"Code": _STATE_CODES[name], "Name": name}


def _check(machine: Machine, kind: str, now: datetime) -> str:
    """The status of an instance's own check, or of the check of the system under it."""
    if machine.state(now) != "running":
        return "not-applicable"
    ok_at = machine.instance_ok_at if kind == "instance" else machine.system_ok_at
    if ok_at is not None and now >= ok_at:
        return _OK
    if machine.checks_fail_at is not None and now >= machine.checks_fail_at:
        return _IMPAIRED
    return _INITIALIZING


def _status(check: str) -> Answer:
    if check not in _REACHABILITY:
        return {"Status": check}
    return {
        "Details": [{"Name": "reachability", "Status": _REACHABILITY[check]}],
        "Status": check,
    }


OPERATIONS = {
    "DescribeInstanceAttribute": describe_instance_attribute,
    "DescribeInstances": describe_instances,
    "DescribeInstanceStatus": describe_instance_status,
}
