"""Source servers and what steers their data replication."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from drs_tui.simulator.admission import refuse_busy
from drs_tui.simulator.answers.machine import identification_hints
from drs_tui.simulator.answers.source_server import LaunchHistory, source_server
from drs_tui.simulator.changes import Steering
from drs_tui.simulator.errors import ApiError, conflict, invalid, not_found
from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.paging import page
from drs_tui.simulator.region import Region
from drs_tui.simulator.replication import NOT_REPLICATING
from drs_tui.simulator.staging import staging_account


def describe_source_servers(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """List source servers with their replication as it is now."""
    filters = parameters.get("filters") or {}
    matching: Iterable[FleetServer] = region.servers()
    if filters:
        matching = (server for server in matching if _matches(region, server, filters))
    servers, more = page(
        "DescribeSourceServers", parameters, matching, lambda server: server.source_server_id
    )
    history = LaunchHistory.of(region, now)
    return {"items": [source_server(region, each, history, now) for each in servers], **more}


def start_replication(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Replicate a stopped source server again, from the beginning."""
    server = known_server(region, parameters)
    state = region.replication(server, now).state
    if state != "STOPPED":
        raise _in_state(server, state)
    _start(region, server, now)
    return {"sourceServer": _as_it_is(region, server, now)}


def stop_replication(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Stop replicating a source server, which deletes its points in time."""
    server = known_server(region, parameters)
    state = region.replication(server, now).state
    if state in NOT_REPLICATING:
        raise _in_state(server, state)
    refuse_busy([server.source_server_id], region.running_jobs(now))
    region.changes.steer(server.source_server_id, Steering.STOPPED, now)
    return {"sourceServer": _as_it_is(region, server, now)}


def retry_data_replication(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Initiate the replication of a source server anew."""
    server = known_server(region, parameters)
    state = region.replication(server, now).state
    if state not in {"STALLED", *NOT_REPLICATING}:
        raise invalid(
            f"Source server {server.source_server_id} is neither stalled nor stopped: its data "
            f"replication state is {state}",
            ("sourceServerID", f"is {state}"),
        )
    _start(region, server, now)
    return _as_it_is(region, server, now)


def disconnect_source_server(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Let go of a source server, which deletes its points in time."""
    server = known_server(region, parameters)
    server_id = server.source_server_id
    refuse_busy([server_id], region.running_jobs(now))
    instance = region.newest_instances(now).get(server_id)
    if instance is not None:
        raise conflict(
            "sourceServer",
            server_id,
            f"Source server {server_id} has the recovery instance {instance.recovery_instance_id}",
        )
    region.changes.steer(server_id, Steering.DISCONNECTED, now)
    return _as_it_is(region, server, now)


def delete_source_server(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Forget a disconnected source server."""
    server = known_server(region, parameters)
    state = region.replication(server, now).state
    if state != "DISCONNECTED":
        raise _in_state(server, state)
    region.changes.delete(server.source_server_id)
    return {}


def known_server(region: Region, parameters: Mapping[str, Any]) -> FleetServer:
    """The source server that a call names.

    Raises:
        ApiError: ResourceNotFoundException.
    """
    server_id = parameters["sourceServerID"]
    server = region.server(server_id)
    if server is None:
        raise not_found("sourceServer", server_id, "Source server")
    return server


def _start(region: Region, server: FleetServer, now: datetime) -> None:
    refuse_busy([server.source_server_id], region.running_jobs(now))
    region.changes.steer(server.source_server_id, Steering.STARTED, now)


def _in_state(server: FleetServer, state: str) -> ApiError:
    server_id = server.source_server_id
    return conflict(
        "sourceServer",
        server_id,
        f"Source server {server_id} can't do that: its data replication state is {state}",
    )


def _as_it_is(region: Region, server: FleetServer, now: datetime) -> dict[str, Any]:
    return source_server(region, server, LaunchHistory.of(region, now), now)


def _matches(region: Region, server: FleetServer, filters: Mapping[str, Any]) -> bool:
    ids = filters.get("sourceServerIDs")
    accounts = filters.get("stagingAccountIDs")
    hardware = filters.get("hardwareId")
    return (
        (not ids or server.source_server_id in ids)
        and (not accounts or staging_account(region, server) in accounts)
        and (not hardware or hardware in identification_hints(server).values())
    )
