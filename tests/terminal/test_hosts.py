"""Two people on two hosts, each with folders and a driver of their own, and one table."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drs_tui.cli.hangup import REASON
from drs_tui.model.exit_codes import NOT_CLEANED_UP, OUT_OF_REACH
from drs_tui.model.status import RunStatus
from tests.audit.dynamodb_server import dynamodb_server
from tests.terminal.conftest import (
    Desk,
    assert_each_wave_was_launched_once,
    folders_in,
    launches,
)
from tests.terminal.window import DEADLINE_SECONDS, Window, wait_until

GATE = "Confirm that the billing database answers queries"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The endpoint of a DynamoDB."""
    with dynamodb_server() as url:
        yield url


@pytest.fixture
def here(desk: Desk, home: Path, server: str, endpoint: str) -> Desk:
    """A host whose driver holds its leases for two seconds."""
    desk.settings = replace(
        desk.settings,
        simulation=None,
        endpoint_url=endpoint,
        store=f"dynamodb:{home.name}?region=us-east-1&endpoint={server}",
        lease_term_seconds=2,
    )
    desk.make_store()
    return desk


@pytest.fixture
def there(here: Desk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A second host, with another user: nothing of the first is known there but the table."""
    home = tmp_path_factory.mktemp("there")
    environment = {**os.environ, **folders_in(home), "LOGNAME": "ben"}
    desk = Desk(replace(here.settings, state_folder=home / "state" / "drs-tui"), environment)
    yield desk
    desk.clear()


def seconds_until_shown(window: Window, desk: Desk, kind: str, text: str) -> float:
    """How long after the newest event of a type a window shows it."""
    window.until(desk.has(kind))
    window.until_shows(text)
    return round((datetime.now(UTC) - desk.of(kind)[-1].at).total_seconds(), 1)


WHY = "ana's host is gone"


def start_taking_over(desk: Desk) -> subprocess.Popen[bytes]:
    """`drs-tui attach --take-over`, without a terminal."""
    command = ("attach", "last", "--take-over", "--reason", WHY, "--yes")
    return subprocess.Popen(
        [sys.executable, "-m", "drs_tui", *command, *desk.where],
        env=desk.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def take_over(desk: Desk) -> int:
    """Take over, to the end; returns the exit code."""
    return start_taking_over(desk).wait(DEADLINE_SECONDS)


def test_what_one_host_drives_another_sees_answers_pauses_and_cancels(
    here: Desk, there: Desk
) -> None:
    here.start("rehearsal")
    driver = here.open_app("attach", "last")
    other = there.open_app("attach", "last")
    seen = {"wave.gate_opened": seconds_until_shown(other, here, "wave.gate_opened", GATE)}
    other.until_shows("WATCHING")

    other.press("n")
    other.until_shows("It goes into the record")
    other.press("the phone rang", "enter")
    seen["run.noted"] = seconds_until_shown(other, here, "run.noted", "the phone rang")
    other.press("p")
    seen["run.paused"] = seconds_until_shown(other, here, "run.paused", "[p] resume")
    other.press("p")
    other.until(here.has("run.resumed"))

    # Both are asked, and both say yes: what comes second is about a question that was answered.
    for window in (driver, other):
        window.until_shows(GATE)
        window.press("a")
        window.until_shows("Launch wave application?")
    other.press("right", "enter")
    other.until(here.has("wave.approved"))
    driver.press("right", "enter")
    driver.until(here.has("request.stale"))
    assert len(here.of("wave.approved")) == 1

    other.until_shows("Freeze the batch scheduler")
    other.press("c")
    other.until_shows("Cancel the run?")
    other.press("right", "enter")
    for window in (driver, other):
        window.until_shows("cancelled")
    assert here.run().cancelled
    assert here.is_sound()
    print("seconds from an event to the other host's screen:", seen)


@pytest.mark.parametrize("lose", [signal.SIGKILL, signal.SIGSTOP])
def test_a_rival_is_refused_while_the_driver_lives_and_goes_on_when_it_is_gone(
    here: Desk, there: Desk, call_log: Path, lose: signal.Signals
) -> None:
    here.start("rehearsal")
    if lose is signal.SIGKILL:
        assert take_over(there) == OUT_OF_REACH, "the driver lives"
    wait_until(here.has("wave.gate_opened"))
    driver = here.driver_pid()
    assert driver, "no driver runs"  # 0 would be every process of the tests
    os.kill(driver, lose)
    try:
        rival = start_taking_over(there)
        wait_until(here.has("run.taken_over"))
    finally:
        os.kill(driver, signal.SIGCONT)
    if lose is signal.SIGSTOP:
        # It awakes in the middle of what the other one does, and has the same things to do.
        wait_until(lambda: "stopped driving" in here.driver_log())
        assert "LeaseLost" in here.driver_log()
    assert rival.wait(DEADLINE_SECONDS) == NOT_CLEANED_UP

    [taken] = here.of("run.taken_over")
    assert str(taken.data["by"]).startswith("ben@")
    assert taken.data["reason"] == WHY
    assert here.run().outcome is RunStatus.SUCCEEDED
    assert here.is_sound()
    assert_each_wave_was_launched_once(call_log)
    sent = [call["body"]["tags"]["drs-tui:token"] for call in launches(call_log)]
    assert sent == [event.data["token"] for event in here.of("wave.launch_intended")]


def test_runs_on_a_table_are_paused_with_their_window_if_the_settings_say_so(
    here: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DRS_TUI_ON_HANGUP", "stop")
    here.start("rehearsal")
    window = here.open_app("attach", "last")
    window.until_shows(GATE)
    window.hang_up()
    assert window.until_ended() == 128 + signal.SIGHUP
    wait_until(here.has("run.paused"))
    assert here.of("run.paused")[0].data["text"] == REASON
    assert here.run().paused
