"""Which faults of a scenario strike, and how often they have."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import assert_never

from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.jobs import Job
from drs_tui.simulator.mishaps import NO_MISHAP, Fault, Mishap
from drs_tui.simulator.scenarios.rules import (
    FaultKind,
    FaultRule,
    LaunchFault,
    RequestFault,
    StateFault,
)
from drs_tui.simulator.scenarios.scenario import Scenario

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

CONVERSION_ERROR = "The conversion server could not convert the volumes of the source server"


@dataclass(frozen=True, slots=True)
class Tally:
    """How often one rule was looked at, and how often it struck."""

    seen: int = 0
    struck: int = 0


class Faults:
    """The faults of one account in one scenario.

    The same rules, seed and order of calls strike the same: each time that a rule could strike,
    its probability is drawn from the seed and the number of times it could have struck before.
    """

    def __init__(self, scenario: Scenario, *, seed: int, speed: float) -> None:
        self.began_at: datetime | None = None
        """When the account's first request came: windows are reckoned from there."""
        self.tallies = [Tally() for _ in scenario.rules]
        self._scenario = scenario
        self._seed = seed
        self._speed = speed

    def begin(self, now: datetime) -> None:
        """Start the time that windows are reckoned in, unless it has started."""
        if self.began_at is None:
            self.began_at = now

    def restore(self, began_at: datetime, tallies: Sequence[Tally]) -> None:
        """Go on as faults that were kept.

        Raises:
            ValueError: they are not of this scenario's rules.
        """
        if len(tallies) != len(self.tallies):
            raise ValueError(f"{len(tallies)} tallies of {len(self.tallies)} rules")
        self.began_at = began_at
        self.tallies = list(tallies)

    @property
    def struck(self) -> int:
        """How often any of them has struck."""
        return sum(tally.struck for tally in self.tallies)

    def elapsed_seconds(self, now: datetime) -> float:
        """Drill time since the account began."""
        return (now - (self.began_at or now)).total_seconds() * self._speed

    def strike(
        self,
        service: str,
        operation: str,
        region: str,
        servers: Callable[[], Collection[FleetServer]],
        now: datetime,
        *,
        access_key: str = "",
    ) -> FaultRule | None:
        """The first rule that strikes a request; `servers` tells which it names."""
        for index, rule in self._open(RequestFault, region, now):
            if not (rule.is_of_operation(service, operation) and rule.is_of_key(access_key)):
                continue
            if rule.servers and not any(map(rule.is_of_server, servers())):
                continue
            if self._strikes(index, rule):
                return rule
        return None

    def mishaps(
        self,
        region: str,
        servers: Sequence[FleetServer],
        earlier: Sequence[Job],
        random: Random,
        now: datetime,
    ) -> Mapping[str, Mishap]:
        """What goes wrong in the next launch of a Region, by source server id."""
        found: dict[str, Mishap] = {}
        if self._scenario.launches_fail:
            ids = [server.source_server_id for server in servers]
            found = {server: Mishap(fault) for server, fault in _first_faults(ids, earlier, random)}
        for index, rule in self._open(LaunchFault, region, now):
            for server in servers:
                before = found.get(server.source_server_id, NO_MISHAP)
                after = _with(before, rule)
                if after != before and rule.is_of_server(server) and self._strikes(index, rule):
                    found[server.source_server_id] = self._in_words(after, index)
        return found

    def stalled_since(self, region: str, server: FleetServer, now: datetime) -> datetime | None:
        """Since when a server's replication has stalled by a rule; None: it hasn't."""
        for _, rule in self._open(StateFault, region, now):
            if rule.is_of_server(server):
                began_at = self.began_at or now
                return began_at + timedelta(seconds=rule.from_seconds / self._speed)
        return None

    def _open(
        self, sort: type[FaultKind], region: str, now: datetime
    ) -> Iterator[tuple[int, FaultRule]]:
        """The rules of a sort that could strike now, each with its place in the scenario."""
        elapsed = self.elapsed_seconds(now)
        for index, rule in enumerate(self._scenario.rules):
            if isinstance(rule.kind, sort) and rule.is_of_region(region) and rule.is_open(elapsed):
                yield index, rule

    def _strikes(self, index: int, rule: FaultRule) -> bool:
        """Whether a rule that could strike does; its tally says so from now on."""
        tally = self.tallies[index]
        if rule.count is not None and tally.struck >= rule.count:
            return False
        tally = replace(tally, seen=tally.seen + 1)
        self.tallies[index] = tally
        strikes = rule.probability >= 1 or self._random(index).random() < rule.probability
        if strikes:
            self.tallies[index] = replace(tally, struck=tally.struck + 1)
        return strikes

    def _in_words(self, mishap: Mishap, index: int) -> Mishap:
        """The mishap with one of EC2's refusals, if a failed launch has none of the scenario's."""
        fault = mishap.fault
        if fault is None or fault.event != "LAUNCH_FAILED" or fault.raw_error:
            return mishap
        words = self._random(index).choice(RAW_ERRORS)
        return replace(mishap, fault=replace(fault, raw_error=words))

    def _random(self, index: int) -> Random:
        return Random(f"{self._seed}/fault/{index}/{self.tallies[index].seen}")


