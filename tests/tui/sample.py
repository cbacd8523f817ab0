"""A realistic run of three tiers as events, for tests and for looking at the app.

`python -m tests.tui.sample` opens the app on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from drs_tui.audit.chain import ZERO_HASH, seal
from drs_tui.audit.sqlite import SqliteStore, open_sqlite
from drs_tui.audit.store import Request
from drs_tui.aws.survey import Survey
from drs_tui.config import Settings
from drs_tui.driver.orders import DriverError, Standing, StartOrder, Welcome
from drs_tui.driver.renewals import Held, NotDrivenHere, Renewal, RenewalRefused, Renewed
from drs_tui.model.endpoints import Endpoints
from drs_tui.model.events import Draft, Event, Json
from drs_tui.model.keys import Keys
from drs_tui.model.machines import Ec2Instance, LaunchSettings
from drs_tui.model.observed import CallerIdentity, Job, RecoveryInstance, SourceServer
from drs_tui.model.plan import Gate, Mode, Plan, PlanServer, Wave
from drs_tui.model.plan_data import plan_to_data
from drs_tui.model.readiness import Finding, Progress, Report, Verdict
from drs_tui.model.run import fold, header_of
from drs_tui.model.status import ServerResult
from drs_tui.tui.app import DrsTui
from drs_tui.tui.billing import Landscape
from drs_tui.tui.history import Past, past_of
from drs_tui.tui.reads import Inventory, ReadError

START = datetime(2026, 11, 23, 2, 14, 7, tzinfo=UTC)
WHO = "arn:aws:sts::123456789012:assumed-role/DrillOperator/maria"
RUN_ID = "01KAQ5Z3E8Y3V9T2S1R0QPNMLK"

NAMES = {
    "database": ("orders-db-1", "orders-db-2"),
    "application": ("orders-app-1", "orders-app-2"),
    "web": ("orders-web-1", "orders-web-2"),
}


def server_id(name: str) -> str:
    """A source server id made of the name."""
    return "s-" + name.encode().hex()[-17:].rjust(17, "0")


def three_tier(*, gate: bool = False) -> Plan:
    """The plan, as resolved."""
    waves: list[Wave] = []
    for name, servers in NAMES.items():
        members = tuple(PlanServer(server_id(server), server) for server in servers)
        after = (waves[-1].name,) if waves else ()
        prompt = Gate("Confirm that the database answers") if gate and name != "database" else None
        waves.append(Wave(name, members, after=after, gate=prompt))
    return Plan("three-tier", tuple(waves), "Order system", rto_seconds=2700, rpo_seconds=900)


class Story:
    """Drafts told in order, each some seconds after the one before."""

    def __init__(self, plan: Plan, mode: Mode = Mode.DRILL) -> None:
        """Begin with the creation of the run."""
        self.plan = plan
        self.at = START
        self.drafts: list[Draft] = []
        self.tell(
            0,
            "run.created",
            WHO,
            plan=plan_to_data(plan),  # type: ignore[arg-type]
            mode=mode.value,
            target={"account": "123456789012", "region": "us-east-1"},
            endpoints={"drs": "embedded"},
            simulated=True,
            tool={"version": "0.1.0"},
            speed_percent=100,
            reason="quarterly drill",
        )
        self.tell(1, "run.preflighted", findings=[])

    def tell(self, after: float, kind: str, /, actor: str = "driver", **data: Json) -> None:
        """One more event."""
        self.at += timedelta(seconds=after)
        self.drafts.append(Draft(kind, self.at, actor, data))

    def log(self, after: float, job: str, event: str, server: str = "", **details: Json) -> None:
        """One more job log item."""
        stamp = (self.at + timedelta(seconds=after)).isoformat()
        named: dict[str, Json] = {"sourceServerID": server_id(server)} if server else {}
        item: dict[str, Json] = {
            "event": event,
            "logDateTime": stamp,
            "eventData": {**named, **details},
        }
        self.tell(after, "job.logged", job_id=job, item=item)

    def gate(self, wave: str) -> None:
        """A gate that opens and is not answered."""
        self.tell(1, "wave.gate_opened", wave=wave, prompt="Confirm that the database answers")

    def launch(self, wave: str, attempt: int = 1, only: Sequence[str] = ()) -> str:
        """A launch that DRS accepts; its job's id."""
        names = only or NAMES[wave]
        job = f"drsjob-{wave.encode().hex()[:15].ljust(15, '0')}{attempt:02d}"
        ids = [server_id(name) for name in names]
        lags: dict[str, Json] = dict.fromkeys(ids, 12000)
        self.tell(
            1, "wave.guarded", wave=wave, verdict="passes", words="", lag_ms=lags, findings=[]
        )
        self.tell(
            0, "wave.launch_intended", wave=wave, attempt=attempt, servers=ids, token=f"t-{wave}"
        )
        self.tell(1, "wave.launched", wave=wave, attempt=attempt, job_id=job, adopted=False)
        self.log(2, job, "JOB_START")
        for name in names:
            self.log(1, job, "SNAPSHOT_START", name)
        for name in names:
            self.log(1, job, "SNAPSHOT_END", name)
        for name in names:
            self.log(25, job, "CONVERSION_START", name)
        for name in names:
            self.log(90, job, "CONVERSION_END", name)
        for name in names:
            self.log(1, job, "LAUNCH_START", name)
        return job

    def come_up(self, wave: str, job: str, names: Sequence[str]) -> None:
        """The servers of a wave are launched, one after the other."""
        for number, name in enumerate(names):
            instance = f"i-0{name.encode().hex()[-15:]}{number}"
            self.log(140, job, "LAUNCH_END", name, targetInstanceID=instance)
            self.tell(
                1,
                "server.observed",
                job_id=job,
                server=server_id(name),
                launch_status="LAUNCHED",
                instance_id=instance,
            )

    def check(
        self, wave: str, name: str, outcome: str = "passed", words: str = "both are passed"
    ) -> None:
        """EC2's status checks of a launched server, as soon as they are made."""
        status: dict[str, Json] = {"check": 0, "server": server_id(name)}
        begun: dict[str, Json] = {**status, "words": "EC2 status", "within_ms": 900_000}
        self.tell(0, "check.started", wave=wave, checks=[begun])
        ended: dict[str, Any] = {**status, "outcome": outcome, "words": words}
        self.tell(0, "check.finished", wave=wave, what="EC2 status", **ended)

    def end(self, wave: str, job: str, outcome: str = "succeeded", words: str = "") -> None:
        """The job ends and the wave is judged."""
        self.log(3, job, "JOB_END")
        self.tell(0, "job.observed", job_id=job, status="COMPLETED", initiated_by="START_DRILL")
        state = fold(seal_all(self.drafts))
        assert state is not None
        for server in state.of_wave(wave):
            if server.instance_id:
                self.tell(
                    0,
                    "instance.observed",
                    instance=server.instance_id,
                    server=server.id,
                    job_id=server.job_id,
                    is_drill=True,
                    state="running",
                    gone=False,
                )
        for server in state.of_wave(wave):
            if server.result is ServerResult.LAUNCHED and not server.checks:
                self.check(wave, server.name)
        self.tell(1, "wave.finished", wave=wave, outcome=outcome, words=words)

    def fail(self, job: str, name: str, error: str) -> None:
        """A server's launch fails."""
        self.log(60, job, "LAUNCH_FAILED", name, rawError=error)
        self.tell(1, "server.observed", job_id=job, server=server_id(name), launch_status="FAILED")

    def finish(self, outcome: str) -> None:
        """The run ends."""
        taken = int((self.at - START).total_seconds() * 1000)
        self.tell(1, "run.finished", outcome=outcome, objectives="met", rto_ms=taken, rpo_ms=12_000)


