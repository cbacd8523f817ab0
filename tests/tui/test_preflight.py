"""Preflight: what stands in the way of a start, and what is taken on with it."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.widgets import Button, Checkbox, Input

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.model.plan import Mode
from drs_tui.model.readiness import Finding, Report, Verdict
from drs_tui.tui.app import DrsTui
from drs_tui.tui.dialogs.fields import Options
from drs_tui.tui.dialogs.start import StartDialog
from drs_tui.tui.screens.preflight import PreflightScreen
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.lines import Panel
from tests.tui.conftest import MakeApp
from tests.tui.looking import opened, shows, until
from tests.tui.sample import (
    FakeDriver,
    FakeReads,
    stored,
    under_way,
)


async def to_preflight(pilot: Pilot[int], app: DrsTui) -> None:
    await until(pilot, shows(app, LineTable, "three-tier"))
    await pilot.press("G", "enter")
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
        await pilot.press("G", "enter")
        await until(pilot, shows(app, Panel, "✗ blocked by 1"))
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(app.screen, PreflightScreen)
