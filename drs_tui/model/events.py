"""The envelope every event travels in, and the names of the events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
"""What event data is made of. No floats: durations are integer milliseconds."""


class EventType(StrEnum):
    """The types this version writes; a fold meets others too and leaves them be."""

    RUN_CREATED = "run.created"
    RUN_PREFLIGHTED = "run.preflighted"
    RUN_ACKNOWLEDGED = "run.acknowledged"
    RUN_EXPECTED = "run.expected"
    RUN_PAUSED = "run.paused"
    RUN_RESUMED = "run.resumed"
    RUN_CANCEL_REQUESTED = "run.cancel_requested"
    RUN_NOTED = "run.noted"
    RUN_DETACHED = "run.detached"
    RUN_CREDENTIALS_RENEWED = "run.credentials_renewed"
    RUN_TAKEN_OVER = "run.taken_over"
    RUN_LATE_EVENTS = "run.late_events"
    RUN_FINISHED = "run.finished"
    RUN_SEALED = "run.sealed"
    RUN_IMPORTED = "run.imported"
    REQUEST_STALE = "request.stale"

    WAVE_GATE_OPENED = "wave.gate_opened"
    WAVE_APPROVED = "wave.approved"
    WAVE_DECLINED = "wave.declined"
    WAVE_GUARDED = "wave.guarded"
    WAVE_HELD = "wave.held"
    WAVE_LAUNCH_INTENDED = "wave.launch_intended"
    WAVE_LAUNCHED = "wave.launched"
    WAVE_LAUNCH_REFUSED = "wave.launch_refused"
    WAVE_LAUNCH_UNKNOWN = "wave.launch_unknown"
    WAVE_TIMED_OUT = "wave.timed_out"
    WAVE_EXTENDED = "wave.extended"
    WAVE_DECIDED = "wave.decided"
    WAVE_FINISHED = "wave.finished"

    JOB_OBSERVED = "job.observed"
    JOB_LOGGED = "job.logged"
    SERVER_OBSERVED = "server.observed"
    INSTANCE_OBSERVED = "instance.observed"

    ISOLATION_COMPARED = "isolation.compared"

    STEP_STARTED = "step.started"
    STEP_OBSERVED = "step.observed"
    STEP_DONE = "step.done"
    CHECK_STARTED = "check.started"
    CHECK_FINISHED = "check.finished"

    CLEANUP_INTENDED = "cleanup.intended"
    CLEANUP_STARTED = "cleanup.started"
    CLEANUP_OBSERVED = "cleanup.observed"
    CLEANUP_FINISHED = "cleanup.finished"


@dataclass(frozen=True, slots=True)
class Draft:
    """Something that happened and has no place in a run's chain yet."""

    type: str
    at: datetime
    """Drill time, aware."""

    actor: str
    """Who did it: a caller ARN or user name, or `driver` for the program itself."""

    data: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """One link of a run's chain."""

    run_id: str
    seq: int
    """1 for the first event of a run, then one more each."""

    at: datetime
    actor: str
    type: str
    data: Mapping[str, Json]
    prev_hash: str
    """The hash of the event before; 64 zeros for the first."""

    hash: str
    """SHA-256, hexadecimal, over the canonical envelope without this member."""

    text: str = field(repr=False, compare=False)
    """The canonical envelope as it is stored."""


def text_of(data: Mapping[str, Json], member: str, default: str = "") -> str:
    """A member that should be a text; `default` where it is absent, or something else."""
    value = data.get(member)
    return value if isinstance(value, str) else default
