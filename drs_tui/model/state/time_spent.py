"""What the time of a run went into: waiting for people, and what took longer than it used to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_tui.model.decisions import WantedKind
from drs_tui.model.status import Phase


@dataclass(frozen=True, slots=True)
class Wait:
    """A question that was answered, or that answered itself."""

    wave: str
    kind: WantedKind
    since: datetime
    until: datetime
    by: str
    """Who or what ended it: an actor."""

    @property
    def duration(self) -> timedelta:
        """How long it stood open."""
        return self.until - self.since


@dataclass(frozen=True, slots=True)
class TimeSpent:
    """Where a run's time went, as far as its events tell."""

    waits: tuple[Wait, ...] = ()
    """In the order in which they ended."""

    on_people: timedelta = timedelta()
    """While nothing was waited for but people: a question was open or the run was paused, and
    neither DRS nor a step nor a check had anything to do. Closed stretches only."""

    idle_since: datetime | None = None
    """Since when that is so again; None: it isn't."""

    def people(self, now: datetime) -> timedelta:
        """Time lost waiting for people until `now`."""
        since = self.idle_since
        return self.on_people + (
            max(now - since, timedelta()) if since is not None else timedelta()
        )


@dataclass(frozen=True, slots=True)
class Slower:
    """A phase that took longer than in the plan's last runs."""

    wave: str
    phase: Phase
    seconds: float
    usual_seconds: float
    server_id: str = ""
    """Empty: all servers of the wave."""
