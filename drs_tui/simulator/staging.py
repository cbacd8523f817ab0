"""Source servers that replicate in another account, and those that could be taken from there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.hardware import stable_id, stable_number

if TYPE_CHECKING:
    from drs_tui.simulator.region import Region

_SERVERS_TO_EXTEND = 3
"""How many a staging account has beside those that are extended already."""


@dataclass(frozen=True, slots=True)
class StagedServer:
    """A source server of a staging account."""

    arn: str
    hostname: str
    tags: dict[str, str]


def staging_account(region: Region, server: FleetServer) -> str:
    """The account that a source server replicates in."""
    return server.staging_account or region.account


def extended_from(region: Region, server: FleetServer) -> str | None:
    """The ARN of the source server that one is an extension of; None: it is none."""
    made_from = region.changes.extended.get(server.source_server_id)
    if made_from is not None or server.staging_account in {None, region.account}:
        return made_from
    identity = stable_id("s-", server.staging_account or "", server.source_server_id)
    return f"arn:aws:drs:{region.name}:{server.staging_account}:source-server/{identity}"


def extensible_servers(region: Region, account: str) -> list[StagedServer]:
    """What a staging account has that isn't extended yet, by ARN.

    Only the accounts have any that the scenario stages some source server in.
    """
    accounts = {server.staging_account for server in region.fleet.values()} - {region.account}
    if account not in accounts:
        return []
    staged = [
        _staged_server(f"arn:aws:drs:{region.name}:{account}:source-server/{identity}")
        for identity in (
            stable_id("s-", account, region.name, str(number))
            for number in range(_SERVERS_TO_EXTEND)
        )
    ]
    taken = region.changes.extended.values()
    return sorted((each for each in staged if each.arn not in taken), key=lambda each: each.arn)


def extended_server(server_id: str, arn: str) -> FleetServer:
    """The source server that extending a staged one makes."""
    staged = _staged_server(arn)
    number = stable_number(arn)
    return FleetServer(
        server_id,
        staged.hostname,
        staged.tags["Application"],
        staged.tags["Role"],
        f"10.30.{number % 250}.{number // 250 % 250 + 4}",
        staging_account=arn.split(":")[4],
    )


def _staged_server(arn: str) -> StagedServer:
    hostname = f"staged-{arn[-5:]}"
    tags = {"Application": "staged", "Environment": "production", "Name": hostname, "Role": "app"}
    return StagedServer(arn, hostname, tags)
