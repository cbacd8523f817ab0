"""Without any colour every screen still tells every state, and where the cursor is."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drs_tui.model.readiness import Verdict
from drs_tui.model.status import CleanupStatus, RunStatus
from drs_tui.tui import signs
from tests.terminal.stage import stage
from tests.terminal.states import REPLICATION
from tests.terminal.window import Window

_COLOUR = re.compile(r"(^|;)(3[0-8]|4[0-8]|9\d|10\d)(;|$)")


@contextmanager
def every_state(folder: Path) -> Iterator[Window]:
    """A window of which all columns are seen, on a terminal without colours."""
    folder.mkdir()
    command = [sys.executable, "-m", "tests.terminal.states", str(folder)]
    here = str(Path(__file__).parents[2])
    window = Window(command, {**os.environ, "PYTHONPATH": here, "NO_COLOR": "1"}, (130, 40))
    try:
        yield window
    finally:
        window.close()


def assert_cursor_at(window: Window, text: str) -> None:
    window.until(lambda: any(text in marked for marked in window.screen.marked))


def assert_no_colours(window: Window) -> None:
    assert [look for look in window.screen.looks if _COLOUR.search(look)] == []


def words_of(*told: signs.Sign) -> list[str]:
    """Sign and word, as they stand beside each other."""
    return [f"{sign.symbol} {sign.word}" for sign in told if sign.word]


def test_each_list_tells_every_state_by_sign_and_word(tmp_path: Path) -> None:
    with every_state(tmp_path / "s") as window:
        window.until_shows("✗ blocked by 1", "▲ 1 warning", "✓ servers ok", "· not checked")
        window.until_shows("✗ unusable", "never run")
        assert_cursor_at(window, "blocked")
        assert_cursor_at(window, "1 Plans")

        window.press("2")
        window.until_shows(*words_of(*(signs.RUN[status] for status in RunStatus)))
        window.until_shows(*words_of(*(signs.CLEANUP[status] for status in CleanupStatus)))
        assert_cursor_at(window, "cancelled-plan")
        assert_cursor_at(window, "2 Runs")

        window.press("3")
        window.until_shows(*(f" {state.lower().replace('_', ' ')} " for state in REPLICATION))
        window.until_shows(
            "✓ continuous", "▲ stalled", "✗ stopped", "? something new", "? not said"
        )
        assert_cursor_at(window, "server-0")
        assert_cursor_at(window, "3 Servers")

        window.press("4")
        window.until_shows("▷ starting", "▶ running", "‖ stopping", "‖ stopped", "▽ terminating")
        window.until_shows("? REBOOTING", "? not said", "? not listed", "drill", "RECOVERY")
        assert_cursor_at(window, "4 Instances")
        assert_no_colours(window)


def test_preflight_and_its_dialogs_tell_every_state_by_sign_and_word(tmp_path: Path) -> None:
    with every_state(tmp_path / "s") as window:
        window.until_shows("✗ blocked by 1")
        window.press("enter")
        window.until_shows("Preflight of blocked", "✗ blocked by 1")
        window.until_shows(*words_of(*(signs.VERDICT[verdict] for verdict in Verdict)))
        assert_cursor_at(window, "✗ blocks")
        window.press("d")
        window.until_shows("✗ blocks  thing-blocks", "→ do")
        assert_no_colours(window)


def test_a_question_shows_what_has_the_focus_and_what_is_ticked(tmp_path: Path) -> None:
    with stage(tmp_path / "s", "armed", NO_COLOR="1") as window:
        window.press("1")
        window.until_shows("▲ 1 warning")
        window.press("enter")
        window.until_shows("▲ ready, with 1 warning", "REAL RECOVERY: type its name")
        window.press("s")
        window.until_shows("> Cancel <", "  Start drill", "[ ] I take 1 warning", "(x) later")
        window.press("down", " ")
        window.until_shows("[x] I take 1 warning", "  Cancel")
        window.press("escape")
        window.until_hides("Start a drill of")
        window.press("X")
        window.until_shows("!!!   REAL RECOVERY: this is not a drill   !!!", "> Cancel <")
        assert_no_colours(window)


def test_a_run_and_its_replay_tell_every_state_by_sign_and_word(tmp_path: Path) -> None:
    failed = ("✗  orders-app-2", "failed in launch", "◐  application", "partial", "✓  database")
    with stage(tmp_path / "s", "failing", NO_COLOR="1") as window:
        window.until_shows(*failed, "▲ needs attention", "·  web", "pending", " DRILL ")
        assert_cursor_at(window, "orders-db-1")
        window.press("escape")
        window.until_shows("1 run")
        window.press("R")
        window.until_shows("REPLAY ▶ playing")
        window.press("end")
        window.until_shows("REPLAY ■ at the end", *failed)
        window.press("home")
        window.until_shows("REPLAY ‖ paused", "·  database")
        assert_cursor_at(window, "orders-db-1")
        assert_no_colours(window)
