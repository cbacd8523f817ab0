"""What source servers and recovery instances are made of, as DRS tells of it."""

from __future__ import annotations

from typing import Any

from drs_tui.simulator.fleet import FleetServer, Origin, Platform
from drs_tui.simulator.hardware import device_names, stable_number

GIB = 1024**3
AGENT_VERSION = "5.4.0"

_OS_NAMES = {
    Platform.LINUX: "Linux version 5.14.0-503.el9.x86_64 (gcc version 11.5.0) #1 SMP",
    Platform.WINDOWS: "Microsoft Windows Server 2022 Datacenter 10.0.20348",
}


def machine(server: FleetServer, address: str) -> dict[str, Any]:
    """What SourceProperties and RecoveryInstanceProperties have in common."""
    core = {"cores": 1, "modelName": "Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz"}
    return {
        "cpus": [core] * server.cpus,
        "networkInterfaces": [
            {
                "ips": [address],
                "isPrimary": True,
                "macAddress": str(2_000_000_000_000 + stable_number(address)),
            }
        ],
        "os": {"fullString": _OS_NAMES[server.platform]},
        "ramBytes": server.ram_gib * GIB,
    }


def disks(server: FleetServer) -> list[tuple[str, int]]:
    """The device name and the size in bytes of each disk."""
    return [
        (device, size * GIB)
        for device, size in zip(device_names(server), server.disks_gib, strict=True)
    ]


def identification_hints(server: FleetServer) -> dict[str, str]:
    """How a source server's hardware and host are told from others."""
    hints = {"fqdn": f"{server.name}.corp.example", "hostname": server.name}
    tail = server.source_server_id.removeprefix("s-")
    if server.origin is Origin.AWS:
        hints["awsInstanceID"] = f"i-{tail}"
    else:
        hints["vmWareUuid"] = f"4217{tail[:4]}-{tail[4:8]}-{tail[8:12]}-0000-0000000{tail[12:]}"
    return hints
