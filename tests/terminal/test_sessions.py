"""Sessions of an operator on real pseudo-terminals of every kind and size, on a story told."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from drs_tui.audit.sqlite import open_sqlite
from tests.terminal.stage import stage
from tests.tui import hostile
from tests.tui.sample import stored, succeeding

SIZES = [(80, 24), (100, 30), (200, 50)]


def test_an_action_hits_the_thing_under_the_cursor_though_rows_come_and_go(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    with stage(folder, "failing") as window:
        window.press("G")
        window.press("/")
        window.until_shows("show only what contains")
        window.press("web", "enter")
        window.until(lambda: "orders-db-1" not in window.screen)
        window.press("escape")
        window.until_shows("orders-db-1")
        window.press("d")
        window.until_shows("│ orders-web-2")
        window.press("escape", "escape")
        window.until_shows("1 run")

        async def another_arrives() -> None:
            store = await open_sqlite(folder / "runs.db")
            await stored(store, succeeding(), "01KAQ5Z3E8Y3V9T2S1R0QPNMLL")
            await store.close()

        asyncio.run(another_arrives())
        window.until_shows("2 runs")
        window.press("enter")
        window.until_shows("DRILL", "needs attention")


@pytest.mark.parametrize("term", ["screen", "vt220"])
def test_few_colours_are_the_terminals_own(tmp_path: Path, term: str) -> None:
    with stage(tmp_path / "s", "failing", TERM=term) as window:
        window.until_shows("failed in launch", "needs attention")
        numbers = {number for look in window.screen.looks for number in look.split(";")}
        assert not numbers & {"38", "48"}
        assert any("orders-db-1" in text for text in window.screen.marked)


def test_a_terminal_without_utf8_gets_ascii_alone(tmp_path: Path) -> None:
    with stage(tmp_path / "s", "failing", LC_ALL="C") as window:
        window.until_shows("x  orders-app-2", "failed in launch", "! needs attention")
        window.press("d")
        window.until_shows("Job log, as AWS wrote it")
        assert bytes(window.written).isascii()


def test_bytes_that_are_no_utf8_end_nothing(tmp_path: Path) -> None:
    with stage(tmp_path / "s", "failing") as window:
        os.write(window.master, b"\xe9\xff\xc3")
        window.press("d")
        window.until_shows("Job log, as AWS wrote it")


def test_no_text_from_anywhere_steers_the_terminal(tmp_path: Path) -> None:
    with stage(tmp_path / "s", "hostile") as window:
        window.until_shows("1 of 2")
        for size in (*SIZES[1:], (40, 10)):
            window.resize(*size)
            window.until_shows("Nothing is lost" if size == (40, 10) else "1 of 2")
        window.resize(80, 24)
        window.until_shows("1 of 2")
        window.press("j", "d")
        window.until_shows("esc close")
        window.press("escape", "escape")
        window.until_shows("1 run")
        window.press("3")
        window.until_shows("6 servers")
        written = window.written.decode()
        assert "\N{REPLACEMENT CHARACTER}" in written
        assert [text for text in hostile.STEERING if text in written] == []
