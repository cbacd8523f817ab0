"""What AWS says, as values: source servers, jobs, job log items, recovery instances, callers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drs_tui.model.events import Json


@dataclass(frozen=True, slots=True)
class SourceServer:
    """A server that DRS replicates."""

    id: str
    name: str
    """Tag Name, else host name, else the id."""

    hostname: str = ""
    os: str = ""
    addresses: tuple[str, ...] = ()
    """The IP addresses that the machine itself has."""

    tags: Mapping[str, str] = field(default_factory=dict)
    replication_state: str = ""
    """`dataReplicationState`, as AWS gives it; empty when absent."""

    lag_ms: int | None = None
    replication_error: str = ""
    replication_direction: str = ""
    """FAILOVER or FAILBACK."""

    last_launch_result: str = ""
    last_launch_type: str = ""
    """DRILL or RECOVERY; empty when it was never launched."""

    last_launch_job: str = ""
    last_launch_at: datetime | None = None
    recovery_instance_id: str = ""
    recommended_type: str = ""
    """The EC2 instance type that DRS recommends for it."""

    extension_error: str = ""
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)
    """The answer as AWS gave it."""

    @property
    def is_windows(self) -> bool:
        """Whether its operating system is a Windows."""
        return "windows" in self.os.lower()


@dataclass(frozen=True, slots=True)
class LaunchAction:
    """A post-launch action of a server's launch."""

    name: str
    status: str
    """`IN_PROGRESS`, `SUCCEEDED` or `FAILED`."""

    reason: str = ""
    """Why it failed, in AWS's words."""

    is_optional: bool = False
    """Whether a launch succeeds in spite of its failure."""


@dataclass(frozen=True, slots=True)
class ParticipatingServer:
    """One server of a job, as DescribeJobs lists it."""

    server_id: str
    launch_status: str = ""
    """`launchStatus`; empty when AWS gave none, which is not a failure."""

    recovery_instance_id: str = ""
    launch_actions: tuple[LaunchAction, ...] = ()


@dataclass(frozen=True, slots=True)
class Job:
    """A recovery job."""

    id: str
    type: str
    status: str
    """PENDING, STARTED or COMPLETED, which only means "ended"."""

    initiated_by: str = ""
    servers: tuple[ParticipatingServer, ...] = ()
    created_at: datetime | None = None
    ended_at: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_ended(self) -> bool:
        """Whether nothing more will happen in it; says nothing about success."""
        return self.status == "COMPLETED"


@dataclass(frozen=True, slots=True)
class PlanExecution:
    """An execution of one of DRS's own recovery plans that is under way."""

    arn: str
    mode: str
    """DRILL or RECOVERY."""

    to_launch: tuple[tuple[str, ...], ...] = ()
    """The source servers of each step that has no job yet; one step comes after the other."""


@dataclass(frozen=True, slots=True)
class RecoveryInstance:
    """An EC2 instance that DRS launched and still lists."""

    id: str
    server_id: str
    ec2_instance_id: str = ""
    ec2_state: str = ""
    """`ec2InstanceState`, as AWS gives it."""

    is_drill: bool | None = None
    """None when AWS did not say: never taken for a drill."""

    job_id: str = ""
    point_in_time: datetime | None = None
    """`pointInTimeSnapshotDateTime`: the age of the data it was made from."""

    failback_state: str = ""
    replication_state: str = ""
    """`dataReplicationState` of its replication back to where it came from."""

    volume_ids: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


GIVEN = "given"
"""The source of credentials that somebody gave to a process while it ran."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """How long the credentials in use last."""

    renews: bool
    """Whether the SDK renews them by itself, or they have no end."""

    ends_at: datetime | None = None
    """None where they have no end, or where nobody says when it is."""

    source: str = ""
    """Where the SDK has them from, by its own word; `GIVEN` for what somebody gave instead."""


@dataclass(frozen=True, slots=True)
class CallerIdentity:
    """Whose credentials the calls are signed with (STS GetCallerIdentity)."""

    account: str
    arn: str
    user_id: str
