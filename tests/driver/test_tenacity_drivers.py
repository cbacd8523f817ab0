"""Several drivers and watchers of one run, and a store that is out of reach for a while."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from drs_tui.audit.dynamodb import DynamoDbStore
from drs_tui.audit.lease import boot_seconds
from drs_tui.audit.opening import open_store
from drs_tui.audit.recorder import Recorder
from drs_tui.audit.requests import new_request
from drs_tui.audit.sqlite import SqliteStore, open_sqlite
from drs_tui.audit.store import LeaseLost, NotTheWriter, Request, RunStore, StoreUnavailable
from drs_tui.audit.verify import verify_run
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.host import Host
from drs_tui.driver.orders import DriverError, StartOrder
from drs_tui.driver.world import World, open_world
from drs_tui.engine.drill import REQUESTS_EVERY_SECONDS
from drs_tui.model.principals import Requester
from drs_tui.model.state.run import Run
from drs_tui.model.status import RunStatus, WaveStatus
from tests.audit.dynamodb_server import dynamodb_server
from tests.driver.drills import (
    Drill,
    calls,
    plan_path,
    settings_in,
    started,
    stored_events,
    stored_run,
)
from tests.driver.tenacity import Gateway, drill_time, until

PLAN = plan_path("three-tier")


class Line:
    """A machine's line to the store, which can be cut."""

    def __init__(self, store: RunStore) -> None:
        self.cut = False
        self._store = store

    def __getattr__(self, name: str) -> Any:
        inner = getattr(self._store, name)
        if self.cut and callable(inner):
            raise StoreUnavailable("the line is cut")
        return inner


@dataclass
class Machine:
    """A machine with a driver, a journal and a line to the store."""

    host: Host
    line: Line


@dataclass
class Site:
    """A simulated DRS, a store, and machines that come and go."""

    world: World
    settings: Settings
    folder: Path
    stack: AsyncExitStack
    boot_ahead: float = field(default=0.0)

    async def machine(self, name: str) -> Machine:
        store = await open_store(self.settings.store)
        journal = await open_sqlite(self.folder / f"journal-{name}.db")
        for each in (store, journal):
            self.stack.push_async_callback(each.close)
        line = Line(store)
        host = Host(
            self.settings,
            line,
            journal,
            drill_clock=self.world.drill_clock,
            real_clock=SystemClock(),
            embedded_url=self.world.embedded_url,
            boot=lambda: boot_seconds() + self.boot_ahead,
        )
        host.holder = name
        return Machine(await self.stack.enter_async_context(host), line)

    def drill(self, run_id: str) -> Drill:
        """The run, as a watcher on a third machine sees it."""
        return Drill(self.world, run_id)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    settings = settings_in(tmp_path, lease_term_seconds=1)
    async with open_world(settings) as world, AsyncExitStack() as stack:
        yield Site(world, settings, tmp_path, stack)


