"""A site's policy: what whoever runs the machine allows at most, whatever a plan or a user says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, tzinfo

from drs_tui.model.plan import Isolation, Mode, Plan

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of some weekdays."""

    days: frozenset[int]
    """Monday is 0."""

    start_minute: int
    end_minute: int
    """Minutes of the day; an end at or before the start is on the next day."""

    def __str__(self) -> str:
        days = ", ".join(WEEKDAYS[day] for day in sorted(self.days))
        return f"{days} {_clock(self.start_minute)}-{_clock(self.end_minute)}"

    def hold(self, moment: datetime) -> bool:
        """Whether a moment in the zone of the hours is among them."""
        minute, day = moment.hour * 60 + moment.minute, moment.weekday()
        if self.start_minute < self.end_minute:
            return day in self.days and self.start_minute <= minute < self.end_minute
        if day in self.days and minute >= self.start_minute:
            return True
        return (day - 1) % 7 in self.days and minute < self.end_minute


@dataclass(frozen=True, slots=True)
class ChangeWindow:
    """When drills may launch."""

    hours: tuple[Hours, ...]
    zone: tzinfo = UTC
    zone_name: str = "UTC"

    def __str__(self) -> str:
        return f"{'; '.join(map(str, self.hours))} ({self.zone_name})"

    def is_open(self, moment: datetime) -> bool:
        """Whether a drill may launch at an aware moment."""
        there = moment.astimezone(self.zone)
        return any(hours.hold(there) for hours in self.hours)

    def told(self, moment: datetime) -> str:
        """A moment as the window sees it."""
        there = moment.astimezone(self.zone)
        return f"{WEEKDAYS[there.weekday()]} {there:%H:%M}"


@dataclass(frozen=True, slots=True)
class Policy:
    """What is allowed at most; a member that is empty allows everything."""

    path: str
    sha256: str
    """Of the file, byte for byte."""

    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    stores: tuple[str, ...] = ()
    """Addresses of audit stores, as `--store` takes them."""

    change: str = ""
    """A regular expression that the whole of a change ticket matches."""

    change_window: ChangeWindow | None = None
    least_approvers: int = 0
    """How many different people must have approved before anything launches."""

    allows_recovery: bool = True
    allows_commands: bool = True
    isolation: Isolation = field(default_factory=Isolation)

    def words(self) -> Iterator[str]:
        """What it says, for people."""
        for what, allowed in (
            ("accounts", self.accounts),
            ("Regions", self.regions),
            ("stores", self.stores),
            ("VPCs", self.isolation.vpcs),
            ("subnets", self.isolation.subnets),
            ("security groups", self.isolation.security_groups),
        ):
            if allowed:
                yield f"{what} {', '.join(allowed)}"
        if self.change:
            yield f"change tickets {self.change}"
        if self.change_window is not None:
            yield f"drills launch {self.change_window}"
        if self.least_approvers:
            yield f"at least {self.least_approvers} approvers"
        if not self.allows_recovery:
            yield "no recoveries"
        if not self.allows_commands:
            yield "no local commands"

    def tightened(self, plan: Plan) -> Plan:
        """The plan with the policy's networks where it names none of that kind itself."""
        own, site = plan.isolation, self.isolation
        return replace(
            plan,
            isolation=replace(
                own,
                vpcs=own.vpcs or site.vpcs,
                subnets=own.subnets or site.subnets,
                security_groups=own.security_groups or site.security_groups,
            ),
        )

    def beyond(self, isolation: Isolation) -> tuple[str, ...]:
        """The networks that are not among the policy's, of the kinds that it lists."""
        site = self.isolation
        kinds: tuple[tuple[Sequence[str], Sequence[str]], ...] = (
            (isolation.vpcs, site.vpcs),
            (isolation.subnets, site.subnets),
            (isolation.security_groups, site.security_groups),
        )
        return tuple(i for named, allowed in kinds if allowed for i in named if i not in allowed)


@dataclass(frozen=True, slots=True)
class Site:
    """A site's policy as it stands, and what a run is that AWS can't say."""

    at: datetime
    """Now."""

    store: str
    """The audit store's address."""

    change: str | None = None
    """The change ticket; None while nobody was asked for one."""

    policy: Policy | None = None
    """None where the site has none, or where it can't be told."""

    trouble: str = ""
    """Why it can't be told."""

    def tightened(self, plan: Plan, mode: Mode) -> Plan:
        """The plan as the policy has it in that mode: a recovery has networks of its own."""
        if self.policy is None or mode is not Mode.DRILL:
            return plan
        return self.policy.tightened(plan)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
