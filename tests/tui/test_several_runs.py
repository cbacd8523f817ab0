"""Several runs at once: each on its screen, all in a strip, and a call when one wants somebody."""

from __future__ import annotations

import socket
from dataclasses import replace

import pytest
from textual.pilot import Pilot

from drs_tui.audit.chain import seal
from drs_tui.audit.sqlite import SqliteStore
from drs_tui.audit.store import Pulse
from drs_tui.config import Notify
from drs_tui.model.events import Draft, Event
from drs_tui.model.run import apply, fold, header_of
from drs_tui.tui.active import ActiveRun, news
from drs_tui.tui.app import DrsTui
from drs_tui.tui.calls import osc9
from drs_tui.tui.rows.strip import strip_line
from drs_tui.tui.screens.plans import PlansScreen
from drs_tui.tui.screens.run import RunScreen
from drs_tui.tui.text import width_of
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.run_strip import RunStrip
from drs_tui.tui.widgets.server_table import ServerTable
from tests.tui.conftest import MakeApp
from tests.tui.looking import opened, panel, shows, until
from tests.tui.sample import RUN_ID, Story, seal_all, server_id, stored, under_way, waiting

OTHER_ID = "01KAQ5Z3E8Y3V9T2S1R0QPNMLZ"


async def stored_and_driven(store: SqliteStore, story: Story, run_id: str) -> list[Event]:
    events = await stored(store, story, run_id)
    lease = await store.acquire(run_id, f"maria@{socket.gethostname()}:1:abc", 3600)
    await store.renew(lease, Pulse(events[-1].at, 100, events[-1].at))
    return events


async def appended(store: SqliteStore, events: list[Event], kind: str, **data: str) -> None:
    event = seal(
        events[0].run_id,
        len(events) + 1,
        events[-1].hash,
        Draft(kind, events[-1].at, "driver", {**data}),
    )
    run = apply(fold(events), event)
    await store.append(run.run_id, len(events), 1, [event], header_of(run))
    events.append(event)


def run_id_shown(app: DrsTui) -> str | None:
    return app.screen.run_id if isinstance(app.screen, RunScreen) else None


def text(runs: list[ActiveRun], shown: str | None, width: int) -> str:
    return "".join(span.text for line in strip_line(runs, shown, width) for span in line)


def active(story: Story, run_id: str = RUN_ID, *, is_driven: bool = True) -> ActiveRun:
    run = fold(seal_all(story.drafts, run_id))
    assert run is not None
    return ActiveRun(header_of(run), is_driven)


# The strip --------------------------------------------------------------------------------------


def test_the_strip_tells_each_run_its_state_in_words_and_which_one_is_in_front() -> None:
    runs = [active(under_way()), active(waiting(), OTHER_ID)]
    said = text(runs, OTHER_ID, 120)
    assert "three-tier …NMLK ▶ running 3/6" in said
    assert "[three-tier …NMLZ] ◆ waiting for you 2/6" in said
    assert "[0]" in said


def test_the_only_run_needs_no_strip_on_its_own_screen_but_on_all_others() -> None:
    runs = [active(under_way())]
    assert strip_line(runs, RUN_ID, 80) == []
    assert "three-tier ▶ running" in text(runs, None, 80)
    assert strip_line([], None, 80) == []


def test_where_not_all_fit_those_that_want_something_are_kept() -> None:
    calm = [active(under_way(), f"01KAQ5Z3E8Y3V9T2S1R0QPNM{n:02d}") for n in range(6)]
    runs = [*calm, active(waiting(), OTHER_ID)]
    (line,) = strip_line(runs, None, 80)
    said = text(runs, None, 80)
    assert "◆ waiting for you" in said
    assert said.rstrip().endswith("+5")
    assert width_of(line) <= 80


def test_a_run_that_nobody_drives_says_so() -> None:
    assert "▲ nobody drives it" in text([active(under_way(), is_driven=False)], None, 80)


# When somebody is called ------------------------------------------------------------------------


def test_a_call_is_for_what_is_new() -> None:
    calm, asks = active(under_way()), active(waiting())
    assert news(None, asks) == "", "what stood open before is on the screen"
    assert news(calm, asks) == "waiting for you"
    assert news(calm, replace(asks, questions={7: "wave a waits"})) == "wave a waits"
    assert news(asks, asks) == ""
    assert news(calm, replace(calm, is_driven=False)) == "nobody drives it"


