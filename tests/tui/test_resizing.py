"""A terminal may take any size at any moment: nothing that is open or typed is lost."""

from __future__ import annotations

import asyncio
from itertools import pairwise

import pytest
from textual.widgets import Input

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.tui.dialogs.ask import Ask
from drs_tui.tui.dialogs.ask_text import AskText
from drs_tui.tui.dialogs.too_small import TooSmall, has_room
from drs_tui.tui.screens.run import DecisionBar, RunScreen
from drs_tui.tui.screens.runs import RunsScreen
from drs_tui.tui.widgets.server_table import ServerTable
from tests.tui.conftest import MakeApp, told
from tests.tui.looking import opened, panel, until
from tests.tui.sample import RUN_ID, server_id, waiting

SIZES = [(80, 24), (200, 50), (40, 10), (100, 30), (10, 3), (200, 50), (80, 24)]


async def test_a_run_is_as_it_was_after_any_number_of_sizes(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, waiting())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=SIZES[0]) as pilot:
        await opened(pilot, app)
        run = app.screen
        await pilot.press("j", "j")
        table = run.query_one(ServerTable)
        for before, (width, height) in pairwise(SIZES):
            await pilot.resize_terminal(width, height)
            await until(pilot, lambda: isinstance(app.screen, TooSmall) != has_room(app.size))
            assert table.selected == server_id("orders-app-1"), before
        assert app.screen is run
        await until(pilot, lambda: "[a] launch the wave" in panel(app, DecisionBar))
        assert run.focused is table


async def test_what_was_being_typed_is_still_there(store: SqliteStore, make_app: MakeApp) -> None:
    await told(store, waiting())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen.focused, Input))
        await pilot.press("h", "i")
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: isinstance(app.screen, TooSmall))
        await pilot.press("x", "enter", "escape", "2", "a")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: isinstance(app.screen, AskText))
        assert app.screen.query_one(Input).value == "hi"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        async with asyncio.timeout(10):
            while not await store.requests(RUN_ID):
                await pilot.pause(0.01)
    assert [asked.data["text"] for asked in await store.requests(RUN_ID)] == ["hi"]


async def test_no_key_answers_anything_that_nobody_sees(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, waiting())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, TooSmall))
        await pilot.press("a", "c", "x", "p", "right", "enter")
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        assert not isinstance(app.screen, Ask)
    assert not await store.requests(RUN_ID)


async def test_an_app_that_begins_too_small_can_be_left(make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(40, 10)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, TooSmall))
        await pilot.press("q")
        await until(pilot, lambda: app.return_code is not None)
    assert app.return_code == 0


@pytest.mark.parametrize("size", [(60, 18), (80, 18), (60, 50)])
async def test_the_smallest_terminal_shows_the_question_and_its_answers(
    size: tuple[int, int], store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, waiting())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=size) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: "[x] do not launch it now" in panel(app, DecisionBar))
        assert "Wave application waits for your approval" in panel(app, DecisionBar)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
