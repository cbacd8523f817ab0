"""The lists as somebody uses them: sort, filter, narrow, copy, terminate, begin."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.widgets import Button, Input

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.audit.store import HeaderPage
from drs_tui.model.machines import Ec2Instance
from drs_tui.model.observed import RecoveryInstance
from drs_tui.model.run import fold
from drs_tui.plans import read_plan
from drs_tui.tui.app import DrsTui
from drs_tui.tui.dialogs.ask import Ask
from drs_tui.tui.dialogs.new_plan import NewPlan
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.narrowing import Narrowing
from drs_tui.tui.screens.listing import ListScreen, Notice, Tabs
from drs_tui.tui.screens.run import RunScreen
from drs_tui.tui.screens.runs import RunsScreen
from drs_tui.tui.screens.servers import ServersScreen
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.lines import Lines
from tests.tui.conftest import MakeApp, told
from tests.tui.looking import panel, said, shows, until
from tests.tui.sample import (
    RUN_ID,
    START,
    FakeDriver,
    FakeReads,
    failing,
    inventory,
    server_id,
    stored,
    succeeding,
    under_way,
)

OTHER_ID = "01KAQ5Z3E8Y3V9T2S1R0QPNMLL"


def order(app: DrsTui) -> list[str]:
    return [row.key for row in app.screen.query_one(LineTable).rows]


def selected(app: DrsTui) -> str | None:
    assert isinstance(app.screen, ListScreen)
    return app.screen.selected


# Sorting and filtering --------------------------------------------------------------------------


async def test_the_cursor_stays_on_its_server_whatever_happens_to_the_rows(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await until(pilot, shows(app, LineTable, "orders-db-1"))
        await pilot.press("j", "j")
        mine = selected(app)
        before = order(app)
        await pilot.press("s", "s", "s", "S")
        assert "Lag▼" in said(app.screen.query_one(LineTable))
        assert order(app)[0] == server_id("orders-db-2")
        assert order(app)[-1] == server_id("orders-web-2")
        assert order(app) != before
        assert selected(app) == mine
        reads.found = [replace(reads.found[0], id="s-new", name="aaa"), *reads.found[::-1]]
        await pilot.press("r")
        await until(pilot, lambda: "s-new" in order(app))
        assert order(app)[0] == server_id("orders-db-2")
        assert selected(app) == mine
        await pilot.press("y")
        await until(pilot, lambda: isinstance(app.screen, Reading))


async def test_sorting_ends_where_it_began(store: SqliteStore, make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await until(pilot, shows(app, LineTable, "orders-db-1"))
        before = order(app)
        await pilot.press("s", "s", "s", "s", "s")
        assert order(app) == before
        assert "▲" not in said(app.screen.query_one(LineTable)).splitlines()[0]


async def test_filter_words_ask_about_servers_and_say_when_they_make_no_sense(
    store: SqliteStore, make_app: MakeApp
) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await until(pilot, shows(app, LineTable, "orders-db-1"))
        await pilot.press("slash")
        field = app.screen.query_one("#filter", Input)
        field.value = "lag>15m"
        await pilot.press("enter")
        assert sorted(order(app)) == sorted(map(server_id, ("orders-db-2", "orders-web-2")))
        await pilot.press("slash")
        field.value = "lag>late"
        await pilot.pause()
        assert order(app) == []
        assert "lag> wants a duration" in panel(app, Notice)


async def test_an_id_is_copied_and_shown(store: SqliteStore, make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await until(pilot, shows(app, LineTable, "orders-db-1"))
        await pilot.press("Y")
        assert app.clipboard == selected(app)


# Runs -------------------------------------------------------------------------------------------


async def test_runs_are_narrowed_by_plan_and_outcome_and_esc_shows_all(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await stored(store, succeeding())
    await stored(store, succeeding(replace(succeeding().plan, name="billing")), OTHER_ID)
    app = make_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("2")
        await until(pilot, shows(app, LineTable, "billing"))
        await until(pilot, shows(app, LineTable, "three-tier"))
        app.screen.query_one(LineTable).select(RUN_ID)
        await pilot.press("p")
        assert order(app) == [RUN_ID]
        assert "only three-tier" in panel(app, Tabs)
        await pilot.press("escape")
        await until(pilot, lambda: len(order(app)) == 2)
        await pilot.press("o", "o")
        await until(pilot, shows(app, Notice, "No run of these"))
        assert "only partial" in panel(app, Tabs)
        await pilot.press("escape")
        await until(pilot, lambda: len(order(app)) == 2)


async def test_an_active_filter_never_shows_everything(
    store: SqliteStore, make_app: MakeApp
) -> None:
    """Neither before the store has answered, nor when it answers the question asked before."""
    await stored(store, succeeding())
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, shows(app, LineTable, "✓ succeeded"))
        screen = app.screen
        assert isinstance(screen, RunsScreen)
        headers = tuple(screen.items().values())
        await pilot.press("a")
        assert order(app) == []
        page = HeaderPage(tuple(headers), None)
        screen.post_message(RunsScreen.Listed(Narrowing(), page, (), {}, ""))
        screen.post_message(RunsScreen.Listed(Narrowing(), page, (), {}, "gone"))
        await until(pilot, shows(app, Notice, "gone"))
        assert order(app) == []
        assert "only those under way" in panel(app, Tabs)


async def test_a_run_that_nobody_drives_says_so_and_does_not_tick(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await stored(store, under_way())
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, shows(app, LineTable, "◌ nobody drives"))
        await until(pilot, shows(app, LineTable, "unknown"))


async def test_a_run_under_way_has_a_duration(store: SqliteStore, make_app: MakeApp) -> None:
    await told(store, under_way())
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await until(pilot, shows(app, LineTable, "▶ running"))
        row = next(r for r in said(app.screen.query_one(LineTable)).splitlines() if "running" in r)
        assert "1/3" in row
        assert row.rstrip().endswith("s")
        assert "unknown" not in row


# Instances --------------------------------------------------------------------------------------


async def left_behind(store: SqliteStore, reads: FakeReads) -> None:
    """A run that ended, whose instances DRS still lists."""
    run = fold(await stored(store, succeeding()))
    assert run is not None
    reads.instances = [
        RecoveryInstance(i.id, i.server_id, ec2_state="RUNNING", is_drill=True, job_id=i.job_id)
        for i in run.instances.values()
    ]


async def test_what_a_run_left_is_terminated_by_a_request_in_its_trail(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads, driver: FakeDriver
) -> None:
    await left_behind(store, reads)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, shows(app, LineTable, "▲ clean-up due"))
        assert "6 instances, as of 03:14:07Z" in panel(app, Tabs)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert app.focused is app.screen.query_one("#cancel", Button)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, ListScreen))
        assert await store.requests(RUN_ID) == []
        await pilot.press("t")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("right", "enter")
        await until(pilot, lambda: driver.driven == [RUN_ID])
    assert [request.kind for request in await store.requests(RUN_ID)] == ["cleanup"]


async def test_one_instance_is_terminated_alone(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads, driver: FakeDriver
) -> None:
    await left_behind(store, reads)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, shows(app, LineTable, "▲ clean-up due"))
        await pilot.press("j")
        mine = selected(app)
        await pilot.press("x")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert app.focused is app.screen.query_one("#cancel", Button)
        await pilot.press("right", "enter", "2")
        await until(pilot, lambda: driver.driven == [RUN_ID])
    (request,) = await store.requests(RUN_ID)
    assert (request.kind, request.data["instances"]) == ("cleanup", [mine])


async def test_what_drs_tui_did_not_launch_is_not_terminated_and_says_why(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads
) -> None:
    reads.instances = [RecoveryInstance("i-1", "s-9", ec2_state="RUNNING", is_drill=False)]
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, shows(app, LineTable, "not by drs-tui"))
        await until(pilot, shows(app, LineTable, "RECOVERY"))
        await pilot.press("t")
        await pilot.pause()
        assert isinstance(app.screen, ListScreen)


async def test_enter_on_an_instance_shows_its_run(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads
) -> None:
    await left_behind(store, reads)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, shows(app, LineTable, "▲ clean-up due"))
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))


async def test_what_all_of_them_add_up_to_is_told_in_hours_and_by_the_users_prices(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads, tmp_path: Path
) -> None:
    await left_behind(store, reads)
    reads.machines = {
        each.id: Ec2Instance(each.id, "running", "m5.large", START) for each in reads.instances
    }
    prices = tmp_path / "prices.yaml"
    prices.write_text("currency: USD\nper_hour: {m5.large: 0.5}\n")
    app = make_app(prices=prices)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, shows(app, Notice, "6.0 instance-hours so far, 3.00 USD by prices.yaml"))


async def test_a_price_file_that_cannot_be_read_is_told_and_the_list_is_there(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads, tmp_path: Path
) -> None:
    await left_behind(store, reads)
    prices = tmp_path / "prices.yaml"
    prices.write_text("currency: USD\n")
    app = make_app(prices=prices)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, shows(app, LineTable, "▲ clean-up due"))
        assert "'per_hour' is missing" in panel(app, Notice)


async def test_without_aws_the_record_says_what_was_left(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads
) -> None:
    await left_behind(store, reads)
    reads.error = "the Region is not enabled: check --region"
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, shows(app, Notice, "check --region"))
        assert "6 instances, from the record alone" in panel(app, Tabs)


async def test_read_only_takes_terminating_and_new_plans_away(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads
) -> None:
    await left_behind(store, reads)
    app = make_app(read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, shows(app, LineTable, "▲ clean-up due"))
        await pilot.press("t")
        await pilot.press("1", "n")
        await pilot.pause()
        assert isinstance(app.screen, ListScreen)


async def test_nothing_that_bills_is_good_news(store: SqliteStore, make_app: MakeApp) -> None:
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("4")
        await until(pilot, shows(app, Notice, "✓ Nothing bills"))


# Plans, and the first use -----------------------------------------------------------------------


async def test_plans_say_whether_they_are_ready_and_how_fast_they_were(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await stored(store, succeeding())
    await stored(store, failing(), OTHER_ID)
    app = make_app()
    async with app.run_test(size=(130, 40)) as pilot:
        await until(pilot, shows(app, LineTable, "▲ 1 warning"))
        await until(pilot, shows(app, LineTable, "▄ "))
        await until(pilot, shows(app, LineTable, "nothing yet"))


async def test_an_empty_plan_folder_offers_a_plan_of_the_fleet_and_writes_it(
    store: SqliteStore, make_app: MakeApp, tmp_path: Path
) -> None:
    folder = tmp_path / "plans"
    app = make_app()
    app.session.settings = replace(app.session.settings, plan_folders=(folder,))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, Notice, "There is no plan"))
        await until(pilot, shows(app, Notice, "[n] makes one"))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, NewPlan))
        app.screen.query_one("#name", Input).value = "Bad Name"
        await pilot.pause()
        app.screen.query_one("#write", Button).press()
        await pilot.pause()
        assert isinstance(app.screen, NewPlan)
        app.screen.query_one("#name", Input).value = "mine"
        await pilot.pause()
        app.screen.query_one("#write", Button).press()
        await until(pilot, shows(app, LineTable, "mine"))
    assert len(list(read_plan(folder / "mine.yaml").servers())) == len(inventory())


async def test_the_answer_that_a_new_plan_would_get_is_marked_without_colours(
    store: SqliteStore, make_app: MakeApp, tmp_path: Path
) -> None:
    app = make_app(plan_folders=(tmp_path,))
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, Notice, "There is no plan"))
        await pilot.press("n")
        await until(pilot, lambda: isinstance(app.screen, NewPlan))
        await pilot.press("down", "down")
        labels = [str(button.label) for button in app.screen.query(Button)]
        assert labels == ["> Cancel <", "  Write the file  "]


async def test_without_credentials_the_plans_are_there_with_words_on_what_to_do(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads
) -> None:
    reads.error = "AWS found no credentials. Choose a --profile, run `aws sso login`."
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, Notice, "run `aws sso login`"))
        await until(pilot, shows(app, LineTable, "three-tier"))
        await until(pilot, shows(app, LineTable, "· not checked"))


async def test_a_region_without_servers_says_where_it_looked(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads
) -> None:
    reads.found = []
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        await until(pilot, shows(app, Notice, "no server in account"))
        await until(pilot, shows(app, Notice, "--region"))


async def test_a_hostile_plan_title_is_data_and_cut(
    store: SqliteStore, make_app: MakeApp, tmp_path: Path
) -> None:
    folder = tmp_path / "plans"
    folder.mkdir()
    for name, title in (("long", "[bold]漢" + "x" * 10_000), ("steering", "\\e[2J\\u202Ehi")):
        (folder / f"{name}.yaml").write_text(
            f'name: {name}\ntitle: "{title}"\n'
            f"waves:\n  - name: w\n    servers: [{server_id('a')}]\n"
        )
    app = make_app()
    app.session.settings = replace(app.session.settings, plan_folders=(folder,))
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, shows(app, LineTable, "[bold]漢xx"))
        await until(pilot, shows(app, LineTable, "✗ unusable"))
        for widget in app.screen.query(Lines):
            assert all(row.isprintable() for row in said(widget).splitlines())
            assert "\u202e" not in said(widget)


async def test_news_of_runs_leave_thousands_of_servers_alone(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make_app()
    async with app.run_test(size=(120, 30)) as pilot:
        await pilot.press("3")
        await until(pilot, shows(app, LineTable, "orders-db-1"))
        screen = app.screen
        assert isinstance(screen, ServersScreen)
        made: list[object] = []
        with monkeypatch.context() as patched:
            patched.setattr(screen, "row", made.append)
            screen.show_in_front()
    assert made == []
