"""What EC2 says of instances and of how they are launched, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from drs_tui.model.events import Json

SOURCE_SERVER_TAG = "AWSElasticDisasterRecoverySourceServerID"
"""The tag by which DRS marks what it launches from a source server."""

GONE_STATES = frozenset({"terminated"})
"""Instance states after which nothing of an instance runs, holds or bills any more."""

ENDING_STATES = frozenset({"shutting-down", "terminated"})
"""Instance states out of which there is no way back."""

_FROM_TEMPLATE = "aws:ec2launchtemplate:id"
"""The tag by which EC2 marks what was launched from a launch template; nobody else can set it."""

_HELPERS = frozenset(
    {
        "AWS Elastic Disaster Recovery Conversion Server",
        "AWS Elastic Disaster Recovery Replication Server",
    }
)
"""Names of the machines that DRS works with (DRS user guide)."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface, of an instance or as a launch template asks for it."""

    subnet_id: str = ""
    """Empty in a launch template that leaves it to the Region's default VPC."""

    vpc_id: str = ""
    """Empty in a launch template."""

    security_group_ids: tuple[str, ...] = ()
    private_addresses: tuple[str, ...] = ()
    """All IPv4 addresses; in a launch template those that it fixes."""

    has_public_address: bool | None = None
    """None in a launch template that leaves it to the subnet."""


@dataclass(frozen=True, slots=True)
class Ec2Instance:
    """An instance, as DescribeInstances gives it."""

    id: str
    state: str = ""
    """`pending`, `running`, `shutting-down`, `terminated`, `stopping` or `stopped`."""

    type: str = ""
    launched_at: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    interfaces: tuple[Interface, ...] = ()
    private_address: str = ""
    volume_ids: tuple[str, ...] = ()

    @property
    def server_id(self) -> str:
        """The source server that its tag names; empty when it has none."""
        return self.tags.get(SOURCE_SERVER_TAG, "")

    @property
    def is_gone(self) -> bool:
        """Whether it is terminated; shutting down it still holds its volumes."""
        return self.state in GONE_STATES

    @property
    def is_ending(self) -> bool:
        """Whether nothing can keep it from being terminated any more."""
        return self.state in ENDING_STATES

    @property
    def is_helper(self) -> bool:
        """Whether DRS replicates or converts with it: a launch takes nothing from anybody there.

        By its name, which people can give to a server too, and have copied to what is launched
        from it: that comes from a launch template, by EC2's own tag.
        """
        return self.tags.get("Name", "") in _HELPERS and _FROM_TEMPLATE not in self.tags


@dataclass(frozen=True, slots=True)
class InstanceChecks:
    """EC2's two status checks of an instance: `ok`, `initializing`, `impaired` or another word."""

    id: str
    state: str
    system: str
    instance: str

    @property
    def are_passed(self) -> bool:
        """Whether both are."""
        return self.system == self.instance == "ok"


@dataclass(frozen=True, slots=True)
class Volume:
    """An EBS volume."""

    id: str
    state: str = ""
    """`creating`, `available`, `in-use`, `deleting`, `deleted` or `error`."""

    instance_ids: tuple[str, ...] = ()
    """What it is attached to."""

    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaunchTemplate:
    """One version of an EC2 launch template."""

    id: str
    version: int | None
    is_default: bool
    instance_type: str = ""
    interfaces: tuple[Interface, ...] = ()
    """In order; empty when it says nothing of the network but its security groups."""

    security_group_ids: tuple[str, ...] = ()
    """Those it names outside its interfaces."""

    digest: str = ""
    """Of all that it says: the same where nothing differs."""


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet."""

    id: str
    vpc_id: str
    zone: str = ""
    free_addresses: int | None = None
    is_default: bool = False
    """Whether it is its zone's in the default VPC, where DRS launches what names no subnet."""

    gives_public_addresses: bool = False


@dataclass(frozen=True, slots=True)
class LaunchSettings:
    """A source server's launch configuration, as GetLaunchConfiguration gives it."""

    server_id: str
    template_id: str = ""
    into_instance_id: str = ""
    """The EC2 instance whose volumes a launch exchanges, drills too; empty: a new one is made."""

    copies_private_ip: bool | None = None
    copies_tags: bool | None = None
    has_post_launch_actions: bool | None = None
    disposition: str = ""
    """STARTED or STOPPED."""

    right_sizing: str = ""
    recovery_mode: str = ""
    """OPTIMAL or FAST."""

    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)
    """The answer as AWS gave it."""


@dataclass(frozen=True, slots=True)
class Networks:
    """What says into which networks launches go."""

    templates: Mapping[str, LaunchTemplate]
    """The default version of each launch template, by its id."""

    subnets: Mapping[str, Subnet]
    """The subnets that the templates name, by id; those that EC2 knows."""

    default_subnets: Sequence[Subnet] = ()
    """Those of the default VPC, where launches go whose template names none."""


@dataclass(frozen=True, slots=True)
class PointInTime:
    """A recovery snapshot of a source server."""

    id: str
    server_id: str
    at: datetime | None = None
    """The moment of its data; None while it is being made, when it can't be launched from."""


@dataclass(frozen=True, slots=True)
class Agent:
    """The Systems Manager agent of an instance."""

    instance_id: str
    ping: str = ""
    """`Online`, `ConnectionLost` or `Inactive`."""

    platform: str = ""
    """`Linux`, `Windows` or `MacOS`."""

    seen_at: datetime | None = None

    @property
    def is_online(self) -> bool:
        """Whether it can be sent commands."""
        return self.ping == "Online"


@dataclass(frozen=True, slots=True)
class Invocation:
    """A Systems Manager command on one instance."""

    status: str
    """`Pending`, `InProgress`, `Delayed`, `Cancelling`; `Success`, or how else it ended."""

    exit_code: int | None = None
    output: str = ""
    error: str = ""

    @property
    def is_ended(self) -> bool:
        """Whether nothing more happens to it; an unknown word counts as an end that is bad."""
        return self.status not in ("", "Pending", "InProgress", "Delayed", "Cancelling")
