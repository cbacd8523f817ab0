"""Recovery instances, and what leads back from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from drs_tui.simulator.admission import refuse_busy
from drs_tui.simulator.answers.recovery_instance import recovery_instance
from drs_tui.simulator.answers.source_server import reversed_arn
from drs_tui.simulator.errors import conflict, invalid, not_found
from drs_tui.simulator.fleet import Origin
from drs_tui.simulator.instances import RecoveryInstance
from drs_tui.simulator.paging import page
from drs_tui.simulator.region import Region


def describe_recovery_instances(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """List the recovery instances that DRS knows now."""
    filters = parameters.get("filters") or {}
    instance_ids = set(filters.get("recoveryInstanceIDs") or ())
    servers = set(filters.get("sourceServerIDs") or ())
    matching = (
        instance
        for instance in region.listed_instances(now)
        if (not instance_ids or instance.recovery_instance_id in instance_ids)
        and (not servers or instance.source_server_id in servers)
    )
    found, more = page(
        "DescribeRecoveryInstances", parameters, matching, lambda i: i.recovery_instance_id
    )
    return {"items": [recovery_instance(region, each, now) for each in found], **more}


def disconnect_recovery_instance(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> None:
    """Let go of a recovery instance, which goes on running."""
    instance = known_instance(region, parameters, now)
    refuse_busy([instance.source_server_id], region.running_jobs(now))
    region.keep(replace(instance, disconnected_at=instance.disconnected_at or now))


def delete_recovery_instance(region: Region, parameters: Mapping[str, Any], now: datetime) -> None:
    """Forget a disconnected recovery instance, which goes on running."""
    instance = known_instance(region, parameters, now)
    if instance.disconnected_at is None:
        raise conflict(
            "recoveryInstance",
            instance.recovery_instance_id,
            f"Recovery instance {instance.recovery_instance_id} must be disconnected first",
        )
    refuse_busy([instance.source_server_id], region.running_jobs(now))
    region.keep(replace(instance, gone_at=now))


def reverse_replication(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Replicate a recovery instance back to the Region that its source server ran in."""
    instance = known_instance(region, parameters, now)
    server = region.fleet[instance.source_server_id]
    if server.origin is not Origin.AWS:
        raise invalid(
            f"Recovery instance {instance.recovery_instance_id} did not originate in EC2",
            ("recoveryInstanceID", "did not originate in EC2"),
        )
    if instance.reversed_at is not None or instance.disconnected_at is not None:
        is_so = "disconnected" if instance.disconnected_at else "being failed back"
        raise conflict(
            "recoveryInstance",
            instance.recovery_instance_id,
            f"Recovery instance {instance.recovery_instance_id} is {is_so} already",
        )
    refuse_busy([instance.source_server_id], region.running_jobs(now))
    region.keep(replace(instance, reversed_at=now))
    return {"reversedDirectionSourceServerArn": reversed_arn(region, instance)}


def stop_failback(region: Region, parameters: Mapping[str, Any], now: datetime) -> None:
    """Stop replicating a recovery instance back."""
    region.keep(replace(known_instance(region, parameters, now), reversed_at=None))


def known_instance(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> RecoveryInstance:
    """The recovery instance that a call names.

    Raises:
        ApiError: ResourceNotFoundException.
    """
    instance_id = parameters["recoveryInstanceID"]
    instance = region.instance(instance_id, now)
    if instance is None:
        raise not_found("recoveryInstance", instance_id, "Recovery instance")
    return instance
