"""Deciding while the audit store is out of reach: what is offered, and who is asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Button

from drs_tui.audit.sqlite import SqliteStore, open_sqlite
from drs_tui.audit.store import Away, Lease, Pulse, RunStore, StoreUnavailable
from drs_tui.driver.orders import Standing
from drs_tui.model.run import fold, header_of
from drs_tui.tui.app import DrsTui
from drs_tui.tui.dialogs.ask import Ask
from drs_tui.tui.screens.listing import Notice
from drs_tui.tui.screens.run import DecisionBar, RunScreen
from drs_tui.tui.widgets.event_log import EventLog
from drs_tui.tui.widgets.key_line import KeyLine
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.status_bar import StatusBar
from tests.tui.conftest import MakeApp, told
from tests.tui.looking import opened, panel, shows, until
from tests.tui.sample import RUN_ID, WHO, FakeDriver, Story, seal_all, stored, under_way, waiting

AWAY = Away(72, "6 events not in the audit store yet: it did not answer", False)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    journal = await open_sqlite(tmp_path / "journal.db")
    yield journal
    await journal.close()


async def out_of_reach() -> RunStore:
    raise StoreUnavailable("dynamodb:drs did not answer")


async def cut_off(
    make_app: MakeApp,
    journal: SqliteStore,
    driver: FakeDriver,
    story: Story,
    *,
    opened_on: str | None = RUN_ID,
    read_only: bool = False,
) -> DrsTui:
    """The app on a run whose driver is here and whose store is out of reach."""
    events = await stored(journal, story)
    pulse = Pulse(events[-1].at, 100, events[-1].at)
    lease = Lease(RUN_ID, "maria@host:1:abc", 1, 1, 30, pulse)
    driver.stands = Standing(lease, journal.address, AWAY)
    app = make_app(open_run=opened_on, read_only=read_only)
    app.session.open_store = out_of_reach
    return app


async def test_the_run_is_watched_on_and_going_on_detached_is_offered(
    make_app: MakeApp, journal: SqliteStore, driver: FakeDriver
) -> None:
    story = under_way()
    app = await cut_off(make_app, journal, driver, story)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, StatusBar, "▲ store away 1m 12s · launches wait"))
        assert "out of reach for 1m 12s" in panel(app, DecisionBar)
        assert "[O] go on detached" in panel(app, DecisionBar)
        await until(pilot, shows(app, KeyLine, "O Go on detached"))
        known = len(story.drafts)
        story.tell(1, "run.noted", "ana", text="the network team is on it")
        events = seal_all(story.drafts)
        run = fold(events)
        assert run is not None
        await journal.append(RUN_ID, known, 0, events[known:], header_of(run))
        await until(pilot, shows(app, EventLog, "the network team is on it"))


async def test_the_list_of_runs_still_has_those_that_are_driven_here(
    make_app: MakeApp, journal: SqliteStore, driver: FakeDriver
) -> None:
    app = await cut_off(make_app, journal, driver, under_way(), opened_on=None)
    driver.active = (RUN_ID,)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.session.welcome is not None)
        await pilot.press("2")
        await until(pilot, shows(app, LineTable, "three-tier"))
        await until(pilot, shows(app, Notice, "dynamodb:drs did not answer"))
        await pilot.press("enter")
        await opened(pilot, app)
        await until(pilot, shows(app, DecisionBar, "[O] go on detached"))


async def test_going_on_detached_asks_first_and_cancel_has_the_focus(
    make_app: MakeApp, journal: SqliteStore, driver: FakeDriver
) -> None:
    app = await cut_off(make_app, journal, driver, under_way())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, DecisionBar, "[O] go on detached"))
        await pilot.press("O")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert isinstance(app.focused, Button)
        assert str(app.focused.label) == "> Cancel <"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        assert driver.detached == []
        await until(pilot, lambda: bool(app.session.surroundings.caller))
        await pilot.press("O")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("right", "enter")
        await until(pilot, lambda: driver.detached == [(RUN_ID, WHO)])
        # The driver says so from now on, and nobody is asked any more.
        assert driver.stands is not None
        driver.stands = replace(driver.stands, away=replace(AWAY, is_detached=True))
        await until(pilot, shows(app, StatusBar, "· detached"))
        await pilot.press("O")
        await pilot.pause()
        assert isinstance(app.screen, RunScreen)


async def test_read_only_shows_the_outage_and_takes_the_key_away(
    make_app: MakeApp, journal: SqliteStore, driver: FakeDriver
) -> None:
    app = await cut_off(make_app, journal, driver, under_way(), read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, StatusBar, "store away"))
        await pilot.press("O")
        await pilot.pause()
        assert isinstance(app.screen, RunScreen)
        assert not shows(app, KeyLine, "detached")()
    assert driver.detached == []


async def test_a_store_in_reach_offers_nothing_to_go_on_without(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    await told(store, under_way())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("O")
        await pilot.pause()
        assert isinstance(app.screen, RunScreen)
        assert not shows(app, KeyLine, "detached")()


async def test_an_answer_is_handed_to_the_driver_while_the_store_is_out_of_reach(
    make_app: MakeApp, journal: SqliteStore, driver: FakeDriver
) -> None:
    app = await cut_off(make_app, journal, driver, waiting())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, DecisionBar, "1 of 2 questions"))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("right", "enter")
        await until(pilot, lambda: len(driver.handed) == 1)
        await pilot.press("p")
        await until(pilot, lambda: len(driver.handed) == 2)
    approval, pause = driver.handed
    assert (approval.kind, approval.data["wave"]) == ("approve", "application")
    assert pause.kind == "pause"
    assert driver.woken == []


async def test_tab_goes_from_the_question_of_the_run_to_that_of_the_store(
    make_app: MakeApp, journal: SqliteStore, driver: FakeDriver
) -> None:
    app = await cut_off(make_app, journal, driver, waiting())
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, DecisionBar, "1 of 2 questions"))
        await pilot.press("tab")
        await until(pilot, shows(app, DecisionBar, "out of reach"))
        # What is not on the screen can't be answered.
        await pilot.press("a")
        await pilot.pause()
        assert isinstance(app.screen, RunScreen)


async def test_an_outage_that_an_answer_finds_first_does_not_lose_it(
    make_app: MakeApp, driver: FakeDriver, journal: SqliteStore
) -> None:
    app = await cut_off(make_app, journal, driver, waiting())
    await app.session.ask(RUN_ID, "note", {"text": "still here"}, is_driven=True)
    [note] = driver.handed
    assert note.data["text"] == "still here"


async def test_an_answer_that_reaches_neither_store_nor_driver_is_an_error_of_the_store(
    make_app: MakeApp, driver: FakeDriver
) -> None:
    app = make_app()
    app.session.open_store = out_of_reach
    with pytest.raises(StoreUnavailable, match="did not answer"):
        await app.session.ask(RUN_ID, "note", {"text": "still here"}, is_driven=True)
    assert driver.handed == []


@pytest.mark.parametrize("said", ["run.cancel_requested", "wave.decided"])
async def test_a_run_that_launches_nothing_more_can_not_be_paused(
    store: SqliteStore, make_app: MakeApp, said: str
) -> None:
    story = under_way()
    if said == "wave.decided":
        story.tell(1, "wave.finished", wave="application", outcome="failed")
        story.tell(1, said, "ana", wave="application", choice="stop")
    else:
        story.tell(1, said, "ana")
    await told(store, story)
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        assert isinstance(app.screen, RunScreen)
        run = app.screen.run_state
        assert run is not None
        assert run.stopping
        await pilot.press("p")
        await pilot.pause()
        assert not shows(app, KeyLine, "p Pause")()
    assert await store.requests(RUN_ID) == []
