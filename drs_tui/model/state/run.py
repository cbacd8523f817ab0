"""A run: what all its events so far add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drs_tui.model.decisions import Wanted, WantedKind
from drs_tui.model.endpoints import stamp
from drs_tui.model.events import Json
from drs_tui.model.expectation.usual import History
from drs_tui.model.launch_traits import Traits
from drs_tui.model.plan import FailurePolicy, Mode, Plan
from drs_tui.model.principals import Requester
from drs_tui.model.seals import Seal
from drs_tui.model.state.cleanup import CleanupState
from drs_tui.model.state.launches import InstanceState, JobState
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.targets import RunTarget
from drs_tui.model.state.time_spent import Slower, TimeSpent
from drs_tui.model.state.waves import WaveState
from drs_tui.model.status import Objectives, RunStatus, ServerResult, WaveStatus
from drs_tui.model.steps import StepEnd, StepOutcome, last_ends, next_index, policy_of, step_at


@dataclass(frozen=True, slots=True)
class Note:
    """A remark that somebody left."""

    at: datetime
    actor: str
    text: str


@dataclass(frozen=True, slots=True)
class TakeOver:
    """The moment when another driver went on with a run whose driver had not let go of it."""

    at: datetime
    actor: str
    before: str
    """Who drove until then: the holder of the lease that was waited out."""

    by: str
    """Who drives since then; empty when not recorded."""

    reason: str


@dataclass(frozen=True, slots=True)
class Import:
    """The moment when a run was copied from another store; it is not driven where it is."""

    at: datetime
    """Real time, unlike that of all other events."""

    actor: str
    store: str
    """Where it had been until then; empty when not recorded."""


@dataclass(frozen=True)
class Run:
    """A drill or a recovery, as far as its events tell."""

    run_id: str
    plan: Plan
    mode: Mode = Mode.DRILL
    account: str = ""
    region: str = ""
    profile: str = ""
    """The AWS profile it was started with; empty for the SDK's own choice."""

    several: tuple[RunTarget, ...] = ()
    """Where its waves act if that is more than one place; `account` and `region` are the first."""

    endpoint_url: str = ""
    """As it was set; empty for AWS's own endpoints."""

    service_urls: Mapping[str, str] = field(default_factory=dict)
    """Where each service was called when it began, by the SDK's name of the service."""

    custom_endpoints: tuple[str, ...] = ()
    """The services that were called elsewhere than at AWS or a VPC endpoint of it."""

    vpc_hosts: tuple[str, ...] = ()
    """The hosts that the settings listed as VPC endpoints."""

    is_evidence: bool = True
    """Whether it was AWS that answered."""

    simulated: bool = False
    expected: History | None = None
    """What its driver took for usual; None before it said so, and where nothing is to be expected,
    as of a simulator whose jobs are quicker than DRS's."""

    windows: frozenset[str] = frozenset()
    """The source servers that run Windows, as far as DRS knew when the run was created."""

    launch_traits: Mapping[str, Traits] = field(default_factory=dict)
    """How each source server would have been launched when the run was created, by its id."""

    compared_with: str = ""
    """The drill that succeeded last before this run was created; empty where there was none."""

    differences: tuple[str, ...] = ()
    """What was different since then."""

    created_at: datetime | None = None
    started_by: str = ""
    starter: Requester = field(default_factory=Requester)
    started_as: frozenset[str] = frozenset()
    """The principals that whoever started it may be: of themselves, and of the run's role."""

    personal_roles: tuple[str, ...] = ()
    """Roles of which each session is a person, by the settings that it was started with."""

    speed_percent: int = 100
    reason: str = ""
    change: str = ""
    policy: str = ""
    """SHA-256 of the site's policy file as it began; empty where there was none."""

    cleanup_policy: str = ""
    """`always`, `success`, `never`; empty: the operator says later."""

    keep_for_seconds: int | None = None
    """How long after its end its instances are kept before its clean-up is due."""

    waves: Mapping[str, WaveState] = field(default_factory=dict)
    servers: Mapping[str, ServerState] = field(default_factory=dict)
    jobs: Mapping[str, JobState] = field(default_factory=dict)
    instances: Mapping[str, InstanceState] = field(default_factory=dict)
    cleanup: CleanupState = field(default_factory=CleanupState)
    ends: frozenset[str] = frozenset()
    """EC2 ids of the instances that a recovery may end: each was typed by whoever started it."""

    acknowledged: frozenset[str] = frozenset()
    """Keys of the warnings that somebody took upon themselves."""

    requests: frozenset[str] = frozenset()
    """Ids of the requests that were answered or found stale."""

    notes: tuple[Note, ...] = ()
    take_overs: tuple[TakeOver, ...] = ()
    detachments: tuple[Note, ...] = ()
    """Each time somebody let it go on while the audit store was out of reach."""

    renewals: tuple[Note, ...] = ()
    """Each time its driver was given other credentials, or told to look for them again."""

    seals: tuple[Seal, ...] = ()
    """Each time its newest hash was put, or was to be put, where nobody here can change it."""

    seal_due: int = 0
    """The last event after which it is to be sealed."""

    imports: tuple[Import, ...] = ()
    findings: tuple[Mapping[str, Json], ...] = ()
    """What the preflight found, warnings and blocks only."""

    paused: bool = False
    cancelled: bool = False
    stopping: bool = False
    """No further launches: a person or the plan's policy said stop."""

    outcome: RunStatus | None = None
    objectives: Objectives = Objectives.NONE
    rto_ms: int | None = None
    rpo_ms: int | None = None
    finished_at: datetime | None = None
    spent: TimeSpent = field(default_factory=TimeSpent)
    slower: tuple[Slower, ...] = ()
    """What took longer than in the plan's last runs, as known when it ended."""

    seq: int = 0
    head_hash: str = ""
    last_at: datetime | None = None
    unreadable: tuple[int, ...] = ()
    """Numbers of the events whose data this version could not make sense of."""

    @property
    def never_terminate(self) -> frozenset[str]:
        """EC2 ids of machines that were there before: launched into, they are no drill's to end."""
        return frozenset(s.launch_into for _, s in self.plan.servers() if s.launch_into)

    @property
    def targets(self) -> tuple[RunTarget, ...]:
        """Where its waves act: one account and Region, or several."""
        if self.several:
            return self.several
        target = self.plan.targets[0] if self.plan.waves else self.plan.target
        return (
            RunTarget(
                self.account,
                self.region,
                self.profile,
                target.role_arn or "",
                target.account or "",
                tuple(self.waves),
            ),
        )

    @property
    def where(self) -> str:
        """Account and Region of each of its targets, for people."""
        return " and ".join(
            f"account {t.account or 'unknown'}, {t.region or 'Region unknown'}"
            for t in self.targets
        )

    def target_of(self, wave: str) -> RunTarget:
        """Where a wave acts."""
        return next((t for t in self.several if wave in t.waves), self.targets[0])

    @property
    def status(self) -> RunStatus:
        """How it stands: paused before attention before waiting before running."""
        if self.outcome is not None:
            return self.outcome
        if self.paused:
            return RunStatus.PAUSED
        wanted = self.wanted
        if any(not w.is_expected for w in wanted):
            return RunStatus.ATTENTION
        if wanted and not any(wave.is_open for wave in self.waves.values()):
            return RunStatus.WAITING
        return RunStatus.RUNNING

    @property
    def stamp(self) -> str:
        """NOT EVIDENCE and why, if it was not AWS that answered; else empty."""
        if self.is_evidence:
            return ""
        urls = self.service_urls or {"drs": self.endpoint_url}
        return stamp(urls, self.custom_endpoints or tuple(urls), simulated=self.simulated)

    @property
    def wanted(self) -> tuple[Wanted, ...]:
        """The decisions that are wanted now, trouble first, then in plan order."""
        open_now = [wave.wanted for wave in self.waves.values() if wave.wanted is not None]
        return tuple(sorted(open_now, key=lambda w: w.is_expected))

    @property
    def launched_count(self) -> int:
        """How many servers AWS says are launched."""
        return sum(s.result is ServerResult.LAUNCHED for s in self.servers.values())

    def of_wave(self, name: str) -> tuple[ServerState, ...]:
        """The servers of a wave, in plan order."""
        return tuple(self.servers[i] for i in self.waves[name].server_ids if i in self.servers)

    def is_judged(self, server: ServerState) -> bool:
        """Whether a server's launch status stands: AWS told how it ended, and its wave is final.

        What DRS calls the server later is about the end of its instance, not about its launch.
        """
        told = server.result in (ServerResult.LAUNCHED, ServerResult.FAILED)
        return told and server.wave in self.waves and self.waves[server.wave].status.is_final

    def deadline(self, name: str) -> datetime | None:
        """When a launched wave's time-out falls due; None before its launch, or for never."""
        wave = self.waves[name]
        if wave.launched_at is None:
            return None
        seconds = self.plan.wave(name).may_take_seconds
        try:
            return wave.launched_at + timedelta(seconds=seconds, milliseconds=wave.extended_ms)
        except OverflowError:  # A stored plan may name a time beyond the calendar.
            return None

    def elapsed_seconds(self, now: datetime) -> float:
        """Seconds from the start to the end, or to `now` while it goes on."""
        if self.created_at is None:
            return 0.0
        return max(0.0, ((self.finished_at or now) - self.created_at).total_seconds())

    def lets_pass(self, name: str) -> bool:
        """Whether waves that come after this one may launch."""
        return self._ended_well_enough(name) and not self.has_steps_left(name)

    def has_steps_left(self, name: str) -> bool:
        """Whether steps after a wave are still to be done.

        They are once it launched something and the waves after it might launch; a run that was
        stopped does nothing more.
        """
        wave = self.waves[name]
        launched = wave.attempt > 0 and wave.status in (WaveStatus.SUCCEEDED, WaveStatus.PARTIAL)
        if self.stopping or not launched or not self._ended_well_enough(name):
            return False
        steps = self.plan.wave(name).afterwards
        return next_index(steps, wave.step_after, self.mode) < len(steps)

    def _ended_well_enough(self, name: str) -> bool:
        wave = self.waves[name]
        if wave.status in (WaveStatus.SUCCEEDED, WaveStatus.SKIPPED):
            return True
        if wave.status not in (WaveStatus.PARTIAL, WaveStatus.FAILED):
            return False
        return wave.accepted or self.plan.wave(name).on_failure is FailurePolicy.CONTINUE

    def gate_deadline(self, name: str) -> datetime | None:
        """Until when the gate that a wave waits at may be answered; None for ever, or for none."""
        wanted, gate = self.waves[name].wanted, self.plan.wave(name).gate
        if wanted is None or wanted.kind is not WantedKind.GATE or gate is None:
            return None
        if gate.within_seconds is None:
            return None
        try:
            return wanted.since + timedelta(seconds=gate.within_seconds)
        except OverflowError:  # A stored plan may name a time beyond the calendar.
            return None

    def failed_steps(self) -> list[StepEnd]:
        """The steps that went wrong, or were skipped for that, where the plan does not allow it."""
        return [
            end
            for wave in self.waves.values()
            for end in last_ends(wave.steps)
            if (end.outcome.went_wrong or end.outcome is StepOutcome.SKIPPED)
            and policy_of(step_at(self.plan.wave(wave.name), *end.place))
            is not FailurePolicy.CONTINUE
        ]