def _with(mishap: Mishap, rule: FaultRule) -> Mishap:
    """A server's mishap with one rule's added; of two of a sort, the first stays alone."""
    kind = rule.kind
    assert isinstance(kind, LaunchFault), "other rules strike no launch"
    match kind:
        case LaunchFault.STUCK:
            if mishap.stuck_in:
                return mishap
            return replace(mishap, stuck_in=rule.phase, stuck_seconds=rule.stuck_seconds)
        case LaunchFault.VANISHING_INSTANCE:
            if mishap.vanishes_after_seconds is not None:
                return mishap
            return replace(mishap, vanishes_after_seconds=rule.seconds or 0.0)
        case LaunchFault.SNAPSHOT_FAILURE:
            return replace(mishap, has_snapshot=False)
        case LaunchFault.NO_BOOT:
            return replace(mishap, boots=False)
        case LaunchFault.NO_SERVICE:
            return replace(mishap, silent_seconds=mishap.silent_seconds or rule.stuck_seconds)
        case LaunchFault.NO_EC2_RIGHTS:
            fault = Fault("")
        case LaunchFault.SKIPPED:
            fault = Fault("SERVER_SKIPPED")
        case LaunchFault.POST_LAUNCH_FAILURE:
            fault = Fault("LAUNCH_END")
        case LaunchFault.CONVERSION_FAILURE:
            fault = Fault("CONVERSION_FAIL", rule.raw_error or CONVERSION_ERROR)
        case LaunchFault.LAUNCH_FAILURE:
            fault = Fault("LAUNCH_FAILED", rule.raw_error)
        case _:
            assert_never(kind)
    return replace(mishap, fault=mishap.fault or fault)


def _first_faults(
    servers: Sequence[str], earlier: Sequence[Job], random: Random
) -> Iterator[tuple[str, Fault]]:
    """What goes wrong in the first launches of a Region whose launches fail.

    The first server ever launched fails. One other server is skipped, in the same job when
    that has three or more servers, else in a later one. Afterwards all goes well, so that a
    relaunch of the two succeeds.
    """
    troubled = _troubled(earlier)
    failing = None
    if "FAILED" not in troubled.values():
        failing = servers[0]
        yield failing, Fault("LAUNCH_FAILED", random.choice(RAW_ERRORS))
    if "PENDING" not in troubled.values() and (failing is None or len(servers) >= 3):
        fresh = [server for server in servers if server not in troubled and server != failing]
        if fresh:
            yield fresh[0], Fault("SERVER_SKIPPED")


def _troubled(jobs: Sequence[Job]) -> dict[str, str]:
    """The final status of each server that some launch left without an instance."""
    return {
        part.source_server_id: part.final_status
        for job in jobs
        for part in job.timeline.participants
        if job.type == "LAUNCH" and part.recovery_instance_id is None
    }
