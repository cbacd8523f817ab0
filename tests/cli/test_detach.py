"""Letting a run launch though its audit store is out of reach."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from drs_tui.audit.sqlite import open_sqlite
from drs_tui.cli.driven import find_run_id, run_driven_here
from drs_tui.cli.failure import CliError
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.config_reading import Flags, read_settings
from drs_tui.driver.running import running_driver
from drs_tui.driver.world import journal_path
from drs_tui.model.events import Event
from tests.audit.dynamodb_server import dynamodb_server

from .conftest import ONE_SERVER, Drs, Ended

OUT_OF_REACH = 5
USAGE = 2
DEADLINE_SECONDS = 60.0

TWO_WAVES = ONE_SERVER + "  - {name: application, servers: [s-1a2b3c4d5e6f70003]}\n"


def settings_of(store: str) -> Settings:
    return read_settings(Flags(store=store), os.environ)


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "two-waves.yaml"
    path.write_text(TWO_WAVES)
    return path


@pytest.fixture
def drivers() -> Iterator[list[str]]:
    """Addresses of stores whose drivers are ended when the test has."""
    stores: list[str] = []
    yield stores
    for store in stores:
        driver = asyncio.run(running_driver(settings_of(store)))
        if driver is not None:
            with suppress(ProcessLookupError):
                os.kill(driver.pid, signal.SIGKILL)


def started(drs: Drs, plan: Path, store: str, speed: int) -> str:
    """A run that the background driver drives; its id."""
    simulated = ("--simulate", "--speed", str(speed))
    ended = drs("run", plan, *simulated, "--yes", "--detach", "--json", "--store", store)
    assert ended.code == 0, ended.err
    run_id: str = json.loads(ended.out)["run_id"]
    return run_id


async def journalled(settings: Settings, run_id: str, last: str) -> list[Event]:
    """What the journal has of a run, once that has an event of a type."""
    journal = await open_sqlite(journal_path(settings))
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                events = [event async for event in journal.events(run_id)]
                if any(event.type == last for event in events):
                    return events
                await SystemClock().sleep(0.05)
    finally:
        await journal.close()


def once_out_of_reach(drs: Drs, *arguments: str) -> Ended:
    """Call until the driver has seen for itself that the store is gone."""
    clock = SystemClock()
    deadline = clock.monotonic() + DEADLINE_SECONDS
    while clock.monotonic() < deadline:
        ended = drs(*arguments)
        if "in reach" not in ended.err:
            return ended
    raise AssertionError("the store was in reach all the time")


def test_a_run_whose_table_is_gone_launches_when_somebody_says_so(
    drs: Drs, plan: Path, drivers: list[str]
) -> None:
    with dynamodb_server() as endpoint:
        store = f"dynamodb:drs-tui?region=us-east-1&endpoint={endpoint}"
        drivers.append(store)
        assert drs("store", "init", "--yes", "--store", store).code == 0
        run_id = started(drs, plan, store, 120)
        early = drs("detach", run_id, "--reason", "too early", "--store", store)
    assert early.code == OUT_OF_REACH
    assert "the audit store is in reach" in early.err

    reason = "DynamoDB is down"
    flags = ("--reason", reason, "--json", "--store", store)
    ended = once_out_of_reach(drs, "detach", "last", *flags)
    assert ended.code == 0, ended.err
    assert json.loads(ended.out) == {"run_id": run_id, "detached": True}
    settings = settings_of(store)
    events = asyncio.run(journalled(settings, run_id, "run.finished"))
    [detached] = [event for event in events if event.type == "run.detached"]
    assert detached.data == {"text": reason}
    launched = [event.data["wave"] for event in events if event.type == "wave.launched"]
    assert launched == ["database", "application"]
    # Its driver keeps the last events; who comes back finds the run without its store.
    assert asyncio.run(find_run_id(settings, run_id[-4:])) == run_id


def test_a_run_that_is_driven_here_is_found_by_a_part_of_its_id(
    drs: Drs, plan: Path, drivers: list[str], tmp_path: Path
) -> None:
    store = f"sqlite:{tmp_path / 'runs.db'}"
    drivers.append(store)
    other = plan.with_name("other.yaml")
    other.write_text(ONE_SERVER.replace("70001]", "70005]"))
    run_ids = [started(drs, each, store, 1) for each in (plan, other)]
    settings = settings_of(store)

    def found(reference: str) -> str:
        return asyncio.run(run_driven_here(settings, reference))

    for run_id in run_ids:
        assert found(run_id) == run_id
        assert found(run_id[-4:]) == run_id
    assert found("last") == max(run_ids)
    with pytest.raises(CliError, match="could be"):
        found(run_ids[0][:4])
    with pytest.raises(CliError, match="does not drive 'nope'"):
        found("nope")


def test_there_is_nothing_to_detach_from_when_the_store_is_here(drs: Drs, tmp_path: Path) -> None:
    ended = drs("detach", "last", "--reason", "why", "--store", f"sqlite:{tmp_path / 'runs.db'}")

    assert ended.code == USAGE
    assert "is on this machine: there is nothing to detach from" in ended.err


def test_without_a_driver_there_is_nobody_to_ask(drs: Drs) -> None:
    ended = drs("detach", "last", "--reason", "why", "--store", "dynamodb:table?region=us-east-1")

    assert ended.code == OUT_OF_REACH
    assert "no background driver of yours runs on this machine" in ended.err


@pytest.mark.parametrize("reason", [(), ("--reason", "  ")], ids=["none", "blank"])
def test_going_on_detached_needs_a_reason(drs: Drs, reason: tuple[str, ...]) -> None:
    ended = drs("detach", "last", *reason, "--store", "dynamodb:table?region=us-east-1")

    assert ended.code == USAGE
    assert "--reason" in ended.err


def test_read_only_lets_nobody_detach(drs: Drs) -> None:
    ended = drs("detach", "last", "--reason", "why", "--read-only", "--store", "dynamodb:table")

    assert ended.code == USAGE
    assert "read-only" in ended.err
