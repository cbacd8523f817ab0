"""The networks of a simulated Region: its default VPC, one for drills, one for staging.

The default one is where DRS launches when a launch template names no subnet. Subnets that a
scenario's launch settings name lie in the VPC for drills, which is cut off from the others.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.hardware import stable_id, subnet_prefix
from drs_tui.simulator.region import Region


@dataclass(frozen=True, slots=True)
class Vpc:
    """A virtual private cloud."""

    vpc_id: str
    name: str
    cidr: str
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet."""

    subnet_id: str
    vpc: Vpc
    name: str
    cidr: str
    zone: str
    is_default: bool = False


def default_vpc(region: str) -> Vpc:
    """The VPC that every Region comes with."""
    return Vpc(stable_id("vpc-", region, "default"), "default", "172.31.0.0/16", is_default=True)


def drill_vpc(region: str) -> Vpc:
    """The VPC for drills."""
    return Vpc(stable_id("vpc-", region, "drill"), "drill", "10.99.0.0/16")


def staging_vpc(region: str) -> Vpc:
    """The VPC of replication and conversion servers."""
    return Vpc(stable_id("vpc-", region, "staging"), "drs-staging", "10.98.0.0/16")


def security_group_id(vpc: Vpc) -> str:
    """The default security group of a VPC."""
    return stable_id("sg-", vpc.vpc_id)


@cache
def staging_subnet(region: str) -> Subnet:
    """The staging area subnet of every source server."""
    identity = stable_id("subnet-", region, "staging")
    return Subnet(identity, staging_vpc(region), "drs-staging-a", "10.98.0.0/20", f"{region}a")


def recovery_subnet(region: str, server: FleetServer) -> Subnet:
    """Where a source server's recovery instances live."""
    named = server.launch.subnet_id
    return _default_subnets(region)[0] if named is None else _drill_subnet(region, named)


def vpcs(region: str) -> list[Vpc]:
    """All VPCs of a Region."""
    return [default_vpc(region), drill_vpc(region), staging_vpc(region)]


def subnets(region: Region) -> list[Subnet]:
    """All subnets of a Region."""
    named = {server.launch.subnet_id for server in region.servers()} - {None}
    drill = [_drill_subnet(region.name, identity) for identity in named if identity is not None]
    return [*_default_subnets(region.name), *drill, staging_subnet(region.name)]


@cache
def _default_subnets(region: str) -> tuple[Subnet, ...]:
    return tuple(
        Subnet(
            stable_id("subnet-", region, "default", zone),
            default_vpc(region),
            f"default-{zone}",
            f"172.31.{third}.0/20",
            f"{region}{zone}",
            is_default=True,
        )
        for zone, third in (("a", 0), ("b", 16), ("c", 32))
    )


@cache
def _drill_subnet(region: str, identity: str) -> Subnet:
    cidr = f"{subnet_prefix(identity)}.0/24"
    return Subnet(identity, drill_vpc(region), f"drill-{identity[-4:]}", cidr, f"{region}a")
