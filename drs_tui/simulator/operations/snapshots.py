"""The points in time that a source server can be launched from."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from drs_tui.simulator.answers.forms import time_text
from drs_tui.simulator.errors import invalid
from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.hardware import device_names, stable_id
from drs_tui.simulator.operations.filters import moment_of
from drs_tui.simulator.paging import page
from drs_tui.simulator.region import Region
from drs_tui.simulator.snapshots import PointInTime


def describe_recovery_snapshots(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """List a source server's points in time, oldest first unless asked otherwise."""
    server = region.server(parameters["sourceServerID"])
    if server is None:
        raise invalid(
            f"Source server {parameters['sourceServerID']} does not exist",
            ("sourceServerID", "does not exist"),
        )
    filters = parameters.get("filters") or {}
    since = moment_of(filters, "fromDateTime", datetime.min.replace(tzinfo=UTC))
    until = moment_of(filters, "toDateTime", datetime.max.replace(tzinfo=UTC))
    points = [
        point for point in region.points_in_time(server, now) if since <= point.expected_at <= until
    ]
    position = _oldest_first
    if parameters.get("order") == "DESC":
        points.reverse()
        position = _newest_first
    found, more = page("DescribeRecoverySnapshots", parameters, points, position)
    return {"items": [_recovery_snapshot(server, point, now) for point in found], **more}


def _recovery_snapshot(server: FleetServer, point: PointInTime, now: datetime) -> dict[str, Any]:
    """A RecoverySnapshot; an unfinished one lacks what only the finished one has."""
    answer: dict[str, Any] = {
        "expectedTimestamp": time_text(point.expected_at),
        "snapshotID": point.snapshot_id,
        "sourceServerID": server.source_server_id,
    }
    if point.is_finished(now):
        answer["timestamp"] = time_text(point.taken_at)
        answer["ebsSnapshots"] = [
            stable_id("snap-", point.snapshot_id, device) for device in device_names(server)
        ]
    return answer


def _oldest_first(point: PointInTime) -> str:
    return f"{int(point.expected_at.timestamp() * 1e6):020d}"


def _newest_first(point: PointInTime) -> str:
    return f"{10**18 - int(point.expected_at.timestamp() * 1e6):020d}"
