"""Amazon EC2: what DRS has launched, and what it would launch; reads only."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TypeVar

from drs_tui.aws import parse
from drs_tui.aws.errors import AwsRefused
from drs_tui.aws.service import Service
from drs_tui.model.machines import (
    SOURCE_SERVER_TAG,
    Ec2Instance,
    InstanceChecks,
    Interface,
    LaunchTemplate,
    Subnet,
    Volume,
)

MOST_FILTER_VALUES = 200
"""Values that one filter of an EC2 call takes (EC2 API reference)."""

MOST_ONE_BY_ONE = 20
"""Launch templates that are read by themselves rather than with all those of the Region."""

_PAGE_SIZE = 200
_TYPES_A_PAGE = 100
_FEW = 5
_NO_TEMPLATE = "InvalidLaunchTemplateId.NotFound"

_DIGEST = 12
"""Hexadecimal digits: enough to see that something differs."""

T = TypeVar("T")


class Ec2:
    """EC2 of one account and Region; every method raises `AwsError`.

    What is asked for by ids is asked with a filter: EC2 refuses a whole call for one id that it
    knows no more.
    """

    def __init__(self, service: Service) -> None:
        """Call through `service`."""
        self._service = service
        self._templates: dict[tuple[str, int], LaunchTemplate] = {}
        """By id and version: those that were read."""

    async def instances(self, instance_ids: Sequence[str]) -> list[Ec2Instance]:
        """The named instances; those that EC2 doesn't know, or no more, are absent."""
        return await self._instances("instance-id", instance_ids)

    async def instances_of_servers(self, server_ids: Sequence[str]) -> list[Ec2Instance]:
        """Every instance that DRS launched from these source servers, whatever became of it since.

        DRS's tag names the server even where DRS itself has forgotten the instance.
        """
        return await self._instances(f"tag:{SOURCE_SERVER_TAG}", server_ids)

    async def running_types(self) -> Mapping[str, int]:
        """How many instances run of each type: all of the Region that EC2's quotas count.

        Spot Instances and those on Dedicated Hosts have quotas of their own.
        """
        states = ["pending", "running"]
        found = await self._filtered(
            _counted_types, "DescribeInstances", "Reservations", "instance-state-name", states
        )
        return Counter(chain.from_iterable(found))

    async def vcpus_of_types(self, names: Sequence[str]) -> Mapping[str, int]:
        """The vCPUs of an instance of each type; types that EC2 doesn't know are absent."""
        found: dict[str, int] = {}
        for batch in _batches(names):
            types = await self._items(
                _type_and_vcpus,
                "DescribeInstanceTypes",
                "InstanceTypes",
                Filters=[{"Name": "instance-type", "Values": batch}],
                MaxResults=_TYPES_A_PAGE,
            )
            found |= {name: count for name, count in types if isinstance(count, int)}
        return found

    async def instance_checks(self, instance_ids: Sequence[str]) -> list[InstanceChecks]:
        """The status checks of the named instances; those that EC2 doesn't know are absent."""
        # Unlike DescribeInstances this one has no filter by id, so that one unknown id refuses all.
        known = [instance.id for instance in await self.instances(instance_ids)]
        found: list[InstanceChecks] = []
        for batch in _batches(known):
            answer = await self._service.read(
                "DescribeInstanceStatus", InstanceIds=batch, IncludeAllInstances=True
            )
            found += [_checks(item) for item in parse.sequence(answer, "InstanceStatuses")]
        return found

    async def try_instance_checks(self) -> None:
        """Read a few status checks, for the sake of being allowed to."""
        await self._service.read("DescribeInstanceStatus", MaxResults=_FEW)

    async def is_protected(self, instance_id: str) -> bool | None:
        """Whether termination protection is on; None when EC2 doesn't say."""
        answer = await self._service.read(
            "DescribeInstanceAttribute", InstanceId=instance_id, Attribute="disableApiTermination"
        )
        value = parse.member(answer, "DisableApiTermination", "Value")
        return value if isinstance(value, bool) else None

    async def volumes(self, volume_ids: Sequence[str]) -> list[Volume]:
        """The named volumes; those that EC2 doesn't know, or no more, are absent."""
        return await self._filtered(_volume, "DescribeVolumes", "Volumes", "volume-id", volume_ids)

    async def default_templates(self, template_ids: Sequence[str]) -> list[LaunchTemplate]:
        """The default version of these launch templates, which launches follow now.

        EC2 changes no version once it is there, so that each is read once. A call reads one
        template, or all of the Region; many that are not known yet are found among all.
        """
        versions: dict[str, int] = {}
        for batch in _batches(list(dict.fromkeys(template_ids))):
            versions |= await self._default_versions(batch)
        unknown = [each for each in versions.items() if each not in self._templates]
        if len(unknown) > MOST_ONE_BY_ONE:
            wanted = set(unknown)
            every = await self._templates_of(Versions=["$Default"])
            self._keep(each for each in every if (each.id, each.version) in wanted)
        else:
            reads = (self.default_template(template_id) for template_id, _ in unknown)
            self._keep(each for each in await asyncio.gather(*reads) if each is not None)
        return [self._templates[each] for each in versions.items() if each in self._templates]

    async def _default_versions(self, template_ids: Sequence[str]) -> dict[str, int]:
        """The default version of each template, at most 200; unknown ones are absent."""
        if not template_ids:
            return {}
        try:
            items = await self._service.items(
                "DescribeLaunchTemplates",
                {"LaunchTemplateIds": list(template_ids)},
                under="LaunchTemplates",
                more="NextToken",
            )
        except AwsRefused as error:
            if error.code != _NO_TEMPLATE:
                raise
            # The whole call is refused for one that is gone.
            half = len(template_ids) // 2
            first = await self._default_versions(template_ids[:half])
            return first | await self._default_versions(template_ids[half:]) if half else {}
        return {
            parse.text(parse.member(item, "LaunchTemplateId")): version
            for item in items
            if isinstance(version := parse.member(item, "DefaultVersionNumber"), int)
        }

    def _keep(self, templates: Iterable[LaunchTemplate]) -> None:
        for each in templates:
            if each.version is not None:
                self._templates[each.id, each.version] = each

    async def default_template(self, template_id: str) -> LaunchTemplate | None:
        """The default version of one launch template; None when EC2's answer has none."""
        found = await self._templates_of(LaunchTemplateId=template_id, Versions=["$Default"])
        return found[0] if found else None

    async def _templates_of(self, **parameters: object) -> list[LaunchTemplate]:
        return await self._items(
            _template, "DescribeLaunchTemplateVersions", "LaunchTemplateVersions", **parameters
        )

    async def subnets(self, subnet_ids: Sequence[str]) -> list[Subnet]:
        """The named subnets; those that EC2 doesn't know are absent."""
        return await self._subnets("subnet-id", subnet_ids)

    async def default_subnets(self) -> list[Subnet]:
        """The subnets of the default VPC, one a zone; empty where somebody has deleted it."""
        return await self._subnets("default-for-az", ["true"])

    async def _instances(self, name: str, values: Sequence[str]) -> list[Ec2Instance]:
        found = await self._filtered(
            _instances_in, "DescribeInstances", "Reservations", name, values
        )
        return [*chain.from_iterable(found)]

    async def _subnets(self, name: str, values: Sequence[str]) -> list[Subnet]:
        return await self._filtered(_subnet, "DescribeSubnets", "Subnets", name, values)

    async def _filtered(
        self,
        read: Callable[[object], T],
        operation: str,
        under: str,
        name: str,
        values: Sequence[str],
    ) -> list[T]:
        """All pages for every value; no call at all for none, which to EC2 would mean all."""
        return [
            item
            for batch in _batches(list(dict.fromkeys(values)))
            for item in await self._items(
                read, operation, under, Filters=[{"Name": name, "Values": batch}]
            )
        ]

    async def _items(
        self, read: Callable[[object], T], operation: str, under: str, **parameters: object
    ) -> list[T]:
        sized = {"MaxResults": _PAGE_SIZE, **parameters}
        return await self._service.items_as(read, operation, sized, under=under, more="NextToken")


