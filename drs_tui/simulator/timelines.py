"""The life of a job, laid out in full the moment it is accepted.

A job's future is decided when it starts; what a client sees at any later moment
is read off that timeline, so a simulated Region needs no ticking.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from math import exp
from random import Random

from drs_tui.simulator.fleet import Platform
from drs_tui.simulator.jobs import LogItem, Participant, Timeline
from drs_tui.simulator.mishaps import FOREVER_SECONDS, Fault
from drs_tui.simulator.timings import SPREAD, Phase, Profile, Timings

PROTECTED_ERROR = (
    "An error occurred (OperationNotPermitted) when calling the TerminateInstances operation: The "
    "instance may not be terminated. Modify its 'disableApiTermination' instance attribute and "
    "try again."
)
"""How EC2 words what termination protection does."""

_START_SECONDS = 0.36
_STEP_SECONDS = 0.4
_STAGGER_SECONDS = 0.028
"""Between one server and the next of the same job."""
_END_SECONDS = (2.1, 2.9)
_END_TO_LOG_SECONDS = 0.027
"""A job's endDateTime lies this much before its JOB_END entry in recorded drills."""


@dataclass(frozen=True, slots=True)
class Launch:
    """What a job is to do with one server."""

    source_server_id: str
    recovery_instance_id: str
    conversion_server_id: str
    platform: Platform
    replaces_instance: bool = False
    keeps_instance: bool = False
    """Whether it has an earlier instance that termination protection keeps."""
    reachable: bool = True
    converts: bool = True
    """Whether its volumes go through a conversion server, as in all but the FAST recovery mode."""
    fault: Fault | None = None
    stuck_in: str = ""
    stuck_seconds: float = FOREVER_SECONDS


class _Draft:
    """A timeline in the making; times are seconds since the job was accepted."""

    def __init__(
        self, accepted_at: datetime, speed: float, random: Random, timings: Timings
    ) -> None:
        self.random = random
        self.timings = timings
        self.log: list[LogItem] = []
        self.participants: list[Participant] = []
        self._accepted_at = accepted_at
        self._speed = speed

    def moment(self, seconds: float) -> datetime:
        return self._accepted_at + timedelta(seconds=seconds / self._speed)

    def jitter(self, spread: float = SPREAD) -> float:
        return self.random.lognormvariate(0, spread)

    def lasting(self, phase: Phase) -> float:
        """Seconds of a phase for one server."""
        return phase.median_seconds * self.jitter(phase.spread)

    def add(self, seconds: float, event: str, **data: str) -> None:
        self.log.append(LogItem(self.moment(seconds), event, data))

    def finish(self, last: float) -> Timeline:
        """End the job shortly after its last server did."""
        end = last + self.random.uniform(*_END_SECONDS)
        self.add(end + _END_TO_LOG_SECONDS, "JOB_END")
        log = tuple(sorted(self.log, key=lambda item: item.at))
        return Timeline(log[0].at, self.moment(end), tuple(self.participants), log)


@dataclass(frozen=True, slots=True)
class _Pace:
    """How a job as a whole differs from the median, phase by phase, in standard deviations."""

    snapshot: float
    wait: float
    conversion: float
    launch: float

    @staticmethod
    def factor(phase: Phase, deviations: float) -> float:
        return exp(deviations * phase.spread)


def lay_out_launch(
    launches: Sequence[Launch],
    accepted_at: datetime,
    speed: float,
    random: Random,
    timings: Timings | None = None,
) -> Timeline:
    """Decide what a LAUNCH job will show, `speed` times faster than `timings`."""
    draft = _Draft(accepted_at, speed, random, timings or Timings())
    start = _START_SECONDS * draft.jitter()
    draft.add(start, "JOB_START")
    cleaned = _clean_up(draft, launches, start + _STEP_SECONDS)
    pace = _Pace(*(random.normalvariate(0, 1) for _ in fields(_Pace)))
    ends = [
        _launch_one(draft, launch, pace, cleaned + _STEP_SECONDS + index * _STAGGER_SECONDS)
        for index, launch in enumerate(launches)
    ]
    return draft.finish(max(ends))


def _clean_up(draft: _Draft, launches: Sequence[Launch], begin: float) -> float:
    """Remove earlier recovery instances; all servers wait for the last of them."""
    end = begin - _STEP_SECONDS
    for launch in launches:
        has_earlier = launch.replaces_instance or launch.keeps_instance
        if has_earlier and not _is_skipped(launch):
            done = begin + draft.lasting(draft.timings.cleanup)
            draft.add(begin, "CLEANUP_START", sourceServerID=launch.source_server_id)
            _end_clean_up(draft, done, launch.source_server_id, fails=not launch.replaces_instance)
            end = max(end, done)
            begin += _STAGGER_SECONDS
    return end


