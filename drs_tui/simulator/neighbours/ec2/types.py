"""DescribeInstanceTypes, for the sizes of some families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.neighbours.ec2.asking import Filter, filtered, paged
from drs_tui.simulator.neighbours.modelled import Answer, Call

_VCPUS = {"large": 2, "xlarge": 4} | {f"{n}xlarge": 4 * n for n in (2, 4, 8, 12, 16, 24)}
_SMALL = {"nano": 0.5, "micro": 1.0, "small": 2.0, "medium": 4.0, "large": 8.0}
"""Memory in GiB of the sizes of t3 that have two vCPUs."""

_GIB_PER_VCPU = {
    **dict.fromkeys(("c5", "c6i", "c7i"), 2),
    **dict.fromkeys(("m5", "m6i", "m7i", "g4dn"), 4),
    **dict.fromkeys(("r5", "r6i", "r7i"), 8),
}
_MOST_A_PAGE = 100


@dataclass(frozen=True, slots=True)
class InstanceType:
    """An instance type."""

    name: str
    vcpus: int
    memory_mib: int


def _types() -> Iterator[InstanceType]:
    for family, gib in _GIB_PER_VCPU.items():
        for size, vcpus in _VCPUS.items():
            yield InstanceType(f"{family}.{size}", vcpus, vcpus * gib * 1024)
    for size, memory in _SMALL.items():
        yield InstanceType(f"t3.{size}", 2, int(memory * 1024))
    for size, vcpus in (("xlarge", 4), ("2xlarge", 8)):
        yield InstanceType(f"t3.{size}", vcpus, vcpus * 4 * 1024)


TYPES = tuple(_types())
_FILTERS: dict[str, Filter[InstanceType]] = {
    "instance-type": lambda kind: [kind.name],
    "vcpu-info.default-vcpus": lambda kind: [str(kind.vcpus)],
}


def describe_instance_types(call: Call) -> Answer:
    """The types of the families that this simulator has."""
    names = call.parameters.get("InstanceTypes")
    unknown = set(names or ()) - {kind.name for kind in TYPES}
    if unknown:
        listed = ", ".join(sorted(unknown))
        raise ApiError(
            "InvalidInstanceType", f"The following supplied instance types do not exist: [{listed}]"
        )
    if call.parameters.get("MaxResults", _MOST_A_PAGE) > _MOST_A_PAGE:
        raise ApiError(
            "InvalidParameterValue", f"MaxResults is from 5 to {_MOST_A_PAGE} for instance types"
        )
    asked = [kind for kind in TYPES if names is None or kind.name in names]
    found = filtered(call, asked, _FILTERS, lambda _: {})
    shown, more = paged(
        call, "DescribeInstanceTypes", found, lambda kind: kind.name, ids="InstanceTypes"
    )
    return {"InstanceTypes": [_written(kind) for kind in shown], **more}


def _written(kind: InstanceType) -> Answer:
    return {
        "CurrentGeneration": True,
        "Hypervisor": "nitro",
        "InstanceType": kind.name,
        "MemoryInfo": {"SizeInMiB": kind.memory_mib},
        "VCpuInfo": {
            "DefaultVCpus": kind.vcpus,
            "DefaultCores": kind.vcpus // 2,
            "DefaultThreadsPerCore": 2,
        },
    }


OPERATIONS = {"DescribeInstanceTypes": describe_instance_types}
