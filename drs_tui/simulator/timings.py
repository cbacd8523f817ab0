"""How long things take, as recorded drills have it."""

from __future__ import annotations

from dataclasses import dataclass

from drs_tui.simulator.fleet import Platform

SPREAD = 0.05
"""Standard deviation of the logarithm of a duration: once for the job, once for the server."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A duration, distributed log-normally."""

    median_seconds: float
    spread: float = SPREAD
    """Standard deviation of its logarithm: once for the job, once for the server."""


@dataclass(frozen=True, slots=True)
class Profile:
    """The phases of a launch."""

    snapshot: Phase
    wait: Phase
    """Between the snapshot and the conversion; the same for all servers of a job."""
    conversion: Phase
    """The same for all servers of a job and a platform, which recorded jobs convert in step."""
    launch: Phase


LINUX = Profile(Phase(0.18), Phase(51.5), Phase(186), Phase(294))
WINDOWS = Profile(Phase(2), Phase(113), Phase(842), Phase(360))


@dataclass(frozen=True, slots=True)
class Timings:
    """How long DRS takes for what it does."""

    linux: Profile = LINUX
    windows: Profile = WINDOWS
    cleanup: Phase = Phase(40.0)
    """A launch's removal of a server's earlier recovery instance."""
    termination: Phase = Phase(110.0)
    """A TERMINATE job's removal of an instance."""
    unreachable_seconds: float = 600.0
    """How long DRS tries for a snapshot of an unreachable source before it takes an older one."""
    refusal_seconds: float = 200.0
    """How long DRS tries to launch for a caller without EC2 rights before it gives up."""

    def profile(self, platform: Platform) -> Profile:
        """The phases of a launch of that operating system family."""
        return self.windows if platform is Platform.WINDOWS else self.linux
