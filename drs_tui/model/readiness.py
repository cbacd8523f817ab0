"""What checks find, and the verdict that findings add up to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from drs_tui.model.events import Json
from drs_tui.model.machines import Ec2Instance, LaunchSettings, Networks, PointInTime
from drs_tui.model.observed import Job, PlanExecution, RecoveryInstance, SourceServer


class Verdict(StrEnum):
    """What a check found; unknown never passes silently."""

    PASSES = "passes"
    WARNS = "warns"
    BLOCKS = "blocks"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of one thing."""

    verdict: Verdict
    check: str
    """Which check, in a word: `replication`, `lag`, `live recovery`, …"""

    thing: str
    """What was checked: a server's name, a wave, the account."""

    reason: str
    remedy: str = ""
    leaves_out: str = ""
    """The source server that a launch goes without if this is acknowledged; empty: none."""

    ends: str = ""
    """The instance that stands in the way until whoever starts a recovery has typed its id."""

    @property
    def key(self) -> str:
        """By which it is acknowledged: the same check of the same thing."""
        return f"{self.check}:{self.thing}"

    def to_data(self) -> dict[str, Json]:
        """The finding as event data."""
        return {
            "verdict": self.verdict.value,
            "check": self.check,
            "thing": self.thing,
            "reason": self.reason,
            "remedy": self.remedy,
        }


_WORST_FIRST = (Verdict.BLOCKS, Verdict.WARNS, Verdict.UNKNOWN, Verdict.PASSES)


def by_severity(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, what stands in the way first."""
    return sorted(findings, key=lambda finding: _WORST_FIRST.index(finding.verdict))


@dataclass(frozen=True, slots=True)
class Report:
    """What all checks found."""

    findings: tuple[Finding, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of all: an unknown blocks nothing by itself but has to be acknowledged."""
        found = {finding.verdict for finding in self.findings}
        if Verdict.BLOCKS in found:
            return Verdict.BLOCKS
        if found & {Verdict.WARNS, Verdict.UNKNOWN}:
            return Verdict.WARNS
        return Verdict.PASSES

    def of(self, *verdicts: Verdict) -> tuple[Finding, ...]:
        """The findings with one of these verdicts."""
        return tuple(f for f in self.findings if f.verdict in verdicts)

    @property
    def blocks(self) -> tuple[Finding, ...]:
        """What stands in the way."""
        return self.of(Verdict.BLOCKS)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What somebody has to take upon themselves."""
        return self.of(Verdict.WARNS, Verdict.UNKNOWN)

    @property
    def left_out(self) -> frozenset[str]:
        """The source servers that a launch goes without if all is acknowledged."""
        return frozenset(f.leaves_out for f in self.findings if f.leaves_out)

    def unacknowledged(self, keys: Iterable[str]) -> tuple[Finding, ...]:
        """The warnings that none of `keys` covers."""
        known = set(keys)
        return tuple(f for f in self.warnings if f.key not in known)


def located(findings: Iterable[Finding], where: str, waves: Collection[str]) -> list[Finding]:
    """Findings of one place of several: each says where, but for those about a wave.

    So that to acknowledge what is found in one place says nothing about another.
    """
    return [f if f.thing in waves else replace(f, thing=f"{f.thing} ({where})") for f in findings]


@dataclass(frozen=True, slots=True)
class Progress:
    """Who hears of a survey while it goes on."""

    asks: Callable[[str], object] = lambda _: None
    """Told in words what is being asked."""

    finds: Callable[[Finding], object] = lambda _: None
    """Told of what stands in the way as soon as that is known."""


@dataclass(frozen=True, slots=True)
class Unread:
    """What AWS did not tell."""

    words: str
    """Why not, and what to do."""

    code: str = ""
    """AWS's error code; empty when it was not asked."""

    @property
    def is_denied(self) -> bool:
        """Whether the caller may not ask, so that asking again changes nothing."""
        return self.code in _DENIALS


_DENIALS = frozenset(
    {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}
)

NOT_ASKED = Unread("it was not asked for")


@dataclass(frozen=True, slots=True)
class Launching:
    """A launch of this process that comes before the one at hand."""

    job_id: str
    """Empty while there is none."""

    servers: int
    waits: bool = False
    """Whether it is held back, too, until there is room."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What AWS was asked before a launch; what it was not asked is unknown, never absent."""

    servers: Mapping[str, SourceServer]
    """By source server id; those that DRS knows."""

    instances: Sequence[RecoveryInstance] | Unread = NOT_ASKED
    """The recovery instances of the servers, as far as DRS lists them."""

    machines: Sequence[Ec2Instance] | Unread = NOT_ASKED
    """EC2's instances that are tagged with the servers' ids, whatever became of them."""

    settings: Mapping[str, LaunchSettings | Unread] = field(default_factory=dict)
    """How each server is launched, by its id."""

    networks: Networks | Unread = NOT_ASKED
    """Into which networks."""

    points: Mapping[str, Sequence[PointInTime] | Unread] = field(default_factory=dict)
    """The points in time of the servers that are to be launched from one, by their ids."""

    held_points: Mapping[str, PointInTime] = field(default_factory=dict)
    """The points that other servers of the same wave are launched from already."""

    as_of: datetime | None = None
    """When it was asked, by AWS's own clock; None: nobody asked."""

    jobs: Sequence[Job] = ()
    """The jobs of the account and Region that have not ended."""

    executions: Sequence[PlanExecution] | Unread = NOT_ASKED
    """Those of DRS's own recovery plans that are under way."""

    launching: Sequence[Launching] = ()
    """Launches that are not among the jobs, or not yet."""

    quotas: Mapping[str, float] | Unread = NOT_ASKED
    """What Service Quotas says of DRS, by its codes."""

    own_jobs: frozenset[str] = field(default_factory=frozenset)
    """Ids of this run's own jobs."""

    ends: frozenset[str] = field(default_factory=frozenset)
    """The instances that a recovery may end: each was typed by whoever started it."""

    @property
    def unread(self) -> tuple[Unread, ...]:
        """What AWS did not tell of what it was asked."""
        each = (*self.settings.values(), *self.points.values())
        told = (self.instances, self.machines, self.networks, *each)
        return tuple(each for each in told if isinstance(each, Unread) and each.code)