def succeeding(plan: Plan | None = None) -> Story:
    """All three waves succeed."""
    story = Story(plan or three_tier())
    for wave, names in NAMES.items():
        job = story.launch(wave)
        story.come_up(wave, job, names)
        story.end(wave, job)
    story.finish("succeeded")
    return story


CAPACITY = (
    "InsufficientInstanceCapacity: We currently do not have sufficient m5.xlarge capacity "
    "in the Availability Zone you requested (us-east-1a)."
)


def failing() -> Story:
    """The second wave loses a server, and an answer is wanted."""
    story = Story(three_tier())
    job = story.launch("database")
    story.come_up("database", job, NAMES["database"])
    story.end("database", job)
    job = story.launch("application")
    story.come_up("application", job, NAMES["application"][:1])
    story.fail(job, "orders-app-2", CAPACITY)
    story.end("application", job, "partial", "orders-app-2 failed")
    return story


def under_way() -> Story:
    """The second wave is being launched."""
    story = Story(three_tier())
    job = story.launch("database")
    story.come_up("database", job, NAMES["database"])
    story.end("database", job)
    job = story.launch("application")
    story.come_up("application", job, NAMES["application"][:1])
    return story


def waiting() -> Story:
    """A gate stands open before the second wave."""
    story = Story(three_tier(gate=True))
    job = story.launch("database")
    story.come_up("database", job, NAMES["database"])
    story.end("database", job)
    story.gate("application")
    return story