def _end_clean_up(draft: _Draft, at: float, server: str, *, fails: bool) -> None:
    if fails:
        draft.add(at, "CLEANUP_FAIL", sourceServerID=server, rawError=PROTECTED_ERROR)
    else:
        draft.add(at, "CLEANUP_END", sourceServerID=server)


def _launch_one(draft: _Draft, launch: Launch, pace: _Pace, begin: float) -> float:
    """Take one server from its snapshot to its end; returns when that is."""
    server = launch.source_server_id
    if _is_skipped(launch):
        draft.add(begin, "SERVER_SKIPPED", sourceServerID=server)
        draft.participants.append(Participant(server, None, "PENDING", None, None))
        return begin
    profile = draft.timings.profile(launch.platform)
    at = _snapshot(draft, launch, profile, pace, begin)
    if launch.fault is not None and not launch.fault.event:
        at += draft.timings.refusal_seconds * draft.jitter()
        draft.participants.append(Participant(server, None, "FAILED", None, draft.moment(at)))
        return at
    at += profile.wait.median_seconds * pace.factor(profile.wait, pace.wait)
    if launch.converts:
        at = _convert(draft, launch, profile, pace, at)
        if launch.fault is not None and launch.fault.event == "CONVERSION_FAIL":
            draft.participants.append(Participant(server, None, "FAILED", None, draft.moment(at)))
            return at
        at += _STEP_SECONDS * draft.jitter()
    return _boot(draft, launch, profile, pace, at)


def _convert(draft: _Draft, launch: Launch, profile: Profile, pace: _Pace, at: float) -> float:
    about = {
        "sourceServerID": launch.source_server_id,
        "conversionServerID": launch.conversion_server_id,
    }
    draft.add(at, "CONVERSION_START", sourceServerID=launch.source_server_id)
    if launch.stuck_in == "conversion":
        at += launch.stuck_seconds
    at += profile.conversion.median_seconds * pace.factor(profile.conversion, pace.conversion)
    if launch.fault is not None and launch.fault.event == "CONVERSION_FAIL":
        raw = {"rawError": launch.fault.raw_error} if launch.fault.raw_error else {}
        draft.add(at, "CONVERSION_FAIL", **about, **raw)
    else:
        draft.add(at, "CONVERSION_END", **about)
    return at


def _snapshot(draft: _Draft, launch: Launch, profile: Profile, pace: _Pace, begin: float) -> float:
    server = launch.source_server_id
    draft.add(begin, "SNAPSHOT_START", sourceServerID=server)
    if launch.reachable:
        factor = pace.factor(profile.snapshot, pace.snapshot)
        at = begin + draft.lasting(profile.snapshot) * factor
        draft.add(at, "SNAPSHOT_END", sourceServerID=server)
    else:
        at = begin + draft.timings.unreachable_seconds
        draft.add(at, "SNAPSHOT_FAIL", sourceServerID=server)
        draft.add(at, "USING_PREVIOUS_SNAPSHOT", sourceServerID=server)
    return at


def _boot(draft: _Draft, launch: Launch, profile: Profile, pace: _Pace, at: float) -> float:
    server = launch.source_server_id
    draft.add(at, "LAUNCH_START", sourceServerID=server)
    launching_at = draft.moment(at)
    if launch.stuck_in == "launch":
        at += launch.stuck_seconds
    duration = draft.lasting(profile.launch) * pace.factor(profile.launch, pace.launch)
    if launch.fault is None or launch.fault.event == "LAUNCH_END":
        at += duration
        instance, status = launch.recovery_instance_id, "LAUNCHED" if not launch.fault else "FAILED"
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
    instances: Mapping[str, str],
    accepted_at: datetime,
    speed: float,
    random: Random,
    timings: Timings | None = None,
    *,
    protected: Collection[str] = (),
) -> Timeline:
    """Decide what a TERMINATE job will show; `instances` maps source servers to instances.

    `protected` are the source servers whose instances termination protection keeps.
    """
    draft = _Draft(accepted_at, speed, random, timings or Timings())
    phase = draft.timings.termination
    start = _START_SECONDS * draft.jitter()
    draft.add(start, "JOB_START")
    pace = draft.jitter(phase.spread)
    begin = last = start + _STEP_SECONDS
    for server, instance in instances.items():
        end = begin + draft.lasting(phase) * pace
        draft.add(begin, "CLEANUP_START", sourceServerID=server)
        is_kept = server in protected
        _end_clean_up(draft, end, server, fails=is_kept)
        status = "FAILED" if is_kept else "TERMINATED"
        draft.participants.append(
            Participant(server, instance, status, draft.moment(begin), draft.moment(end))
        )
        last = max(last, end)
        begin += _STAGGER_SECONDS
    return draft.finish(last)