def test_a_second_question_of_a_run_calls_again() -> None:
    one = replace(active(waiting()), questions={7: "wave a waits"})
    two = replace(one, questions={7: "wave a waits", 9: "wave b waits"})
    assert news(one, two) == "wave b waits"
    assert news(two, one) == ""


def test_a_notification_is_data_and_is_wrapped_for_tmux() -> None:
    plain = osc9("a\x1b]0;evil\x07b", {})
    assert plain == "\x1b]9;drs-tui: a�]0;evil�b\x07"
    assert osc9("a", {"TMUX": "x"}) == "\x1bPtmux;\x1b\x1b]9;drs-tui: a\x07\x1b\\"
    assert osc9("a", {"STY": "x"}) == "\x1bP\x1b]9;drs-tui: a\x07\x1b\\"


# In the app -------------------------------------------------------------------------------------


async def test_a_key_goes_from_run_to_run_and_each_keeps_its_place(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await stored_and_driven(store, under_way(), RUN_ID)
    await stored_and_driven(store, waiting(), OTHER_ID)
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, RunStrip, "◆ waiting for you"))
        await pilot.press("j", "j")
        await pilot.press("0")
        await until(pilot, lambda: run_id_shown(app) == OTHER_ID)
        await opened(pilot, app)
        await pilot.press("0")
        await until(pilot, lambda: run_id_shown(app) == RUN_ID)
        assert app.screen.query_one(ServerTable).selected == server_id("orders-app-1")


async def test_from_a_list_the_key_goes_to_the_run_that_wants_something(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await stored_and_driven(store, under_way(), RUN_ID)
    await stored_and_driven(store, waiting(), OTHER_ID)
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, RunStrip, "◆ waiting for you"))
        assert isinstance(app.screen, PlansScreen)
        await pilot.press("0")
        await until(pilot, lambda: run_id_shown(app) == OTHER_ID)


@pytest.mark.parametrize(
    ("notify", "ways"),
    [("both", {"bell", "osc9"}), ("bell", {"bell"}), ("osc9", {"osc9"}), ("off", set())],
)
async def test_a_question_calls_for_somebody_as_the_settings_say(
    store: SqliteStore,
    make_app: MakeApp,
    monkeypatch: pytest.MonkeyPatch,
    notify: Notify,
    ways: set[str],
) -> None:
    events = await stored_and_driven(store, waiting_soon(), RUN_ID)
    app = make_app(open_run=RUN_ID)
    app.session.settings = replace(app.session.settings, notify=notify)
    heard: list[str] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await known(pilot, app)
        assert app._driver is not None
        monkeypatch.setattr(app, "bell", lambda: heard.append("bell"))
        monkeypatch.setattr(app._driver, "write", heard.append)
        await appended(store, events, "wave.gate_opened", wave="application", prompt="Sure?")
        await until(pilot, lambda: any(run.wants for run in app.session.active))
    assert ("bell" in heard) == ("bell" in ways)
    told = [each for each in heard if each.startswith("\x1b")]
    assert bool(told) == ("osc9" in ways)
    assert all("three-tier: ◆ Wave application waits for your approval" in each for each in told)


async def test_an_end_calls_for_somebody_and_leaves_the_strip(
    store: SqliteStore, make_app: MakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = await stored_and_driven(store, under_way(), RUN_ID)
    app = make_app()
    heard: list[str] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await known(pilot, app)
        monkeypatch.setattr(app, "_call", heard.append)
        await appended(store, events, "run.finished", outcome="partial", objectives="met")
        await until(pilot, lambda: not app.session.active)
        await until(pilot, lambda: panel(app, RunStrip) == "")
    assert heard == ["three-tier: partial"]


def waiting_soon() -> Story:
    story = waiting()
    story.drafts.pop()
    return story


async def known(pilot: Pilot[int], app: DrsTui) -> None:
    await until(pilot, lambda: bool(app.session.active))
    await until(pilot, lambda: bool(app.session.surroundings.caller))
    if isinstance(app.screen, RunScreen):
        await until(pilot, lambda: app.session.active[0].questions is not None)
    else:
        await until(pilot, shows(app, LineTable, "three-tier"))
