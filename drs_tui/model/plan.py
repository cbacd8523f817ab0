"""A recovery plan: waves of source servers, what each waits for, what to do when one fails."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from drs_tui.model.launch_checks import Check

LINUX_TIMEOUT_SECONDS = 60 * 60
WINDOWS_TIMEOUT_SECONDS = 120 * 60
MAX_SERVERS_PER_WAVE = 100
"""One StartRecovery call takes at most this many source servers (DRS quota)."""


class Impact(StrEnum):
    """Whether a server's failure is its wave's failure."""

    CRITICAL = "critical"
    OPTIONAL = "optional"


class FailurePolicy(StrEnum):
    """What a run does when a wave did not succeed."""

    PAUSE = "pause"
    STOP = "stop"
    CONTINUE = "continue"


class ObjectivesPolicy(StrEnum):
    """What a missed RTO or RPO makes of a run that launched all it should."""

    REQUIRED = "required"
    """It missed its objectives, which is no success; so does one of which they are not known."""

    REPORTED = "reported"
    """They are told, and change nothing."""


class Overdue(StrEnum):
    """What becomes of a gate that nobody has answered in time."""

    WAIT = "wait"
    STOP = "stop"


class Mode(StrEnum):
    """Whether a run is a drill or the real thing."""

    DRILL = "drill"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Target:
    """The account and Region a run acts on, and how its credentials are found."""

    account: str | None = None
    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None

    @property
    def named_account(self) -> str:
        """The account that it says, or that its role is of; empty if neither."""
        # arn:partition:iam::account:role/name (IAM User Guide, "IAM identifiers")
        parts = (self.role_arn or "").split(":")
        return self.account or (parts[4] if len(parts) > 4 else "")

    def of_wave(self, own: Target | None) -> Target:
        """Where a wave acts whose plan is for this target, and which says `own` itself.

        A Region alone is another Region of the same account. Another account, role or profile is
        another way in: of the plan's no more than the profile, by which a role can be assumed.
        """
        if own is None:
            return self
        region = own.region or self.region
        other_account = bool(own.account) and own.account != self.named_account
        if not (other_account or own.role_arn or own.profile):
            return replace(self, region=region)
        account = own.named_account or None
        return Target(account, region, own.profile or self.profile, own.role_arn)


@dataclass(frozen=True, slots=True)
class PlanServer:
    """One server of a wave; as authored it has an id or a name, as resolved it has both."""

    id: str | None = None
    """Source server id, `s-` and 17 hexadecimal digits."""

    name: str | None = None
    """Tag Name or host name of the source server."""

    impact: Impact = Impact.CRITICAL
    launch_into: str | None = None
    """The existing EC2 instance whose volumes a launch may exchange; no other is touched."""

    os: str | None = None
    """Its operating system in DRS's words, as resolved; None while unknown."""

    @property
    def is_windows(self) -> bool:
        """Whether its operating system is a Windows."""
        return "windows" in (self.os or "").lower()


@dataclass(frozen=True, slots=True)
class Selector:
    """Servers chosen by their tags when a run is created: all of `tags` must match."""

    tags: Mapping[str, str]
    impact: Impact = Impact.CRITICAL


@dataclass(frozen=True, slots=True)
class Gate:
    """A question that a person answers before a wave launches."""

    prompt: str
    approvals: int = 1
    """How many different people must approve."""

    excludes_starter: bool = False
    """Whether none of them may be who started the run."""

    within_seconds: int | None = None
    """How long it may take from the moment when it is asked; None: for ever."""

    then: Overdue = Overdue.WAIT

    @property
    def needs_others(self) -> bool:
        """Whether whoever started the run can't pass it alone."""
        return self.approvals > 1 or self.excludes_starter


@dataclass(frozen=True, slots=True)
class ManualStep:
    """Something that a person does and acknowledges."""

    text: str
    assignee: str = ""
    """Whose it is, for people; anybody may acknowledge it."""


@dataclass(frozen=True, slots=True)
class CommandStep:
    """A local command, started without a shell."""

    argv: tuple[str, ...]
    modes: tuple[Mode, ...]
    timeout_seconds: int = 300
    """In real time, as a command knows no other."""

    on_failure: FailurePolicy = FailurePolicy.PAUSE
    aws: bool = False
    """Whether it gets the driver's AWS credentials and settings."""


