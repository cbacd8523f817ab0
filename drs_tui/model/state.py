"""The state of a run: what all its events so far add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drs_tui.model.decisions import Wanted, WantedKind
from drs_tui.model.endpoints import stamp
from drs_tui.model.events import Json
from drs_tui.model.launch_checks import CheckState
from drs_tui.model.plan import FailurePolicy, Impact, Mode, Plan
from drs_tui.model.principals import Requester
from drs_tui.model.seals import Seal
from drs_tui.model.status import (
    CleanupStatus,
    Objectives,
    Phase,
    RunStatus,
    ServerResult,
    WaveStatus,
)
from drs_tui.model.steps import (
    StepEnd,
    StepOutcome,
    StepUnderWay,
    last_ends,
    next_index,
    policy_of,
    step_at,
)
from drs_tui.model.verification import is_up, is_whole_up


@dataclass(frozen=True, slots=True)
class LaunchIntent:
    """A StartRecovery call that was about to be sent, and whose end is not recorded yet."""

    attempt: int
    token: str
    """A random text in the job's tags, by which the job is found again."""

    server_ids: tuple[str, ...]
    seq: int
    at: datetime
    unknown_at: datetime | None = None
    """When the call ended without a clear answer; None while nothing is known of its end."""

    why: str = ""
    """How the call ended, in words, as far as anybody knows."""

    held_by_own: bool = False
    """Whether DRS refused the call for servers that an ended job of the same run may still hold."""

    settled: bool = False
    """Whether the search for its job has ended without finding one."""


@dataclass(frozen=True, slots=True)
class ServerState:
    """A source server within a run."""

    id: str
    name: str
    wave: str
    impact: Impact
    job_id: str = ""
    launch_status: str = ""
    """`launchStatus` as AWS gave it; empty while unknown."""

    statuses: tuple[tuple[str, datetime], ...] = ()
    """Each launch status of the current attempt with the moment it was first seen, in order."""

    job_ended: bool = False
    phase: Phase = Phase.PENDING
    phases: tuple[tuple[Phase, datetime], ...] = ()
    """Each phase of the current attempt with the moment it began, in order."""

    last_log: str = ""
    """The newest job log event that named it, as AWS wrote it."""

    error: str = ""
    """AWS's own words on what failed (`rawError`)."""

    previous_snapshot: bool = False
    """Whether older data was used because no new snapshot could be made."""

    instance_id: str = ""
    instance_state: str = ""
    lag_ms: int | None = None
    """Replication lag seen by the guards before its launch."""

    left_out: bool = False
    """Whether its wave's launch went without it: optional, and something was red."""

    checks: tuple[CheckState, ...] = ()
    """The checks of its newest launch that were begun, in the plan's order."""

    @property
    def is_critical(self) -> bool:
        """Whether its failure is its wave's failure."""
        return self.impact is Impact.CRITICAL

    @property
    def result(self) -> ServerResult:
        """The verdict: LAUNCHED only if AWS says so, and open until the job ended otherwise."""
        if self.launch_status == "LAUNCHED":
            return ServerResult.LAUNCHED
        if self.launch_status in ("FAILED", "TERMINATED"):
            return ServerResult.FAILED
        if self.left_out:
            return ServerResult.NOT_LAUNCHED
        if not self.job_ended:
            return ServerResult.OPEN
        return ServerResult.FAILED if self.phase is Phase.FAILED else ServerResult.NOT_LAUNCHED

    @property
    def shown_phase(self) -> Phase:
        """The phase to show: the job log's, unless the verdict knows better."""
        match self.result:
            case ServerResult.FAILED:
                return Phase.FAILED
            case ServerResult.NOT_LAUNCHED:
                return Phase.NOT_LAUNCHED
            case ServerResult.LAUNCHED:
                return Phase.READY
            case ServerResult.OPEN if self.launch_status == "IN_PROGRESS":
                # The log, which tells of each phase, is read less often than the status.
                return Phase.LAUNCH
            case ServerResult.OPEN:
                return Phase.LAUNCH if self.phase is Phase.READY else self.phase

    def began(self, phase: Phase) -> datetime | None:
        """When a phase of the current attempt began."""
        return next((at for name, at in self.phases if name is phase), None)

    def first_seen(self, *launch_statuses: str) -> datetime | None:
        """When one of these launch statuses was first seen, which is later than it came about."""
        return next((at for name, at in self.statuses if name in launch_statuses), None)


