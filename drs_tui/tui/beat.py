"""What a watcher knows of a run's driver, and what time it is in a drill it only watches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_tui.audit.store import Lease, PlacePulse, Pulse
from drs_tui.clock import Clock
from drs_tui.model.events import Event, EventType

STALE_SECONDS = 60.0
"""Real seconds after which what was polled last is called stale."""

_OBSERVATIONS = frozenset(
    {
        EventType.JOB_OBSERVED,
        EventType.JOB_LOGGED,
        EventType.SERVER_OBSERVED,
        EventType.INSTANCE_OBSERVED,
    }
)


@dataclass(frozen=True, slots=True)
class PlaceBeat:
    """How fresh what is known of one account and Region is, as of a moment."""

    words: str
    """Account and Region."""

    polled_seconds: float | None
    """Real seconds since DRS last answered there; None when it never has."""

    trouble: str = ""
    """Why the last look there failed, if it did."""

    @property
    def is_old(self) -> bool:
        """Whether nothing was learned there for so long that it is to be worried about."""
        return self.polled_seconds is not None and self.polled_seconds > STALE_SECONDS

    @property
    def is_stale(self) -> bool:
        """Whether there may be news that nobody has heard."""
        return self.is_old or bool(self.trouble)


@dataclass(frozen=True, slots=True)
class Beat:
    """How the driver of a run does, as of a moment."""

    holder: str = ""
    """Who drives it; empty when nobody does."""

    polled_seconds: float | None = None
    """Real seconds since DRS last answered; None when that is not known."""

    trouble: str = ""
    """What is the matter beside looks that went unanswered, which `places` tell of."""

    places: tuple[PlaceBeat, ...] = ()
    """Where something is looked for: each target of several, or the one where a look failed."""

    @property
    def is_driven(self) -> bool:
        """Whether somebody drives the run."""
        return bool(self.holder)

    @property
    def is_stale(self) -> bool:
        """Whether what is shown may be old."""
        return self.polled_seconds is not None and self.polled_seconds > STALE_SECONDS


class DrillClock:
    """Drill time as a watcher can know it: what driver and events said, and the speed since then.

    It stands still while nobody drives, and never goes back.
    """

    def __init__(self, clock: Clock) -> None:
        """Reckon real time by `clock`."""
        self._clock = clock
        self._lease: Lease | None = None
        self._lease_seen = 0.0
        self._drill: datetime | None = None
        self._drill_seen = 0.0
        self._speed = 1.0
        self._polled: float | None = None

    def see_lease(self, lease: Lease | None, *, is_fresh: bool = False) -> None:
        """Take in the lease as it stands; `is_fresh` when its holder itself has just said so."""
        known = self._lease
        self._lease = lease
        now = self._clock.monotonic()
        if lease is None:
            return
        renewed = known is None or (known.epoch, known.beat) != (lease.epoch, lease.beat)
        if not renewed and not is_fresh:
            return
        self._lease_seen = now
        pulse = lease.pulse
        if pulse is None:
            return
        self._speed = max(1, pulse.speed_percent) / 100
        self._set(pulse.drill_now)
        if pulse.polled_at is not None:
            age = (pulse.drill_now - pulse.polled_at).total_seconds() / self._speed
            polled = now - max(0.0, age)
            self._polled = polled if self._polled is None else max(self._polled, polled)

    def see_events(self, events: Sequence[Event], speed_percent: int, *, live: bool) -> None:
        """Take in new events; `live` when they were appended while somebody watched."""
        if self._drill is None:
            self._speed = max(1, speed_percent) / 100
        self._set(events[-1].at)
        if live and any(event.type in _OBSERVATIONS for event in events):
            self._polled = self._clock.monotonic()

    def now(self) -> datetime:
        """The moment in the drill."""
        if self._drill is None:
            return self._clock.now()
        passed = self._clock.monotonic() - self._drill_seen if self._is_driven() else 0.0
        return self._drill + timedelta(seconds=passed * self._speed)

    def stands_at(self) -> datetime | None:
        """The same, or None while neither driver nor events have said anything of it."""
        return None if self._drill is None else self.now()

    def beat(self) -> Beat:
        """How the driver does."""
        lease = self._lease if self._is_driven() else None
        pulse = lease.pulse if lease else None
        polled = None if self._polled is None else self._clock.monotonic() - self._polled
        return Beat(
            holder=lease.holder if lease else "",
            polled_seconds=polled if lease else None,
            trouble=_trouble(pulse) if pulse else "",
            places=tuple(self._place(each, pulse) for each in pulse.places) if pulse else (),
        )

    def _place(self, place: PlacePulse, pulse: Pulse) -> PlaceBeat:
        age = None
        if place.polled_at is not None:
            before = (pulse.drill_now - place.polled_at).total_seconds() / self._speed
            age = max(0.0, before) + self._clock.monotonic() - self._lease_seen
        return PlaceBeat(place.words, age, place.trouble)

    def _is_driven(self) -> bool:
        lease = self._lease
        if lease is None or not lease.holder:
            return False
        return self._clock.monotonic() - self._lease_seen <= lease.term_seconds

    def _set(self, drill: datetime) -> None:
        if self._drill is None or drill > self.now():
            self._drill = drill
        else:
            self._drill = self.now()
        self._drill_seen = self._clock.monotonic()


def _trouble(pulse: Pulse) -> str:
    unanswered = dict.fromkeys(place.trouble for place in pulse.places if place.trouble)
    return "" if pulse.trouble == "; ".join(unanswered) else pulse.trouble
