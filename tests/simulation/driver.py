"""A driving process on some machine: the program's own `Host`, on simulated ground."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drs_tui.audit.store import StoreError
from drs_tui.aws.connection import Aws, Connection
from drs_tui.clock import Clock
from drs_tui.config import Reach, Settings
from drs_tui.driver.host import Host
from drs_tui.driver.orders import DriverError, StartOrder
from drs_tui.model.plan import Plan
from tests.simulation.machine import Machine
from tests.simulation.prober import SimulatedProber
from tests.simulation.process import Process, ProcessClock
from tests.simulation.store import MemoryStore, Shelf
from tests.simulation.stores import ReachedStore
from tests.simulation.witness import Witness

if TYPE_CHECKING:
    from tests.simulation.world import World

URL = "http://127.0.0.1:8099"


class Driver:
    """Begins runs and goes on with them, until it has nothing to do or is stopped."""

    def __init__(self, world: World, name: str, machine: Machine) -> None:
        self.process = Process(name, world.loop, world.weather, world.trace)
        self.machine = machine
        self._world = world
        clock = ProcessClock(world.loop, self.process, machine.clock_off_seconds)
        if machine.journal is not None:
            world.witness.journal_of[name] = machine.journal
        self.host = Host(
            Settings(f"memory:{name}", (), state_folder=Path("nowhere")),
            self._reach(world.shelf, world.witness),
            None if machine.journal is None else self._reach(machine.journal, None),
            drill_clock=clock,
            real_clock=clock,
            open_aws=self._open_aws,
            open_prober=lambda _: SimulatedProber(world.account, world.aws_clock, world.random),
            boot=clock.boot,
        )
        self.host.holder = name
        self.work: dict[str, asyncio.Task[None]] = {}
        """By run, or by plan for one that is being begun."""

    def _reach(self, shelf: Shelf, witness: Witness | None) -> ReachedStore:
        world = self._world
        return ReachedStore(
            MemoryStore(shelf),
            self.process,
            self.machine,
            loop=world.loop,
            weather=world.weather,
            road=world.road,
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

    def go_on_detached(self, run_id: str, actor: str) -> None:
        """Have it go on with a run without its store, if that is possible now."""
        work = self._detach(run_id, actor)
        task = self._world.loop.create_task(work, name=f"{self.process.name} detaches {run_id}")
        self.work[f"detach {run_id}"] = task

    async def _detach(self, run_id: str, actor: str) -> None:
        world = self._world
        try:
            await self.host.detach(run_id, actor, "the drill matters more")
        except DriverError as error:
            world.trace.add(f"{self.process.name} does not detach: {error}")
            return
        # What people answer to a fault uses none of them up.
        world.weather.counts["gone on detached"] += 1
        world.witness.detached.add((self.process.name, run_id))
        world.trace.add(f"{self.process.name} goes on with {run_id} DETACHED")

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
        for task in self.host._doors._polling:
            if task.done():
                self._world.witness.breach(f"{self.process.name}'s {task.get_name()} ended")
        for run_id in self.host.active_runs:
            if not self.drives(run_id) and not self.process.frozen:
                self._world.witness.breach(f"{self.process.name} holds on to {run_id}")
