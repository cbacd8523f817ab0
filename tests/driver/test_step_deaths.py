"""A driver that is killed in the middle of a command: the next one asks, and runs nothing twice."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
from pathlib import Path

from drs_tui.audit.opening import open_store
from drs_tui.audit.tail import tail
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.client import DriverClient
from drs_tui.driver.orders import StartOrder
from drs_tui.driver.world import open_world
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.events import EventType
from drs_tui.model.status import RunStatus
from tests.driver.drills import DEADLINE_SECONDS, Drill, calls, settings_in
from tests.driver.tenacity import until
from tests.driver.test_process import gone
from tests.driver.test_steps import plan, sh


async def free(state: Path) -> None:
    """Return once no dying process holds the simulated Region any more."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        with state.open("rb") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    return
                except BlockingIOError:
                    await SystemClock().sleep(0.02)


async def noted(settings: Settings, run_id: str) -> None:
    """Return once the run has on record which process its command is."""
    store = await open_store(settings.store)
    async with asyncio.timeout(DEADLINE_SECONDS):
        async for events in tail(store, run_id, 0, clock=SystemClock()):
            if any(event.type == EventType.STEP_OBSERVED for event in events):
                break
    await store.close()


async def test_a_command_whose_driver_was_killed_is_asked_about_and_not_run_again(
    tmp_path: Path,
) -> None:
    began = tmp_path / "began"
    script = f"echo $$ >> {began}; exec sleep 600"
    settings = settings_in(tmp_path, lease_term_seconds=3)
    client = DriverClient(settings)
    run_id = await client.start(
        StartOrder(plan(tmp_path, before=[sh(script, on_failure="continue")]))
    )
    await noted(settings, run_id)
    await until(lambda: began.exists() and bool(began.read_text().strip()))
    left = int(began.read_text())
    driver = (await client.welcome()).pid
    os.kill(driver, signal.SIGKILL)
    await client.close()
    await gone(driver)
    await free(tmp_path / "region.json")
    try:
        async with open_world(settings) as world:
            await world.host.drive(run_id)
            drill = Drill(world, run_id)
            run = await drill.until(lambda run: bool(run.wanted))
            [wanted] = run.wanted
            assert wanted.kind is WantedKind.STEP_UNKNOWN
            assert f"process {left} on" in wanted.words
            assert "may be running still" in wanted.words
            assert not (tmp_path / "calls.jsonl").read_text().count('"StartRecovery"')
            await drill.decide(wanted, Choice.DONE)
            run = await drill.ended()
    finally:
        os.kill(left, signal.SIGKILL)
    assert run.outcome is RunStatus.SUCCEEDED
    assert began.read_text().split() == [str(left)], "it ran once"
    assert len(calls(tmp_path, "StartRecovery")) == 2
