"""DRS with one wave's servers in it, and a recorder, in memory: for launches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, cast

from drs_tui.audit.recorder import Recorder
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsUnclear
from drs_tui.clock import Clock
from drs_tui.engine.bounds import Bounds
from drs_tui.engine.guarding import Guards
from drs_tui.engine.launching import Launcher
from drs_tui.engine.own_jobs import launch_tags
from drs_tui.engine.room import Room
from drs_tui.model.endpoints import EMBEDDED, Endpoints
from drs_tui.model.events import Event
from drs_tui.model.machines import LaunchSettings, PointInTime
from drs_tui.model.observed import Job, ParticipatingServer, SourceServer
from drs_tui.model.plan import Wave
from tests.model.story import Story, wave_of

from .account import OneForAll, Recording

ACCOUNT = "123456789012"
TAKEN_OVER: dict[str, Any] = {"from": "a", "by": "b", "epoch": 2}


@dataclass
class Drs(OneForAll):
    """One account and Region: DRS, EC2, STS and Service Quotas at once."""

    bench: Bench
    account: str = ACCOUNT
    servers: dict[str, SourceServer] = field(default_factory=dict)
    known: list[Job] = field(default_factory=list)
    """The jobs that DRS lists."""

    answers: list[Exception | None] = field(default_factory=list)
    """What the next StartRecovery calls fail with; None: it is accepted."""

    arrives: bool = False
    """Whether a call that fails had been accepted all the same."""

    unreadable: list[Exception | None] = field(default_factory=list)
    """What the next reads of jobs fail with; None: they are told."""

    settings_unreadable: list[Exception] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    """What each StartRecovery said."""

    points: dict[str, list[PointInTime]] = field(default_factory=dict)
    allowed: dict[str, float] = field(default_factory=dict)
    """Service Quotas' answer."""

    asked_since: list[datetime] = field(default_factory=list)
    reads: int = 0
    on_send: Callable[[], object] = lambda: None
    on_read: Callable[[], object] = lambda: None

    # DRS ----------------------------------------------------------------------------------------

    def aws_now(self) -> datetime:
        return self.bench.story.now

    async def start_recovery(
        self,
        servers: Sequence[tuple[str, str | None]],
        *,
        is_drill: bool,
        tags: dict[str, str],
        account: str,
        last_check: Callable[[], None],
    ) -> Job:
        last_check()
        self.on_send()
        self.sent.append(
            {"servers": list(servers), "is_drill": is_drill, "tags": tags, "account": account}
        )
        failure = self.answers.pop(0) if self.answers else None
        initiator = "START_DRILL" if is_drill else "START_RECOVERY"
        job = replace(
            job_of(f"drsjob-{len(self.sent)}", *(i for i, _ in servers)),
            initiated_by=initiator,
            tags=tags,
            created_at=self.bench.story.now,
        )
        if failure is None or self.arrives:
            self.known.append(job)
        if failure is not None:
            raise failure
        return job

    async def jobs_since(self, since: datetime) -> list[Job]:
        self.reads += 1
        self.on_read()
        self.asked_since.append(since)
        failure = self.unreadable.pop(0) if self.unreadable else None
        if failure is not None:
            raise failure
        return [job for job in self.known if job.created_at is None or job.created_at >= since]

    async def source_servers(self, ids: Sequence[str]) -> list[SourceServer]:
        return [self.servers[each] for each in ids if each in self.servers]

    async def recovery_instances(self, **_: Any) -> list[Any]:
        return []

    async def launch_settings(self, server_id: str) -> LaunchSettings:
        if self.settings_unreadable:
            raise self.settings_unreadable.pop(0)
        return LaunchSettings(server_id)

    async def points_in_time(self, server_id: str) -> list[PointInTime]:
        return self.points.get(server_id, [])

    async def plan_executions(self) -> list[Any]:
        return []

    # The others ---------------------------------------------------------------------------------

    async def instances_of_servers(self, ids: Sequence[str]) -> list[Any]:
        return []

    async def of(self, _service: str) -> dict[str, float]:
        return self.allowed

    async def endpoints(self, _vpc_hosts: Sequence[str]) -> Endpoints:
        return Endpoints()


