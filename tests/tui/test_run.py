"""A run on the screen: keys in, requests and screens out."""

from __future__ import annotations

import pytest
from textual.widgets import Button

from drs_tui.audit.chain import seal
from drs_tui.audit.sqlite import SqliteStore
from drs_tui.model.events import Draft
from drs_tui.model.principals import Requester
from drs_tui.model.run import apply, fold, header_of
from drs_tui.tui.dialogs.ask import Ask
from drs_tui.tui.dialogs.ask_text import AskText
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.screens.run import DecisionBar, RunScreen, RunTitle
from drs_tui.tui.widgets.lines import Lines
from drs_tui.tui.widgets.server_table import ServerTable
from drs_tui.tui.widgets.status_bar import StatusBar
from drs_tui.tui.widgets.wave_strip import WaveStrip
from tests.tui.conftest import MakeApp, told
from tests.tui.looking import opened, panel, said, shows, until
from tests.tui.sample import (
    RUN_ID,
    FakeDriver,
    Story,
    failing,
    server_id,
    stored,
    succeeding,
    under_way,
    waiting,
)

SIZES = [(80, 24), (100, 30), (200, 50)]


@pytest.mark.parametrize("size", SIZES)
async def test_everything_that_decides_is_on_the_screen(
    store: SqliteStore, make_app: MakeApp, size: tuple[int, int]
) -> None:
    await told(store, failing())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=size) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, DecisionBar, "did not succeed"))
        assert "▲ needs attention" in panel(app, RunTitle)
        assert "application" in said(app.screen.query_one(WaveStrip))
        servers = said(app.screen.query_one(ServerTable))
        assert "failed in launch" in servers
        assert "orders-web-2" in servers
        bar = panel(app, DecisionBar)
        for words in (
            "[r] launch the failed",
            "[o] go on with the next",
            "[S] launch nothing more",
        ):
            assert words in bar


async def test_an_approval_is_asked_for_and_names_the_question(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    events = await told(store, waiting())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert app.focused is app.screen.query_one("#cancel", Button)
        await pilot.press("right", "enter")
        await until(pilot, lambda: driver.woken == [RUN_ID])
    (request,) = await store.requests(RUN_ID)
    assert request.kind == "approve"
    assert request.data["wave"] == "application"
    assert request.data["seq"] == events[-1].seq
    assert request.actor.endswith("DrillOperator/maria")
    by = Requester.from_data(request.data["by"])
    assert by.arn == request.actor
    assert by.user_id
    assert by.os_user
    assert driver.driven == []


async def test_enter_on_a_question_takes_nothing_on(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    await told(store, waiting())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("a", "enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
    assert await store.requests(RUN_ID) == []


async def test_a_failed_wave_is_relaunched_by_its_key(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    await told(store, failing())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: bool(driver.woken))
    (request,) = await store.requests(RUN_ID)
    assert (request.kind, request.data["choice"]) == ("decide", "relaunch")


async def test_k_moves_up_unless_skipping_is_an_answer(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, failing())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("j", "j", "k")
        assert app.screen.query_one(ServerTable).selected == server_id("orders-db-2")


async def test_a_clean_up_of_an_ended_run_is_asked_for_and_then_gets_a_driver(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    await stored(store, succeeding())
    driver.store = store
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("right", "enter")
        await until(pilot, lambda: driver.driven == [RUN_ID])
    # Asked for before the driver came: one that finds nothing to do lets go at once.
    assert driver.asked_before == ["cleanup"]
    assert [request.kind for request in await store.requests(RUN_ID)] == ["cleanup"]


async def test_a_note_goes_into_the_record(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    await told(store, under_way())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, AskText))
        await pilot.press(*"slow", "enter")
        await until(pilot, lambda: bool(driver.woken))
    (request,) = await store.requests(RUN_ID)
    assert (request.kind, request.data["text"]) == ("note", "slow")


async def test_events_appear_as_they_are_appended(store: SqliteStore, make_app: MakeApp) -> None:
    events = await told(store, under_way())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        assert "▶ running" in panel(app, RunTitle)
        paused = Draft("run.paused", events[-1].at, "arn:aws:iam::1:user/eve")
        event = seal(RUN_ID, len(events) + 1, events[-1].hash, paused)
        run = apply(fold(events), event)
        await store.append(RUN_ID, len(events), 1, [event], header_of(run))
        await until(pilot, lambda: "‖ paused" in panel(app, RunTitle))


async def test_the_cursor_stays_on_its_server_under_a_filter(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await stored(store, failing())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("j", "j", "j")
        await pilot.press("slash", *"app-2", "enter")
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, Reading))
        shown = app.export_screenshot()
        assert "InsufficientInstanceCapacity" in shown


async def test_someone_else_s_drill_is_watched(store: SqliteStore, make_app: MakeApp) -> None:
    await told(store, under_way(), "another-bastion")
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, lambda: "WATCHING" in panel(app, StatusBar))


async def test_a_run_that_is_not_there_is_said_to_be_missing(
    store: SqliteStore, make_app: MakeApp
) -> None:
    app = make_app(open_run="01KAQ5Z3E8Y3V9T2S1R0QPNMLM")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        await until(pilot, shows(app, RunTitle, "▲"))


# Read-only --------------------------------------------------------------------------------------


async def test_read_only_takes_every_key_away_that_changes_something(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    await told(store, waiting())
    app = make_app(open_run=RUN_ID, read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("a", "p", "c", "n", "t", "x")
        await pilot.pause()
        assert isinstance(app.screen, RunScreen)
        assert "READ-ONLY" in panel(app, StatusBar)
    assert await store.requests(RUN_ID) == []


# Hostile strings --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
async def test_hostile_names_and_errors_are_shown_as_data(
    store: SqliteStore, make_app: MakeApp, size: tuple[int, int]
) -> None:
    from drs_tui.model.plan import Plan, PlanServer, Wave

    evil = "[bold]\x1b[2J\u202e漢" + "é" * 10_000
    names = {"w": evil}
    plan = Plan(
        "evil", (Wave("w", (PlanServer(server_id("orders-db-1"), evil),)),), title=names["w"]
    )
    story = Story(plan)
    story.tell(1, "run.noted", evil, text=evil)
    story.tell(1, "run.noted", "eve", text="[/bold][@click=app.quit]x[/]")
    await stored(store, story)
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=size) as pilot:
        await opened(pilot, app)
        await pilot.press("d")
        await until(pilot, lambda: isinstance(app.screen, Reading))
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        for widget in app.screen.query(Lines):
            assert all(row.isprintable() for row in said(widget).splitlines())
