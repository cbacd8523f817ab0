"""The background driver: a real process, asked over its socket."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drs_tui.audit.opening import open_store
from drs_tui.audit.requests import new_request
from drs_tui.audit.store import Away, Lease, Pulse, Request
from drs_tui.audit.tail import tail
from drs_tui.clock import SystemClock
from drs_tui.config import Reach, Settings
from drs_tui.driver.client import DriverClient
from drs_tui.driver.orders import (
    DriverError,
    DriverUnreachable,
    NoDriver,
    Standing,
    StartBlocked,
    StartOrder,
)
from drs_tui.driver.places import places_of
from drs_tui.driver.wire import (
    order_from_data,
    order_to_data,
    read_line,
    request_from_data,
    request_to_data,
    settings_from_text,
    settings_to_text,
    standing_from_data,
    standing_to_data,
    write_line,
)
from drs_tui.model.events import EventType
from drs_tui.model.principals import Requester
from tests.driver.drills import DEADLINE_SECONDS, calls, plan_path, settings_in
from tests.driver.tenacity import until

NOW = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
ANA = Requester(os_user="ana", host="bastion")


@pytest.fixture
async def settings(tmp_path: Path) -> AsyncIterator[Settings]:
    """Settings whose driver, if one was started, is gone at the end."""
    chosen = settings_in(tmp_path)
    yield chosen
    client = DriverClient(chosen)
    if places_of(chosen).socket.exists():
        pid = (await client.welcome()).pid
        await client.close()
        os.kill(pid, signal.SIGTERM)
        await gone(pid)


async def gone(pid: int) -> None:
    """Return once a process of ours is no more."""
    await until(lambda: not Path(f"/proc/{pid}/stat").exists() or is_zombie(pid))


def is_zombie(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


async def ended(settings: Settings, run_id: str) -> str:
    """The outcome of a run, once it has one."""
    store = await open_store(settings.store)
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while (header := await store.header(run_id)).finished_at is None:
                await SystemClock().sleep(0.05)
            return header.status
    finally:
        await store.close()


async def recorded(settings: Settings, run_id: str, sought: EventType) -> None:
    """Return once an event of a type is on record."""
    store = await open_store(settings.store)
    try:
        async with (
            asyncio.timeout(DEADLINE_SECONDS),
            aclosing(tail(store, run_id, clock=SystemClock())) as batches,
        ):
            async for events in batches:
                if any(event.type == sought for event in events):
                    return
    finally:
        await store.close()


async def given_back(settings: Settings, run_id: str) -> None:
    """Return once nobody holds the run's lease."""
    store = await open_store(settings.store)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (lease := await store.lease(run_id)) is None or lease.holder:
            await SystemClock().sleep(0.02)
    await store.close()


async def test_a_driver_is_started_on_demand_and_found_again(settings: Settings) -> None:
    first, second = DriverClient(settings), DriverClient(settings)
    one, other = await asyncio.gather(first.welcome(), second.welcome())
    assert one.pid == other.pid != os.getpid()
    assert one.scenario == "calm"
    assert one.endpoint_url.startswith("http://127.0.0.1:")
    await first.close()
    await second.close()


async def test_a_driver_that_was_begun_early_is_the_one_that_answers(settings: Settings) -> None:
    client = DriverClient(settings)
    client.begin()
    begun = client._begun
    assert (await client.welcome()).pid == begun

    late = DriverClient(settings)
    late.begin()
    assert (await late.welcome()).pid == begun
    await late.close()
    await client.close()


async def test_a_drill_goes_on_when_the_app_that_started_it_is_gone(
    settings: Settings, tmp_path: Path
) -> None:
    client = DriverClient(settings)
    run_id = await client.start(StartOrder(plan_path("three-tier")))
    await client.close()
    assert await ended(settings, run_id) == "succeeded"
    assert len(calls(tmp_path, "StartRecovery")) == 3


async def test_a_driver_without_runs_and_connections_ends_by_itself(settings: Settings) -> None:
    client = DriverClient(settings)
    pid = (await client.welcome()).pid
    await client.close()
    await gone(pid)
    assert not places_of(settings).socket.exists()


async def test_a_blocked_start_comes_back_with_what_preflight_found(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, "live-recovery")
    client = DriverClient(settings)
    with pytest.raises(StartBlocked) as blocked:
        await client.start(StartOrder(plan_path("three-tier")))
    assert any(finding.check == "live recovery" for finding in blocked.value.report.blocks)
    await client.close()


def simulating(settings: Settings, scenario: str) -> Settings:
    """The same settings with another scenario, in a Region of its own."""
    assert settings.simulation is not None
    assert settings.simulation.state is not None
    state = settings.simulation.state.with_name(f"{scenario}.json")
    return replace(
        settings, simulation=replace(settings.simulation, scenario=scenario, state=state)
    )


async def test_a_driver_that_simulates_something_else_gives_way_when_it_drives_nothing(
    settings: Settings,
) -> None:
    client = DriverClient(settings)
    before = await client.welcome()
    await client.close()
    other = DriverClient(simulating(settings, "failures"))
    after = await other.welcome()
    await other.close()
    assert after.pid != before.pid
    assert after.scenario == "failures"
    await gone(before.pid)


async def test_a_busy_driver_that_simulates_something_else_is_not_disturbed(
    settings: Settings,
) -> None:
    client = DriverClient(settings)
    run_id = await client.start(StartOrder(plan_path("three-tier")))
    other = DriverClient(simulating(settings, "failures"))
    with pytest.raises(DriverUnreachable, match=run_id):
        await other.welcome()
    await other.close()
    await client.close()


