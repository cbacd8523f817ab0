"""One simulated drill: a plan, an account, a store, drivers that come and go, and people."""

from __future__ import annotations

import asyncio
import logging
import random as global_random
import secrets
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from botocore.model import ServiceModel

from drs_tui.audit.store import StoreError
from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.session import service_models
from drs_tui.clock import Clock
from drs_tui.config import Reach, Settings
from drs_tui.driver.host import Host
from drs_tui.driver.orders import DriverError, StartOrder
from drs_tui.model.plan import Mode, Plan
from drs_tui.model.state import Run
from drs_tui.simulator.account import Account
from drs_tui.simulator.endpoint import Endpoint
from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.fleet import BILLING, ORDERS
from drs_tui.simulator.operations.jobs import start_recovery
from drs_tui.simulator.scenarios import Scenario
from tests.simulation.faults import Weather
from tests.simulation.loop import NothingWillHappenError, VirtualClock, VirtualLoop, run_virtually
from tests.simulation.network import Network
from tests.simulation.people import Operator
from tests.simulation.plans import REGION, any_plan
from tests.simulation.process import Process, ProcessClock
from tests.simulation.store import MemoryStore, Shelf
from tests.simulation.stores import Reachability, ReachedStore
from tests.simulation.trace import Trace
from tests.simulation.witness import Witness

LONGEST_QUIET_SECONDS = 8 * 3600.0
"""Virtual time in which a drill has to end once nothing breaks any more."""

MOST_DRIVERS = 600
"""Started one after the other; more mean that none gets anywhere."""

URL = "http://127.0.0.1:8099"


@dataclass(frozen=True)
class Outcome:
    """How a simulated drill went."""

    seed: int
    broken: tuple[str, ...]
    digest: str
    lines: tuple[str, ...]
    faults: Counter[str]
    seconds: float
    """Virtual."""

    ended: str
    """The run's own outcome."""

    launches: int


class Driver:
    """A driving process on some machine."""

    def __init__(self, world: World, name: str, journal: Shelf | None) -> None:
        self.process = Process(name, world.loop, world.weather, world.trace)
        self.journal = journal
        self._world = world
        off = world.random.choice((0.0, 0.0, 0.0, 3600.0, -3600.0)) if world.skewed else 0.0
        # Drill time and AWS's agree: what a wrong clock does to leases is asked here.
        clock = ProcessClock(world.loop, self.process, 0.0)
        real = ProcessClock(world.loop, self.process, off)
        self.host = Host(
            Settings(f"memory:{name}", (), state_folder=Path("nowhere")),
            self._reach(world.shelf, world.witness),
            None if journal is None else self._reach(journal, None),
            drill_clock=clock,
            real_clock=real,
            open_aws=self._open_aws,
            boot=real.boot,
        )
        self.host.holder = name
        self.work: dict[str, asyncio.Task[None]] = {}
        """By run, or by plan for one that is being begun."""

    def _reach(self, shelf: Shelf, witness: Witness | None) -> ReachedStore:
        world = self._world
        return ReachedStore(
            MemoryStore(shelf),
            self.process,
            loop=world.loop,
            weather=world.weather,
            reachability=world.reachability,
            random=world.random,
            trace=world.trace,
            witness=witness,
        )

    def _open_aws(self, connection: Connection, clock: Clock) -> Aws:
        session = self._world.network.session_class(self.process)
        return Aws(connection, clock=clock, http_session_cls=session)

    @property
    def busy(self) -> bool:
        """Whether it lives and has something to do."""
        return not self.process.dead and any(not task.done() for task in self.work.values())

    @property
    def responsive(self) -> bool:
        """Whether it lives and goes on."""
        return not self.process.dead and not self.process.frozen

    def drives(self, run_id: str) -> bool:
        """Whether it lives and a run is its business."""
        work = self.work.get(run_id)
        return not self.process.dead and work is not None and not work.done()

    def begin(self, plan: Plan) -> None:
        """Begin a run and drive it until it ends or the driver gives up."""
        world = self._world
        order = StartOrder(
            Path("nowhere"),
            mode=world.mode,
            cleanup_policy=world.cleanup_policy,
            acknowledge_all=True,
            reach=Reach(endpoint_url=URL),
        )
        self._set_to_work(plan.name, self.host.begin(plan, order))

    def drive(self, run_id: str) -> None:
        """Go on with a run until it ends or the driver gives up."""

        async def go_on() -> str:
            await self.host.drive(run_id)
            return run_id

        self._set_to_work(run_id, go_on())

    def _set_to_work(self, about: str, work: Coroutine[Any, Any, str]) -> None:
        name = f"{self.process.name}: {about}"
        self.work[about] = self._world.loop.create_task(self._work(work), name=name)

    async def _work(self, work: Coroutine[Any, Any, str]) -> None:
        world = self._world
        try:
            run_id = await work
            task = asyncio.current_task()
            assert task is not None
            self.work[run_id] = task
            await self.host.ended(run_id)
        except (DriverError, StoreError) as error:
            if type(error) is StoreError:
                world.witness.breach(f"{self.process.name} broke off: {error}")
            world.trace.add(f"{self.process.name} gives up: {error}")
        except Exception as error:
            world.witness.breach(f"{self.process.name} crashed: {error!r}")
        else:
            world.trace.add(f"{self.process.name} is done")

    def check(self) -> None:
        """What must hold of any driver that lives."""
        if self.process.dead:
            return
        for task in self.host._background:
            if task.done():
                self._world.witness.breach(f"{self.process.name}'s {task.get_name()} ended")
        for run_id in self.host.active_runs:
            if not self.drives(run_id) and not self.process.frozen:
                self._world.witness.breach(f"{self.process.name} holds on to {run_id}")


