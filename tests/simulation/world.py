"""One simulated drill: a plan, an account, a store, drivers that come and go, and people."""

from __future__ import annotations

import asyncio
import logging
import random as global_random
import secrets
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from random import Random

import pytest
from botocore.model import ServiceModel
from botocore.useragent import UserAgentString

from drs_tui.aws.session import service_models
from drs_tui.model.plan import Mode
from drs_tui.model.state.run import Run
from drs_tui.simulator.account import Account
from drs_tui.simulator.endpoint import Endpoint
from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.fleet import BILLING, ORDERS
from drs_tui.simulator.operations.jobs import start_recovery
from drs_tui.simulator.scenarios import Scenario
from tests.sdk import worked_out_once
from tests.simulation.driver import Driver
from tests.simulation.drs import MoodyDrs
from tests.simulation.faults import Weather
from tests.simulation.loop import NothingWillHappenError, VirtualClock, VirtualLoop, run_virtually
from tests.simulation.machine import Machine, Road
from tests.simulation.network import Network
from tests.simulation.people import Operator
from tests.simulation.plans import REGION, any_plan
from tests.simulation.store import MemoryStore, Shelf
from tests.simulation.trace import Trace
from tests.simulation.verdict import Verdict
from tests.simulation.witness import Witness

LONGEST_QUIET_SECONDS = 8 * 3600.0
"""Virtual time in which a drill has to end once nothing breaks any more."""

MOST_DRIVERS = 600
"""Started one after the other; more mean that none gets anywhere."""


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

    ends: tuple[str, ...]
    """The runs' own outcomes."""

    launches: int


class World:
    """Everything around the drivers, drawn from one seed."""

    def __init__(self, seed: int, *, faults: frozenset[str] | None = None) -> None:
        """Draw everything from `seed`, and the faults from those named, if any are."""
        self.seed = seed
        self.random = Random(f"{seed}/world")
        self.loop = VirtualLoop()
        self.clock = VirtualClock(self.loop)
        self.aws_clock = VirtualClock(self.loop)
        self.trace = Trace(self.loop)
        weather = Random(f"{seed}/weather")
        self.weather = Weather.of(weather) if faults is None else Weather.only(weather, faults)
        calm = faults == frozenset()
        self.skewed = not calm and self.random.random() < 0.2
        plan_random = Random(f"{seed}/plan")
        checking = Random(f"{seed}/checks")
        self.plans = [any_plan(plan_random, "orders", ORDERS, checking)]
        if not calm and self.random.random() < 0.2:
            self.plans.append(any_plan(plan_random, "billing", BILLING, checking))
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
        self.road = Road()
        self.machines = [self._machine("here", None)]
        if self.random.random() < 0.6:
            self.machines = [self._machine(name, Shelf(f"journal-{name}")) for name in "ab"]
        self.witness = Witness(
            self.shelf, self.account, {plan.name: plan for plan in self.plans}, self.mode
        )
        self.network = Network(
            self.loop,
            MoodyDrs(
                Endpoint(self.account, _model()),
                self.aws_clock,
                self.weather,
                Random(f"{seed}/drs"),
                self.trace,
            ),
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

    def _machine(self, name: str, journal: Shelf | None) -> Machine:
        off = self.random.choice((0.0, 3600.0, -3600.0)) if self.skewed else 0.0
        return Machine(name, journal, off, Road())

    def run(self) -> Outcome:
        """Play it to its end."""
        with _seeded(self.seed), worked_out_once(), pytest.MonkeyPatch.context() as patch:
            patch.setattr(UserAgentString, "to_string", lambda _: "simulated")
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
            tuple(str(run.outcome) for run in self._runs()),
            sum(map(len, self.witness.accepted.values())),
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
                Verdict(self.witness, self.aws_clock.now()).ended(run.run_id)
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
            self._go_on_detached()
            await asyncio.sleep(self.random.uniform(0.5, 4.0))

    def _begin_and_go_on(self) -> None:
        """Have each plan begun, and each run driven, if nobody is at it."""
        for plan in self.plans:
            begun = any(run.plan.name == plan.name for run in self._runs())
            if begun or any(driver.drives(plan.name) for driver in self.drivers):
                continue
            # Nobody begins every few seconds what they were told can't be stored.
            if not self._someone_is_cut_off() or self.random.random() < 0.05:
                self._some_driver().begin(plan)
        for run in self._runs():
            driven = any(
                d.responsive and d.drives(run.run_id) and not self._is_cut_off(d)
                for d in self.drivers
            )
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
        """One that is there, or a new one; a machine with a journal has one at a time."""
        machine = self.random.choice(self.machines)
        there = [d for d in self.drivers if d.machine is machine and not d.process.dead]
        if there and (machine.journal is not None or self.random.random() < 0.5):
            return there[-1]
        return self._new_driver(machine)

    def _new_driver(self, machine: Machine) -> Driver:
        name = f"driver-{len(self.drivers) + 1}"
        self.trace.add(f"{name} starts on machine {machine.name}")
        self.drivers.append(Driver(self, name, machine))
        return self.drivers[-1]

    def _someone_is_cut_off(self) -> bool:
        roads = (self.road, *(machine.own_road for machine in self.machines))
        return self.loop.time() < max(road.out_until for road in roads)

    def _is_cut_off(self, driver: Driver) -> bool:
        return self.loop.time() < driver.machine.own_road.out_until

    def _go_on_detached(self) -> None:
        """Where the store is away, people may say that a drill goes on without it."""
        now = self.loop.time()
        if "gone on detached" not in self.weather.kinds:
            return
        for driver in [d for d in self.drivers if d.responsive]:
            away = now < max(self.road.out_until, driver.machine.own_road.out_until)
            for run_id in driver.host.active_runs if away else ():
                known = (driver.process.name, run_id) in self.witness.detached
                if not known and self.random.random() < 0.5:
                    driver.go_on_detached(run_id, "ana")

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
        now = self.aws_clock.now()
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
        self.weather.clears()
        self.road.out_until = 0.0
        for machine in self.machines:
            machine.disk_full_until = machine.own_road.out_until = 0.0
            for run_id in machine.journal.runs if machine.journal else ():
                if run_id in self.shelf.runs:
                    driver = self._new_driver(machine)
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
