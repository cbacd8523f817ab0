"""Whole drills over the wire: a host in this process against a simulator that listens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ulid import ULID

from drs_tui.audit.store import Request
from drs_tui.audit.tail import tail
from drs_tui.clock import SystemClock
from drs_tui.config import Settings, Simulation
from drs_tui.driver.orders import StartOrder
from drs_tui.driver.world import World, open_world
from drs_tui.model.decisions import Choice, Wanted
from drs_tui.model.events import Event, Json
from drs_tui.model.run import apply
from drs_tui.model.state.run import Run
from drs_tui.plans import example_folder

SPEED = 600.0
"""A drill of half an hour takes three seconds."""

DEADLINE_SECONDS = 60.0


def plan_path(name: str) -> Path:
    """An example plan's file."""
    return example_folder() / f"{name}.yaml"


def settings_in(folder: Path, scenario: str = "calm", **changes: Any) -> Settings:
    """Settings for a simulator and a store in a folder of the test's own."""
    simulation = Simulation(
        scenario=scenario,
        speed=SPEED,
        state=folder / "region.json",
        call_log=folder / "calls.jsonl",
    )
    return Settings(
        **{
            "store": f"sqlite:{folder / 'runs.db'}",
            "plan_folders": (),
            "simulation": simulation,
            "state_folder": folder,
            **changes,
        }
    )


def calls(folder: Path, operation: str) -> list[dict[str, Any]]:
    """The requests of one kind that reached the simulator."""
    lines = (folder / "calls.jsonl").read_text().splitlines()
    return [call for call in map(json.loads, lines) if call["operation"] == operation]


@dataclass
class Drill:
    """A run under way, and the person in front of it."""

    world: World
    run_id: str
    run: Run | None = None

    async def until(self, reached: Callable[[Run], bool]) -> Run:
        """Follow the run until a condition holds."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            seq = self.run.seq if self.run else 0
            if self.run is not None and reached(self.run):
                return self.run
            async for events in tail(self.world.store, self.run_id, seq, clock=SystemClock()):
                for event in events:
                    self.run = apply(self.run, event)
                    if reached(self.run):
                        return self.run
        raise AssertionError("the tail ended")

    async def ended(self) -> Run:
        """Follow the run until it is no longer driven."""
        async with asyncio.timeout(DEADLINE_SECONDS):
            await self.world.host.ended(self.run_id)
        return await stored_run(self.world, self.run_id)

    async def ask(self, kind: str, actor: str = "operator", **data: Json) -> None:
        """Leave a request, as an app does."""
        request = Request(str(ULID()), self.run_id, SystemClock().now(), actor, kind, dict(data))
        await self.world.store.request(request)
        self.world.host.wake(self.run_id)

    async def decide(self, wanted: Wanted, choice: Choice) -> None:
        """Answer what is wanted."""
        await self.ask("decide", wave=wanted.wave, seq=wanted.seq, choice=choice.value)


@asynccontextmanager
async def started(settings: Settings, plan: Path, **order: Any) -> AsyncIterator[Drill]:
    """A world in which a run of a plan has just been started."""
    async with open_world(settings) as world:
        yield Drill(world, await world.host.start(StartOrder(plan, **order)))


async def stored_run(world: World, run_id: str) -> Run:
    """The run as its stored events fold."""
    run: Run | None = None
    async for event in world.store.events(run_id):
        run = apply(run, event)
    assert run is not None
    return run


async def stored_events(world: World, run_id: str) -> list[Event]:
    """The events as they are stored."""
    return [event async for event in world.store.events(run_id)]
