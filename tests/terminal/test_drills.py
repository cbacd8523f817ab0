"""Drills whose windows, and whose driver, get lost in the middle."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from drs_tui.cli.hangup import REASON
from drs_tui.driver.client import DriverClient
from drs_tui.driver.orders import StartOrder
from drs_tui.plans import example_folder
from tests.terminal.conftest import Desk, start_drill
from tests.terminal.test_signals import needs_proc
from tests.terminal.window import Window

SPEED = "360"
"""A drill of half an hour takes five seconds: there is time to lose something in between."""


def until_succeeded(window: Window) -> None:
    window.until_shows("✓ succeeded", "Ended; 6 drill instances still run and bill.")


# Windows ----------------------------------------------------------------------------------------


def killed(window: Window) -> int:
    window.send(signal.SIGKILL)
    return -signal.SIGKILL


def hung_up(window: Window) -> int:
    window.hang_up()
    return 128 + signal.SIGHUP


@pytest.mark.parametrize("lose", [killed, hung_up])
def test_a_drill_goes_on_without_its_window_and_the_next_one_shows_how_it_went(
    desk: Desk, lose: Callable[[Window], int]
) -> None:
    window = desk.open("demo", "--speed", SPEED)
    start_drill(window)
    window.until(desk.has("wave.launched"))
    code = lose(window)
    assert window.until_ended() == code
    assert not desk.has_ended()

    again = desk.open("demo", "--speed", SPEED)
    again.until_shows("three-tier", "rehearsal")
    again.press("2")
    again.until_shows("1 run", "three-tier", "running")
    again.press("enter")
    until_succeeded(again)
    assert desk.has("wave.launched", 3)()


@needs_proc
def test_a_drill_goes_on_while_nobody_reads_its_window_which_is_right_afterwards(
    desk: Desk,
) -> None:
    window = desk.open("demo", "--speed", SPEED)
    start_drill(window)
    window.until_stuck()
    window.until(desk.has_ended, reading=False)
    assert "✓ succeeded" not in window.screen
    until_succeeded(window)


def test_runs_are_paused_with_their_window_if_the_settings_say_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRS_TUI_ON_HANGUP", "stop")
    window = desk.open("demo", "--speed", SPEED)
    start_drill(window)
    window.until(desk.has("wave.launched"))
    window.hang_up()
    assert window.until_ended() == 128 + signal.SIGHUP
    window.until(desk.has("run.paused"))
    paused = next(event for event in desk.events() if event.type == "run.paused")
    assert paused.data["text"] == REASON
    assert desk.run().paused


# The driver -------------------------------------------------------------------------------------


@pytest.fixture
def call_log(home: Path) -> Path:
    return home / "calls.jsonl"


@pytest.fixture
def endpoint(call_log: Path) -> Iterator[str]:
    """A simulator of its own, which outlives every driver."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "drs_tui", "simulator", "--port", "0", "--speed", SPEED),
            *("--call-log", str(call_log)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        yield [process.stdout.readline() for _ in range(2)][1].split()[-1]
        process.kill()


@pytest.fixture
def under_way(desk: Desk, home: Path, endpoint: str) -> Desk:
    """A desk whose driver drives the second wave of three; it holds its lease for two seconds."""
    settings = replace(desk.settings, simulation=None, endpoint_url=endpoint)
    desk.settings = replace(settings, store=f"sqlite:{home / 'runs.db'}", lease_term_seconds=2)

    async def start() -> None:
        client = DriverClient(desk.settings)
        await client.start(StartOrder(example_folder() / "three-tier.yaml"))
        await client.close()

    asyncio.run(start())
    return desk


def open_app(desk: Desk, *command: str) -> Window:
    assert desk.settings.endpoint_url is not None
    where = ("--endpoint-url", desk.settings.endpoint_url, "--store", desk.settings.store)
    return desk.open(*command, *where)


def kill_driver(desk: Desk) -> None:
    pid = desk.driver_pid()
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def launches(call_log: Path) -> list[dict[str, Any]]:
    calls = map(json.loads, call_log.read_text().splitlines())
    return [call for call in calls if call["operation"] == "StartRecovery"]


def assert_each_wave_was_launched_once(call_log: Path) -> None:
    calls = launches(call_log)
    assert [(call["status"], call["attempt"]) for call in calls] == [(202, 1)] * 3


def test_the_next_app_brings_a_driver_that_goes_on_with_what_the_last_one_left(
    under_way: Desk, call_log: Path
) -> None:
    window = open_app(under_way)
    window.until(under_way.has("wave.launched", 2))
    kill_driver(under_way)
    window.send(signal.SIGKILL)
    assert not under_way.has_ended()

    again = open_app(under_way)
    again.until_shows("Plans")
    again.press("2")
    again.until_shows("1 run", "three-tier", "✓ succeeded")
    assert under_way.has("run.taken_over")()
    assert_each_wave_was_launched_once(call_log)


def test_an_open_app_says_that_nobody_drives_and_finds_a_driver_when_asked(
    under_way: Desk, call_log: Path
) -> None:
    window = open_app(under_way, "attach", "last")
    window.until_shows("DRILL", "p Pause")
    window.until(under_way.has("wave.launched", 2))
    kill_driver(under_way)
    window.until_shows("D Drive")
    window.press("D")
    window.until_shows("Drive this run?")
    window.press("right", "enter")
    until_succeeded(window)
    assert_each_wave_was_launched_once(call_log)
