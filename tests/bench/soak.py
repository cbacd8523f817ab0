"""Ten minutes of drills, replays and a watcher under `chaos`, at high speed: nothing may be left.

One driver drives one drill after the other; apps watch it and replay what has ended. At the end
the driver must have as many descriptors, threads and tasks as after the first drill, and not much
more memory, and every run must be sound.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import active_count

from drs_tui.audit.requests import new_request
from drs_tui.audit.store import RunStore
from drs_tui.audit.verify import verify_run
from drs_tui.clock import ManualClock, SystemClock
from drs_tui.config import Settings, Simulation, example_folder
from drs_tui.driver.orders import DriverError, StartOrder
from drs_tui.driver.world import World, open_world
from drs_tui.model.decisions import WantedKind
from drs_tui.model.events import Json
from drs_tui.model.principals import Requester
from drs_tui.model.run import fold
from drs_tui.replay.player import Player
from drs_tui.tui.sources.live import LiveSource
from tests.bench.figures import Row, row
from tests.bench.memory import resident_mib

SECONDS = 600.0
"""Of real time."""

SPEED = 600.0
DRILL_SECONDS = 60.0
"""Of real time, after which a drill is cancelled; under `chaos` one may wait for ever."""

PLANS = ("rehearsal", "three-tier")
SETTLED_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Held:
    """What this process holds."""

    descriptors: int
    threads: int
    tasks: int
    mib: float


def held() -> Held:
    """What it holds now, garbage aside."""
    gc.collect()
    return Held(
        len(list(Path("/proc/self/fd").iterdir())),
        active_count(),
        len(asyncio.all_tasks()),
        resident_mib("self"),
    )


def measure() -> Sequence[Row]:
    """Run it all."""
    return asyncio.run(_soak())


async def _soak() -> list[Row]:
    with TemporaryDirectory() as folder:
        async with open_world(_settings(Path(folder))) as world:
            # What is made once is there after a drill of each plan.
            for plan in PLANS:
                await _drill(world, plan)
            await asyncio.sleep(SETTLED_SECONDS)
            before, drills, refused = held(), 0, 0
            until = time.monotonic() + SECONDS
            while time.monotonic() < until:
                if await _drill(world, PLANS[drills % len(PLANS)]):
                    drills += 1
                else:
                    refused += 1
            await asyncio.sleep(SETTLED_SECONDS)
            after = held()
            page = await world.store.list(limit=10_000)
            ids = [header.run_id for header in page.headers]
            unsound = sum([not (await verify_run(world.store, i)).ok for i in ids])
    return [
        row("drills, each watched and replayed", drills, ""),
        row("starts that chaos refused", refused, ""),
        row("runs whose record is not sound", unsound, "", most=0),
        row("descriptors more than at first", after.descriptors - before.descriptors, "", most=0),
        row("threads more than at first", after.threads - before.threads, "", most=0),
        row("tasks more than at first", after.tasks - before.tasks, "", most=0),
        row("memory more than at first", after.mib - before.mib, "MiB", most=16),
    ]


def _settings(folder: Path) -> Settings:
    simulation = Simulation("chaos", SPEED, 1, state=folder / "region.jsonl")
    return Settings(
        store=f"sqlite:{folder / 'runs.db'}",
        plan_folders=(),
        simulation=simulation,
        state_folder=folder,
    )


async def _drill(world: World, plan: str) -> bool:
    """One drill to its end, watched meanwhile and replayed then; False if it could not begin."""
    path = example_folder() / f"{plan}.yaml"
    try:
        order = StartOrder(path, acknowledge_all=True, cleanup_policy="always")
        run_id = await world.host.start(order)
    except DriverError:
        return False
    source = LiveSource(run_id, partial(_itself, world.store), _NobodyHere(), SystemClock())
    watching = asyncio.create_task(source.follow(lambda: None))
    answering = asyncio.create_task(_answer(world, source))
    try:
        async with asyncio.timeout(DRILL_SECONDS):
            await world.host.ended(run_id)
    except TimeoutError:
        await _ask(world, run_id, "cancel")
        await world.host.ended(run_id)
    finally:
        for task in (watching, answering):
            task.cancel()
        await asyncio.gather(watching, answering, return_exceptions=True)
    events = [event async for event in world.store.events(run_id)]
    player = Player(events, ManualClock())
    for tenth in range(11):
        player.seek(len(events) * tenth // 10)
        assert player.run == fold(events[: player.position])
    return True


class _NobodyHere:
    """The driver is asked by nobody: what the store says is watched."""

    async def standing(self, _run_id: str) -> None:
        return None


async def _itself(store: RunStore) -> RunStore:
    return store


async def _answer(world: World, source: LiveSource) -> None:
    """Approve gates, take steps for done, and to whatever else is asked say what ends it."""
    answered: set[int] = set()
    while True:
        await asyncio.sleep(0.1)
        for wanted in source.run.wanted if source.run else ():
            if wanted.seq in answered:
                continue
            answered.add(wanted.seq)
            about: dict[str, Json] = {"wave": wanted.wave, "seq": wanted.seq}
            if wanted.kind is WantedKind.GATE:
                await _ask(world, source.run_id, "approve", **about)
            else:
                choice = wanted.choices[0 if wanted.kind is WantedKind.MANUAL else -1]
                await _ask(world, source.run_id, "decide", choice=choice.value, **about)


async def _ask(world: World, run_id: str, kind: str, **about: Json) -> None:
    now = SystemClock().now()
    request = new_request(run_id, Requester(os_user="ben", host="bastion"), kind, about, now)
    await world.store.request(request)
    world.host.wake(run_id)
