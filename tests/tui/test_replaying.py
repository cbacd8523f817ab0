"""Moving through a replay with keys, and what its transport line tells."""

from __future__ import annotations

from datetime import timedelta

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.clock import ScaledClock
from drs_tui.model.events import Event
from drs_tui.replay.player import SPEEDS, Player
from drs_tui.replay.playing import Replay
from drs_tui.tui.app import DrsTui
from drs_tui.tui.dialogs.ask_text import AskText
from drs_tui.tui.screens.run import DecisionBar, RunScreen, RunTitle
from drs_tui.tui.sources.replayed import ReplaySource
from drs_tui.tui.text import width_of
from drs_tui.tui.widgets.server_table import ServerTable
from drs_tui.tui.widgets.status_bar import StatusBar
from drs_tui.tui.widgets.transport import Transport, transport_line
from drs_tui.tui.widgets.wave_strip import WaveStrip
from tests.tui.conftest import MakeApp
from tests.tui.looking import opened, panel, said, until
from tests.tui.sample import (
    RUN_ID,
    START,
    FakeDriver,
    failing,
    seal_all,
    server_id,
    stored,
    succeeding,
    waiting,
)


def player_of(app: DrsTui) -> Player:
    screen = app.screen
    assert isinstance(screen, RunScreen)
    assert isinstance(screen.source, ReplaySource)
    return screen.source.player


async def paused(pilot: Pilot[int], app: DrsTui) -> None:
    await opened(pilot, app)
    if player_of(app).is_playing:
        await pilot.press("space")
    await pilot.press("home")


async def jump(pilot: Pilot[int], app: DrsTui, text: str) -> None:
    await pilot.press("J")
    await until(pilot, lambda: isinstance(app.screen, AskText))
    app.screen.query_one(Input).value = text
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, RunScreen))


@pytest.mark.parametrize(
    ("text", "moment"),
    [("+3m", START + timedelta(minutes=3)), ("02:20", START.replace(minute=20, second=0))],
)
async def test_a_typed_moment_is_gone_to_and_shown(
    make_app: MakeApp, text: str, moment: object
) -> None:
    app = make_app(replay=Replay(seal_all(failing().drafts), "a file"))
    async with app.run_test(size=(80, 24)) as pilot:
        await paused(pilot, app)
        await jump(pilot, app, text)
        assert player_of(app).moment == moment
        assert f"{moment:%Y-%m-%d %H:%M:%S}Z" in panel(app, Transport)
        assert "‖ paused" in panel(app, Transport)


async def test_a_moment_outside_of_the_run_moves_nothing_and_is_said(make_app: MakeApp) -> None:
    app = make_app(replay=Replay(seal_all(failing().drafts), "a file"))
    async with app.run_test(size=(80, 24)) as pilot:
        await paused(pilot, app)
        before = player_of(app).moment
        await jump(pilot, app, "+9h")
        assert player_of(app).moment == before
        assert [n for n in app._notifications if "outside of the run" in n.message]


async def test_a_failure_is_gone_to_with_its_server_under_the_cursor_and_back(
    make_app: MakeApp,
) -> None:
    events = seal_all(failing().drafts)
    app = make_app(replay=Replay(events, "a file"))
    async with app.run_test(size=(80, 24)) as pilot:
        await paused(pilot, app)
        await pilot.press("f")
        assert app.screen.query_one(ServerTable).selected == server_id("orders-app-2")
        first = player_of(app).position
        assert "LAUNCH_FAILED" in str(events[first - 1].data)
        await pilot.press("f")
        assert player_of(app).position > first
        await pilot.press("F")
        assert player_of(app).position == first


async def test_a_replay_tells_what_was_wanted_and_offers_no_answer(make_app: MakeApp) -> None:
    app = make_app(replay=Replay(seal_all(waiting().drafts), "a file"))
    async with app.run_test(size=(80, 24)) as pilot:
        await paused(pilot, app)
        await pilot.press("end")
        await pilot.pause()
        said = panel(app, DecisionBar)
        assert "Wave application waits for your approval" in said
        assert "[a]" not in said


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("length", [0, 90, 86_399])
def test_the_transport_line_fits_and_always_tells_the_moment(width: int, length: int) -> None:
    events = lasting(length)
    player = Player(events, ScaledClock(100, START), 1000)
    player.seek(len(events))
    shown = transport_line(player, width)
    assert width_of(shown) <= width
    said = "".join(span.text for span in shown)
    assert "REPLAY ■ at the end  1000x" in said
    assert f"{events[-1].at:%Y-%m-%d %H:%M:%S}Z" in said


def lasting(seconds: int) -> list[Event]:
    story = failing()
    story.drafts = story.drafts[:2]
    story.at = START
    story.tell(max(1, seconds), "run.noted", "ana", text="late")
    return seal_all(story.drafts)


def test_speeds_go_from_half_to_a_thousand() -> None:
    assert (SPEEDS[0], SPEEDS[-1]) == (0.5, 1000.0)
    player = Player(lasting(90), ScaledClock(100, START), 0.5)
    player.slower()
    assert player.speed == 0.5
    for _ in SPEEDS:
        player.faster()
    assert player.speed == 1000


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
