"""Steps in the app, on the smallest screen: how each stands, what it printed, notes, countdowns."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from textual.pilot import Pilot
from textual.widgets import Button, Input

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.model.decisions import WantedKind
from drs_tui.model.plan import CommandStep, Gate, ManualStep, Mode, Overdue, Plan, PlanServer, Wave
from drs_tui.model.run import fold
from drs_tui.model.state.run import Run
from drs_tui.tui.app import DrsTui
from drs_tui.tui.dialogs.ask import Ask
from drs_tui.tui.dialogs.ask_note import AskNote
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.rows.question import unanswered
from drs_tui.tui.rows.run import wave_rows
from drs_tui.tui.rows.steps import steps_lines
from drs_tui.tui.screens.run import DecisionBar, RunScreen
from drs_tui.tui.widgets.event_log import EventLog
from drs_tui.tui.widgets.prose import Prose
from tests.tui.conftest import MakeApp, told
from tests.tui.looking import opened, panel, shows, until
from tests.tui.sample import RUN_ID, START, Story, seal_all, server_id, waiting
from tests.tui.test_decisions import by_hand, stepped

DATE = CommandStep(("date", "-u"), (Mode.DRILL,))
RECOVERS = replace(DATE, argv=("./open-shop",), modes=(Mode.RECOVERY,))


def story_of(*, gate: Gate | None = None) -> Story:
    server = PlanServer(server_id("orders-db-1"), "orders-db-1")
    steps = (DATE, ManualStep("Freeze the scheduler", "Ana"), RECOVERS)
    wave = Wave("database", (server,), gate=gate, before=steps)
    return Story(Plan("stepping", (wave,)))


def running() -> Story:
    story = story_of()
    about = {"wave": "database", "when": "before"}
    story.tell(1, "step.started", **about, step=0, kind="run", text="date -u")
    story.tell(0, "step.observed", **about, step=0, process="process 7 on bastion")
    return story


def run_of(story: Story) -> Run:
    run = fold(seal_all(story.drafts))
    assert run is not None
    return run


def texts(lines: list[tuple[object, ...]]) -> list[str]:
    return ["".join(span.text for span in line) for line in lines]  # type: ignore[attr-defined]


def read(app: DrsTui) -> str:
    return str(app.screen.query_one(".dialog-body Prose", Prose).render())


def test_each_step_says_how_it_stands() -> None:
    story = running()
    lines = texts(list(steps_lines(run_of(story), story.at + timedelta(seconds=5))))
    assert lines[:4] == [
        "Wave database",
        "▶ before: date -u  in a step  for 5s, process 7 on bastion",
        "· before: Ana: Freeze the scheduler  to come",
        "· before: ./open-shop  not in this mode",
    ]


def test_a_wave_in_a_step_is_told_from_one_that_waits_for_somebody() -> None:
    run = run_of(running())
    [row] = wave_rows(run, START)
    words = ["".join(span.text for span in cell) for cell in row.cells]
    assert "in a step" in words
    assert "step 1/3" in words
    [asking] = wave_rows(run_of(by_hand()), START)
    assert "waiting" in ["".join(span.text for span in cell) for cell in asking.cells]


def test_a_gate_says_how_long_is_left_and_what_follows() -> None:
    def silence(then: Overdue, passed: int) -> str:
        story = story_of(gate=Gate("Go on?", within_seconds=1800, then=then))
        story.tell(1, "wave.gate_opened", wave="database", prompt="Go on?")
        run = run_of(story)
        return unanswered(run, run.wanted[0], story.at + timedelta(seconds=passed))[0]

    assert silence(Overdue.STOP, 60) == "in 29m 00s, at 02:44:09Z, the run stops."
    assert silence(Overdue.WAIT, 60) == "the wave waits; it should be answered within 29m 00s."
    assert silence(Overdue.WAIT, 1860) == "the wave waits; the answer is overdue by 1m 00s."


async def test_the_countdown_of_a_gate_stands_in_the_bar(
    store: SqliteStore, make_app: MakeApp
) -> None:
    story = story_of(gate=Gate("Go on?", within_seconds=1800, then=Overdue.STOP))
    story.tell(1, "wave.gate_opened", wave="database", prompt="Go on?")
    await told(store, story)
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, DecisionBar, "at 02:44:09Z, the run stops."))
        assert "If nobody answers: in " in panel(app, DecisionBar)


async def test_what_a_step_printed_is_one_key_away(store: SqliteStore, make_app: MakeApp) -> None:
    await told(store, stepped("failed"))
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, Reading))
        assert "│ asking the name server\n  │ no such zone" in read(app)
        await pilot.press("escape")
        await until(pilot, lambda: isinstance(app.screen, RunScreen))
        await until(pilot, shows(app, DecisionBar, "has a step that failed"))
        await pilot.press("E")
        await until(pilot, lambda: isinstance(app.screen, Reading))
        assert "What it printed" in read(app)


async def test_a_failed_step_is_run_again_only_when_that_was_confirmed(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, stepped("failed"))
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, DecisionBar, "[r] run the step again"))
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await pilot.press("right", "enter")
        await until(pilot, shows(app, DecisionBar, "Your answer is sent"))
        [request] = await store.requests(RUN_ID)
    assert request.kind == "decide"
    assert request.data["choice"] == "run again"


async def noted(pilot: Pilot[int], app: DrsTui, key: str, *note: str) -> None:
    await opened(pilot, app)
    await until(pilot, shows(app, DecisionBar, f"[{key}]"))
    await pilot.press(key)
    await until(pilot, lambda: isinstance(app.screen, AskNote))
    app.screen.query_one("#note", Input).focus()
    await pilot.press(*note, "enter")
    # Enter in the note answers nothing yet.
    assert isinstance(app.screen, AskNote)
    answer = app.screen.query_one("#answer-0", Button)
    assert app.focused is answer
    assert app.screen.region.contains_region(answer.region)
    await pilot.press("enter")
    await until(pilot, lambda: isinstance(app.screen, RunScreen))


async def test_a_step_by_hand_is_acknowledged_with_a_note(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, by_hand())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await noted(pilot, app, "m", *"frozen")
        [request] = await store.requests(RUN_ID)
    assert (request.data["choice"], request.data["text"]) == ("done", "frozen")


async def test_a_step_may_be_skipped_without_a_note(store: SqliteStore, make_app: MakeApp) -> None:
    await told(store, stepped("unknown"))
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await noted(pilot, app, "k")
        [request] = await store.requests(RUN_ID)
    assert request.data["choice"] == "skip step"
    assert "text" not in request.data


async def test_the_log_tells_of_steps_and_the_bar_of_one_that_runs(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, running())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, DecisionBar, "Running: wave database, before it: date -u"))
        log = app.screen.query_one(EventLog)
        drawn = [log.render_line(y).text for y in range(log.size.height)]
        assert any("step 1 before wave database begins: date -u" in line for line in drawn)


async def test_a_run_without_steps_offers_none(store: SqliteStore, make_app: MakeApp) -> None:
    await told(store, waiting())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("s")
        await pilot.pause()
        assert isinstance(app.screen, RunScreen)


def test_both_questions_about_a_step_are_trouble() -> None:
    for outcome, kind in (("failed", WantedKind.STEP_FAILED), ("unknown", WantedKind.STEP_UNKNOWN)):
        [wanted] = run_of(stepped(outcome)).wanted
        assert wanted.kind is kind
        assert not wanted.is_expected
