"""What a list of runs shows: a summary of each run, kept beside its events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class RunHeader:
    """The summary of one run as of its event number `seq`."""

    run_id: str
    plan_id: str
    """The plan's name."""

    title: str
    mode: str
    """`drill` or `recovery`."""

    status: str
    """A `RunStatus` value."""

    started_at: datetime
    """Drill time of `run.created`."""

    started_by: str
    finished_at: datetime | None
    account: str
    region: str
    simulated: bool
    waves_total: int
    waves_final: int
    servers_total: int
    servers_launched: int
    cleanup: str
    """A `CleanupStatus` value."""

    seq: int
    head_hash: str
    epoch: int = 0
    """Raised by each driver that takes the run's lease; the store's to set."""

    imported: bool = False
    """Whether it was copied from another store, and is only read here."""

    evidence: bool = True
    """Whether it was AWS that answered: no simulator, nothing at a custom endpoint."""
