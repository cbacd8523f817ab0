"""What goes wrong for one server of a launch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

FOREVER_SECONDS = timedelta(days=3650).total_seconds()
"""How long a job is stuck that nobody frees."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What ends one server's launch."""

    event: str
    """SERVER_SKIPPED, CONVERSION_FAIL or LAUNCH_FAILED; LAUNCH_END: the instance runs, and what had
    to be done on it afterwards failed; empty: the log tells of its snapshot and of nothing more, as
    it does for a caller without EC2 rights."""
    raw_error: str = ""


@dataclass(frozen=True, slots=True)
class Mishap:
    """What goes wrong for one server of a launch."""

    fault: Fault | None = None
    stuck_in: str = ""
    """`conversion` or `launch`."""
    stuck_seconds: float = FOREVER_SECONDS
    vanishes_after_seconds: float | None = None
    """How long after its launch its recovery instance is gone, without a job."""
    boots: bool = True
    """Whether its recovery instance ever passes EC2's status checks."""
    silent_seconds: float = 0.0
    """How long after its launch the applications of its recovery instance don't answer."""
    has_snapshot: bool = True
    """Whether a fresh snapshot can be taken."""


NO_MISHAP = Mishap()
