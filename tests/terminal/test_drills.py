"""Drills whose windows, and whose driver, get lost in the middle."""

from __future__ import annotations

import signal
from dataclasses import replace
from pathlib import Path

import pytest

from drs_tui.cli.hangup import REASON
from drs_tui.model.status import RunStatus
from tests.terminal.conftest import (
    SPEED,
    Desk,
    assert_each_wave_was_launched_once,
    needs_proc,
    start_drill,
)
from tests.terminal.window import Window, wait_until


def until_succeeded(window: Window) -> None:
    window.until_shows("✓ succeeded", "Ended; 6 drill instances still run and bill.")


# Windows ----------------------------------------------------------------------------------------


def test_a_drill_goes_on_without_its_window_and_the_next_one_shows_how_it_went(desk: Desk) -> None:
    window = desk.open("demo", "--speed", SPEED)
    start_drill(window)
    window.until(desk.has("wave.launched"))
    window.hang_up()
    assert window.until_ended() == 128 + signal.SIGHUP
    assert not desk.has_ended()

    again = desk.open("demo", "--speed", SPEED)
    again.until_shows("three-tier", "rehearsal")
    again.press("2")
    again.until_shows("1 run", "three-tier")
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
def apart(desk: Desk, home: Path, endpoint: str) -> Desk:
    """A desk whose drivers hold their leases for two seconds, and find DRS elsewhere."""
    settings = replace(desk.settings, simulation=None, endpoint_url=endpoint)
    desk.settings = replace(settings, store=f"sqlite:{home / 'runs.db'}", lease_term_seconds=2)
    return desk


@pytest.fixture
def under_way(apart: Desk) -> Desk:
    """A desk whose driver drives the first wave of three."""
    apart.start("three-tier")
    return apart


def test_the_next_app_brings_a_driver_that_goes_on_with_what_the_last_one_left(
    under_way: Desk, call_log: Path
) -> None:
    window = under_way.open_app()
    window.until(under_way.has("wave.launched", 2))
    under_way.kill_driver()
    window.send(signal.SIGKILL)
    assert not under_way.has_ended()

    again = under_way.open_app()
    again.until_shows("Plans")
    again.press("2")
    again.until_shows("1 run", "three-tier", "✓ succeeded")
    assert under_way.has("run.taken_over")()
    assert_each_wave_was_launched_once(call_log)


def test_an_open_app_says_that_nobody_drives_and_finds_a_driver_when_asked(
    under_way: Desk, call_log: Path
) -> None:
    window = under_way.open_app("attach", "last")
    window.until_shows("DRILL", "p Pause")
    window.until(under_way.has("wave.launched", 2))
    under_way.kill_driver()
    window.until_shows("D Drive")
    window.press("D")
    window.until_shows("Drive this run?")
    window.press("right", "enter")
    until_succeeded(window)
    assert_each_wave_was_launched_once(call_log)


def killed(window: Window) -> int:
    window.send(signal.SIGKILL)
    return -signal.SIGKILL


def hung_up(window: Window) -> int:
    window.hang_up()
    return 128 + signal.SIGHUP


def ended_unread(window: Window) -> int:
    window.until_stuck()
    window.send(signal.SIGTERM)
    return 128 + signal.SIGTERM


@needs_proc
def test_windows_that_get_lost_one_after_the_other_do_not_disturb_the_driver(
    under_way: Desk, call_log: Path
) -> None:
    driver = under_way.driver_pid()
    losses = (killed, hung_up, ended_unread)
    windows = [under_way.open_app("attach", "last") for _ in losses]
    for window in windows:
        window.until_shows("DRILL", "Order system")
    for window, lose in zip(windows, losses, strict=True):
        under_way.until_more()
        code = lose(window)
        assert window.until_ended(reading=False) == code
    assert under_way.driver_pid() == driver
    wait_until(under_way.has_ended)
    assert under_way.run().outcome is RunStatus.SUCCEEDED
    assert not under_way.of("run.taken_over")
    assert_each_wave_was_launched_once(call_log)


def test_a_drill_goes_on_while_its_window_is_suspended_which_is_right_afterwards(
    apart: Desk,
) -> None:
    apart.start("rehearsal")
    window = apart.open_app("attach", "last")
    window.until_shows("Wave application waits for your approval")
    window.press("\x1a")  # ctrl+z
    window.until_stopped()
    apart.approve("application")
    wait_until(apart.has("step.started"))
    window.send(signal.SIGCONT)
    window.until_shows("application", "2 of 2", "Freeze the batch scheduler")
