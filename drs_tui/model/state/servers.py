"""How a source server stands within a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drs_tui.model.launch_checks import CheckState
from drs_tui.model.machines import PointInTime
from drs_tui.model.plan import Impact
from drs_tui.model.status import Phase, ServerResult


@dataclass(frozen=True)
class ServerState:
    """A source server within a run."""

    id: str
    name: str
    wave: str
    impact: Impact
    job_id: str = ""
    launch_status: str = ""
    """`launchStatus` as AWS gave it; empty while unknown."""

    statuses: tuple[tuple[str, datetime], ...] = ()
    """Each launch status of the current attempt with the moment it was first seen, in order."""

    job_ended: bool = False
    phase: Phase = Phase.PENDING
    phases: tuple[tuple[Phase, datetime], ...] = ()
    """Each phase of the current attempt with the moment it began, in order."""

    last_log: str = ""
    """The newest job log event that named it, as AWS wrote it."""

    error: str = ""
    """AWS's own words on what failed (`rawError`)."""

    previous_snapshot: bool = False
    """Whether older data was used because no new snapshot could be made."""

    instance_id: str = ""
    instance_state: str = ""
    lag_ms: int | None = None
    """Replication lag seen by the guards before its launch."""

    intended_at: datetime | None = None
    """When the call that launches it was about to be sent."""

    point: PointInTime | None = None
    """What it is launched from; None: a snapshot on demand, or not recorded."""

    left_out: bool = False
    """Whether its wave's launch went without it: optional, and something was red."""

    checks: tuple[CheckState, ...] = ()
    """The checks of its newest launch that were begun, in the plan's order."""

    @property
    def is_critical(self) -> bool:
        """Whether its failure is its wave's failure."""
        return self.impact is Impact.CRITICAL

    @property
    def result(self) -> ServerResult:
        """The verdict: LAUNCHED only if AWS says so, and open until the job ended otherwise."""
        if self.launch_status == "LAUNCHED":
            return ServerResult.LAUNCHED
        if self.launch_status in ("FAILED", "TERMINATED"):
            return ServerResult.FAILED
        if self.left_out:
            return ServerResult.NOT_LAUNCHED
        if not self.job_ended:
            return ServerResult.OPEN
        return ServerResult.FAILED if self.phase is Phase.FAILED else ServerResult.NOT_LAUNCHED

    @property
    def shown_phase(self) -> Phase:
        """The phase to show: the job log's, unless the verdict knows better."""
        match self.result:
            case ServerResult.FAILED:
                return Phase.FAILED
            case ServerResult.NOT_LAUNCHED:
                return Phase.NOT_LAUNCHED
            case ServerResult.LAUNCHED:
                return Phase.READY
            case ServerResult.OPEN if self.launch_status == "IN_PROGRESS":
                # The log, which tells of each phase, is read less often than the status.
                return Phase.LAUNCH
            case ServerResult.OPEN:
                return Phase.LAUNCH if self.phase is Phase.READY else self.phase

    def began(self, phase: Phase) -> datetime | None:
        """When a phase of the current attempt began."""
        return next((at for name, at in self.phases if name is phase), None)

    def first_seen(self, *launch_statuses: str) -> datetime | None:
        """When one of these launch statuses was first seen, which is later than it came about."""
        return next((at for name, at in self.statuses if name in launch_statuses), None)