def seal_all(drafts: Iterable[Draft], run_id: str = RUN_ID) -> list[Event]:
    """The drafts as a chain of events."""
    events: list[Event] = []
    for draft in drafts:
        before = events[-1].hash if events else ZERO_HASH
        events.append(seal(run_id, len(events) + 1, before, draft))
    return events


def past(story: Story) -> Past:
    """What a story came to, as the lists look back on it."""
    run = fold(seal_all(story.drafts))
    assert run is not None
    return past_of(header_of(run), run)


async def stored(store: SqliteStore, story: Story, run_id: str = RUN_ID) -> list[Event]:
    """Put a story into a store."""
    events = seal_all(story.drafts, run_id)
    run = fold(events)
    assert run is not None
    await store.create(header_of(run), events)
    return events


class FakeDriver:
    """A driver that writes down what it was asked for."""

    def __init__(self) -> None:
        """Nothing was asked yet."""
        self.started: list[StartOrder] = []
        self.driven: list[str] = []
        self.woken: list[str] = []
        self.detached: list[tuple[str, str]] = []
        """Ids of the runs that go on without their store, and who said so."""

        self.handed: list[Request] = []
        """What it was asked without the store."""

        self.held: list[Held] = []
        """What it signs with."""

        self.renewals: list[Renewal] = []
        self.refuses = ""
        """Why it takes no other credentials."""

        self.stands: Standing | None = None
        """How the run that it drives stands."""

        self.active: tuple[str, ...] = ()
        self.store: SqliteStore | None = None
        """Where it looks, when it starts to drive, for what was asked before."""

        self.asked_before: list[str] = []

    async def welcome(self) -> Welcome:
        """Say what it is."""
        return Welcome(1, "0.1.0", "", "", START, 100, active_runs=self.active)

    async def start(self, order: StartOrder) -> str:
        """Write it down."""
        self.started.append(order)
        return RUN_ID

    async def drive(self, run_id: str) -> None:
        """Write it down, with the requests that were there by then."""
        self.driven.append(run_id)
        if self.store is not None:
            self.asked_before = [asked.kind for asked in await self.store.requests(run_id)]

    async def wake(self, run_id: str) -> None:
        """Write it down."""
        self.woken.append(run_id)

    async def detach(self, run_id: str, actor: str, text: str = "") -> None:
        """Write it down."""
        self.detached.append((run_id, actor))

    async def standing(self, run_id: str) -> Standing | None:
        """How it was told that the run stands."""
        return self.stands

    async def request(self, request: Request) -> None:
        """Write it down, if it drives anything."""
        if self.stands is None:
            raise DriverError(f"{request.run_id} is not driven here")
        self.handed.append(request)

    async def credentials(self, run_id: str, holder: str = "") -> list[Held]:
        """What it was told that it signs with."""
        if not self.held:
            raise NotDrivenHere(f"{run_id} is not driven here")
        return self.held

    async def renew(self, order: Renewal, holder: str = "") -> Renewed:
        """Write it down, and take it unless it was told not to."""
        self.renewals.append(order)
        if self.refuses:
            raise RenewalRefused(self.refuses)
        return Renewed(self.held[0], self.active)

    async def close(self) -> None:
        """Nothing to let go of."""


