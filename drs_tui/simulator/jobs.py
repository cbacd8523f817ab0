"""The life of a job, laid out in full the moment it is accepted.

A job's future is decided when it starts; what a client sees at any later moment
is read off that timeline, so a simulated Region needs no ticking.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from drs_tui.simulator.fleet import Platform

SPREAD = 0.05
"""Standard deviation of the logarithm of a duration: once for the job, once for the server."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Median durations of a launch's phases in seconds, from recorded drills."""

    snapshot: float
    wait: float
    """Between the snapshot and the conversion."""
    conversion: float
    launch: float


PROFILES = {
    Platform.LINUX: Profile(snapshot=0.18, wait=51.5, conversion=186, launch=294),
    Platform.WINDOWS: Profile(snapshot=2, wait=113, conversion=842, launch=360),
}

CLEANUP_SECONDS = 40.0
"""How long a launch takes to remove a server's earlier recovery instance."""
TERMINATE_SECONDS = 110.0
"""How long a TERMINATE job takes to remove an instance."""
UNREACHABLE_SECONDS = 600.0
"""How long DRS tries for a snapshot of an unreachable source before it takes an older one."""

_START_SECONDS = 0.36
_STEP_SECONDS = 0.4
_STAGGER_SECONDS = 0.028
"""Between one server and the next of the same job."""
_END_SECONDS = (2.1, 2.9)
_END_TO_LOG_SECONDS = 0.027
"""A job's endDateTime lies this much before its JOB_END entry in recorded drills."""


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


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong for one server of a launch."""

    event: str
    """LAUNCH_FAILED or SERVER_SKIPPED."""
    raw_error: str = ""


@dataclass(frozen=True, slots=True)
class Launch:
    """What a job is to do with one server."""

    source_server_id: str
    recovery_instance_id: str
    conversion_server_id: str
    platform: Platform
    replaces_instance: bool = False
    reachable: bool = True
    fault: Fault | None = None


class _Draft:
    """A timeline in the making; times are seconds since the job was accepted."""

    def __init__(self, accepted_at: datetime, speed: float, random: Random) -> None:
        self.random = random
        self.log: list[LogItem] = []
        self.participants: list[Participant] = []
        self._accepted_at = accepted_at
        self._speed = speed

    def moment(self, seconds: float) -> datetime:
        return self._accepted_at + timedelta(seconds=seconds / self._speed)

    def jitter(self) -> float:
        return self.random.lognormvariate(0, SPREAD)

    def add(self, seconds: float, event: str, **data: str) -> None:
        self.log.append(LogItem(self.moment(seconds), event, data))

    def finish(self, last: float) -> Timeline:
        """End the job shortly after its last server did."""
        end = last + self.random.uniform(*_END_SECONDS)
        self.add(end + _END_TO_LOG_SECONDS, "JOB_END")
        log = tuple(sorted(self.log, key=lambda item: item.at))
        return Timeline(log[0].at, self.moment(end), tuple(self.participants), log)


def lay_out_launch(
    launches: Sequence[Launch], accepted_at: datetime, speed: float, random: Random
) -> Timeline:
    """Decide what a LAUNCH job will show, `speed` times faster than recorded drills."""
    draft = _Draft(accepted_at, speed, random)
    start = _START_SECONDS * draft.jitter()
    draft.add(start, "JOB_START")
    cleaned = _clean_up(draft, launches, start + _STEP_SECONDS)
    pace = Profile(draft.jitter(), draft.jitter(), draft.jitter(), draft.jitter())
    ends = [
        _launch_one(draft, launch, pace, cleaned + _STEP_SECONDS + index * _STAGGER_SECONDS)
        for index, launch in enumerate(launches)
    ]
    return draft.finish(max(ends))


def _clean_up(draft: _Draft, launches: Sequence[Launch], begin: float) -> float:
    """Remove earlier recovery instances; all servers wait for the last of them."""
    end = begin - _STEP_SECONDS
    for launch in launches:
        if launch.replaces_instance and not _is_skipped(launch):
            done = begin + CLEANUP_SECONDS * draft.jitter()
            draft.add(begin, "CLEANUP_START", sourceServerID=launch.source_server_id)
            draft.add(done, "CLEANUP_END", sourceServerID=launch.source_server_id)
            end = max(end, done)
            begin += _STAGGER_SECONDS
    return end


def _launch_one(draft: _Draft, launch: Launch, pace: Profile, begin: float) -> float:
    """Take one server from its snapshot to its end; `pace` holds the job's own factors."""
    server = launch.source_server_id
    if _is_skipped(launch):
        draft.add(begin, "SERVER_SKIPPED", sourceServerID=server)
        draft.participants.append(Participant(server, None, "PENDING", None, None))
        return begin
    profile = PROFILES[launch.platform]
    draft.add(begin, "SNAPSHOT_START", sourceServerID=server)
    if launch.reachable:
        at = begin + profile.snapshot * pace.snapshot * draft.jitter()
        draft.add(at, "SNAPSHOT_END", sourceServerID=server)
    else:
        at = begin + UNREACHABLE_SECONDS
        draft.add(at, "SNAPSHOT_FAIL", sourceServerID=server)
        draft.add(at, "USING_PREVIOUS_SNAPSHOT", sourceServerID=server)
    at += profile.wait * pace.wait
    draft.add(at, "CONVERSION_START", sourceServerID=server)
    at += profile.conversion * pace.conversion * draft.jitter()
    draft.add(
        at,
        "CONVERSION_END",
        sourceServerID=server,
        conversionServerID=launch.conversion_server_id,
    )
    at += _STEP_SECONDS * draft.jitter()
    draft.add(at, "LAUNCH_START", sourceServerID=server)
    launching_at = draft.moment(at)
    duration = profile.launch * pace.launch * draft.jitter()
    if launch.fault is None:
        at += duration
        instance, status = launch.recovery_instance_id, "LAUNCHED"
        draft.add(at, "LAUNCH_END", sourceServerID=server, targetInstanceID=instance)
    else:
        # EC2 refuses long before an instance would have booted.
        at += duration / 4
        instance, status = None, "FAILED"
        draft.add(at, "LAUNCH_FAILED", sourceServerID=server, rawError=launch.fault.raw_error)
    draft.participants.append(Participant(server, instance, status, launching_at, draft.moment(at)))
    return at


def _is_skipped(launch: Launch) -> bool:
    return launch.fault is not None and launch.fault.event == "SERVER_SKIPPED"


def lay_out_termination(
    instances: Mapping[str, str], accepted_at: datetime, speed: float, random: Random
) -> Timeline:
    """Decide what a TERMINATE job will show; `instances` maps source servers to instances."""
    draft = _Draft(accepted_at, speed, random)
    start = _START_SECONDS * draft.jitter()
    draft.add(start, "JOB_START")
    pace = draft.jitter()
    begin = last = start + _STEP_SECONDS
    for server, instance in instances.items():
        end = begin + TERMINATE_SECONDS * pace * draft.jitter()
        draft.add(begin, "CLEANUP_START", sourceServerID=server)
        draft.add(end, "CLEANUP_END", sourceServerID=server)
        draft.participants.append(
            Participant(server, instance, "TERMINATED", draft.moment(begin), draft.moment(end))
        )
        last = max(last, end)
        begin += _STAGGER_SECONDS
    return draft.finish(last)


def new_id(random: Random, prefix: str) -> str:
    """An id with DRS's 17 hexadecimal digits behind its prefix."""
    return f"{prefix}{random.getrandbits(68):017x}"
