"""DescribeInstanceInformation: the instances whose agent has reported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.fleet import Platform
from drs_tui.simulator.neighbours.ec2.machines import Machine, machines
from drs_tui.simulator.neighbours.modelled import Answer, Call
from drs_tui.simulator.neighbours.pages import cut

_AGENT_VERSION = "3.3.2299.0"
_PINGS_EVERY = timedelta(minutes=5)
_PLATFORM_TYPES = {Platform.LINUX: "Linux", Platform.WINDOWS: "Windows"}
_PLATFORM_NAMES = {
    Platform.LINUX: ("Red Hat Enterprise Linux", "9.5"),
    Platform.WINDOWS: ("Microsoft Windows Server 2022 Datacenter", "10.0.20348"),
}
_FILTERS: Mapping[str, Callable[[Machine], Iterable[str]]] = {
    "AgentVersion": lambda _: [_AGENT_VERSION],
    "InstanceIds": lambda machine: [machine.instance_id],
    "PingStatus": lambda _: ["Online"],
    "PlatformTypes": lambda machine: [platform_type(machine)],
    "ResourceType": lambda _: ["EC2Instance"],
    "tag-key": lambda machine: machine.tags,
}


def describe_instance_information(call: Call) -> Answer:
    """Recovery instances whose agent reports: DRS's own servers run none."""
    asked = [
        (each["key"], each["valueSet"])
        for each in call.parameters.get("InstanceInformationFilterList", ())
    ] + [(each["Key"], each["Values"]) for each in call.parameters.get("Filters", ())]
    found = managed(call)
    for key, wanted in asked:
        values = _value_of(key)
        found = [machine for machine in found if set(values(machine)) & set(wanted)]
    shown, more = cut(
        "DescribeInstanceInformation",
        call.parameters,
        found,
        lambda machine: machine.instance_id,
        refused="InvalidNextToken",
    )
    information = [_information(machine, call.now) for machine in shown]
    return {"InstanceInformationList": information, **more}


def managed(call: Call) -> list[Machine]:
    """The instances that Systems Manager can reach now."""
    return [
        machine
        for machine in machines(call)
        if machine.agent_online_at is not None
        and machine.agent_online_at <= call.now
        and machine.state(call.now) == "running"
    ]


def with_tag(found: Sequence[Machine], key: str, values: Sequence[str]) -> list[Machine]:
    """Those that carry a tag with one of these values."""
    return [machine for machine in found if machine.tags.get(key) in values]


def platform_type(machine: Machine) -> str:
    """Linux or Windows."""
    return _PLATFORM_TYPES[machine.platform]


def _value_of(key: str) -> Callable[[Machine], Iterable[str]]:
    """What a filter of this key is held against."""
    if key.startswith("tag:"):
        tag = key.removeprefix("tag:")
        return lambda machine: [machine.tags[tag]] if tag in machine.tags else []
    if key not in _FILTERS:
        raise ApiError("InvalidFilterKey", f"This simulator has no filter {key}")
    return _FILTERS[key]


def _information(machine: Machine, now: datetime) -> Answer:
    assert machine.agent_online_at is not None
    name, version = _PLATFORM_NAMES[machine.platform]
    pings = (now - machine.agent_online_at) // _PINGS_EVERY
    return {
        "AgentVersion": _AGENT_VERSION,
        "ComputerName": f"{machine.name}.corp.example",
        "IPAddress": machine.address,
        "InstanceId": machine.instance_id,
        "IsLatestVersion": True,
        "LastPingDateTime": machine.agent_online_at + pings * _PINGS_EVERY,
        "PingStatus": "Online",
        "PlatformName": name,
        "PlatformType": platform_type(machine),
        "PlatformVersion": version,
        "ResourceType": "EC2Instance",
    }


OPERATIONS = {"DescribeInstanceInformation": describe_instance_information}
