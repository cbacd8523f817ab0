"""Signals and stops: the app ends or comes back, and the terminal is left as it was."""

from __future__ import annotations

import shutil
import signal
import sys

import pytest

from drs_tui.plans import example_folder
from tests.terminal.conftest import Desk, needs_proc
from tests.terminal.screen import ALTERNATE_SCREEN, FIRST_MODES
from tests.terminal.window import Window

ENDING = [signal.SIGTERM, signal.SIGINT, signal.SIGHUP]
MOUSE = 1000
ENTER_ALTERNATE_SCREEN = f"\x1b[?{ALTERNATE_SCREEN}h".encode()


@pytest.fixture
def window(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Window:
    """A window that shows the plans, and no driver: nothing here needs one."""
    monkeypatch.setenv("DRS_TUI_PLANS", str(example_folder()))
    opened = desk.open("--read-only", "--endpoint-url", "http://127.0.0.1:9")
    until_plans(opened)
    return opened


def until_plans(window: Window) -> None:
    window.until_shows("1 Plans", "three-tier", "rehearsal", "q Quit")
    window.until(lambda: {ALTERNATE_SCREEN, MOUSE} <= window.screen.modes)
    assert window.modes() != window.modes_before


def assert_as_before(window: Window) -> None:
    """The main screen, its cursor, no mouse, and keys echoed and taken line by line."""
    assert window.screen.modes == FIRST_MODES
    assert window.modes() == window.modes_before


@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_the_app_in_order(window: Window, number: signal.Signals) -> None:
    window.send(number)
    assert window.until_ended() == 128 + number
    assert_as_before(window)


@needs_proc
@pytest.mark.parametrize("number", ENDING)
def test_a_signal_ends_an_app_that_waits_for_somebody_to_read(
    window: Window, number: signal.Signals
) -> None:
    window.until_stuck()
    window.send(number)
    assert window.until_ended(reading=False) == 128 + number
    assert_as_before(window)


def test_a_terminal_that_is_gone_ends_the_app(window: Window) -> None:
    window.hang_up()
    assert window.until_ended() == 128 + signal.SIGHUP


def test_a_suspended_app_gives_the_terminal_back_and_paints_it_anew_afterwards(
    window: Window,
) -> None:
    window.press("\x1a")  # ctrl+z
    window.until_stopped()
    assert_as_before(window)
    window.screen.clear()
    window.send(signal.SIGCONT)
    until_plans(window)
    window.press("q")
    assert window.until_ended() == 0
    assert_as_before(window)


def test_an_app_that_was_stopped_unasked_comes_back_and_knows_the_modes_of_old(
    window: Window,
) -> None:
    window.send(signal.SIGSTOP)
    window.until_stopped()
    written = len(window.written)
    window.send(signal.SIGCONT)
    # It may have been painting; then it gives the terminal back, and takes it again.
    window.until(lambda: ENTER_ALTERNATE_SCREEN in window.written[written:])
    until_plans(window)
    window.press("2")
    window.until_shows("Nothing was run yet.")
    window.press("q")
    assert window.until_ended() == 0
    assert_as_before(window)


def test_a_suspended_app_that_is_ended_does_not_come_back_for_it(window: Window) -> None:
    window.press("\x1a")
    window.until_stopped()
    window.send(signal.SIGTERM)
    window.send(signal.SIGCONT)
    assert window.until_ended() == 128 + signal.SIGTERM
    assert_as_before(window)


def test_a_suspended_app_ends_with_its_terminal(window: Window) -> None:
    window.press("\x1a")
    window.until_stopped()
    window.hang_up()
    assert window.until_ended() == 128 + signal.SIGHUP


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs a shell with jobs")
def test_a_shell_suspends_continues_and_kills_the_app_as_any_job(desk: Desk) -> None:
    shell = desk.open("--norc", "--noprofile", "--noediting", "-i", command="bash")
    shell.press("PS1=ready:\r")
    shell.until_shows("ready:")
    shell.press(f"{sys.executable} -m drs_tui demo\r")
    until_plans(shell)
    shell.press("\x1a")
    shell.until_shows("Stopped")
    assert_as_before(shell)
    shell.press("fg\r")
    until_plans(shell)
    shell.press("\x1a")
    shell.until(lambda: "Stopped" in shell.screen and ALTERNATE_SCREEN not in shell.screen.modes)
    shell.press("kill %1\r")

    def said_to_have_ended() -> bool:
        shell.press("\r")  # it tells what became of jobs before each prompt
        return f"Exit {128 + signal.SIGTERM}" in shell.screen

    shell.until(said_to_have_ended)
    assert_as_before(shell)


@needs_proc
def test_a_signal_ends_a_headless_run_whose_output_nobody_reads(desk: Desk) -> None:
    window = desk.open("run", "three-tier", "--simulate", "--speed", "600", "--yes", "--json")
    window.until_full()
    window.send(signal.SIGTERM)
    assert window.until_ended(reading=False) == 128 + signal.SIGTERM
