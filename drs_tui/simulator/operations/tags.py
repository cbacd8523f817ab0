"""The tags of source servers, recovery instances, jobs and templates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drs_tui.simulator.answers.recovery_instance import initial_tags
from drs_tui.simulator.answers.settings import template_ids
from drs_tui.simulator.errors import invalid, not_found
from drs_tui.simulator.region import Region

_MOST_TAGS = 50
"""How many tags AWS lets a resource have."""


def list_tags_for_resource(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """The tags of a resource."""
    return {"tags": _tags_of(region, parameters["resourceArn"], now)}


def tag_resource(region: Region, parameters: Mapping[str, Any], now: datetime) -> None:
    """Give a resource tags, or other values to those it has."""
    arn = parameters["resourceArn"]
    tags = _tags_of(region, arn, now) | parameters["tags"]
    for key in parameters["tags"]:
        if key.lower().startswith("aws:"):
            raise invalid(f"Tag key {key} is reserved for AWS", ("tags", "has a reserved key"))
    if len(tags) > _MOST_TAGS:
        raise invalid(f"{arn} would have {len(tags)} tags", ("tags", f"more than {_MOST_TAGS}"))
    region.changes.retag(arn, tags)


def untag_resource(region: Region, parameters: Mapping[str, Any], now: datetime) -> None:
    """Take tags from a resource; those it doesn't have are no error."""
    arn = parameters["resourceArn"]
    tags = _tags_of(region, arn, now)
    region.changes.retag(arn, {k: v for k, v in tags.items() if k not in parameters["tagKeys"]})


def _tags_of(region: Region, arn: str, now: datetime) -> dict[str, str]:
    """All tags that a resource has now.

    Raises:
        ApiError: ResourceNotFoundException.
    """
    kind, _, identity = arn.rpartition(":")[2].partition("/")
    initial = None
    if arn == region.arn(kind, identity):
        initial = _initial_tags(region, kind, identity, now)
    if initial is None:
        raise not_found("resource", arn, "Resource")
    return region.tags(arn, initial)


def _initial_tags(
    region: Region, kind: str, identity: str, now: datetime
) -> Mapping[str, str] | None:
    """The tags that a resource came with; None: there is no such resource."""
    match kind:
        case "source-server":
            server = region.server(identity)
            return None if server is None else server.tags
        case "recovery-instance":
            instance = region.instance(identity, now)
            return None if instance is None else initial_tags(region, instance)
        case "job":
            known = (job.tags for job in region.jobs if job.job_id == identity)
            return None if identity in region.changes.deleted else next(known, None)
        case _:
            return {} if template_ids(region).get(kind) == identity else None