async def test_a_second_driver_is_refused_while_the_first_one_lives(
    site: Site, tmp_path: Path
) -> None:
    first, second = await site.machine("first"), await site.machine("second")
    run_id = await first.host.start(StartOrder(PLAN))
    drill = site.drill(run_id)
    await drill.until(lambda run: run.waves["database"].status is WaveStatus.IN_PROGRESS)
    with pytest.raises(DriverError, match="first drives"):
        await second.host.drive(run_id)
    await first.host.ended(run_id)
    run = await stored_run(site.world, run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    assert run.take_overs == ()
    assert len(calls(tmp_path, "StartRecovery")) == 3


async def test_what_is_asked_from_another_machine_takes_effect_without_a_word_to_the_driver(
    site: Site,
) -> None:
    first = await site.machine("first")
    run_id = await first.host.start(StartOrder(PLAN))
    drill = site.drill(run_id)
    await drill.until(lambda run: run.waves["database"].status is WaveStatus.IN_PROGRESS)

    def asked(kind: str, **data: str) -> Request:
        return new_request(run_id, Requester(arn="eva"), kind, data, SystemClock().now())

    await site.world.store.request(asked("pause"))
    await drill.until(lambda run: run.paused)
    await site.world.store.request(asked("note", text="the phone rang"))
    run = await drill.until(lambda run: bool(run.notes))
    await site.world.store.request(asked("resume"))
    await first.host.ended(run_id)
    assert [(note.actor, note.text) for note in run.notes] == [("eva", "the phone rang")]


@pytest.mark.parametrize("store", [SqliteStore, DynamoDbStore])
def test_asking_and_seeing_what_became_of_it_takes_less_than_three_seconds(
    store: type[SqliteStore] | type[DynamoDbStore],
) -> None:
    assert REQUESTS_EVERY_SECONDS + store.look_seconds < 3


async def test_a_driver_whose_machine_slept_before_a_send_sends_nothing_until_it_is_sure(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    through = Recorder.settle
    slept: list[int] = []

    async def settle(recorder: Recorder) -> None:
        await through(recorder)
        if not slept and recorder.run.waves["database"].intent:
            slept.append(recorder.run.seq)
            site.boot_ahead += 3600

    monkeypatch.setattr(Recorder, "settle", settle)
    first = await site.machine("first")
    run_id = await first.host.start(StartOrder(PLAN))
    await first.host.ended(run_id)
    events = await stored_events(site.world, run_id)
    [refused] = [e for e in events if e.type == "wave.launch_refused"]
    assert "nothing was sent: the lease" in str(refused.data["message"])
    assert [c["body"]["tags"]["drs-tui:attempt"] for c in calls(tmp_path, "StartRecovery")] == [
        "2",
        "1",
        "1",
    ]


async def test_a_driver_cut_off_and_overtaken_stops_and_its_tail_comes_late(
    site: Site, tmp_path: Path
) -> None:
    first, second = await site.machine("first"), await site.machine("second")
    run_id = await first.host.start(StartOrder(PLAN))
    drill = site.drill(run_id)
    await drill.until(lambda run: run.waves["database"].status is WaveStatus.IN_PROGRESS)
    first.line.cut = True
    seen = first.host.run(run_id)
    assert seen is not None
    await until(lambda: "not in the audit store yet" in trouble(first, run_id))
    await second.host.drive(run_id, actor="ben", reason="the bastion is gone")
    await second.host.ended(run_id)
    alone = first.host.run(run_id)
    assert alone is not None
    assert alone.waves["application"].job_id == "", "cut off, it launched nothing more"

    first.line.cut = False
    with pytest.raises((LeaseLost, NotTheWriter)):
        await first.host.ended(run_id)
    assert first.host.active_runs == ()
    await first.host.drive(run_id)
    await first.host.ended(run_id)

    run = await stored_run(site.world, run_id)
    events = await stored_events(site.world, run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    [taken] = run.take_overs
    assert (taken.before, taken.by, taken.actor) == ("first", "second", "ben")
    [late] = [e for e in events if e.type == "run.late_events"]
    assert "job.logged" in late.text
    assert (await verify_run(site.world.store, run_id)).ok
    assert len(calls(tmp_path, "StartRecovery")) == 3


async def test_a_run_that_goes_on_detached_catches_up_when_its_store_is_back(
    site: Site, tmp_path: Path
) -> None:
    first = await site.machine("first")
    run_id = await first.host.start(StartOrder(PLAN))
    with pytest.raises(DriverError, match="in reach"):
        await first.host.detach(run_id, "ana")
    await site.drill(run_id).until(
        lambda run: run.waves["database"].status is WaveStatus.IN_PROGRESS
    )
    first.line.cut = True
    await until(lambda: "not in the audit store yet" in trouble(first, run_id))
    await first.host.detach(run_id, "ana", "the store's Region is down")
    await until(lambda: driven(first, run_id).outcome is not None)
    assert len(calls(tmp_path, "StartRecovery")) == 3
    assert (await stored_run(site.world, run_id)).outcome is None

    first.line.cut = False
    await first.host.ended(run_id)

    run = await stored_run(site.world, run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    [note] = run.detachments
    assert (note.actor, note.text) == ("ana", "the store's Region is down")
    assert (await verify_run(site.world.store, run_id)).ok


async def test_a_launch_of_a_detached_driver_is_adopted_by_the_one_that_took_over(
    site: Site, tmp_path: Path
) -> None:
    first, second = await site.machine("first"), await site.machine("second")
    run_id = await first.host.start(StartOrder(PLAN))
    await site.drill(run_id).until(
        lambda run: run.waves["database"].status is WaveStatus.IN_PROGRESS
    )
    first.line.cut = True
    await until(lambda: "not in the audit store yet" in trouble(first, run_id))
    await first.host.detach(run_id, "ana")
    await until(lambda: driven(first, run_id).outcome is not None)

    await second.host.drive(run_id, actor="ben", reason="ana's machine is gone")
    await second.host.ended(run_id)
    first.line.cut = False
    with pytest.raises((LeaseLost, NotTheWriter)):
        await first.host.ended(run_id)
    await first.host.drive(run_id)
    await first.host.ended(run_id)

    run = await stored_run(site.world, run_id)
    events = await stored_events(site.world, run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    assert len(calls(tmp_path, "StartRecovery")) == 3
    adopted = [e.data["adopted"] for e in events if e.type == "wave.launched"]
    assert adopted == [False, True, True]
    assert any(e.type == "run.late_events" and "run.detached" in e.text for e in events)
    assert (await verify_run(site.world.store, run_id)).ok


async def test_a_run_whose_store_is_on_this_machine_has_nothing_to_detach_from(
    tmp_path: Path,
) -> None:
    async with started(settings_in(tmp_path), PLAN) as drill:
        with pytest.raises(DriverError, match="on this machine"):
            await drill.world.host.detach(drill.run_id, "ana")
        with pytest.raises(DriverError, match="not driven here"):
            await drill.world.host.detach("another-run", "ana")


def driven(machine: Machine, run_id: str) -> Run:
    run = machine.host.run(run_id)
    assert run is not None
    return run


def trouble(machine: Machine, run_id: str) -> str:
    return machine.host._driven[run_id].recorder.trouble


# The real store behind a bad line ---------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[int]:
    """The port of a DynamoDB server."""
    with dynamodb_server() as endpoint:
        port = urlsplit(endpoint).port
        assert port
        yield port


@pytest.mark.parametrize("mode", ["refuse", "lose answers", "stall"])
async def test_a_table_out_of_reach_in_mid_drill_ends_up_with_every_event(
    tmp_path: Path, server: int, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drs_tui.audit.dynamodb_table.CALL_SECONDS", 0.5)
    monkeypatch.setattr("drs_tui.audit.dynamodb_table.MOST_ATTEMPTS", 2)
    async with Gateway(server) as gateway:
        endpoint = f"http://127.0.0.1:{gateway.port}"
        address = f"dynamodb:drs-tui?region=us-east-1&endpoint={endpoint}"
        settings = settings_in(tmp_path, store=address, lease_term_seconds=3)
        async with started(settings, PLAN) as drill:
            recorder = drill.world.host._driven[drill.run_id].recorder
            # Not by what is stored, which comes later: the wave may be over by then.
            await until(lambda: recorder.run.waves["database"].status is WaveStatus.IN_PROGRESS)
            looks, seq = len(calls(tmp_path, "DescribeJobs")), recorder.run.seq
            gateway.mode = mode
            await until(lambda: "not in the audit store yet" in recorder.trouble)
            launches = len(calls(tmp_path, "StartRecovery"))
            await drill_time(drill, timedelta(minutes=20))
            assert recorder.run.seq > seq
            assert len(calls(tmp_path, "DescribeJobs")) > looks
            assert len(calls(tmp_path, "StartRecovery")) == launches < 3
            gateway.mode = "through"
            run = await drill.ended()
            verdict = await verify_run(drill.world.store, drill.run_id)
    assert run.outcome is RunStatus.SUCCEEDED
    assert verdict.ok
    assert verdict.events == run.seq
    assert len([c for c in calls(tmp_path, "StartRecovery") if c["status"] == 202]) == 3


async def test_a_run_that_ends_while_its_store_is_out_of_reach_is_not_left_before_it_is_stored(
    tmp_path: Path, server: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("drs_tui.audit.dynamodb_table.CALL_SECONDS", 0.5)
    monkeypatch.setattr("drs_tui.audit.dynamodb_table.MOST_ATTEMPTS", 2)
    async with Gateway(server) as gateway:
        endpoint = f"http://127.0.0.1:{gateway.port}"
        address = f"dynamodb:drs-tui?region=us-east-1&endpoint={endpoint}"
        async with started(settings_in(tmp_path, store=address), PLAN) as drill:
            recorder = drill.world.host._driven[drill.run_id].recorder
            await until(lambda: recorder.run.waves["web"].status is WaveStatus.IN_PROGRESS)
            gateway.mode = "refuse"
            await until(lambda: recorder.run.outcome is not None)
            await until(lambda: bool(recorder.trouble))
            assert drill.run_id in drill.world.host.active_runs
            gateway.mode = "through"
            run = await drill.ended()
    assert run.outcome is RunStatus.SUCCEEDED
