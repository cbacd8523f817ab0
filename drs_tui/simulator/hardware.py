"""What a source server's machines are made of, derived from ids.

DRS and EC2 tell of the same volumes, addresses and launch templates because both read them here.
"""

from __future__ import annotations

import hashlib
import zlib

from drs_tui.simulator.fleet import FleetServer, Platform


def device_names(server: FleetServer) -> list[str]:
    """The disks as the source server's operating system calls them."""
    if server.platform is Platform.WINDOWS:
        return [f"c:{index}" for index in range(len(server.disks_gib))]
    return [f"/dev/nvme{index}n1" for index in range(len(server.disks_gib))]


def volume_id(instance_id: str, device: str) -> str:
    """The EBS volume that stands for one disk of an instance."""
    return f"vol-{stable_number(instance_id, device):08x}"


def private_address(server: FleetServer, instance_id: str) -> str:
    """The primary private IPv4 address of a source server's recovery instance."""
    if server.launch.copies_private_ip:
        return server.address
    number = stable_number(instance_id)
    if server.launch.subnet_id is None:
        return f"172.31.{number % 16}.{number // 16 % 250 + 4}"
    return f"{subnet_prefix(server.launch.subnet_id)}.{number % 250 + 4}"


def subnet_prefix(subnet_id: str) -> str:
    """The first three parts of every address in a subnet that launch settings name."""
    return f"10.99.{stable_number(subnet_id) % 256}"


def launch_template_id(region: str, source_server_id: str) -> str:
    """The EC2 launch template that DRS keeps for a source server."""
    return stable_id("lt-", region, source_server_id)


def stable_number(*parts: str) -> int:
    """A number of 32 bits that looks random and is the same in every process."""
    return zlib.crc32("/".join(parts).encode())


def stable_id(prefix: str, *parts: str) -> str:
    """An id with 17 hexadecimal digits that is the same in every process."""
    return prefix + hashlib.sha256("/".join(parts).encode()).hexdigest()[:17]