@dataclass(frozen=True, slots=True)
class SsmStep:
    """An SSM automation document."""

    document: str
    modes: tuple[Mode, ...]
    parameters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    timeout_seconds: int = 300
    on_failure: FailurePolicy = FailurePolicy.PAUSE


Step = ManualStep | CommandStep | SsmStep


@dataclass(frozen=True, slots=True)
class Isolation:
    """The networks in which drill instances may live; empty tuples say nothing."""

    vpcs: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    waived: str = ""
    """Why drills of this plan need no network of their own; empty: they do."""

    @property
    def is_said(self) -> bool:
        """Whether it limits anything."""
        return bool(self.vpcs or self.subnets or self.security_groups)


@dataclass(frozen=True, slots=True)
class Wave:
    """Servers launched together by one StartRecovery call."""

    name: str
    servers: tuple[PlanServer, ...] = ()
    select: Selector | None = None
    after: tuple[str, ...] = ()
    """Names of the waves that must have succeeded before; the plan reader fills in the default."""

    gate: Gate | None = None
    before: tuple[Step, ...] = ()
    """What is done before its launch, in order."""

    afterwards: tuple[Step, ...] = ()
    """What is done once it has ended, before the waves that wait for it."""

    checks: tuple[Check, ...] | None = None
    """None: EC2 status checks of every critical server; empty: none, "launched, not verified".

    Those of EC2 are made of critical servers even if only others are listed.
    """

    timeout_seconds: int | None = None
    """How long its job may take; None: by the systems of its servers, see `may_take_seconds`."""

    max_lag_seconds: int = 900
    on_failure: FailurePolicy = FailurePolicy.PAUSE
    point_in_time: str = "latest"
    """What it is launched from: `latest`, `newest-existing`, `common`, or an ISO 8601 moment with
    offset; see `drs_tui.model.points`."""

    target: Target | None = None
    """None: the plan's own."""

    @property
    def may_take_seconds(self) -> int:
        """How long its job may take before somebody is asked; longer with Windows servers."""
        if self.timeout_seconds is not None:
            return self.timeout_seconds
        has_windows = any(server.is_windows for server in self.servers)
        return WINDOWS_TIMEOUT_SECONDS if has_windows else LINUX_TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class Plan:
    """Which servers are recovered, in which order, under which conditions."""

    name: str
    waves: tuple[Wave, ...]
    title: str = ""
    target: Target = Target()
    rto_seconds: int | None = None
    rpo_seconds: int | None = None
    objectives: ObjectivesPolicy = ObjectivesPolicy.REQUIRED
    isolation: Isolation = Isolation()
    folder: str = ""
    """Where its file is, absolute: what its commands are relative to; empty without a file."""

    def servers(self) -> Iterator[tuple[Wave, PlanServer]]:
        """Every listed server with its wave, in plan order."""
        for wave in self.waves:
            for server in wave.servers:
                yield wave, server

    def wave(self, name: str) -> Wave:
        """The wave of that name.

        Raises:
            KeyError: the plan has no such wave.
        """
        for wave in self.waves:
            if wave.name == name:
                return wave
        raise KeyError(name)

    def target_of(self, wave: Wave) -> Target:
        """Where a wave acts."""
        return self.target.of_wave(wave.target)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Where its waves act, each place once: the plan's own target first if any does there."""
        found = dict.fromkeys(map(self.target_of, self.waves))
        return tuple(sorted(found, key=lambda target: target != self.target))

    def within(self, target: Target) -> Plan:
        """The part of the plan that acts on one of its targets, in the order that all of it has."""
        there = {wave.name for wave in self.waves if self.target_of(wave) == target}

        def before(wave: Wave) -> Iterator[str]:
            for name in wave.after:
                yield from (name,) if name in there else before(self.wave(name))

        waves = (
            replace(wave, target=None, after=tuple(dict.fromkeys(before(wave))))
            for wave in self.waves
            if wave.name in there
        )
        return replace(self, target=target, waves=tuple(waves))
