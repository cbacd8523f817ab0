"""The app as a whole: from list to list, into a run and out again, and how it ends."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.tui.dialogs.quitting import QuitDialog
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.plan_folders import read_folders
from drs_tui.tui.screens.plans import PlansScreen
from drs_tui.tui.screens.runs import RunsScreen
from drs_tui.tui.screens.servers import ServersScreen
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.lines import Panel
from drs_tui.tui.widgets.status_bar import StatusBar
from tests.tui.conftest import MakeApp
from tests.tui.looking import opened, panel, shows, until
from tests.tui.sample import (
    PLANS,
    RUN_ID,
    FakeDriver,
    FakeReads,
    server_id,
    stored,
    succeeding,
    under_way,
    waiting,
)


async def test_plans_are_listed_with_how_they_ended_last(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await stored(store, succeeding())
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, LineTable, "✓ succeeded"))
        assert isinstance(app.screen, PlansScreen)
        await until(pilot, shows(app, LineTable, "never run"))


async def test_a_plan_that_cannot_be_read_is_listed_with_its_error(
    store: SqliteStore, make_app: MakeApp, tmp_path: pytest.TempPathFactory
) -> None:
    from pathlib import Path

    folder = Path(str(tmp_path)) / "plans"
    folder.mkdir()
    (folder / "broken.yaml").write_text("name: [oops\n")
    app = make_app()
    app.session.settings = replace(app.session.settings, plan_folders=(folder,))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, LineTable, "✗"))
        await until(pilot, shows(app, LineTable, "broken.yaml"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, Reading))


async def test_the_number_keys_change_lists_and_esc_leaves_a_run(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await stored(store, succeeding())
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, shows(app, LineTable, "three-tier"))
        assert isinstance(app.screen, RunsScreen)
        await pilot.press("enter")
        await opened(pilot, app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunsScreen))
        await pilot.press("3")
        await until(pilot, shows(app, LineTable, "orders-db-1"))
        assert isinstance(app.screen, ServersScreen)


async def test_only_runs_under_way_are_shown_when_asked_for(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await stored(store, succeeding())
    await stored(store, waiting(), "01KAQ5Z3E8Y3V9T2S1R0QPNMLL")
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, shows(app, LineTable, "✓ succeeded"))
        await until(pilot, shows(app, LineTable, "◆ waiting for you"))
        await pilot.press("a")
        await until(pilot, lambda: not shows(app, LineTable, "✓ succeeded")())
        await until(pilot, shows(app, LineTable, "◆ waiting for you"))


async def test_a_filter_hides_rows_says_so_and_esc_shows_them_again(
    store: SqliteStore, make_app: MakeApp
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await until(pilot, shows(app, LineTable, "orders-db-1"))
        await pilot.press("slash", *"STALLED", "enter")
        await pilot.pause()
        table = app.screen.query_one(LineTable)
        assert [row.key for row in table.rows] == [server_id("orders-web-2")]
        await until(pilot, shows(app, Panel, "5 hidden by the filter"))
        await pilot.press("escape")
        await pilot.pause()
        assert len(table.rows) == 6


async def test_what_goes_wrong_with_aws_is_said_in_words(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads
) -> None:
    reads.error = "no credentials were found: run `aws sso login`"
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await until(pilot, shows(app, Panel, "run `aws sso login`"))
        assert "no credentials" in panel(app, StatusBar)


# Leaving ----------------------------------------------------------------------------------------


async def test_quitting_asks_while_a_drill_of_ours_goes_on(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    await stored(store, under_way())
    driver.active = (RUN_ID,)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.session.welcome is not None)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, QuitDialog))
        await pilot.press("right", "right", "enter")
        await until(pilot, lambda: app.return_code is not None)
    assert [request.kind for request in await store.requests(RUN_ID)] == ["cancel"]
    assert app.return_code == 0


async def test_quitting_with_nothing_under_way_just_leaves(
    store: SqliteStore, make_app: MakeApp
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("q")
        await until(pilot, lambda: app.return_code is not None)
    assert app.return_code == 0


# What is behind --------------------------------------------------------------------------------


async def test_a_list_behind_a_run_draws_nothing(
    store: SqliteStore, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stored(store, succeeding())
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, shows(app, LineTable, "three-tier"))
        behind = app.screen
        assert isinstance(behind, RunsScreen)
        await pilot.press("enter")
        await opened(pilot, app)
        shown: list[str] = []
        monkeypatch.setattr(behind, "show", lambda: shown.append("behind"))
        behind.show_in_front()
        assert shown == []


async def test_a_crash_shows_no_variables(
    store: SqliteStore, make_app: MakeApp, capsys: pytest.CaptureFixture[str]
) -> None:
    def break_with(credential: str) -> None:
        raise RuntimeError(f"broken after {len(credential)} letters")

    app = make_app()
    with pytest.raises(RuntimeError, match="broken"):
        async with app.run_test(size=(80, 24)):
            app.call_later(break_with, "".join(reversed("ELPMAXE7AKIA")))
    printed = capsys.readouterr()
    assert "AIKA7EXAMPLE" not in printed.err + printed.out
    assert "broken" in printed.err + printed.out


async def test_a_plan_that_stands_in_two_folders_is_listed_once(tmp_path: Path) -> None:
    (tmp_path / "three-tier.yaml").write_text((PLANS / "three-tier.yaml").read_text())
    (tmp_path / "other.yaml").write_text(
        (PLANS / "three-tier.yaml").read_text().replace("name: three-tier", "name: other")
    )
    files = read_folders((PLANS, tmp_path))
    examples = sorted(path.stem for path in PLANS.glob("*.yaml"))
    assert [file.plan.name for file in files if file.plan] == [*examples, "other"]
