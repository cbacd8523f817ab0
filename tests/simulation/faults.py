"""What goes wrong in a simulated drill: drawn from a seed, of some kinds, so many times."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random

REQUEST_FAULTS = (
    "request refused",
    "request lost",
    "request swallowed",
    "request delayed",
    "answer lost",
    "answer delayed",
    "request duplicated",
    "overtaken by a colleague",
    "server error before",
    "server error after",
    "throttled",
    "answer broken",
)
SPELLS = (
    "answers reordered",
    "credentials expired",
    "unknown values",
    "members missing",
    "participants empty",
    "job vanishes",
    "job vanishes for good",
)
"""What DRS itself does for a while."""

PAGE_FAULTS = ("page token expired",)
JOB_FAULTS = ("job drags on",)
STORE_FAULTS = ("store refuses", "store unclear", "store slow", "store outage", "store cut off")
JOURNAL_FAULTS = ("disk refuses", "disk full")
PROCESS_FAULTS = ("driver killed", "driver frozen", "driver asleep")
PEOPLE_FAULTS = ("colleague", "rival", "gone on detached")
PARTING_FAULTS = ("store cut off", "rival", "gone on detached")
"""By which a driver and the store part, and each goes its own way."""
CONFLICT_FAULTS = ("request duplicated", "overtaken by a colleague")
"""By which a launch meets a job that holds its servers."""

FAMILIES = (
    REQUEST_FAULTS,
    (*SPELLS, *PAGE_FAULTS, *JOB_FAULTS),
    STORE_FAULTS,
    JOURNAL_FAULTS,
    PROCESS_FAULTS,
    PEOPLE_FAULTS,
)

HOT = 15
"""How much likelier a fault is where a launch or a take-over hangs by a thread."""

SPELL = 5
"""The same for what DRS does for a while: it is at one kind of request that each begins."""

CHANGE = 60
"""The same for a request that changes something: there are few."""


@dataclass
class Weather:
    """Decides at every boundary whether something breaks there; each seed has its own mixture."""

    random: Random
    kinds: frozenset[str]
    left: int
    """Faults still to come."""

    rate: float
    """The odds of a fault at an ordinary boundary."""

    late_jobs_seconds: float = 0.0
    """New jobs show up to so much later."""

    page_size: int | None = None
    """The most items that DRS gives at once; None: as many as it is asked for."""

    counts: Counter[str] = field(default_factory=Counter)
    last_at: float = 0.0
    """When something broke last, or will have ended to be broken."""

    @classmethod
    def of(cls, random: Random) -> Weather:
        """A mixture: some families of faults, and of those some kinds."""
        kinds: set[str] = set()
        for family in FAMILIES:
            if random.random() < 0.65:
                kinds.update(kind for kind in family if random.random() < 0.6)
        left, rate = random.choice((0, 2, 5, 10, 20)), random.choice((0.002, 0.01, 0.04))
        storm = random.random()
        if storm < 0.25:
            # It takes several of these in a row until two launches stand in each other's way.
            kinds.update(PARTING_FAULTS if storm < 0.15 else CONFLICT_FAULTS)
            left, rate = 20, 0.04
        return cls(
            random,
            frozenset(kinds),
            left,
            rate,
            late_jobs_seconds=random.choice((0.0, 0.0, 5.0, 5.0, 60.0, 300.0)),
            page_size=random.choice((None, None, 1, 2)),
        )

    @classmethod
    def only(cls, random: Random, kinds: frozenset[str]) -> Weather:
        """Nothing but these faults, often; without any it is a calm day."""
        pages = 2 if kinds & {*PAGE_FAULTS} else None
        return cls(random, kinds, left=15 if kinds else 0, rate=0.03, page_size=pages)

    def strikes(self, family: tuple[str, ...], now: float, weight: int = 1) -> str:
        """The fault that happens at a boundary; empty for none."""
        if not self.left or self.random.random() >= self.rate * weight:
            return ""
        possible = [kind for kind in family if kind in self.kinds]
        if not possible:
            return ""
        return self.count(self.random.choice(possible), now)

    def count(self, kind: str, now: float) -> str:
        """Note that a fault happens."""
        self.left -= 1
        self.counts[kind] += 1
        self.last_at = max(self.last_at, now)
        return kind

    def lasts(self, seconds: float, now: float) -> float:
        """The moment until which a fault of so many seconds goes on, which is noted."""
        self.last_at = max(self.last_at, now + seconds)
        return now + seconds

    def clears(self) -> None:
        """Nothing breaks any more."""
        self.left = 0
