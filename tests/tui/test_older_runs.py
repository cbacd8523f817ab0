"""More runs than are read at once: the newest at once, older ones when somebody wants them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from drs_tui.audit.chain import seal
from drs_tui.audit.sqlite import SqliteStore
from drs_tui.model.events import Draft
from drs_tui.model.run import apply, fold, header_of
from drs_tui.tui import narrowing
from drs_tui.tui.screens import runs
from drs_tui.tui.screens.listing import Notice, Tabs
from drs_tui.tui.widgets.line_table import LineTable
from tests.tui.conftest import MakeApp, told
from tests.tui.looking import panel, shows, until
from tests.tui.sample import RUN_ID, START, seal_all, succeeding, under_way

LISTED, MANY = 10, 25


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (narrowing, runs):
        monkeypatch.setattr(module, "LISTED", LISTED)


async def many(store: SqliteStore) -> None:
    """Runs of which the very oldest alone failed."""
    for number in range(MANY):
        run_id, at = f"run-{number:04d}", START + timedelta(hours=number)
        events = seal_all(succeeding().drafts[:1], run_id)
        begun = fold(events)
        assert begun is not None
        status = "failed" if number == 0 else "succeeded"
        header = replace(header_of(begun), status=status, started_at=at, finished_at=at)
        await store.create(header, events)


async def test_the_end_of_the_list_brings_older_runs(store: SqliteStore, make_app: MakeApp) -> None:
    await many(store)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, shows(app, Notice, "The newest 10; older ones come at the end"))
        table = app.screen.query_one(LineTable)
        for count in (2 * LISTED, MANY):
            await pilot.press("G")
            await until(pilot, lambda count=count: len(table.rows) == count)  # type: ignore[misc]
        assert [row.key for row in table.rows] == [f"run-{n:04d}" for n in reversed(range(MANY))]
        await until(pilot, lambda: "25 runs" in panel(app, Tabs) and not panel(app, Notice))


async def test_an_outcome_is_looked_for_in_all_runs_and_the_words_say_in_how_many(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await many(store)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, shows(app, Notice, "The newest 10"))
        await pilot.press("o")
        assert "10 of the 10 newest runs ended so; older ones" in panel(app, Notice)
        await pilot.press("o", "o")
        await until(pilot, shows(app, Notice, "1 of all 25 runs ended so."))
        assert "1 run, only failed" in panel(app, Tabs)
        assert [row.key for row in app.screen.query_one(LineTable).rows] == ["run-0000"]


async def test_an_old_run_that_goes_on_is_followed_too(
    store: SqliteStore, make_app: MakeApp
) -> None:
    events = await told(store, under_way())
    await many(store)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, shows(app, Notice, "The newest 10"))
        table = app.screen.query_one(LineTable)
        for count in (2 * LISTED, MANY + 1):
            await pilot.press("G")
            await until(pilot, lambda count=count: len(table.rows) == count)  # type: ignore[misc]
        table.select(RUN_ID)
        await until(pilot, shows(app, LineTable, "▶ running"))
        paused = Draft("run.paused", events[-1].at, "arn:aws:iam::1:user/eve")
        event = seal(RUN_ID, len(events) + 1, events[-1].hash, paused)
        run = apply(fold(events), event)
        await store.append(RUN_ID, len(events), 1, [event], header_of(run))
        await until(pilot, shows(app, LineTable, "‖ paused"))


async def test_a_run_with_a_damaged_header_is_named_and_hides_no_other(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await many(store)
    with closing(sqlite3.connect(store.path)) as db, db:
        db.execute("UPDATE runs SET header = '{' WHERE run_id = 'run-0024'")
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, shows(app, Notice, "run-0024 is left out, its header is damaged"))
        assert [row.key for row in app.screen.query_one(LineTable).rows][:1] == ["run-0023"]
