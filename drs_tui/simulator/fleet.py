"""Source servers, and the fleet of the example plans that most scenarios replicate."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Platform(StrEnum):
    """The operating system family, which decides how long a recovery takes."""

    LINUX = "linux"
    WINDOWS = "windows"


class Origin(StrEnum):
    """Where a source server runs, in the words of OriginEnvironment."""

    AWS = "AWS"
    ON_PREMISES = "ON_PREMISES"


class Direction(StrEnum):
    """Which way a source server replicates, in the words of ReplicationDirection."""

    FAILOVER = "FAILOVER"
    FAILBACK = "FAILBACK"


@dataclass(frozen=True, slots=True)
class LaunchSettings:
    """What a source server's launch configuration and EC2 launch template say."""

    into_instance_id: str | None = None
    """An EC2 instance whose volumes a launch exchanges, instead of bringing up a new one."""
    disposition: str = "STARTED"
    """STARTED or STOPPED."""
    copies_private_ip: bool = False
    copies_tags: bool = True
    right_sizing: str = "BASIC"
    """NONE, BASIC or IN_AWS."""
    has_post_launch_actions: bool = False
    subnet_id: str | None = None
    """None: the template names none, and the Region's default subnet is taken."""
    security_group_ids: tuple[str, ...] = ()
    is_protected: bool = False
    """Whether the template switches termination protection on."""


@dataclass(frozen=True, slots=True)
class PastInstance:
    """The recovery instance that a source server has when its Region begins."""

    age: timedelta = timedelta(hours=26)
    is_drill: bool = False
    is_protected: bool = False
    """Whether EC2's termination protection keeps it through clean-ups."""
    is_disconnected: bool = False
    """Whether DRS was told to disconnect and delete it: EC2 has it, DRS lists it no longer."""


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
    lag: timedelta | None = None
    """About which its replication lag moves; None: seconds now and then."""
    stalled_for: timedelta | None = None
    """How long before its Region began it was last heard of, when it is; None: some hours."""
    staging_account: str | None = None
    """The account that it replicates in; None: the one of its Region."""
    direction: Direction = Direction.FAILOVER
    launch: LaunchSettings = field(default_factory=LaunchSettings)
    past: PastInstance | None = None
    more_tags: tuple[tuple[str, str], ...] = ()

    @property
    def tags(self) -> dict[str, str]:
        """The tags the source server carries in DRS."""
        own = {
            "Application": self.application,
            "Environment": "production" if self.application else "",
            "Name": self.name,
            "Role": self.role,
        }
        return {key: value for key, value in own.items() if value} | dict(self.more_tags)


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