@dataclass(frozen=True, slots=True)
class JobState:
    """A DRS job of this run."""

    id: str
    wave: str
    """Empty for a clean-up's job."""

    attempt: int
    status: str = ""
    initiated_by: str = ""
    log: Mapping[str, int] = field(default_factory=dict)
    """How often each log item was seen, by its canonical text."""

    logged_ahead_ms: int | None = None
    """How far the time of a log item was ahead of the moment it was recorded, at most.

    A little below zero, by how late it was seen, if the clocks of AWS and the driver agree.
    """

    @property
    def is_ended(self) -> bool:
        """Whether DRS says COMPLETED, which is not to say that it succeeded."""
        return self.status == "COMPLETED"


@dataclass(frozen=True, slots=True)
class InstanceState:
    """A recovery instance that a job of this run launched."""

    id: str
    server_id: str
    state: str
    is_drill: bool | None
    job_id: str
    gone: bool = False
    ec2_id: str = ""
    """Its EC2 instance id, unless that is its id."""

    volume_ids: tuple[str, ...] = ()
    """Every volume that it was ever seen with: EC2 forgets which they were when it ends."""

    launched_at: datetime | None = None
    """By EC2; None before it was asked."""

    type: str = ""
    """The instance type; empty before EC2 was asked."""

    seen_at: datetime | None = None
    """When the run first saw it."""

    gone_at: datetime | None = None
    """When the run first saw that it was gone."""

    @property
    def machine_id(self) -> str:
        """What EC2 calls it."""
        return self.ec2_id or self.id

    @property
    def since(self) -> datetime | None:
        """Since when it has billed, as far as is known."""
        return self.launched_at or self.seen_at


@dataclass(frozen=True, slots=True)
class Refusal:
    """An instance that a clean-up may not terminate."""

    instance_id: str
    server_id: str
    why: str
    remedy: str
    is_settled: bool = True
    """Whether AWS was clear about it; False: it may say otherwise soon."""

    @property
    def words(self) -> str:
        """Why, and what to do."""
        return f"{self.instance_id}: {self.why} ({self.remedy})"


@dataclass(frozen=True, slots=True)
class CleanupState:
    """The terminating of what a drill launched."""

    status: CleanupStatus = CleanupStatus.NONE
    intended: tuple[str, ...] = ()
    """Instance ids the current clean-up set out to terminate."""

    only: tuple[str, ...] = ()
    """The instances that the current clean-up was asked for; empty: all that the drill launched."""

    before: CleanupStatus = CleanupStatus.NONE
    """How it stood before a clean-up of some instances, which leaves the others as they are."""

    job_ids: tuple[str, ...] = ()
    instances_of: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Which instances each of the jobs terminates: DRS's own answer can leave them out."""

    remaining: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    """What it may not terminate, and why."""

    volumes: tuple[str, ...] = ()
    """Volumes of terminated instances that are still there."""

    words: str = ""


