"""Drills whose disk is full or read-only for a while: nothing is launched, and nothing is lost."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.audit.verify import verify_run
from drs_tui.aws.drs import Drs
from drs_tui.driver.orders import DriverError, StartOrder
from drs_tui.driver.world import open_world
from drs_tui.model.observed import Job
from drs_tui.model.status import RunStatus, WaveStatus
from tests.driver.drills import Drill, calls, plan_path, settings_in, started, stored_events
from tests.driver.tenacity import drill_time, fill, forbid_writing, mend, trouble_said, until

PLAN = plan_path("three-tier")
Spoil = Callable[[SqliteStore], Awaitable[None]]
LONGER_THAN_A_WAVE = timedelta(minutes=20)


def local_store(drill: Drill) -> SqliteStore:
    """The file that takes the events first."""
    store = drill.world.host._journal or drill.world.store
    assert isinstance(store, SqliteStore)
    return store


def trouble(drill: Drill) -> str:
    return drill.world.host._driven[drill.run_id].recorder.trouble


@pytest.mark.parametrize("spoil", [fill, forbid_writing])
@pytest.mark.parametrize("address", ["", "table"])
async def test_while_nothing_can_be_written_drs_is_watched_and_no_wave_is_launched(
    tmp_path: Path, spoil: Spoil, address: str, request: pytest.FixtureRequest
) -> None:
    place = {"store": request.getfixturevalue(address)} if address else {}
    async with started(settings_in(tmp_path, **place), PLAN) as drill:
        await drill.until(lambda run: run.waves["database"].status is WaveStatus.IN_PROGRESS)
        await spoil(local_store(drill))
        await until(lambda: "events can't be written" in trouble(drill))
        looks, launches = (len(calls(tmp_path, name)) for name in ("DescribeJobs", "StartRecovery"))
        await drill_time(drill, LONGER_THAN_A_WAVE)
        assert len(calls(tmp_path, "DescribeJobs")) > looks
        assert len(calls(tmp_path, "StartRecovery")) == launches < 3
        await mend(local_store(drill))
        run = await drill.ended()
        verdict = await verify_run(drill.world.store, drill.run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    assert verdict.ok
    assert len(calls(tmp_path, "StartRecovery")) == 3


async def test_watchers_far_away_are_told_that_the_drivers_disk_is_full(
    tmp_path: Path, table: str
) -> None:
    settings = settings_in(tmp_path, store=table, lease_term_seconds=3)
    async with started(settings, PLAN) as drill:
        await drill.until(lambda run: run.waves["database"].status is WaveStatus.IN_PROGRESS)
        await fill(local_store(drill))
        words = await trouble_said(drill, "no wave is launched", "full")
        await mend(local_store(drill))
        run = await drill.ended()
    assert "make room" in words
    assert run.outcome is RunStatus.SUCCEEDED


@pytest.mark.parametrize("spoil", [fill, forbid_writing])
async def test_a_launch_that_can_not_be_written_down_is_kept_until_it_can(
    tmp_path: Path,
    spoil: Spoil,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="drs_tui")
    through = Drs.start_recovery
    stores: list[SqliteStore] = []
    jobs: list[str] = []

    async def start(
        drs: Drs,
        servers: Sequence[tuple[str, str | None]],
        *,
        is_drill: bool,
        tags: Mapping[str, str],
        **more: Any,
    ) -> Job:
        job = await through(drs, servers, is_drill=is_drill, tags=tags, **more)
        jobs.append(job.id)
        if len(jobs) == 1:
            await spoil(stores[0])
        return job

    monkeypatch.setattr(Drs, "start_recovery", start)
    async with open_world(settings_in(tmp_path)) as world:
        assert isinstance(world.store, SqliteStore)
        stores.append(world.store)
        drill = Drill(world, await world.host.start(StartOrder(PLAN)))
        await until(lambda: "events can't be written" in trouble(drill))
        await drill_time(drill, LONGER_THAN_A_WAVE)
        assert len(jobs) == 1
        assert any(jobs[0] in record.getMessage() for record in caplog.records)
        await mend(world.store)
        run = await drill.ended()
        events = await stored_events(world, drill.run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    assert len(calls(tmp_path, "StartRecovery")) == 3
    launched = [(e.data["job_id"], e.data["adopted"]) for e in events if e.type == "wave.launched"]
    assert launched == [(job_id, False) for job_id in jobs]


async def test_a_driver_that_ends_before_its_disk_is_back_leaves_a_launch_that_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    through = Drs.start_recovery
    stores: list[SqliteStore] = []

    async def start(
        drs: Drs,
        servers: Sequence[tuple[str, str | None]],
        *,
        is_drill: bool,
        tags: Mapping[str, str],
        **more: Any,
    ) -> Job:
        job = await through(drs, servers, is_drill=is_drill, tags=tags, **more)
        for store in stores:
            await forbid_writing(store)
        return job

    monkeypatch.setattr(Drs, "start_recovery", start)
    settings = settings_in(tmp_path, lease_term_seconds=1)
    async with open_world(settings) as world:
        assert isinstance(world.store, SqliteStore)
        stores.append(world.store)
        drill = Drill(world, await world.host.start(StartOrder(PLAN)))
        await until(lambda: "events can't be written" in trouble(drill))
    stores.clear()
    async with open_world(settings) as world:
        await world.host.drive(drill.run_id)
        drill.world = world
        run = await drill.ended()
        events = await stored_events(world, drill.run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    assert len(calls(tmp_path, "StartRecovery")) == 3
    adopted = [e.data["adopted"] for e in events if e.type == "wave.launched"]
    assert adopted == [True, False, False]


async def test_a_run_can_not_begin_where_it_can_not_be_written_down(tmp_path: Path) -> None:
    async with open_world(settings_in(tmp_path)) as world:
        assert isinstance(world.store, SqliteStore)
        await forbid_writing(world.store)
        with pytest.raises(DriverError, match="read-only"):
            await world.host.start(StartOrder(PLAN))
    assert not calls(tmp_path, "StartRecovery")
