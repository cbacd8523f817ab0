"""What a driving process stands on: store, clocks, host, and its simulator if it has one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from drs_tui.audit.address import SqliteAddress, parse_store
from drs_tui.audit.opening import open_store
from drs_tui.audit.sqlite import open_sqlite
from drs_tui.audit.store import Journal, RunStore
from drs_tui.clock import Clock, ScaledClock, SystemClock
from drs_tui.config import Settings
from drs_tui.driver.places import store_key
from drs_tui.freed import give_back_large_blocks

if TYPE_CHECKING:
    from drs_tui.driver.host import Host
    from drs_tui.model.state.run import Run

RUNS_TO_LOOK_AT = 5
"""Of the newest runs, how many are asked for their last event when a scaled clock starts."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a driving process stands on before it has a host."""

    store: RunStore
    journal: Journal | None
    """Where events are first; None if the store is on this machine."""

    drill_clock: Clock
    embedded_url: str
    """Where the simulator inside this process listens; empty without one."""


@dataclass(frozen=True, slots=True)
class World:
    """The parts of a driving process."""

    store: RunStore
    local: RunStore
    """Where events are first: the journal, or the store if that is on this machine."""

    host: Host
    drill_clock: Clock
    embedded_url: str
    """Where the simulator inside this process listens; empty without one."""


@asynccontextmanager
async def open_world(
    settings: Settings, on_change: Callable[[Run], None] = lambda _: None
) -> AsyncIterator[World]:
    """Open everything that driving needs, and close it again.

    Raises:
        StoreError: the store or the local journal cannot be used.
        ValueError: the simulation is not one that there is.
        OSError: the simulator cannot listen.
    """
    async with (
        open_ground(settings) as ground,
        open_host(settings, ground, on_change) as host,
    ):
        local = ground.journal or ground.store
        yield World(ground.store, local, host, ground.drill_clock, ground.embedded_url)


@asynccontextmanager
async def open_ground(settings: Settings) -> AsyncIterator[Ground]:
    """Open store, journal and simulator, and close them again; raises what `open_world` does."""
    give_back_large_blocks()
    async with AsyncExitStack() as stack:
        store = await open_store(settings.store)
        stack.push_async_callback(store.close)
        journal: Journal | None = None
        if not isinstance(parse_store(settings.store), SqliteAddress):
            journal = await open_sqlite(journal_path(settings))
            stack.push_async_callback(journal.close)
        drill_clock: Clock = SystemClock()
        embedded_url = ""
        simulation = settings.simulation
        if simulation is not None:
            from drs_tui.simulator.server import Simulator, SimulatorSettings
            from drs_tui.simulator.state import last_moment

            start = await _latest_moment(store, drill_clock.now())
            if simulation.state is not None:
                start = max(start, last_moment(simulation.state) or start)
            drill_clock = ScaledClock(simulation.speed, start)
            simulator = await stack.enter_async_context(
                Simulator(
                    SimulatorSettings(
                        scenario=simulation.scenario,
                        seed=simulation.seed,
                        state=simulation.state,
                        call_log=simulation.call_log,
                    ),
                    drill_clock,
                )
            )
            embedded_url = simulator.endpoint_url
        yield Ground(store, journal, drill_clock, embedded_url)


@asynccontextmanager
async def open_host(
    settings: Settings, ground: Ground, on_change: Callable[[Run], None]
) -> AsyncIterator[Host]:
    """A host on this ground, with nothing to drive yet."""
    # All of the engine comes with it: what is asked meanwhile is answered.
    await asyncio.to_thread(import_module, "drs_tui.driver.host")
    from drs_tui.driver.host import Host
    from drs_tui.driver.sealing import sealers_of

    async with (
        AsyncExitStack() as stack,
        Host(
            settings,
            ground.store,
            ground.journal,
            drill_clock=ground.drill_clock,
            real_clock=SystemClock(),
            embedded_url=ground.embedded_url,
            on_change=on_change,
            sealers=sealers_of(settings.seal, stack, SystemClock()),
        ) as host,
    ):
        yield host


def journal_path(settings: Settings) -> Path:
    """The file of the local journal for a store that is elsewhere."""
    return settings.state_folder / f"journal-{store_key(settings)}.db"


async def _latest_moment(store: RunStore, now: datetime) -> datetime:
    """The later of now and the newest stored event: simulated time never goes back."""
    page = await store.list(limit=RUNS_TO_LOOK_AT)
    for header in page.headers:
        async for event in store.events(header.run_id, after=header.seq - 1):
            now = max(now, event.at)
    return now
