"""How a wave stands within a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from drs_tui.model.decisions import Wanted
from drs_tui.model.events import Json
from drs_tui.model.launch_checks import CheckState
from drs_tui.model.state.launches import LaunchIntent
from drs_tui.model.status import WaveStatus
from drs_tui.model.steps import StepEnd, StepUnderWay


@dataclass(frozen=True, slots=True)
class Held:
    """What a wave that could be launched waits for: room within DRS's quotas."""

    quota: str
    """Which: `jobs`, `servers in jobs`, `turn` while others come first; empty if DRS said so."""

    words: str
    since: datetime


@dataclass(frozen=True)
class WaveState:
    """A wave within a run."""

    name: str
    server_ids: tuple[str, ...]
    status: WaveStatus = WaveStatus.PENDING
    attempt: int = 0
    """StartRecovery calls intended so far."""

    intent: LaunchIntent | None = None
    job_id: str = ""
    """The newest attempt's job."""

    launched_ids: tuple[str, ...] = ()
    """The servers of the newest attempt."""

    launched_at: datetime | None = None
    finished_at: datetime | None = None
    started_at: datetime | None = None
    """When its first launch was intended."""

    gate_seq: int = 0
    gate_passed: bool = False
    approvals: tuple[str, ...] = ()
    """The principals that approved, in order; an actor where none was made out."""

    step: int = 0
    """Index of the first step before the launch that is not done."""

    step_after: int = 0
    """Index of the first step after its end that is not done."""

    under_way: StepUnderWay | None = None
    """The step that was started last, while its end is not recorded."""

    steps: tuple[StepEnd, ...] = ()
    """How steps ended, in order."""

    held: Held | None = None
    """While its launch is held back."""

    untagged: bool = False
    """Whether DRS refused the tags, so that the next call goes without."""

    verifying_since: datetime | None = None
    retry_at: datetime | None = None
    extended_ms: int = 0
    timed_out: bool = False
    gave_up: bool = False
    accepted: bool = False
    relaunch: bool = False
    """Whether only what did not launch is to be launched; until DRS accepts that call."""

    findings: tuple[Mapping[str, Json], ...] = ()
    """What its newest guards found, warnings and blocks only."""

    compared_job: str = ""
    """The job whose instances were held against the plan's isolation."""

    is_outside: bool = False
    """Whether some of them are where the plan has no drill, and nobody took that upon them."""

    checks: tuple[CheckState, ...] = ()
    """The checks made once for the wave, as far as they were begun."""

    wanted: Wanted | None = None

    @property
    def is_open(self) -> bool:
        """Whether DRS may be working on it."""
        return self.status in (WaveStatus.LAUNCHING, WaveStatus.IN_PROGRESS, WaveStatus.VERIFYING)

    @property
    def is_stepping(self) -> bool:
        """Whether a command or an automation of it may be running."""
        return self.under_way is not None and self.under_way.runs_by_itself
