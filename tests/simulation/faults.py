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
STORE_FAULTS = ("store refuses", "store unclear", "store slow", "store outage")
PROCESS_FAULTS = ("driver killed", "driver frozen", "driver asleep")
PEOPLE_FAULTS = ("colleague", "rival")
FAMILIES = (REQUEST_FAULTS, STORE_FAULTS, PROCESS_FAULTS, PEOPLE_FAULTS)

HOT = 15
"""How much likelier a fault is where a launch or a take-over hangs by a thread."""

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

    quirks: bool = False
    """Whether DRS leaves members out where it is known to."""

    counts: Counter[str] = field(default_factory=Counter)
    last_at: float = 0.0

    @classmethod
    def of(cls, random: Random) -> Weather:
        """A mixture: some families of faults, and of those some kinds."""
        kinds: set[str] = set()
        for family in FAMILIES:
            if random.random() < 0.65:
                kinds.update(kind for kind in family if random.random() < 0.6)
        return cls(
            random,
            frozenset(kinds),
            left=random.choice((0, 2, 5, 10, 20)),
            rate=random.choice((0.002, 0.01, 0.04)),
            late_jobs_seconds=random.choice((0.0, 0.0, 5.0, 5.0, 60.0, 300.0)),
            quirks=random.random() < 0.3,
        )

    @classmethod
    def only(cls, random: Random, kinds: frozenset[str]) -> Weather:
        """Nothing but these faults, often; without any it is a calm day."""
        return cls(random, kinds, left=15 if kinds else 0, rate=0.03)

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
        self.last_at = now
        return kind
