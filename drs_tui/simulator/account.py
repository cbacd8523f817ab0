"""A simulated AWS account: its Regions, each made when it is first asked for."""

from __future__ import annotations

from datetime import datetime

from drs_tui.simulator.faults import Faults
from drs_tui.simulator.region import Region
from drs_tui.simulator.scenarios import Scenario


class Account:
    """The Regions of one account in one scenario."""

    def __init__(self, scenario: Scenario, *, seed: int = 0, speed: float = 1.0) -> None:
        self.scenario = scenario
        self.seed = seed
        self.speed = speed
        self.regions: dict[str, Region] = {}
        self.faults = Faults(scenario, seed=seed, speed=speed)

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
        )

    @property
    def changes(self) -> int:
        """How often anything worth keeping has changed: grows, and never for a read alone."""
        return self.faults.struck + sum(1 + region.revision for region in self.regions.values())