def _batches(values: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(values), MOST_FILTER_VALUES):
        yield list(values[start : start + MOST_FILTER_VALUES])


def _type_and_vcpus(item: object) -> tuple[str, object]:
    count = parse.member(item, "VCpuInfo", "DefaultVCpus")
    return parse.text(parse.member(item, "InstanceType")), count


def _counted_types(reservation: object) -> list[str]:
    return [
        parse.text(parse.member(instance, "InstanceType"))
        for instance in parse.sequence(reservation, "Instances")
        if not parse.text(parse.member(instance, "InstanceLifecycle"))
        and parse.text(parse.member(instance, "Placement", "Tenancy")) != "host"
    ]


def _instances_in(reservation: object) -> list[Ec2Instance]:
    return [_instance(instance) for instance in parse.sequence(reservation, "Instances")]


def _instance(item: object) -> Ec2Instance:
    mapped = parse.sequence(item, "BlockDeviceMappings")
    return Ec2Instance(
        id=parse.text(parse.member(item, "InstanceId")),
        state=parse.text(parse.member(item, "State", "Name")),
        type=parse.text(parse.member(item, "InstanceType")),
        launched_at=parse.moment(parse.member(item, "LaunchTime")),
        tags=_tags(item),
        interfaces=tuple(_interface(i) for i in parse.sequence(item, "NetworkInterfaces")),
        private_address=parse.text(parse.member(item, "PrivateIpAddress")),
        volume_ids=_texts(parse.member(each, "Ebs", "VolumeId") for each in mapped),
    )


