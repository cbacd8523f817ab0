"""The app as somebody uses it: keys in, requests and screens out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Checkbox, Input

from drs_tui.audit.chain import seal
from drs_tui.audit.sqlite import SqliteStore
from drs_tui.model.events import Draft
from drs_tui.model.plan import Mode
from drs_tui.model.principals import Requester
from drs_tui.model.readiness import Finding, Report, Verdict
from drs_tui.model.run import apply, fold, header_of
from drs_tui.replay.playing import Replay
from drs_tui.tui.app import DrsTui, QuitDialog
from drs_tui.tui.dialogs.ask import Ask
from drs_tui.tui.dialogs.ask_text import AskText
from drs_tui.tui.dialogs.fields import Options
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.dialogs.start import StartDialog
from drs_tui.tui.screens.plans import PlansScreen, read_folders
from drs_tui.tui.screens.preflight import PreflightScreen
from drs_tui.tui.screens.run import DecisionBar, RunScreen, RunTitle
from drs_tui.tui.screens.runs import RunsScreen
from drs_tui.tui.screens.servers import ServersScreen
from drs_tui.tui.sources.replayed import ReplaySource
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.lines import Lines, Panel
from drs_tui.tui.widgets.server_table import ServerTable
from drs_tui.tui.widgets.status_bar import StatusBar
from drs_tui.tui.widgets.wave_strip import WaveStrip
from tests.tui.conftest import MakeApp, drive
from tests.tui.sample import (
    PLANS,
    RUN_ID,
    FakeDriver,
    FakeReads,
    Story,
    failing,
    server_id,
    stored,
    succeeding,
    under_way,
    waiting,
)

SIZES = [(80, 24), (100, 30), (200, 50)]


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Wait for something that workers bring about."""
    async with asyncio.timeout(10):
        while not holds():
            await pilot.pause(0.01)


def said(widget: Lines) -> str:
    """What a widget shows, line by line."""
    lines = [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]
    return "\n".join(lines)


def panel(app: DrsTui, kind: type[Panel]) -> str:
    return said(app.screen.query_one(kind))


def shows(app: DrsTui, kind: type[Lines], text: str) -> Callable[[], bool]:
    def holds() -> bool:
        return any(text in said(widget) for widget in app.screen.query(kind))

    return holds


async def opened(pilot: Pilot[int], app: DrsTui) -> None:
    await until(pilot, lambda: isinstance(app.screen, RunScreen))
    await until(pilot, lambda: bool(app.screen.query_one(ServerTable).rows))
    await pilot.pause()


# Lists ------------------------------------------------------------------------------------------


async def test_plans_are_listed_with_how_they_ended_last(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await stored(store, succeeding())
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, LineTable, "✓ succeeded"))
        assert isinstance(app.screen, PlansScreen)
        assert shows(app, LineTable, "never run")()


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
        await until(pilot, shows(app, LineTable, "broken.yaml"))
        assert shows(app, LineTable, "✗")()
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
        assert shows(app, LineTable, "◆ waiting for you")()
        await pilot.press("a")
        await until(pilot, lambda: not shows(app, LineTable, "✓ succeeded")())
        assert shows(app, LineTable, "◆ waiting for you")()


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
        assert shows(app, Panel, "5 hidden by the filter")()
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


# Preflight --------------------------------------------------------------------------------------


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


# A run ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_everything_that_decides_is_on_the_screen(
    store: SqliteStore, make_app: MakeApp, size: tuple[int, int]
) -> None:
    events = await stored(store, failing())
    await drive(store, events[-1].at)
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
    events = await stored(store, waiting())
    await drive(store, events[-1].at)
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
    events = await stored(store, waiting())
    await drive(store, events[-1].at)
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("a", "enter")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
    assert await store.requests(RUN_ID) == []


async def test_a_failed_wave_is_relaunched_by_its_key(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    events = await stored(store, failing())
    await drive(store, events[-1].at)
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
    events = await stored(store, failing())
    await drive(store, events[-1].at)
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
    events = await stored(store, under_way())
    await drive(store, events[-1].at)
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
    events = await stored(store, under_way())
    await drive(store, events[-1].at)
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
    events = await stored(store, under_way())
    await drive(store, events[-1].at, host="another-bastion")
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
    events = await stored(store, waiting())
    await drive(store, events[-1].at)
    app = make_app(open_run=RUN_ID, read_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("a", "p", "c", "n", "t", "x")
        await pilot.pause()
        assert isinstance(app.screen, RunScreen)
        assert "READ-ONLY" in panel(app, StatusBar)
    assert await store.requests(RUN_ID) == []


# Replay -----------------------------------------------------------------------------------------


async def test_the_last_frame_of_a_replay_is_the_final_live_screen(
    store: SqliteStore, make_app: MakeApp
) -> None:
    events = await stored(store, succeeding())
    frames = []
    for app in (make_app(open_run=RUN_ID), make_app(replay=Replay(events, "a file"))):
        async with app.run_test(size=(120, 40)) as pilot:
            await opened(pilot, app)
            if isinstance(app.screen, RunScreen) and isinstance(app.screen.source, ReplaySource):
                await pilot.press("end")
            await pilot.pause()
            parts = (RunTitle, WaveStrip, ServerTable)
            frames.append([said(app.screen.query_one(part)) for part in parts])
    assert frames[0] == frames[1]


async def test_a_replay_moves_by_keys_and_asks_no_driver(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver
) -> None:
    events = await stored(store, failing())
    app = make_app(replay=Replay(events, "a file"))
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        screen = app.screen
        assert isinstance(screen, RunScreen)
        assert isinstance(screen.source, ReplaySource)
        player = screen.source.player
        await pilot.press("space", "home", "right_square_bracket")
        assert not player.is_playing
        assert events[player.position - 1].type == "wave.launch_intended"
        await pilot.press("right")
        assert events[player.position - 1].type == "wave.launched"
        await pilot.press("f")
        assert "LAUNCH_FAILED" in str(events[player.position - 1].data)
        await pilot.press("end", "p", "c", "t", "n", "r")
        await pilot.pause()
        assert app.screen is screen
        assert "REPLAY" in panel(app, StatusBar)
    assert driver.woken == []


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
