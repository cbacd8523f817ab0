"""Where the launches of servers go: each network interface that their launch templates ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from drs_tui.model.machines import Interface, LaunchTemplate, Networks, Subnet


@dataclass(frozen=True, slots=True)
class Place:
    """An interface of an instance to come."""

    subnet_id: str
    """As the launch template names it; empty: EC2 takes one of the default VPC."""

    subnets: tuple[Subnet, ...]
    """Those that it can come to; empty when there is none such."""

    security_group_ids: tuple[str, ...]
    """Empty: the default one of its VPC."""

    fixed_addresses: tuple[str, ...]
    has_public_address: bool
    """Whether it has one, or may have."""


def places(template: LaunchTemplate, networks: Networks) -> Iterator[Place]:
    """The interfaces of what is launched by a template."""
    for wanted in template.interfaces or (Interface(),):
        subnets = tuple(networks.default_subnets)
        if wanted.subnet_id:
            known = networks.subnets.get(wanted.subnet_id)
            subnets = (known,) if known else ()
        public = wanted.has_public_address
        if public is None:
            public = any(subnet.gives_public_addresses for subnet in subnets)
        yield Place(
            wanted.subnet_id,
            subnets,
            wanted.security_group_ids or template.security_group_ids,
            wanted.private_addresses,
            public,
        )