class Bench(Recording):
    """A run whose first wave is due, and its launcher; to that it is recorder and clock."""

    def __init__(self, *waves: Wave, **story: Any) -> None:
        """Have DRS ready to launch every server of the waves; unless said, `db` of two servers."""
        created = {"endpoints": {"drs": EMBEDDED}, **story.pop("created", {})}
        self.story = Story(*(waves or (wave_of("db", "s-1", "s-2"),)), created=created, **story)
        servers = [s for wave in self.run.plan.waves for s in wave.servers]
        self.drs = Drs(
            self,
            servers={
                s.id or "": SourceServer(
                    s.id or "", s.name or "", replication_state="CONTINUOUS", lag_ms=1000
                )
                for s in servers
            },
        )
        self.unsettled: list[Exception] = []
        """What the next waits for the store fail with."""

        self.lapsed: list[Exception] = []
        """What the next looks at the lease fail with."""

        self.on_settle: Callable[[], object] = lambda: None
        self.on_sleep: Callable[[], object] = lambda: None
        self.slept: list[float] = []
        aws, clock = cast("Aws", self.drs), cast("Clock", self)
        recorder = cast("Recorder", self)
        self.room = Room(aws, clock)
        guards = Guards(recorder, aws, clock, Bounds(aws, clock, "sqlite:runs.db"))
        self.launcher = Launcher(recorder, aws, clock, guards, self.room)

    async def launch(self, wave: str = "db", *server_ids: str) -> list[Event]:
        """Launch a wave; what was recorded of that."""
        ids = server_ids or self.run.waves[wave].server_ids
        return await self._told(self.launcher.launch(wave, tuple(ids)))

    async def reconcile(self, wave: str = "db") -> list[Event]:
        """Look for the job of its open intent; what was recorded of that."""
        return await self._told(self.launcher.reconcile(wave))

    async def _told(self, work: Any) -> list[Event]:
        before = len(self.story.events)
        await work
        return self.story.events[before:]

    def lose_an_answer(self, wave: str = "db", **told: Any) -> Job:
        """Write down a call without an end; the job that it would have made, not yet listed."""
        self.story.intend(wave)
        run = self.run
        state = run.waves[wave]
        assert state.intent is not None
        if told:
            self.story.tell("wave.launch_unknown", wave=wave, attempt=state.attempt, **told)
        tags = launch_tags(run, state, state.intent)
        job = job_of("drsjob-lost", *state.intent.server_ids, tags=tags)
        return replace(job, created_at=self.story.now)

    # As the recorder ----------------------------------------------------------------------------

    async def settle(self) -> None:
        self.on_settle()
        if self.unsettled:
            raise self.unsettled.pop(0)

    def assert_lease(self) -> None:
        if self.lapsed:
            raise self.lapsed.pop(0)

    # As the clock -------------------------------------------------------------------------------

    def now(self) -> datetime:
        return self.story.now

    def monotonic(self) -> float:
        return self.story.now.timestamp()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.story.wait(seconds)
        self.on_sleep()


def job_of(job_id: str, *server_ids: str, **members: Any) -> Job:
    """A launch of these servers that is under way."""
    servers = tuple(ParticipatingServer(each) for each in server_ids)
    return Job(job_id, "LAUNCH", "STARTED", servers=servers, **members)


def ended(job: Job, ago: timedelta, now: datetime) -> Job:
    """The job, ended that long ago."""
    return replace(job, status="COMPLETED", ended_at=now - ago)


def unread() -> AwsUnclear:
    """A read that nobody answered."""
    return AwsUnclear("no answer", operation="DescribeJobs", code="ReadTimeoutError")
