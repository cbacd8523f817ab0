"""What happens in a simulated account: its fleet, its past and its faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random

from drs_tui.simulator.fleet import BILLING, FLEET, ORDERS, FleetServer
from drs_tui.simulator.jobs import Fault, Job

ACCOUNT = "123456789012"

RAW_ERRORS = (
    (
        "An error occurred (InsufficientInstanceCapacity) when calling the RunInstances operation "
        "(reached max retries: 4): We currently do not have sufficient capacity in the "
        "Availability Zone you requested. Our system will be working on provisioning additional "
        "capacity."
    ),
    (
        "An error occurred (Client.InvalidKMSKey.InvalidState): The KMS key provided is in an "
        "incorrect state"
    ),
    (
        "An error occurred (VcpuLimitExceeded) when calling the RunInstances operation: You have "
        "requested more vCPU capacity than your current vCPU limit of 32 allows for the instance "
        "bucket that the specified instance type belongs to."
    ),
)
"""How EC2 words the refusals that a job's log passes on."""


class Lost(StrEnum):
    """What the network loses of a call."""

    NOTHING = "nothing"
    ANSWER = "answer"
    """The call takes effect, then the connection closes."""
    REQUEST = "request"
    """The connection closes before the call takes effect."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A situation to drill in."""

    name: str
    summary: str
    fleet: tuple[FleetServer, ...] = FLEET
    account: str = ACCOUNT
    live_recoveries: tuple[str, ...] = ()
    """Source servers that run on a real recovery instance from the start."""
    launches_fail: bool = False
    """Whether one server of a Region fails at its first launch, and one is skipped."""
    lost: Lost = Lost.NOTHING
    """Of every StartRecovery."""
    shows_late_seconds: float = 0.0
    """How long at most a new job can be missing from DescribeJobs."""

    def faults(
        self, servers: Sequence[str], earlier: Sequence[Job], random: Random
    ) -> dict[str, Fault]:
        """What goes wrong in the next launch of a Region, by source server id.

        The first server ever launched fails. One other server is skipped, in the same job when
        that has three or more servers, else in a later one. Afterwards all goes well, so that a
        relaunch of the two succeeds.
        """
        if not self.launches_fail:
            return {}
        troubled = _troubled(earlier)
        faults: dict[str, Fault] = {}
        if "FAILED" not in troubled.values():
            faults[servers[0]] = Fault("LAUNCH_FAILED", random.choice(RAW_ERRORS))
        if "PENDING" not in troubled.values() and (not faults or len(servers) >= 3):
            fresh = [server for server in servers if server not in troubled | faults]
            if fresh:
                faults[fresh[0]] = Fault("SERVER_SKIPPED")
        return faults


def _troubled(jobs: Sequence[Job]) -> dict[str, str]:
    """The final status of each server that some launch left without an instance."""
    return {
        part.source_server_id: part.final_status
        for job in jobs
        for part in job.timeline.participants
        if job.type == "LAUNCH" and part.recovery_instance_id is None
    }


_BUILT_IN = (
    Scenario("calm", "every server launches"),
    Scenario(
        "failures",
        "one server fails at launch with AWS's own words, another is skipped; a relaunch succeeds",
        launches_fail=True,
    ),
    Scenario(
        "live-recovery",
        "the first server of orders and of billing run on a real recovery instance",
        live_recoveries=(ORDERS[0].source_server_id, BILLING[0].source_server_id),
    ),
    Scenario(
        "ambiguous",
        "every StartRecovery takes effect unanswered, and its job shows up to 5 s later",
        lost=Lost.ANSWER,
        shows_late_seconds=5.0,
    ),
    Scenario("lost", "no StartRecovery ever arrives", lost=Lost.REQUEST),
)

SCENARIOS: Mapping[str, str] = {scenario.name: scenario.summary for scenario in _BUILT_IN}
"""What can be simulated: name and one line about it."""


def scenario_named(name: str) -> Scenario:
    """Find a built-in scenario.

    Raises:
        ValueError: there is none of that name; the message lists those there are.
    """
    for scenario in _BUILT_IN:
        if scenario.name == name:
            return scenario
    raise ValueError(f"unknown scenario {name!r}; choose one of {', '.join(SCENARIOS)}")