def _interface(item: object) -> Interface:
    """An interface of an instance."""
    return Interface(
        subnet_id=parse.text(parse.member(item, "SubnetId")),
        vpc_id=parse.text(parse.member(item, "VpcId")),
        security_group_ids=_texts(
            parse.member(group, "GroupId") for group in parse.sequence(item, "Groups")
        ),
        private_addresses=_addresses(item),
        has_public_address=bool(parse.text(parse.member(item, "Association", "PublicIp"))),
    )


def _interface_wanted(item: object) -> Interface:
    """An interface that a launch template asks for."""
    public = parse.member(item, "AssociatePublicIpAddress")
    return Interface(
        subnet_id=parse.text(parse.member(item, "SubnetId")),
        security_group_ids=_texts(parse.sequence(item, "Groups")),
        private_addresses=_addresses(item),
        has_public_address=public if isinstance(public, bool) else None,
    )


def _addresses(item: object) -> tuple[str, ...]:
    """The first, and those beside it, which an instance's interface lists once more."""
    others = parse.sequence(item, "PrivateIpAddresses")
    listed = (parse.member(each, "PrivateIpAddress") for each in others)
    return tuple(dict.fromkeys(_texts((parse.member(item, "PrivateIpAddress"), *listed))))


def _checks(item: object) -> InstanceChecks:
    return InstanceChecks(
        id=parse.text(parse.member(item, "InstanceId")),
        state=parse.text(parse.member(item, "InstanceState", "Name")),
        system=parse.text(parse.member(item, "SystemStatus", "Status")),
        instance=parse.text(parse.member(item, "InstanceStatus", "Status")),
    )


def _volume(item: object) -> Volume:
    attached = parse.sequence(item, "Attachments")
    return Volume(
        id=parse.text(parse.member(item, "VolumeId")),
        state=parse.text(parse.member(item, "State")),
        instance_ids=_texts(parse.member(each, "InstanceId") for each in attached),
        tags=_tags(item),
    )


def _template(item: object) -> LaunchTemplate:
    version = parse.member(item, "VersionNumber")
    data = parse.member(item, "LaunchTemplateData")
    groups = parse.sequence(data, "SecurityGroupIds")
    return LaunchTemplate(
        id=parse.text(parse.member(item, "LaunchTemplateId")),
        version=version if isinstance(version, int) else None,
        is_default=parse.member(item, "DefaultVersion") is True,
        instance_type=parse.text(parse.member(data, "InstanceType")),
        interfaces=tuple(_interface_wanted(i) for i in parse.sequence(data, "NetworkInterfaces")),
        security_group_ids=_texts(groups),
        digest=_digest(data),
    )


def _digest(data: object) -> str:
    text = json.dumps(parse.to_json(data), sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]


def _subnet(item: object) -> Subnet:
    free = parse.member(item, "AvailableIpAddressCount")
    return Subnet(
        id=parse.text(parse.member(item, "SubnetId")),
        vpc_id=parse.text(parse.member(item, "VpcId")),
        zone=parse.text(parse.member(item, "AvailabilityZone")),
        free_addresses=free if isinstance(free, int) else None,
        is_default=parse.member(item, "DefaultForAz") is True,
        gives_public_addresses=parse.member(item, "MapPublicIpOnLaunch") is True,
    )


def _tags(item: object) -> Mapping[str, str]:
    return {
        parse.text(parse.member(tag, "Key")): parse.text(parse.member(tag, "Value"))
        for tag in parse.sequence(item, "Tags")
    }


def _texts(values: Iterable[object]) -> tuple[str, ...]:
    """Those of some values that say something."""
    return tuple(text for text in map(parse.text, values) if text)
