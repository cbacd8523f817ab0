"""What happens in a simulated account: its fleets, its past, its pace and its faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from drs_tui.simulator.fleet import FLEET, FleetServer
from drs_tui.simulator.scenarios.rules import FaultRule
from drs_tui.simulator.timings import Timings

ACCOUNT = "123456789012"


class RegionStart(StrEnum):
    """What a Region is when its first request comes."""

    INITIALISED = "initialised"
    UNINITIALISED = "uninitialised"
    """DRS was never used there: UninitializedAccountException until somebody initialises it."""
    NOT_OPTED_IN = "not-opted-in"
    """The account hasn't enabled the Region: UnrecognizedClientException."""


@dataclass(frozen=True, slots=True)
class Quotas:
    """Quotas of an account and Region; the defaults of DRS's are those that AWS documents."""

    concurrent_jobs: int = 20
    servers_in_a_job: int = 100
    servers_in_all_jobs: int = 500
    replicating_servers: int = 300
    source_servers: int = 4000
    vcpus: int = 4096
    """EC2's quota of running standard On-Demand instances, which every account has its own of."""


@dataclass(frozen=True, slots=True)
class PlanExecution:
    """An execution of one of DRS's own recovery plans, which waits and then would launch."""

    mode: str
    """DRILL or RECOVERY."""
    steps: tuple[tuple[str, ...], ...]
    """The servers of each step, by name or id; `*` stands for any letters."""
    until_seconds: float | None = None
    """Drill time after which it is over; None: it stays."""


@dataclass(frozen=True, slots=True)
class RegionSetup:
    """How one Region begins."""

    start: RegionStart = RegionStart.INITIALISED
    fleet: tuple[FleetServer, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A situation to drill in."""

    name: str
    summary: str
    fleet: tuple[FleetServer, ...] = FLEET
    """What every Region replicates that isn't set up on its own."""
    account: str = ACCOUNT
    regions: Mapping[str, RegionSetup] = field(default_factory=dict)
    other_regions: RegionStart = RegionStart.INITIALISED
    """What the Regions are that aren't set up on their own."""
    timings: Timings = field(default_factory=Timings)
    quotas: Quotas = field(default_factory=Quotas)
    rules: tuple[FaultRule, ...] = ()
    executions: tuple[PlanExecution, ...] = ()
    """DRS's own, under way in every Region."""
    launches_fail: bool = False
    """Whether one server of a Region fails at its first launch, and one is skipped."""
    shows_late_seconds: float = 0.0
    """How long at most a new job can be missing from DescribeJobs, and the id of a recovery
    instance from the job that launched it."""
    others: tuple[Scenario, ...] = ()
    """What happens in other accounts that are reached at the same endpoint."""
    digest: str = ""
    """SHA-256 of the file it was read from; empty for a built-in one."""

    def region(self, name: str) -> RegionSetup:
        """How the Region of that name begins."""
        if name in self.regions:
            return self.regions[name]
        fleet = self.fleet if self.other_regions is RegionStart.INITIALISED else ()
        return RegionSetup(self.other_regions, fleet)
