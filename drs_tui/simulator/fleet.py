"""The source servers that every scenario replicates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Platform(StrEnum):
    """The operating system family, which decides how long a recovery takes."""

    LINUX = "linux"
    WINDOWS = "windows"


class Origin(StrEnum):
    """Where a source server runs, in the words of OriginEnvironment."""

    AWS = "AWS"
    ON_PREMISES = "ON_PREMISES"


NEVER_LAUNCHABLE = frozenset({"STOPPED", "INITIATING", "INITIAL_SYNC"})
"""Replication states without a consistent point in time to launch from."""

UNREACHABLE = frozenset({"STALLED", "DISCONNECTED"})
"""Replication states in which no fresh snapshot can be taken: an older one is used."""


@dataclass(frozen=True, slots=True)
class FleetServer:
    """What doesn't change about a source server."""

    source_server_id: str
    name: str
    application: str
    role: str
    address: str
    """Its primary private IPv4 address at the source."""
    platform: Platform = Platform.LINUX
    origin: Origin = Origin.AWS
    replication_state: str = "CONTINUOUS"
    instance_type: str = "m5.large"
    cpus: int = 2
    ram_gib: int = 8
    disks_gib: tuple[int, ...] = (40,)

    @property
    def is_launchable(self) -> bool:
        """Whether DRS holds a consistent point in time of it."""
        return self.replication_state not in NEVER_LAUNCHABLE

    @property
    def is_reachable(self) -> bool:
        """Whether a fresh snapshot can be taken of it."""
        return self.replication_state not in UNREACHABLE

    @property
    def tags(self) -> dict[str, str]:
        """The tags the source server carries in DRS."""
        return {
            "Application": self.application,
            "Environment": "production",
            "Name": self.name,
            "Role": self.role,
        }


ORDERS = (
    FleetServer(
        "s-1a2b3c4d5e6f70001",
        "orders-db-1",
        "orders",
        "database",
        "10.10.1.11",
        instance_type="r5.xlarge",
        cpus=4,
        ram_gib=32,
        disks_gib=(40, 500),
    ),
    FleetServer(
        "s-1a2b3c4d5e6f70002",
        "orders-db-2",
        "orders",
        "database",
        "10.10.1.12",
        instance_type="r5.xlarge",
        cpus=4,
        ram_gib=32,
        disks_gib=(40, 500),
    ),
    FleetServer("s-1a2b3c4d5e6f70003", "orders-app-1", "orders", "app", "10.10.2.11"),
    FleetServer("s-1a2b3c4d5e6f70004", "orders-app-2", "orders", "app", "10.10.2.12"),
    FleetServer("s-1a2b3c4d5e6f70005", "orders-web-1", "orders", "web", "10.10.3.11"),
    FleetServer("s-1a2b3c4d5e6f70006", "orders-web-2", "orders", "web", "10.10.3.12"),
)
"""A three-tier application."""

BILLING = (
    FleetServer(
        "s-1a2b3c4d5e6f71001",
        "billing-db-1",
        "billing",
        "database",
        "10.20.1.11",
        instance_type="r5.xlarge",
        cpus=4,
        ram_gib=32,
        disks_gib=(40, 250),
    ),
    FleetServer("s-1a2b3c4d5e6f71002", "billing-app-1", "billing", "app", "10.20.2.11"),
    FleetServer("s-1a2b3c4d5e6f71003", "billing-app-2", "billing", "app", "10.20.2.12"),
    FleetServer(
        "s-1a2b3c4d5e6f71004",
        "billing-batch-1",
        "billing",
        "batch",
        "10.20.3.11",
        instance_type="c5.2xlarge",
        cpus=8,
        ram_gib=16,
    ),
)
"""A smaller application with a batch machine."""

ELSEWHERE = (
    FleetServer(
        "s-1a2b3c4d5e6f72001",
        "intranet-wiki-1",
        "intranet",
        "web",
        "192.168.10.21",
        origin=Origin.ON_PREMISES,
    ),
    FleetServer(
        "s-1a2b3c4d5e6f72002",
        "files-1",
        "files",
        "fileserver",
        "192.168.10.31",
        platform=Platform.WINDOWS,
        origin=Origin.ON_PREMISES,
        ram_gib=16,
        disks_gib=(100, 2000),
    ),
    FleetServer(
        "s-1a2b3c4d5e6f72003",
        "legacy-crm-1",
        "crm",
        "app",
        "192.168.10.41",
        origin=Origin.ON_PREMISES,
        replication_state="STALLED",
    ),
    FleetServer(
        "s-1a2b3c4d5e6f72004",
        "new-hr-1",
        "hr",
        "app",
        "192.168.10.51",
        origin=Origin.ON_PREMISES,
        replication_state="INITIAL_SYNC",
        disks_gib=(40, 300),
    ),
)
"""Servers that stand in no example plan: another platform, other replication states."""

FLEET = ORDERS + BILLING + ELSEWHERE
"""The same ids, names and tags in every Region."""
