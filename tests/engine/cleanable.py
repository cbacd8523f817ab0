"""An account with one drill's instances in it, and a recorder, in memory: for clean-ups."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, cast

from drs_tui.audit.recorder import Recorder
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError
from drs_tui.clock import Clock
from drs_tui.engine.cleaning import Cleaner
from drs_tui.engine.cleaning_everywhere import clean_up
from drs_tui.engine.targets import Part
from drs_tui.model.endpoints import Endpoints
from drs_tui.model.machines import SOURCE_SERVER_TAG, Ec2Instance, Volume
from drs_tui.model.observed import Job, ParticipatingServer, RecoveryInstance
from drs_tui.model.plan import PlanServer, Wave
from drs_tui.model.run import Run
from tests.model.story import Story

from .account import OneForAll, Recording

ACCOUNT, OTHER = "123456789012", "210987654321"
DRILL_JOB = "drsjob-1"


@dataclass
class Standing:
    """An instance as DRS and EC2 have it, and whatever is true of it."""

    instance: RecoveryInstance
    machine: Ec2Instance
    is_protected: bool | None = False
    is_listed: bool = True
    """Whether DRS lists it."""

    is_known: bool = True
    """Whether EC2 does."""

    keeps_volumes: bool = False
    """Whether its volumes outlive it."""

    @property
    def id(self) -> str:
        return self.instance.id


def standing(number: int = 1, **changes: Any) -> Standing:
    """The instance of a server as a drill has launched it; `changes` are DRS's members of it."""
    instance = RecoveryInstance(
        f"i-{number}",
        f"s-{number}",
        f"i-{number}",
        "RUNNING",
        is_drill=True,
        job_id=DRILL_JOB,
        failback_state="FAILBACK_NOT_STARTED",
        replication_state="NOT_STARTED",
    )
    machine = Ec2Instance(
        f"i-{number}",
        "running",
        tags={SOURCE_SERVER_TAG: f"s-{number}"},
        volume_ids=(f"vol-{number}",),
    )
    return Standing(replace(instance, **changes), machine)


@dataclass
class Account(OneForAll):
    """One account and Region: DRS, EC2 and STS at once."""

    things: list[Standing]
    account: str = ACCOUNT
    answers_at: Endpoints = field(default_factory=Endpoints)
    named: list[tuple[str, ...]] = field(default_factory=list)
    """What each TerminateRecoveryInstances named."""

    on_call: Callable[[Sequence[Standing]], None] = lambda _: None
    """Told of what a call names, as it then stands."""

    failures: list[tuple[str, AwsError]] = field(default_factory=list)
    """What reads of that name fail with, each once."""

    initiated_by: str = "TERMINATE_RECOVERY_INSTANCES"
    jobs_known: dict[str, Job] = field(default_factory=dict)

    # DRS ----------------------------------------------------------------------------------------

    def aws_now(self) -> datetime:
        return datetime(2026, 11, 23, 12, tzinfo=UTC)

    async def jobs(self, ids: Sequence[str]) -> list[Job]:
        return [job for job in self.jobs_known.values() if job.id in ids]

    async def jobs_since(self, _since: datetime) -> list[Job]:
        return list(self.jobs_known.values())

    async def job_log(self, _job_id: str) -> list[Any]:
        return []

    async def recovery_instances(
        self, *, server_ids: Sequence[str] = (), instance_ids: Sequence[str] = ()
    ) -> list[RecoveryInstance]:
        self._fail("recovery_instances")
        return [
            each.instance
            for each in self.things
            if each.is_listed and (each.instance.server_id in server_ids or each.id in instance_ids)
        ]

    async def terminate_recovery_instances(
        self, ids: Sequence[str], *, account: str, last_check: Callable[[], None]
    ) -> Job:
        last_check()
        doomed = [each for each in self.things if each.id in ids]
        self.on_call(doomed)
        self.named.append(tuple(ids))
        for each in doomed:
            each.machine = replace(each.machine, state="terminated", volume_ids=())
            each.is_listed = False
        servers = tuple(ParticipatingServer(each.instance.server_id) for each in doomed)
        job = Job(
            f"drsjob-t{len(self.named)}", "TERMINATE", "COMPLETED", self.initiated_by, servers
        )
        self.jobs_known[job.id] = job
        return job

    # EC2 ----------------------------------------------------------------------------------------

    async def instances(self, ids: Sequence[str]) -> list[Ec2Instance]:
        self._fail("instances")
        return [each.machine for each in self.things if each.is_known and each.machine.id in ids]

    async def instances_of_servers(self, ids: Sequence[str]) -> list[Ec2Instance]:
        self._fail("instances_of_servers")
        found = (each.machine for each in self.things if each.is_known)
        return [machine for machine in found if machine.server_id in ids]

    async def is_protected(self, instance_id: str) -> bool | None:
        self._fail("is_protected")
        return next(each.is_protected for each in self.things if each.machine.id == instance_id)

    async def volumes(self, ids: Sequence[str]) -> list[Volume]:
        return [
            Volume(volume, "in-use")
            for each in self.things
            for volume in (f"vol-{each.id.removeprefix('i-')}",)
            if volume in ids and (each.keeps_volumes or not each.machine.is_gone)
        ]

    # Both -----------------------------------------------------------------------------------------

    async def endpoints(self, _vpc_hosts: Sequence[str]) -> Endpoints:
        return self.answers_at

    def _fail(self, name: str) -> None:
        for failure in self.failures:
            if failure[0] == name:
                self.failures.remove(failure)
                raise failure[1]