async def test_a_driver_that_cannot_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "runs.db").write_text("this is no database, and long enough to be looked at " * 9)
    client = DriverClient(settings_in(tmp_path))
    with pytest.raises(DriverUnreachable, match=r"runs\.db"):
        await client.welcome()


async def test_what_is_asked_of_a_run_that_has_just_ended_is_done_all_the_same(
    settings: Settings,
) -> None:
    client = DriverClient(settings)
    run_id = await client.start(StartOrder(plan_path("three-tier")))
    assert await ended(settings, run_id) == "succeeded"
    await given_back(settings, run_id)
    store = await open_store(settings.store)
    await store.request(
        new_request(run_id, Requester(arn="eva"), "cleanup", {}, SystemClock().now())
    )
    # As an app does that has not seen yet that nobody drives it any more.
    await client.wake(run_id)
    async with asyncio.timeout(DEADLINE_SECONDS):
        while (await store.header(run_id)).cleanup != "done":
            await SystemClock().sleep(0.05)
    await store.close()
    await client.close()


async def test_driving_an_unknown_run_is_an_error_in_words(settings: Settings) -> None:
    client = DriverClient(settings)
    with pytest.raises(DriverError, match="no-such-run"):
        await client.drive("no-such-run")
    await client.close()


async def test_going_on_detached_is_asked_of_the_driver_itself(settings: Settings) -> None:
    client = DriverClient(settings)
    run_id = await client.start(StartOrder(plan_path("three-tier")))
    with pytest.raises(DriverError, match="nothing to detach from"):
        await client.detach(run_id, "ana")
    await client.close()


async def test_a_driver_says_how_a_run_of_its_own_stands(settings: Settings) -> None:
    client = DriverClient(settings)
    run_id = await client.start(StartOrder(plan_path("three-tier")))
    standing = await client.standing(run_id)
    assert standing is not None
    assert f":{(await client.welcome()).pid}:" in standing.lease.holder
    assert standing.lease.pulse is not None
    assert standing.lease.pulse.speed_percent == 60_000
    # The store is a file of this machine: there is no journal beside it, and it can't be away.
    assert (standing.journal, standing.away) == ("", None)
    assert await client.standing("no-such-run") is None
    await client.close()


async def test_a_request_can_be_handed_to_the_driver_itself(settings: Settings) -> None:
    client = DriverClient(settings)
    run_id = await client.start(StartOrder(plan_path("three-tier")))
    pause = new_request(run_id, ANA, "pause", {"text": "wait for the network team"}, NOW)
    await client.request(pause)
    await client.request(pause)
    store = await open_store(settings.store)
    events = [event async for event in store.events(run_id)]
    await store.close()
    [paused] = [event for event in events if event.type == "run.paused"]
    assert (paused.actor, paused.data["request_id"]) == (ANA.name, pause.request_id)
    assert not any(event.type == "request.stale" for event in events)
    with pytest.raises(DriverError, match="not driven here"):
        await client.request(new_request("no-such-run", ANA, "pause", {}, NOW))
    await client.close()


async def test_a_question_for_a_driver_that_runs_starts_none(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    client = DriverClient(settings)
    assert await client.standing("a-run") is None
    with pytest.raises(NoDriver, match="no background driver"):
        await client.detach("a-run", "ana")
    with pytest.raises(NoDriver):
        await client.request(new_request("a-run", ANA, "pause", {}, NOW))
    assert not places_of(settings).log.exists()


async def test_sigterm_ends_the_driver_and_gives_the_lease_back(settings: Settings) -> None:
    client = DriverClient(settings)
    run_id = await client.start(StartOrder(plan_path("three-tier")))
    pid = (await client.welcome()).pid
    # Ended between the intent and the call, it would leave a question to be answered.
    await recorded(settings, run_id, EventType.WAVE_LAUNCHED)
    os.kill(pid, signal.SIGTERM)
    await gone(pid)
    await client.close()
    store = await open_store(settings.store)
    lease = await store.lease(run_id)
    assert lease is not None
    assert lease.holder == ""
    await store.close()
    again = DriverClient(settings)
    await again.drive(run_id)
    await again.close()
    assert await ended(settings, run_id) == "succeeded"


def test_settings_survive_the_way_to_the_driver(tmp_path: Path) -> None:
    settings = settings_in(
        tmp_path, log_file=tmp_path / "log", plan_folders=(tmp_path,), vpc_hosts=("drs.test",)
    )
    assert settings_from_text(settings_to_text(settings)) == settings


def test_an_order_survives_the_way_to_the_driver() -> None:
    reach = Reach("drills", "us-east-1", None, {"drs": "https://drs.test"}, ("drs.test",))
    order = StartOrder(Path("/plan.yaml"), reach=reach, change="CHG1", acknowledged=("lag:x",))
    assert order_from_data(read_line(write_line(order_to_data(order)))) == order


@pytest.mark.parametrize("polled", [NOW, None])
@pytest.mark.parametrize("away", [Away(12.5, "it did not answer", True), None])
def test_how_a_run_stands_survives_the_way_from_the_driver(
    polled: datetime | None, away: Away | None
) -> None:
    pulse = Pulse(NOW, 6000, polled, "throttled")
    standing = Standing(Lease("a-run", "ana@here:1:abc", 3, 7, 30, pulse), "sqlite:/j.db", away)
    line = write_line(standing_to_data(standing))
    assert standing_from_data(read_line(line)) == standing


def test_a_request_survives_the_way_to_the_driver() -> None:
    request = Request("01", "a-run", NOW, "ana", "approve", {"wave": "web", "seq": 7, "text": "é"})
    assert request_from_data(read_line(write_line(request_to_data(request)))) == request
