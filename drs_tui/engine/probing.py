"""What a check is asked to find out over the network, and where it may ask."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from drs_tui.model.launch_checks import CheckOutcome, HttpCheck
from drs_tui.model.machines import Ec2Instance
from drs_tui.model.observed import SourceServer


@dataclass(frozen=True, slots=True)
class Found:
    """What one try of a check found."""

    outcome: CheckOutcome
    words: str
    is_settled: bool = False
    """Whether trying again can find nothing else; what passed is always."""


def passed(words: str) -> Found:
    """It is as it should be."""
    return Found(CheckOutcome.PASSED, words, is_settled=True)


def failed(words: str, *, is_settled: bool = False) -> Found:
    """It isn't, so far."""
    return Found(CheckOutcome.FAILED, words, is_settled)


def refused(words: str) -> Found:
    """It was not tried, and must not be."""
    return Found(CheckOutcome.REFUSED, words, is_settled=True)


def unknown(words: str) -> Found:
    """It could not be tried."""
    return Found(CheckOutcome.UNKNOWN, words)


class Prober(Protocol):
    """Whoever asks over the network, from where the driver runs; nothing here raises."""

    async def tcp(self, address: str, port: int) -> Found:
        """Connect to a port, and let go of it."""

    async def http(self, address: str, check: HttpCheck) -> Found:
        """Send one request to an address, whatever host it names, and follow nothing."""

    async def command(
        self, argv: Sequence[str], environment: Mapping[str, str], folder: str
    ) -> Found:
        """Run a command in a folder, without a shell, with little more environment than given."""


def obstacle(
    instance: Ec2Instance, server_id: str, servers: Iterable[SourceServer]
) -> Found | None:
    """Why a server's instance must not be asked at its private address; None when it may.

    A copied private address leads from the bastion to production: it would answer, and pass.
    """
    try:
        address = ipaddress.ip_address(instance.private_address)
    except ValueError:
        return failed(f"EC2 names no private address of {instance.id}")
    told = False
    for server in servers:
        told = told or (server.id == server_id and bool(server.addresses))
        if address in _addresses(server):
            return refused(
                f"{address} is an address of the source server {server.name} too, so that "
                "production could answer: check `from: ssm`, or let the launch not copy it"
            )
    if not told:
        return unknown(
            f"DRS names no address of the source server of {instance.id}, so nobody knows "
            f"whether {address} leads to production: check `from: ssm`"
        )
    if address.is_loopback or address.is_link_local or address.is_multicast:
        return refused(f"{address} is no address of a recovery instance")
    return None


def _addresses(server: SourceServer) -> set[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    found = set()
    for text in server.addresses:
        try:
            found.add(ipaddress.ip_address(text.split("%")[0].split("/")[0]))
        except ValueError:
            continue
    return found
