"""How a source server is launched: what its scenario says, and what calls have changed of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.hardware import launch_template_id


def launch_configuration(
    region: str, server: FleetServer, changed: Mapping[str, Any]
) -> dict[str, Any]:
    """A LaunchConfiguration; `changed` holds those of its members that were set."""
    settings = server.launch
    into = settings.into_instance_id
    return {
        "copyPrivateIp": settings.copies_private_ip,
        "copyTags": settings.copies_tags,
        "ec2LaunchTemplateID": launch_template_id(region, server.source_server_id),
        "launchDisposition": settings.disposition,
        "launchIntoInstanceProperties": {"launchIntoEC2InstanceID": into} if into else {},
        "licensing": {"osByol": False},
        "name": server.name,
        "postLaunchEnabled": settings.has_post_launch_actions,
        "recoveryMode": "OPTIMAL",
        "sourceServerID": server.source_server_id,
        "targetInstanceTypeRightSizingMethod": settings.right_sizing,
        **changed,
    }


def instance_to_launch_into(configuration: Mapping[str, Any]) -> str | None:
    """The EC2 instance whose volumes a launch exchanges; None: it brings up a new one."""
    instance_id: str | None = configuration["launchIntoInstanceProperties"].get(
        "launchIntoEC2InstanceID"
    )
    return instance_id or None
