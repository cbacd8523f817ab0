"""Preflight: what stands in the way of a start, and what is taken on with it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Checkbox, Input

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.audit.store import StoreUnavailable
from drs_tui.aws.survey import Survey
from drs_tui.model.plan import Mode, Plan
from drs_tui.model.readiness import Finding, Progress, Report, Verdict
from drs_tui.tui.app import DrsTui
from drs_tui.tui.dialogs.fields import Options
from drs_tui.tui.dialogs.start import StartDialog
from drs_tui.tui.screens.preflight import PreflightScreen
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.lines import Panel
from tests.tui.conftest import MakeApp
from tests.tui.looking import opened, screen_lines, shows, until
from tests.tui.sample import (
    FakeDriver,
    FakeReads,
    stored,
    succeeding,
    three_tier,
    under_way,
)


async def to_preflight(pilot: Pilot[int], app: DrsTui) -> None:
    await until(pilot, shows(app, LineTable, "three-tier"))
    await pilot.press("G", "k", "enter")
    await until(pilot, lambda: isinstance(app.screen, PreflightScreen))
    await until(pilot, shows(app, Panel, "orders-db-2: its data"))


async def test_a_drill_starts_only_after_its_warnings_were_taken_on(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    await stored(store, under_way())
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await to_preflight(pilot, app)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, StartDialog))
        assert app.focused is app.screen.query_one("#cancel", Button)
        start = app.screen.query_one("#start", Button)
        assert start.disabled
        app.screen.query_one(Checkbox).value = True
        app.screen.query_one("#reason", Input).value = "quarterly"
        app.screen.query_one(Options).focus()
        await pilot.press("right", "right")
        await pilot.pause()
        assert not start.disabled
        start.press()
        await opened(pilot, app)
        order = driver.started[0]
        assert (order.reason, order.acknowledged) == ("quarterly", ("lag:orders-db-2",))
        assert order.plan_path.name == "three-tier.yaml"
        assert (order.mode, order.cleanup_policy) == (Mode.DRILL, "success")


async def test_enter_and_space_start_nothing(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await to_preflight(pilot, app)
        await pilot.press("enter", "space")
        await pilot.press("s", "enter")
        await until(pilot, lambda: isinstance(app.screen, PreflightScreen))
        assert driver.started == []


async def test_what_blocks_cannot_be_started(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver, reads: FakeReads
) -> None:
    blocks = Finding(Verdict.BLOCKS, "live recovery", "orders-db-1", "i-1 is live", "finish it")
    reads.report = Report((*reads.report.findings, blocks))
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, LineTable, "three-tier"))
        await pilot.press("G", "k", "enter")
        await until(pilot, shows(app, Panel, "✗ blocked by 1"))
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(app.screen, PreflightScreen)


async def test_what_changed_since_the_last_success_is_shown_and_asked_about_with_the_start(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stored(store, succeeding())
    before = three_tier()
    database, *rest = before.waves
    plan = replace(before, waves=(replace(database, servers=database.servers[:1]), *rest))

    async def resolved(_plan: Plan, mode: Mode, progress: Progress) -> Survey:
        return await FakeReads.survey(reads, plan, mode, progress)

    monkeypatch.setattr(reads, "survey", resolved)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await to_preflight(pilot, app)
        await until(pilot, shows(app, LineTable, "gone: it was in wave database"))
        await pilot.press("s")
        await until(
            pilot,
            lambda: any("Changes: orders-db-2: gone" in each for each in screen_lines(app)),
        )


async def test_a_store_that_cannot_be_read_leaves_open_what_changed(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*_: object, **members: object) -> object:
        raise StoreUnavailable("the store does not answer")

    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, LineTable, "three-tier"))
        monkeypatch.setattr(SqliteStore, "list", refuses)
        await to_preflight(pilot, app)
        await until(pilot, shows(app, LineTable, "what is different"))
