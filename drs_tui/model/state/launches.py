"""What was asked of DRS, and what it made: calls under way, jobs, recovery instances."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drs_tui.model.events import Json
from drs_tui.model.machines import PointInTime


@dataclass(frozen=True)
class LaunchIntent:
    """A StartRecovery call that was about to be sent, and whose end is not recorded yet."""

    attempt: int
    token: str
    """A random text in the job's tags, by which the job is found again."""

    server_ids: tuple[str, ...]
    seq: int
    at: datetime
    points: Mapping[str, PointInTime] = field(default_factory=dict)
    """What servers are launched from, by their ids; the others take a snapshot on demand."""

    unknown_at: datetime | None = None
    """When the call ended without a clear answer; None while nothing is known of its end."""

    why: str = ""
    """How the call ended, in words, as far as anybody knows."""

    held_by_own: bool = False
    """Whether DRS refused the call for servers that an ended job of the same run may still hold."""

    settled: bool = False
    """Whether the search for its job has ended without finding one."""


@dataclass(frozen=True)
class JobState:
    """A DRS job of this run."""

    id: str
    wave: str
    """Empty for a clean-up's job."""

    attempt: int
    status: str = ""
    initiated_by: str = ""
    log: tuple[Mapping[str, Json], ...] = ()
    """Its log items as AWS gave them, in the order in which they were seen."""

    logged_ahead_ms: int | None = None
    """How far the time of a log item was ahead of the moment it was recorded, at most.

    A little below zero, by how late it was seen, if the clocks of AWS and the driver agree.
    """

    @property
    def is_ended(self) -> bool:
        """Whether DRS says COMPLETED, which is not to say that it succeeded."""
        return self.status == "COMPLETED"


@dataclass(frozen=True, slots=True)
class InstanceState:
    """A recovery instance that a job of this run launched."""

    id: str
    server_id: str
    state: str
    is_drill: bool | None
    job_id: str
    gone: bool = False
    ec2_id: str = ""
    """Its EC2 instance id, unless that is its id."""

    volume_ids: tuple[str, ...] = ()
    """Every volume that it was ever seen with: EC2 forgets which they were when it ends."""

    launched_at: datetime | None = None
    """By EC2; None before it was asked."""

    type: str = ""
    """The instance type; empty before EC2 was asked."""

    seen_at: datetime | None = None
    """When the run first saw it."""

    gone_at: datetime | None = None
    """When the run first saw that it was gone."""

    data_of: datetime | None = None
    """The moment of the data it was made from, by DRS's word; None while it says nothing."""

    @property
    def machine_id(self) -> str:
        """What EC2 calls it."""
        return self.ec2_id or self.id

    @property
    def since(self) -> datetime | None:
        """Since when it has billed, as far as is known."""
        return self.launched_at or self.seen_at
