"""Jobs: what of each is seen at a moment, read off the future that was laid out for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from random import Random


@dataclass(frozen=True, slots=True)
class LogItem:
    """One entry of a job's log."""

    at: datetime
    event: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Participant:
    """One source server's way through a job."""

    source_server_id: str
    recovery_instance_id: str | None
    final_status: str
    """PENDING for a server that is skipped."""
    in_progress_at: datetime | None
    final_at: datetime | None

    def launch_status(self, now: datetime) -> str:
        """The launchStatus that DescribeJobs shows."""
        if self.final_at is not None and now >= self.final_at:
            return self.final_status
        if self.in_progress_at is not None and now >= self.in_progress_at:
            return "IN_PROGRESS"
        return "PENDING"


@dataclass(frozen=True, slots=True)
class Timeline:
    """Everything that will be seen of a job, in order."""

    started_at: datetime
    ended_at: datetime
    participants: tuple[Participant, ...]
    log: tuple[LogItem, ...]

    def moment(self, event: str, source_server_id: str) -> datetime | None:
        """When a server reaches an event; None when it never does."""
        for item in self.log:
            if item.event == event and item.data.get("sourceServerID") == source_server_id:
                return item.at
        return None


@dataclass(frozen=True, slots=True)
class Job:
    """An accepted job."""

    number: int
    """Counts the Region's jobs from 1."""
    job_id: str
    type: str
    initiated_by: str
    created_at: datetime
    tags: Mapping[str, str]
    timeline: Timeline
    shows_at: datetime | None = None
    """When DescribeJobs first lists it; None: at once."""

    def is_shown(self, now: datetime) -> bool:
        """Whether DescribeJobs lists it."""
        return self.shows_at is None or now >= self.shows_at

    def is_running(self, now: datetime) -> bool:
        """Whether its servers are still held by it: until its log has ended too."""
        return now < self.timeline.log[-1].at

    def status(self, now: datetime) -> str:
        """PENDING, STARTED or COMPLETED."""
        if now < self.timeline.started_at:
            return "PENDING"
        return "STARTED" if self.is_running(now) else "COMPLETED"

    def participant(self, source_server_id: str) -> Participant:
        """The part of a server that is in this job."""
        parts = self.timeline.participants
        return next(part for part in parts if part.source_server_id == source_server_id)


def new_id(random: Random, prefix: str) -> str:
    """An id with DRS's 17 hexadecimal digits behind its prefix."""
    return f"{prefix}{random.getrandbits(68):017x}"
