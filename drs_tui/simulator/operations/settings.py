"""How source servers are launched and replicated."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drs_tui.simulator.admission import refuse_busy
from drs_tui.simulator.answers.settings import (
    launch_configuration_template,
    replication_configuration,
    replication_configuration_template,
)
from drs_tui.simulator.errors import not_found
from drs_tui.simulator.operations.recovery_instances import known_instance
from drs_tui.simulator.operations.source_servers import known_server
from drs_tui.simulator.paging import page
from drs_tui.simulator.region import Region

_NAMES_THE_SERVER = "sourceServerID"


def get_launch_configuration(
    region: Region, parameters: Mapping[str, Any], _now: datetime
) -> dict[str, Any]:
    """How a source server is launched."""
    return region.launch_configuration(known_server(region, parameters))


def update_launch_configuration(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Change how a source server is launched; what is not given stays."""
    server = known_server(region, parameters)
    refuse_busy([server.source_server_id], region.running_jobs(now))
    given = {
        member: value
        for member, value in parameters.items()
        if member != _NAMES_THE_SERVER and value is not None
    }
    region.changes.set_launch(server.source_server_id, given)
    return region.launch_configuration(server)


def get_replication_configuration(
    region: Region, parameters: Mapping[str, Any], _now: datetime
) -> dict[str, Any]:
    """How a source server is replicated."""
    return replication_configuration(region, known_server(region, parameters))


def get_failback_replication_configuration(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """How a recovery instance is replicated back."""
    instance = known_instance(region, parameters, now)
    return {
        "bandwidthThrottling": 0,
        "name": region.fleet[instance.source_server_id].name,
        "recoveryInstanceID": instance.recovery_instance_id,
        "usePrivateIP": False,
    }


def describe_launch_configuration_templates(
    region: Region, parameters: Mapping[str, Any], _now: datetime
) -> dict[str, Any]:
    """The one template that new source servers get their launch configuration from."""
    template = launch_configuration_template(region)
    return _templates(
        "DescribeLaunchConfigurationTemplates",
        "launchConfigurationTemplateID",
        template,
        parameters,
    )


def describe_replication_configuration_templates(
    region: Region, parameters: Mapping[str, Any], _now: datetime
) -> dict[str, Any]:
    """The one template that new source servers get their replication configuration from."""
    template = replication_configuration_template(region)
    return _templates(
        "DescribeReplicationConfigurationTemplates",
        "replicationConfigurationTemplateID",
        template,
        parameters,
    )


def _templates(
    operation: str, member: str, template: Mapping[str, Any], parameters: Mapping[str, Any]
) -> dict[str, Any]:
    """The template, if it is the one asked for or none was."""
    for template_id in parameters.get(f"{member}s") or ():
        if template_id != template[member]:
            kind = member.removesuffix("ID")
            raise not_found(kind, template_id, "Configuration template")
    items, more = page(operation, parameters, [template], lambda each: each[member])
    return {"items": items, **more}
