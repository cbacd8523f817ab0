"""DescribeLaunchTemplates and DescribeLaunchTemplateVersions.

Each source server has a template that DRS made for it. Its first version is as it was made; the
second, the default one that launches follow, is as the launch settings have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.hardware import launch_template_id
from drs_tui.simulator.neighbours.ec2.asking import Filter, filtered, named, paged, tags_of
from drs_tui.simulator.neighbours.ec2.machines import attached_as
from drs_tui.simulator.neighbours.ec2.network import default_vpc, drill_vpc, security_group_id
from drs_tui.simulator.neighbours.modelled import Answer, Call
from drs_tui.simulator.region import Region

DEFAULT_VERSION = 2

_MADE_BEFORE = timedelta(days=41)
_SET_BEFORE = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Template:
    """The launch template of one source server."""

    template_id: str
    server: FleetServer
    made_at: datetime

    @property
    def name(self) -> str:
        """Its name, which DRS chooses."""
        return (
            "created-and-used-by-elastic-disaster-recovery-service-"
            f"{self.server.source_server_id}-{self.made_at:%y%m%d-%H%M%S}"
        )

    @property
    def tags(self) -> dict[str, str]:
        """Its own tags."""
        return {
            "AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com",
            "AWSElasticDisasterRecoverySourceServerID": self.server.source_server_id,
            "Name": self.server.name,
        }


_FILTERS: dict[str, Filter[Template]] = {
    "launch-template-name": lambda template: [template.name],
}


def describe_launch_templates(call: Call) -> Answer:
    """The templates of all source servers."""
    asked = _named(call, call.parameters.get("LaunchTemplateIds"))
    names = call.parameters.get("LaunchTemplateNames")
    if names is not None:
        asked = [template for template in asked if template.name in names]
        _refuse_missing_names(set(names) - {template.name for template in asked})
    found = filtered(call, asked, _FILTERS, lambda template: template.tags)
    shown, more = paged(call, "DescribeLaunchTemplates", found, _identity, fewest=1)
    return {
        "LaunchTemplates": [
            {
                "CreateTime": template.made_at,
                "CreatedBy": _creator(call),
                "DefaultVersionNumber": DEFAULT_VERSION,
                "LatestVersionNumber": DEFAULT_VERSION,
                "LaunchTemplateId": template.template_id,
                "LaunchTemplateName": template.name,
                "Tags": tags_of(template.tags),
            }
            for template in shown
        ],
        **more,
    }


def describe_launch_template_versions(call: Call) -> Answer:
    """Versions of one template, or the default or latest version of all."""
    parameters = call.parameters
    template_id, name = parameters.get("LaunchTemplateId"), parameters.get("LaunchTemplateName")
    versions = parameters.get("Versions")
    if template_id is None and name is None:
        if not versions or not set(versions) <= {"$Default", "$Latest"}:
            raise ApiError(
                "MissingParameter",
                "Without a launch template, Versions must be $Default or $Latest",
            )
        templates = _named(call, None)
    else:
        templates = _named(call, None if template_id is None else [template_id])
        if name is not None:
            templates = [template for template in templates if template.name == name]
            _refuse_missing_names(set() if templates else {name})
    asked = sorted(set(_versions(call, versions)))
    pairs = [(template, version) for template in templates for version in asked]
    shown, more = paged(
        call,
        "DescribeLaunchTemplateVersions",
        pairs,
        lambda pair: f"{pair[0].template_id}/{pair[1]}",
        fewest=1,
    )
    return {
        "LaunchTemplateVersions": [
            _version(template, version, call) for template, version in shown
        ],
        **more,
    }


def _templates(call: Call) -> list[Template]:
    region = call.region
    return [
        Template(
            launch_template_id(region.name, server.source_server_id),
            server,
            region.created_at - _MADE_BEFORE,
        )
        for server in region.servers()
    ]


def _named(call: Call, ids: list[str] | None) -> list[Template]:
    return named(
        _templates(call),
        ids,
        _identity,
        prefix="lt",
        kind="launch template",
        code="InvalidLaunchTemplateId",
    )


def _identity(template: Template) -> str:
    return template.template_id


def _refuse_missing_names(names: set[str]) -> None:
    if names:
        raise ApiError(
            "InvalidLaunchTemplateName.NotFoundException",
            "At least one of the launch templates specified in the request does not exist: "
            + ", ".join(sorted(names)),
        )


def _versions(call: Call, asked: list[str] | None) -> Iterator[int]:
    """The numbers of the versions asked for."""
    if asked is None:
        least = int(call.parameters.get("MinVersion", 1))
        yield from range(least, int(call.parameters.get("MaxVersion", DEFAULT_VERSION)) + 1)
        return
    for text in asked:
        number = DEFAULT_VERSION if text in {"$Default", "$Latest"} else _number(text)
        if not 1 <= number <= DEFAULT_VERSION:
            raise ApiError(
                "InvalidLaunchTemplateId.VersionNotFound",
                f"Could not find the specified version {number} for the launch template",
            )
        yield number


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ApiError(
            "InvalidLaunchTemplateVersion.Malformed", f"'{text}' is no version of a launch template"
        ) from None


def _version(template: Template, version: int, call: Call) -> Answer:
    is_default = version == DEFAULT_VERSION
    return {
        "CreateTime": template.made_at if version == 1 else call.region.created_at - _SET_BEFORE,
        "CreatedBy": _creator(call),
        "DefaultVersion": is_default,
        "LaunchTemplateData": _data(template, call.region, follows_settings=is_default),
        "LaunchTemplateId": template.template_id,
        "LaunchTemplateName": template.name,
        "VersionNumber": version,
    }


def _data(template: Template, region: Region, *, follows_settings: bool) -> Answer:
    server, launch = template.server, template.server.launch
    interface: Answer = {
        "AssociatePublicIpAddress": False,
        "DeleteOnTermination": True,
        "DeviceIndex": 0,
    }
    if follows_settings:
        vpc = default_vpc(region.name) if launch.subnet_id is None else drill_vpc(region.name)
        interface["Groups"] = list(launch.security_group_ids) or [security_group_id(vpc)]
        if launch.subnet_id is not None:
            interface["SubnetId"] = launch.subnet_id
        if region.launch_configuration(server)["copyPrivateIp"]:
            interface["PrivateIpAddress"] = server.address
    tags = tags_of(template.tags)
    return {
        "BlockDeviceMappings": [
            {
                "DeviceName": attached_as(index),
                "Ebs": {"DeleteOnTermination": True, "Iops": 3000, "VolumeType": "gp3"},
            }
            for index in range(len(server.disks_gib))
        ],
        "DisableApiTermination": launch.is_protected and follows_settings,
        "InstanceType": server.instance_type,
        "NetworkInterfaces": [interface],
        "TagSpecifications": [
            {"ResourceType": resource, "Tags": tags} for resource in ("instance", "volume")
        ],
    }


def _creator(call: Call) -> str:
    return (
        f"arn:aws:sts::{call.account.scenario.account}:assumed-role/"
        "AWSServiceRoleForElasticDisasterRecovery/drs"
    )


OPERATIONS = {
    "DescribeLaunchTemplates": describe_launch_templates,
    "DescribeLaunchTemplateVersions": describe_launch_template_versions,
}