class FakeReads:
    """An AWS that answers at once, or with an error."""

    def __init__(self, servers: Sequence[SourceServer] = (), error: str = "") -> None:
        """Answer with these servers, or with this error."""
        self.found = list(servers)
        self.instances: list[RecoveryInstance] = []
        self.jobs: list[Job] = []
        self.machines: dict[str, Ec2Instance] | None = None
        self.error = error
        self.settings: dict[str, LaunchSettings] = {}
        self.found_of: dict[Mode, tuple[Finding, ...]] = {}
        """What a survey finds in one mode only."""

        self.surveyed: list[Mode] = []
        """The modes in which plans were checked."""

        self.credentials_end: datetime | None = None
        self.renewals: list[tuple[str, Keys | None]] = []
        self.report = Report(
            (
                Finding(Verdict.PASSES, "account", "123456789012", "account and Region us-east-1"),
                Finding(
                    Verdict.WARNS,
                    "lag",
                    "orders-db-2",
                    "its data is 41m 07s old, above the plan's limit of 15m 00s",
                    "wait for replication to catch up, or acknowledge it",
                ),
                Finding(Verdict.PASSES, "server", "orders-db-1", "CONTINUOUS, replication lag 3s"),
            )
        )

    async def caller(self) -> tuple[CallerIdentity, str]:
        """Maria, drilling."""
        self._fail()
        return CallerIdentity("123456789012", WHO, "AROA:maria"), "us-east-1"

    async def prepare(self) -> None:
        """There is nothing to load."""

    async def credentials_end_at(self) -> datetime | None:
        """What it was told."""
        self._fail()
        return self.credentials_end

    async def renew(self, profile: str, keys: Keys | None) -> None:
        """Write it down."""
        self.renewals.append((profile, keys))

    async def endpoints(self) -> Endpoints:
        """The one that the settings name."""
        self._fail()
        urls = dict.fromkeys(("drs", "sts"), "http://127.0.0.1:9")
        return Endpoints(urls, custom=tuple(urls))

    async def servers(self) -> Inventory:
        """The given servers, as of an hour after the sample runs began."""
        self._fail()
        return Inventory(tuple(self.found), START + timedelta(hours=1))

    async def launch_settings(self, server_id: str) -> LaunchSettings:
        """The given settings, or those of a server that nobody has changed."""
        self._fail()
        usual = LaunchSettings(
            server_id, "lt-1", copies_private_ip=False, disposition="STARTED",
            right_sizing="BASIC", recovery_mode="OPTIMAL", raw={"sourceServerID": server_id},
        )  # fmt: skip
        return self.settings.get(server_id, usual)

    async def landscape(self, recorded: Sequence[str]) -> Landscape:
        """The given instances, as of an hour after the sample runs began."""
        self._fail()
        names = {server.id: server.name for server in self.found}
        seen = START + timedelta(hours=1)
        return Landscape(
            tuple(self.instances),
            tuple(self.jobs),
            names,
            seen,
            "123456789012",
            "us-east-1",
            self.machines,
        )

    async def outlooks(self, plans: Sequence[Plan], mode: Mode) -> list[Report | ReadError]:
        """The given report for each."""
        self.surveyed.append(mode)
        return [ReadError(self.error) if self.error else self.report for _ in plans]

    async def survey(self, plan: Plan, mode: Mode, progress: Progress) -> Survey:
        """The given report."""
        self._fail()
        self.surveyed.append(mode)
        caller, region = await self.caller()
        report = Report((*self.report.findings, *self.found_of.get(mode, ())))
        return Survey(plan, report, caller, region)

    async def close(self) -> None:
        """Nothing to close."""

    def _fail(self) -> None:
        if self.error:
            raise ReadError(self.error)


def inventory() -> list[SourceServer]:
    """The source servers of the plan, one of them lagging and one stalled."""
    states = {"orders-db-2": ("BACKLOG", 2_467_000), "orders-web-2": ("STALLED", None)}
    servers = []
    for names in NAMES.values():
        for name in names:
            state, lag = states.get(name, ("CONTINUOUS", 3_000))
            servers.append(
                SourceServer(
                    server_id(name),
                    name,
                    hostname=f"{name}.corp.example",
                    os="Linux 5.10",
                    tags={"Application": "orders"},
                    replication_state=state,
                    lag_ms=lag,
                    last_launch_result="SUCCEEDED" if name == "orders-db-1" else "NOT_STARTED",
                    last_launch_type="DRILL" if name == "orders-db-1" else "",
                    last_launch_at=START if name == "orders-db-1" else None,
                )
            )
    return servers


PLANS = Path(__file__).parents[2] / "plans"


def settings(folder: Path, *, read_only: bool = False) -> Settings:
    """Settings whose files are all under `folder`."""
    return Settings(
        store=f"sqlite:{folder / 'runs.db'}",
        plan_folders=(PLANS,),
        endpoint_url="http://127.0.0.1:9",
        read_only=read_only,
        state_folder=folder,
    )


if __name__ == "__main__":
    import sys
    import tempfile

    stories = {
        "succeeding": succeeding,
        "failing": failing,
        "under_way": under_way,
        "waiting": waiting,
    }

    async def prepare(folder: Path, story: Story) -> None:
        """Put the story into a new store."""
        store = await open_sqlite(folder / "runs.db")
        await stored(store, story)
        await store.close()

    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        asyncio.run(prepare(place, stories[sys.argv[1] if sys.argv[1:] else "under_way"]()))
        app = DrsTui(
            settings(place),
            lambda: open_sqlite(place / "runs.db"),
            FakeDriver(),
            open_run=RUN_ID,
            reads=FakeReads(inventory()),
        )
        app.run()