@dataclass(frozen=True, slots=True)
class WaveState:
    """A wave within a run."""

    name: str
    server_ids: tuple[str, ...]
    status: WaveStatus = WaveStatus.PENDING
    attempt: int = 0
    """StartRecovery calls intended so far."""

    intent: LaunchIntent | None = None
    job_id: str = ""
    """The newest attempt's job."""

    launched_ids: tuple[str, ...] = ()
    """The servers of the newest attempt."""

    launched_at: datetime | None = None
    finished_at: datetime | None = None
    started_at: datetime | None = None
    """When its first launch was intended."""

    gate_seq: int = 0
    gate_passed: bool = False
    approvals: tuple[str, ...] = ()
    """The principals that approved, in order; an actor where none was made out."""

    step: int = 0
    """Index of the first step before the launch that is not done."""

    step_after: int = 0
    """Index of the first step after its end that is not done."""

    under_way: StepUnderWay | None = None
    """The step that was started last, while its end is not recorded."""

    steps: tuple[StepEnd, ...] = ()
    """How steps ended, in order."""

    guarded_seq: int = 0
    """The guard event that lets the next launch go ahead; 0 when guards have to be run."""

    untagged: bool = False
    """Whether DRS refused the tags, so that the next call goes without."""

    verifying_since: datetime | None = None
    retry_at: datetime | None = None
    extended_ms: int = 0
    timed_out: bool = False
    gave_up: bool = False
    accepted: bool = False
    relaunch: bool = False
    """Whether only what did not launch is to be launched; until DRS accepts that call."""

    findings: tuple[Mapping[str, Json], ...] = ()
    """What its newest guards found, warnings and blocks only."""

    compared_job: str = ""
    """The job whose instances were held against the plan's isolation."""

    is_outside: bool = False
    """Whether some of them are where the plan has no drill, and nobody took that upon them."""

    checks: tuple[CheckState, ...] = ()
    """The checks made once for the wave, as far as they were begun."""

    wanted: Wanted | None = None

    @property
    def is_open(self) -> bool:
        """Whether DRS may be working on it."""
        return self.status in (WaveStatus.LAUNCHING, WaveStatus.IN_PROGRESS, WaveStatus.VERIFYING)

    @property
    def is_stepping(self) -> bool:
        """Whether a command or an automation of it may be running."""
        return self.under_way is not None and self.under_way.runs_by_itself


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


@dataclass(frozen=True, slots=True)
class Run:
    """A drill or a recovery, as far as its events tell."""

    run_id: str
    plan: Plan
    mode: Mode = Mode.DRILL
    account: str = ""
    region: str = ""
    profile: str = ""
    """The AWS profile it was started with; empty for the SDK's own choice."""

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
    windows: frozenset[str] = frozenset()
    """The source servers that run Windows, as far as DRS knew when the run was created."""

    created_at: datetime | None = None
    started_by: str = ""
    starter: Requester = field(default_factory=Requester)
    started_as: frozenset[str] = frozenset()
    """The principals that whoever started it may be: of themselves, and of the run's role."""

    personal_roles: tuple[str, ...] = ()
    """Roles of which each session is a person, by the settings that it was started with."""

    tool_version: str = ""
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
    cleanup: CleanupState = CleanupState()
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
        seconds = self.plan.wave(name).timeout_seconds
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


def judge_wave(run: Run, name: str) -> WaveStatus:
    """The outcome of a wave from its servers' launch statuses and checks: never from the job's.

    A wave of optional servers only is judged by those: nothing launched is never a success. Neither
    is a drill that runs where the plan has none.
    """
    servers = run.of_wave(name)
    counted = [s for s in servers if s.is_critical] or list(servers)
    wave = run.waves[name]
    up = sum(is_up(run, server) for server in counted)
    if up and up == len(counted) and is_whole_up(run, wave) and not wave.is_outside:
        return WaveStatus.SUCCEEDED
    return WaveStatus.PARTIAL if up else WaveStatus.FAILED


def judge_run(run: Run) -> RunStatus:
    """The outcome of a run whose waves have all ended; a failed step is no success either."""
    if run.cancelled:
        return RunStatus.CANCELLED
    statuses = [wave.status for wave in run.waves.values()]
    if statuses and all(status is WaveStatus.SUCCEEDED for status in statuses):
        return RunStatus.PARTIAL if run.failed_steps() else RunStatus.SUCCEEDED
    if any(status in (WaveStatus.SUCCEEDED, WaveStatus.PARTIAL) for status in statuses):
        return RunStatus.PARTIAL
    return RunStatus.FAILED
