"""Keys that arrive together, as over a slow line: each goes to what the one before it opened."""

from __future__ import annotations

from pathlib import Path

from tests.terminal.stage import stage


def test_a_note_has_every_letter_that_was_typed_after_its_key(tmp_path: Path) -> None:
    with stage(tmp_path / "s", "waiting") as window:
        for text in ("hello", "cancel?", "pasx"):
            window.press(f"n{text}")
            window.until_shows("It goes into the record of the run.", f"│ {text} ")
            assert "Cancel the run?" not in window.screen
            window.press("escape")
            # A key directly behind the escape would be another one, together with it.
            window.until_stays(lambda: "It goes into the record" not in window.screen)


def test_a_filter_has_every_letter_and_none_is_an_answer(tmp_path: Path) -> None:
    with stage(tmp_path / "s", "waiting") as window:
        window.press("/app-2\r")
        window.until_shows("app-2", "orders-app-2", "[a] launch the wave")
        window.until_hides("orders-db-1 ")
        assert "Launch wave" not in window.screen


def test_keys_go_on_to_a_screen_that_is_only_about_to_be_there(tmp_path: Path) -> None:
    with stage(tmp_path / "s", "waiting") as window:
        window.press("1")
        window.until_shows("three-tier", "rehearsal", "warning")
        window.press("jjj\rr")
        window.until_shows("Preflight of rehearsal", "r Check again")


def test_a_question_is_answered_once_however_often_enter_was_pressed(tmp_path: Path) -> None:
    with stage(tmp_path / "s", "waiting") as window:
        window.press("c")
        window.until_shows("Cancel the run?")
        window.press("\x1b[C\x1b[C\x1b[D\r\r\r")
        window.until_hides("Cancel the run?")
        window.until_shows("[a] launch the wave")