@dataclass
class Bench(Recording):
    """A drill that has ended, and the clean-up of it; of the clean-up it is the recorder."""

    account: Account
    story: Story
    on_settle: Callable[[], None] = lambda: None
    """What happens while an intent is being stored."""

    elsewhere: tuple[Account, ...] = ()
    """The run's other targets, in their order."""

    async def clean_up(self) -> Run:
        recorder, clock = cast("Recorder", self), cast("Clock", Hasty(self.story))
        cleaners = [
            Cleaner(recorder, cast("Aws", account), clock, Part(recorder, place))
            for place, account in enumerate((self.account, *self.elsewhere))
        ]
        await clean_up(recorder, clock, cleaners)
        return self.run

    # As the recorder ----------------------------------------------------------------------------

    async def settle(self) -> None:
        self.on_settle()

    def assert_lease(self) -> None:
        """It is fresh."""


def bench(*things: Standing, into: Collection[str] = (), only: Sequence[str] = ()) -> Bench:
    """A drill whose instances are these; `into` are machines that it launched into."""
    servers = [
        PlanServer(each.instance.server_id, launch_into=each.id if each.id in into else None)
        for each in things
    ]
    story = Story(Wave("db", tuple(servers)))
    story.complete("db", DRILL_JOB)
    story.finish("db", "succeeded")
    story.tell("run.finished", outcome="succeeded")
    story.tell("cleanup.intended", instances=[], only=list(only))
    return Bench(Account(list(things)), story)


def two_places(here: Standing, there: Standing, *, only: Sequence[str] = ()) -> Bench:
    """A drill that launched one instance in each of two accounts."""
    waves, names = [], ("db", "ledger")
    targets = []
    for name, each, account in zip(names, (here, there), (ACCOUNT, OTHER), strict=True):
        waves.append(Wave(name, (PlanServer(each.instance.server_id),)))
        targets.append({"account": account, "region": "us-east-1", "waves": [name]})
    story = Story(*waves, created={"targets": targets})
    for name, each in zip(names, (here, there), strict=True):
        story.complete(name, each.instance.job_id)
        story.finish(name, "succeeded")
    story.tell("run.finished", outcome="succeeded")
    for each in (here, there):
        story.tell(
            "instance.observed",
            instance=each.id,
            server=each.instance.server_id,
            job_id=each.instance.job_id,
            is_drill=True,
            state="RUNNING",
            gone=False,
        )
    story.tell("cleanup.intended", instances=[], only=list(only))
    return Bench(Account([here]), story, elsewhere=(Account([there], OTHER),))


@dataclass
class Hasty:
    """A clock on which sleep takes no time at all."""

    story: Story

    def now(self) -> datetime:
        return self.story.now

    async def sleep(self, seconds: float) -> None:
        self.story.wait(max(seconds, 0.001))
