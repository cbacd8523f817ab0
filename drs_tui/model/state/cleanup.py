"""How the terminating of what a drill launched stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from drs_tui.model.status import CleanupStatus


@dataclass(frozen=True, slots=True)
class Refusal:
    """An instance that a clean-up may not terminate."""

    instance_id: str
    server_id: str
    why: str
    remedy: str
    is_settled: bool = True
    """Whether AWS was clear about it; False: it may say otherwise soon."""

    @property
    def words(self) -> str:
        """Why, and what to do."""
        return f"{self.instance_id}: {self.why} ({self.remedy})"


@dataclass(frozen=True)
class CleanupState:
    """The terminating of what a drill launched."""

    status: CleanupStatus = CleanupStatus.NONE
    intended: tuple[str, ...] = ()
    """Instance ids the current clean-up set out to terminate."""

    only: tuple[str, ...] = ()
    """The instances that the current clean-up was asked for; empty: all that the drill launched."""

    before: CleanupStatus = CleanupStatus.NONE
    """How it stood before a clean-up of some instances, which leaves the others as they are."""

    job_ids: tuple[str, ...] = ()
    instances_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Which instances each of the jobs terminates: DRS's own answer can leave them out."""

    remaining: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    """What it may not terminate, and why."""

    volumes: tuple[str, ...] = ()
    """Volumes of terminated instances that are still there."""

    unheard_since: datetime | None = None
    """When a launch came to be known whose end nobody wrote down: its job may yet show."""

    words: str = ""