class World:
    """Everything around the drivers, drawn from one seed."""

    def __init__(self, seed: int, *, faults: frozenset[str] | None = None) -> None:
        """Draw everything from `seed`, and the faults from those named, if any are."""
        self.seed = seed
        self.random = Random(f"{seed}/world")
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop)
        self.trace = Trace(self.loop)
        weather = Random(f"{seed}/weather")
        self.weather = Weather.of(weather) if faults is None else Weather.only(weather, faults)
        calm = faults == frozenset()
        self.skewed = not calm and self.random.random() < 0.2
        plan_random = Random(f"{seed}/plan")
        self.plans = [any_plan(plan_random, "orders", ORDERS)]
        if not calm and self.random.random() < 0.2:
            self.plans.append(any_plan(plan_random, "billing", BILLING))
        self.mode = Mode.RECOVERY if self.random.random() < 0.1 else Mode.DRILL
        self.cleanup_policy = self.random.choice(("always", "always", "success", "never", ""))
        scenario = Scenario(
            "simulated",
            "drawn from a seed",
            fleet=ORDERS + BILLING,
            launches_fail=self.random.random() < 0.3,
        )
        self.account = Account(
            scenario, seed=seed, speed=self.random.choice((2.0, 10.0, 20.0, 20.0))
        )
        self.shelf = Shelf("store")
        self.journals: list[Shelf] = []
        if self.random.random() < 0.6:
            self.journals = [Shelf("journal-a"), Shelf("journal-b")]
        self.reachability = Reachability()
        self.witness = Witness(
            self.shelf, self.account, {plan.name: plan for plan in self.plans}, self.mode
        )
        self.network = Network(
            self.loop,
            Endpoint(self.account, _model()),
            self.clock,
            self.weather,
            Random(f"{seed}/network"),
            self.trace,
            self.witness,
            colleague_launches=self._colleague_launches,
        )
        self.operator = Operator(
            MemoryStore(self.shelf),
            Random(f"{seed}/operator"),
            self.clock,
            self.trace,
            meddles=not calm and self.random.random() < 0.5,
        )
        self.drivers: list[Driver] = []
        self.over = False

    def run(self) -> Outcome:
        """Play it to its end."""
        with _seeded(self.seed):
            try:
                run_virtually(self.loop, self._play())
            except NothingWillHappenError:
                self.witness.breach("everybody waits for ever")
        for complaint in self.loop.complaints:
            self.witness.breach(f"nobody heard of: {complaint}")
        return Outcome(
            self.seed,
            tuple(self.witness.broken),
            self.trace.digest(),
            tuple(self.trace.lines),
            self.weather.counts,
            self.loop.time(),
            ", ".join(str(run.outcome) for run in self._runs()),
            sum(self.witness.accepted.values()),
        )

    # Playing ------------------------------------------------------------------------------------

    async def _play(self) -> None:
        try:
            watching = self.loop.create_task(
                self.operator.watch(self._runs, self._wake), name="operator"
            )
            await self._supervise()
            watching.cancel()
            if not self.witness.broken:
                await self._let_every_journal_catch_up()
            for run in self._runs() if not self.witness.broken else ():
                self.witness.ended(run.run_id, self.journals, self.clock.now())
        finally:
            for driver in self.drivers:
                driver.process.over = True

    async def _supervise(self) -> None:
        """Look every few seconds after the drivers, as people at their terminals do."""
        while not self._has_ended():
            for driver in self.drivers:
                driver.check()
            quiet = self.loop.time() - self.weather.last_at
            if quiet > LONGEST_QUIET_SECONDS or len(self.drivers) > MOST_DRIVERS:
                self.witness.breach(f"it does not end: {self._where_it_stands()}")
            if self.witness.broken:
                return
            self._begin_and_go_on()
            if self._strikes("rival"):
                self._rival()
            if self._strikes("colleague"):
                self._colleague_drills()
            await asyncio.sleep(self.random.uniform(0.5, 4.0))

    def _begin_and_go_on(self) -> None:
        """Have each plan begun, and each run driven, if nobody is at it."""
        for plan in self.plans:
            begun = any(run.plan.name == plan.name for run in self._runs())
            if not begun and not any(d.drives(plan.name) for d in self.drivers):
                self._some_driver().begin(plan)
        for run in self._runs():
            driven = any(d.responsive and d.drives(run.run_id) for d in self.drivers)
            if self._is_open(run) and not driven and self.random.random() < 0.2:
                self._drive(run.run_id)
                if self.random.random() < 0.2:
                    self._rival()

    def _rival(self) -> None:
        """One more driver goes for a run, whoever has it."""
        open_runs = [run.run_id for run in self._runs() if self._is_open(run)]
        if open_runs:
            self._drive(self.random.choice(open_runs))

    def _drive(self, run_id: str) -> None:
        driver = self._some_driver()
        # One that begins a run has it, though it does not know its id yet.
        if not driver.drives(run_id) and run_id not in driver.host.active_runs:
            driver.drive(run_id)

    def _some_driver(self) -> Driver:
        """One that is there, or a new one; a machine has one at a time."""
        journal = self.random.choice(self.journals) if self.journals else None
        there = [d for d in self.drivers if d.journal is journal and not d.process.dead]
        if there and (journal is not None or self.random.random() < 0.5):
            return there[-1]
        return self._new_driver(journal)

    def _new_driver(self, journal: Shelf | None) -> Driver:
        name = f"driver-{len(self.drivers) + 1}"
        self.trace.add(f"{name} starts, {journal.name if journal else 'here'}")
        self.drivers.append(Driver(self, name, journal))
        return self.drivers[-1]

    def _strikes(self, kind: str) -> bool:
        """Whether one of the things that people do happens now."""
        weather = self.weather
        wanted = kind in weather.kinds and weather.left > 0
        if not wanted or weather.random.random() >= 0.01:
            return False
        return bool(weather.count(kind, self.loop.time()))

    def _colleague_drills(self) -> None:
        self._colleague_launches(self.random.choice(ORDERS).source_server_id)

    def _colleague_launches(self, server: str) -> None:
        now = self.clock.now()
        asked = {"sourceServers": [{"sourceServerID": server}], "isDrill": True}
        try:
            answer = start_recovery(self.account.region(REGION, now), asked, now)
        except ApiError as refusal:
            self.trace.add(f"a colleague is refused {server}: {refusal.code}")
        else:
            self.trace.add(f"a colleague launches {server}: {answer['job']['jobID']}")

    def _runs(self) -> list[Run]:
        """The runs as they are stored."""
        seen = (self.witness.seen.get(run_id) for run_id in self.shelf.runs)
        return [each.run for each in seen if each is not None and each.run is not None]

    def _wake(self, run_id: str) -> None:
        for driver in self.drivers:
            if driver.responsive:
                driver.host.wake(run_id)

    def _is_open(self, run: Run) -> bool:
        wants_cleanup = run.cleanup.status.value in ("due", "running")
        return run.outcome is None or (wants_cleanup and self.mode is Mode.DRILL)

    def _has_ended(self) -> bool:
        runs = self._runs()
        all_begun = {run.plan.name for run in runs} == {plan.name for plan in self.plans}
        idle = not any(driver.busy for driver in self.drivers)
        return all_begun and idle and not any(self._is_open(run) for run in runs)

    def _where_it_stands(self) -> str:
        return "; ".join(
            f"{run.run_id} {run.status.value} {[w.status.value for w in run.waves.values()]} "
            f"clean-up {run.cleanup.status.value}"
            for run in self._runs()
        )

    async def _let_every_journal_catch_up(self) -> None:
        """Each machine drives its runs once more: what its journal alone had is sent then."""
        self.weather.left = 0
        self.reachability.out_until = 0.0
        for journal in self.journals:
            for run_id in journal.runs:
                if run_id in self.shelf.runs:
                    driver = self._new_driver(journal)
                    driver.drive(run_id)
                    await asyncio.wait(driver.work.values())


@cache
def _model() -> ServiceModel:
    return ServiceModel(service_models().load_service_model("drs", "service-2"), "drs")


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Whatever the program draws by chance comes from the seed."""
    source = Random(f"{seed}/program")
    state, token_hex = global_random.getstate(), secrets.token_hex
    log = logging.getLogger("drs_tui")
    level = log.level
    global_random.seed(seed)

    def drawn(nbytes: int | None = None) -> str:
        size = nbytes or 16
        return f"{source.getrandbits(8 * size):0{2 * size}x}"

    secrets.token_hex = drawn
    log.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        global_random.setstate(state)
        secrets.token_hex = token_hex
        log.setLevel(level)
