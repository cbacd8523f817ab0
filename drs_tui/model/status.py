"""The states of runs, waves, servers and clean-ups, which of them are final, and their words."""

from __future__ import annotations

from enum import StrEnum


class RunStatus(StrEnum):
    """How a run stands; the first four are not final and listed by what wins."""

    PAUSED = "paused"
    ATTENTION = "attention"
    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the run has ended (its clean-up may still be under way)."""
        return self in _FINAL_RUN


class WaveStatus(StrEnum):
    """How a wave stands."""

    PENDING = "pending"
    WAITING = "waiting"
    LAUNCHING = "launching"
    IN_PROGRESS = "in progress"
    VERIFYING = "verifying"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        """Whether the wave has ended; relaunching its failed servers opens it again."""
        return self in _FINAL_WAVE


class CleanupStatus(StrEnum):
    """Whether what a drill launched is gone again."""

    NONE = "none"
    DUE = "due"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Objectives(StrEnum):
    """Whether the plan's RTO and RPO were reached."""

    NONE = "none"
    MET = "met"
    MISSED = "missed"
    UNKNOWN = "unknown"


class Phase(StrEnum):
    """Where a server is in its job, told by the job log alone."""

    PENDING = "pending"
    QUEUED = "queued"
    CLEANUP = "cleanup"
    SNAPSHOT = "snapshot"
    CONVERSION = "conversion"
    LAUNCH = "launch"
    POST_LAUNCH = "post-launch"
    READY = "ready"
    FAILED = "failed"
    NOT_LAUNCHED = "not launched"

    @property
    def step(self) -> int:
        """How far along: 0 before the job to 7 when ready; 0 for the two ways to fail."""
        return _STEP.get(self, 0)


class ServerResult(StrEnum):
    """What became of a server: the verdict that outcomes are judged by."""

    OPEN = "open"
    LAUNCHED = "launched"
    FAILED = "failed"
    NOT_LAUNCHED = "not launched"

    @property
    def is_failure(self) -> bool:
        """Whether the server did not come up."""
        return self in (ServerResult.FAILED, ServerResult.NOT_LAUNCHED)


_FINAL_RUN = frozenset(
    {RunStatus.SUCCEEDED, RunStatus.PARTIAL, RunStatus.FAILED, RunStatus.CANCELLED}
)
_FINAL_WAVE = frozenset(
    {
        WaveStatus.SUCCEEDED,
        WaveStatus.PARTIAL,
        WaveStatus.FAILED,
        WaveStatus.SKIPPED,
        WaveStatus.CANCELLED,
    }
)
_STEP = {
    phase: step
    for step, phase in enumerate(
        (
            Phase.PENDING,
            Phase.QUEUED,
            Phase.CLEANUP,
            Phase.SNAPSHOT,
            Phase.CONVERSION,
            Phase.LAUNCH,
            Phase.POST_LAUNCH,
            Phase.READY,
        )
    )
}

LOG_PHASES = {
    "CLEANUP_START": Phase.CLEANUP,
    "CLEANUP_END": Phase.QUEUED,
    "CLEANUP_FAIL": Phase.QUEUED,
    "SNAPSHOT_START": Phase.SNAPSHOT,
    "SNAPSHOT_END": Phase.SNAPSHOT,
    "USING_PREVIOUS_SNAPSHOT": Phase.SNAPSHOT,
    "CONVERSION_START": Phase.CONVERSION,
    "CONVERSION_END": Phase.CONVERSION,
    "LAUNCH_START": Phase.LAUNCH,
    "LAUNCH_END": Phase.READY,
    "SNAPSHOT_FAIL": Phase.FAILED,
    "USING_PREVIOUS_SNAPSHOT_FAILED": Phase.FAILED,
    "CONVERSION_FAIL": Phase.FAILED,
    "LAUNCH_FAILED": Phase.FAILED,
    "SERVER_SKIPPED": Phase.NOT_LAUNCHED,
}
"""Job log events that say where a server is (botocore's drs model, `JobLogEvent`, and LAUNCH_END,
which recorded jobs have and the model lacks). Events that are not here change no phase."""
