"""The first moments: the plans by name before anything is read, and keys that come as early."""

from __future__ import annotations

import asyncio

import pytest
from textual.pilot import Pilot

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.tui.screens.listing import Notice
from drs_tui.tui.screens.plans import PlansScreen
from drs_tui.tui.screens.preflight import PreflightScreen
from drs_tui.tui.widgets.line_table import LineTable
from tests.tui.conftest import MakeApp
from tests.tui.looking import shows, until
from tests.tui.sample import FakeReads


@pytest.fixture
def never_ready(reads: FakeReads, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK is being loaded for as long as a test takes."""

    async def load() -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(reads, "prepare", load)


@pytest.mark.usefixtures("never_ready")
async def test_plans_are_listed_by_name_before_they_are_read(
    store: SqliteStore, make_app: MakeApp
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, LineTable, "three-tier"))
        await until(pilot, shows(app, LineTable, "· being read"))
        await until(pilot, shows(app, Notice, "Reading plans"))


@pytest.mark.usefixtures("never_ready")
async def test_a_plan_that_is_opened_before_it_is_read_is_read_and_opened(
    store: SqliteStore, make_app: MakeApp
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, LineTable, "three-tier"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, PreflightScreen))


@pytest.mark.usefixtures("never_ready")
async def test_what_was_to_be_opened_is_left_once_the_cursor_is_elsewhere(
    store: SqliteStore, make_app: MakeApp
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, LineTable, "three-tier"))
        screen = app.screen
        assert isinstance(screen, PlansScreen)
        screen.action_open()
        screen.action_move("down")
        await until(pilot, lambda: not shows(app, LineTable, "· being read")())
        await pilot.pause()
        assert not isinstance(app.screen, PreflightScreen)


async def test_the_first_screen_may_be_composed_before_it_is_in_front(
    store: SqliteStore, make_app: MakeApp
) -> None:
    async def look(pilot: Pilot[object]) -> None:
        while not shows(app, LineTable, "three-tier")():
            await pilot.pause()
        app.exit(0)

    app = make_app()
    # As in a terminal, where Textual begins tasks at once from Python 3.12 on; `run_test` does not.
    async with asyncio.timeout(10):
        await app.run_async(headless=True, size=(80, 24), auto_pilot=look)
    assert app._exception is None


def test_nothing_is_selected_where_nothing_is_in_front(make_app: MakeApp) -> None:
    make_app().clear_selection()
