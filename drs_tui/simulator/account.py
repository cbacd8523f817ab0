"""A simulated AWS account: its Regions, each made when it is first asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from drs_tui.simulator.faults import Faults
from drs_tui.simulator.region import Region
from drs_tui.simulator.scenarios import Scenario

_ACCOUNT_OF_KEY = re.compile(r"(?:ASIA)?(\d{12})(?:\d{8})?")
"""Access keys that name their account: 12 digits that somebody chose, or those of a session."""


def session_key(account: str, number: int) -> str:
    """The access key of a role's session in an account."""
    return f"ASIA{account}{number % 10**8:08d}"


class Account:
    """The Regions of one account in one scenario, and the scenario's other accounts beside it."""

    def __init__(
        self, scenario: Scenario, *, seed: int = 0, speed: float = 1.0, salt: str = ""
    ) -> None:
        """Begin with no Region; `salt` tells ids made here from those of another account."""
        self.scenario = scenario
        self.seed = seed
        self.speed = speed
        self._salt = salt
        self.regions: dict[str, Region] = {}
        self.faults = Faults(scenario, seed=seed, speed=speed)
        self.others = {
            other.account: Account(other, seed=seed, speed=speed, salt=other.account)
            for other in (() if salt else scenario.others)
        }
        """The scenario's other accounts, by their digits."""

    def everyone(self) -> Iterator[Account]:
        """The account itself, then the others."""
        yield self
        yield from self.others.values()

    def of_key(self, access_key: str) -> Account:
        """The account of an access key: this one, unless the key names another of the scenario."""
        named = _ACCOUNT_OF_KEY.fullmatch(access_key)
        return self.others.get(named[1], self) if named else self

    def region(self, name: str, now: datetime) -> Region:
        """The Region of that name, which begins now if nobody has used it before."""
        self.faults.begin(now)
        if name not in self.regions:
            self.regions[name] = self.new_region(name, now)
        return self.regions[name]

    def new_region(self, name: str, created_at: datetime) -> Region:
        """A Region of this account as it was when it began."""
        return Region(
            name,
            self.scenario,
            created_at=created_at,
            seed=self.seed,
            speed=self.speed,
            faults=self.faults,
            salt=self._salt,
        )

    @property
    def changes(self) -> int:
        """How often anything worth keeping has changed: grows, and never for a read alone."""
        own = self.faults.struck + sum(1 + region.revision for region in self.regions.values())
        return own + sum(other.changes for other in self.others.values())
