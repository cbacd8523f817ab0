"""Every question there can be, on the smallest screen: all that decides is readable, and asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.model.decisions import CHOICES, Choice, WantedKind
from drs_tui.model.plan import CommandStep, Gate, ManualStep, Mode, Plan, PlanServer, Wave
from drs_tui.model.readiness import Finding, Report, Verdict
from drs_tui.model.run import fold
from drs_tui.tui.answers import ASKING_CHOICES, CHOICE_KEYS
from drs_tui.tui.app import DrsTui
from drs_tui.tui.beat import Beat
from drs_tui.tui.dialogs.ask import Ask
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.dialogs.start import StartDialog
from drs_tui.tui.rows.decision import decision_lines
from drs_tui.tui.rows.question import EFFECTS, UNANSWERED
from drs_tui.tui.screens.preflight import PreflightScreen
from drs_tui.tui.screens.run import DecisionBar, RunScreen, RunTitle
from drs_tui.tui.widgets.key_line import KeyLine
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.lines import Panel
from drs_tui.tui.widgets.prose import Prose
from drs_tui.tui.widgets.status_bar import StatusBar
from tests.tui.conftest import MakeApp, told
from tests.tui.looking import opened, panel, screen_lines, shows, until
from tests.tui.sample import (
    CAPACITY,
    RUN_ID,
    FakeDriver,
    FakeReads,
    Story,
    failing,
    seal_all,
    server_id,
    stored,
    three_tier,
    waiting,
)

LONG = "orders-db-1 is in job drsjob-5bb1f0c4d2a68e97f, which is not of this run; " * 4


def declined() -> Story:
    story = waiting()
    story.tell(5, "wave.declined", "arn:aws:iam::1:user/eve", wave="application", text="not yet")
    return story


def by_hand() -> Story:
    server = PlanServer(server_id("orders-db-1"), "orders-db-1")
    step = ManualStep("Freeze the batch scheduler so that no invoice is sent twice")
    story = Story(Plan("by-hand", (Wave("database", (server,), before=(step,)),)))
    story.tell(1, "step.started", wave="database", step=0, text=step.text)
    return story


def stepped(outcome: str) -> Story:
    server = PlanServer(server_id("orders-db-1"), "orders-db-1")
    step = CommandStep(("./scripts/point-dns", "--drill"), (Mode.DRILL,))
    story = Story(Plan("stepped", (Wave("database", (server,), before=(step,)),)))
    about: dict[str, Any] = {"wave": "database", "step": 0, "when": "before"}
    story.tell(1, "step.started", **about, kind="run", text="./scripts/point-dns --drill")
    words = "./scripts/point-dns --drill ended with 4: no such zone; " + LONG
    output = "asking the name server\nno such zone"
    story.tell(9, "step.done", **about, outcome=outcome, words=words, output=output)
    return story


def guarded(verdict: str, words: str) -> Story:
    story = Story(three_tier())
    finding = {
        "verdict": verdict,
        "check": "job",
        "thing": "orders-db-1",
        "reason": "it is in another job",
        "remedy": "wait until that job has ended",
    }
    story.tell(1, "wave.guarded", wave="database", verdict=verdict, words=words, findings=[finding])
    return story


def intended() -> Story:
    story = Story(three_tier())
    ids = [server_id("orders-db-1"), server_id("orders-db-2")]
    story.tell(1, "wave.launch_intended", wave="database", attempt=1, servers=ids, token="t")
    return story


def refused() -> Story:
    story = intended()
    story.tell(1, "wave.launch_refused", wave="database", message="AccessDeniedException: " + LONG)
    return story


def unknown() -> Story:
    story = intended()
    words = "StartRecovery was sent once and its answer lost; no job with this launch's token "
    story.tell(180, "wave.launch_unknown", wave="database", settled=True, message=words + LONG)
    return story


def timed_out() -> Story:
    story = Story(three_tier())
    story.launch("database")
    words = "job drsjob-5bb1f0c4d2a68e97f has not ended after 60 minutes"
    story.tell(3600, "wave.timed_out", wave="database", words=words)
    return story


def not_isolated() -> Story:
    story = Story(three_tier())
    story.launch("database")
    words = "orders-db-1 i-0a1b2c3d4e5f60718: vpc-0a1b2c3d is not among the plan's VPCs; "
    story.tell(1500, "isolation.compared", wave="database", job_id="drsjob-1", words=words + LONG)
    return story


def unverified() -> Story:
    story = Story(three_tier())
    job = story.launch("database")
    story.come_up("database", job, ("orders-db-1", "orders-db-2"))
    story.check("database", "orders-db-1")
    story.check("database", "orders-db-2", "failed", LONG)
    story.end("database", job, "partial", "orders-db-2 not verified, EC2 status: " + LONG)
    return story


STORIES: dict[WantedKind, Callable[[], Story]] = {
    WantedKind.GATE: waiting,
    WantedKind.MANUAL: by_hand,
    WantedKind.DECLINED: declined,
    WantedKind.GUARD_WARNED: lambda: guarded("warns", LONG),
    WantedKind.GUARD_BLOCKED: lambda: guarded("blocks", LONG),
    WantedKind.LAUNCH_REFUSED: refused,
    WantedKind.LAUNCH_UNKNOWN: unknown,
    WantedKind.TIMED_OUT: timed_out,
    WantedKind.NOT_ISOLATED: not_isolated,
    WantedKind.WAVE_FAILED: failing,
    WantedKind.CHECKS_FAILED: unverified,
    WantedKind.STEP_FAILED: lambda: stepped("failed"),
    WantedKind.STEP_UNKNOWN: lambda: stepped("unknown"),
}


def test_every_kind_of_question_is_told_here() -> None:
    assert STORIES.keys() == set(WantedKind)
    assert UNANSWERED.keys() == set(WantedKind)
    assert EFFECTS.keys() == set(Choice)


def test_no_answer_sits_on_a_key_that_pages_moves_or_confirms() -> None:
    keys = {key for key, _ in CHOICE_KEYS.values()}
    assert not keys & {"space", "enter", "tab", "escape", "j", "h", "l", "g", "G"}


@pytest.mark.parametrize("kind", STORIES)
async def test_nothing_that_decides_is_cut_at_80x24_and_no_key_that_pages_answers(
    store: SqliteStore, make_app: MakeApp, kind: WantedKind
) -> None:
    story = STORIES[kind]()
    # A paused run has the most to say.
    story.tell(1, "run.paused", "ana")
    await told(store, story)
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, DecisionBar, UNANSWERED[kind]))
        screen = app.screen
        assert isinstance(screen, RunScreen)
        bar = screen.query_one(DecisionBar)
        assert bar.size.height == len(bar.lines), "every line of it is on the screen"
        said = panel(app, DecisionBar)
        for choice in CHOICES[kind]:
            assert f"[{CHOICE_KEYS[choice][0]}]" in said
        assert "[p] resume" in said
        assert screen.region.contains_region(bar.region)
        assert "…" not in said or "[E] all of it" in said
        await pilot.press("enter", "space", "pagedown", "pageup")
        assert app.screen is screen
        await pilot.press("E")
        await until(pilot, lambda: isinstance(app.screen, Reading))
    assert await store.requests(RUN_ID) == []


@pytest.mark.parametrize("kind", STORIES)
def test_a_run_that_goes_on_says_the_same_and_offers_no_resuming(kind: WantedKind) -> None:
    run = fold(seal_all(STORIES[kind]().drafts))
    assert run is not None
    assert run.last_at is not None
    lines = decision_lines(run, Beat(holder="ana"), None, 0, 78, now=run.last_at)
    said = "\n".join("".join(span.text for span in line) for line in lines)
    assert UNANSWERED[kind] in said
    for choice in CHOICES[kind]:
        assert f"[{CHOICE_KEYS[choice][0]}]" in said
    assert "[p] resume" not in said


ASKED: dict[WantedKind, tuple[Choice, ...]] = {
    WantedKind.GATE: (Choice.APPROVE,),
    WantedKind.GUARD_WARNED: (Choice.ACKNOWLEDGE, Choice.RETRY, Choice.SKIP, Choice.STOP),
    WantedKind.LAUNCH_UNKNOWN: (Choice.RESEND,),
    WantedKind.TIMED_OUT: (Choice.GIVE_UP,),
    WantedKind.WAVE_FAILED: (Choice.RELAUNCH, Choice.ACCEPT),
    WantedKind.STEP_FAILED: (Choice.RUN_AGAIN, Choice.DONE, Choice.SKIP_STEP),
}
"""Each answer that asks first, with a question that takes it."""


def test_each_answer_that_asks_first_is_tried_here() -> None:
    assert sorted(choice for choices in ASKED.values() for choice in choices) == sorted(
        ASKING_CHOICES
    )


@pytest.mark.parametrize("kind", ASKED)
async def test_an_answer_that_asks_first_is_not_given_by_enter(
    store: SqliteStore, make_app: MakeApp, kind: WantedKind
) -> None:
    await told(store, STORIES[kind]())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        for choice in ASKED[kind]:
            await pilot.press(CHOICE_KEYS[choice][0])
            await until(pilot, lambda: isinstance(app.screen, Ask))
            assert app.focused is app.screen.query_one("#cancel", Button)
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, RunScreen))
    assert await store.requests(RUN_ID) == []


async def test_an_answer_that_was_sent_is_said_to_be_and_cannot_be_sent_twice(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, timed_out())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, DecisionBar, "[e] wait as long again"))
        await pilot.press("e")
        await until(pilot, shows(app, DecisionBar, "Your answer is sent: wait as long again"))
        await pilot.press("e")
        await pilot.pause()
    assert len(await store.requests(RUN_ID)) == 1


async def test_a_recovery_says_so_across_the_screen_and_before_each_launch(
    store: SqliteStore, make_app: MakeApp
) -> None:
    plan = three_tier(gate=True)
    story = Story(plan, Mode.RECOVERY)
    story.gate("application")
    await told(store, story)
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        assert "REAL RECOVERY of three-tier: this is not a drill" in panel(app, RunTitle)
        await until(pilot, shows(app, DecisionBar, "[a]"))
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        assert "not a drill" in app.export_screenshot().replace("&#160;", " ")


async def test_a_real_recovery_starts_only_with_its_plans_name_typed(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver, reads: FakeReads
) -> None:
    reads.report = Report(reads.report.findings[:1])
    await stored(store, Story(three_tier(), Mode.RECOVERY))
    app = make_app()
    app.session.settings = replace(app.session.settings, recovery=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await to_ready_preflight(pilot, app)
        assert "RECOVERY ARMED" in panel(app, StatusBar)
        await pilot.press("X")
        await until(pilot, lambda: isinstance(app.screen, StartDialog))
        start = app.screen.query_one("#start", Button)
        assert app.focused is app.screen.query_one("#cancel", Button)
        assert not app.screen.query("#cleanup"), "what a recovery launched is not cleaned up"
        app.screen.query_one("#confirm", Input).focus()
        await pilot.press(*"three-tie", "enter")
        assert start.disabled
        app.screen.query_one("#confirm", Input).focus()
        await pilot.press("end", "r")
        assert not start.disabled
        assert app.screen.region.contains_region(start.region)
        start.press()
        await opened(pilot, app)
    assert [order.mode for order in driver.started] == [Mode.RECOVERY]


async def test_a_recovery_ends_only_instances_whose_ids_were_typed_one_by_one(
    store: SqliteStore, make_app: MakeApp, driver: FakeDriver, reads: FakeReads
) -> None:
    ids = ("i-0a11ce0fa11ce0001", "i-0a11ce0fa11ce0002")
    reads.report = Report(reads.report.findings[:1])
    reads.found_of[Mode.RECOVERY] = tuple(
        Finding(Verdict.BLOCKS, "live recovery", f"db-{n}", f"{each} is live", "keep", ends=each)
        for n, each in enumerate(ids)
    )
    await stored(store, Story(three_tier(), Mode.RECOVERY))
    app = make_app(recovery=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, LineTable, "three-tier"))
        await pilot.press("G", "k", "enter")
        await until(pilot, shows(app, Panel, "type its name and what it ends"))
        await pilot.press("X")
        await until(pilot, lambda: isinstance(app.screen, StartDialog))
        shown = "\n".join(screen_lines(app))
        assert f"{ids[0]} is live" in shown
        assert "type the id of each instance that this ends: 2 to go" in shown
        start = app.screen.query_one("#start", Button)
        app.screen.query_one("#confirm", Input).value = "three-tier"
        field = app.screen.query_one("#ends", Input)
        field.focus()
        await pilot.press(*"i-0a11ce0fa11ce0009", "enter")
        assert (field.value, app.focused) == ("i-0a11ce0fa11ce0009", field), "it ends no such one"
        field.value = ""
        await pilot.press(*ids[1])
        await until(pilot, lambda: not field.value)
        assert start.disabled
        await pilot.press(*ids[0])
        await until(pilot, lambda: not start.disabled)
        assert app.screen.region.contains_region(start.region)
        start.press()
        await opened(pilot, app)
    [order] = driver.started
    assert order.end_instances == (ids[1], ids[0])
    assert set(order.acknowledged) == {"ends an instance:db-0", "ends an instance:db-1"}


async def test_without_its_flag_the_app_starts_no_recovery(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads
) -> None:
    reads.report = Report(reads.report.findings[:1])
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await to_ready_preflight(pilot, app)
        await pilot.press("X")
        await pilot.pause()
        assert isinstance(app.screen, PreflightScreen)
        assert "RECOVERY" not in panel(app, StatusBar) + panel(app, KeyLine)


async def to_ready_preflight(pilot: Pilot[int], app: DrsTui) -> None:
    await until(pilot, shows(app, LineTable, "three-tier"))
    await pilot.press("G", "k", "enter")
    await until(pilot, shows(app, Panel, "✓ ready"))


async def test_the_focus_in_a_dialog_is_told_by_marks(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads
) -> None:
    reads.report = Report(reads.report.findings[:1])
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await to_ready_preflight(pilot, app)
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, StartDialog))
        cancel = app.screen.query_one("#cancel", Button)
        start = app.screen.query_one("#start", Button)
        assert (str(cancel.label), str(start.label)) == ("> Cancel <", "  Start drill  ")
        await pilot.press("right")
        assert (str(cancel.label), str(start.label)) == ("  Cancel  ", "> Start drill <")


async def test_a_gate_for_others_says_who_may_approve_and_who_has(
    store: SqliteStore, make_app: MakeApp
) -> None:
    gate = Gate("Confirm that the database answers", approvals=2, excludes_starter=True)
    first, *others = three_tier().waves
    story = Story(Plan("three-tier", (replace(first, gate=gate), *others)))
    story.gate("database")
    eve = "arn:aws:iam::123456789012:user/eve"
    story.tell(5, "wave.approved", eve, wave="database", gate=3, principal=eve)
    await told(store, story)
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, DecisionBar, "[a]"))
        bar = " ".join(panel(app, DecisionBar).split())
        assert "(1 of 2 approvals)" in bar
        assert "2 different people other than maria (DrillOperator), who started the run" in bar
        assert "so far: eve." in bar
        assert "arn:" not in bar
        await pilot.press("a")
        await until(pilot, lambda: isinstance(app.screen, Ask))
        await until(pilot, lambda: "so far: eve" in "".join(screen_lines(app)))
        assert "arn:" not in "".join(screen_lines(app))


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("size", [(80, 24), (60, 18)])
async def test_any_number_of_warnings_leaves_the_answers_in_sight(
    store: SqliteStore, make_app: MakeApp, size: tuple[int, int], mode: Mode
) -> None:
    warnings = [Finding(Verdict.WARNS, "lag", f"db-{n}", "old " * 20, "wait") for n in range(9)]
    app = make_app()
    async with app.run_test(size=size) as pilot:
        dialog = StartDialog(three_tier(), Report(tuple(warnings)), "account 1", mode)
        await app.push_screen(dialog)
        await pilot.pause()
        shown = "\n".join(screen_lines(app))
        assert "> Cancel <" in shown
        assert "Start drill" in shown or "Start REAL RECOVERY" in shown
        assert "( ) never" in shown or mode is Mode.RECOVERY
        assert "I take 9 warnings on me (pgdn shows them all)" in shown
        assert "web: " not in shown
        await pilot.press(*["pagedown"] * 20)
        assert "web: " in "\n".join(screen_lines(app))


async def test_a_plan_is_checked_as_what_may_be_started(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads
) -> None:
    for armed, modes in ((False, {Mode.DRILL}), (True, set(Mode))):
        reads.surveyed.clear()
        app = make_app(recovery=armed)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(pilot, shows(app, LineTable, "three-tier"))
            await pilot.press("G", "k", "enter")
            await until(pilot, shows(app, Panel, "▲ ready"))
            assert shows(app, Panel, "for a REAL RECOVERY")() == armed
        assert set(reads.surveyed) == modes


async def test_what_blocks_a_recovery_alone_keeps_nobody_from_a_drill(
    store: SqliteStore, make_app: MakeApp, reads: FakeReads
) -> None:
    no = Finding(Verdict.BLOCKS, "policy", "us-east-1", "no recovery goes there", "ask")
    reads.found_of[Mode.RECOVERY] = (no,)
    app = make_app(recovery=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, shows(app, LineTable, "three-tier"))
        await pilot.press("G", "k", "enter")
        await until(pilot, shows(app, Panel, "✗ blocked by 1"))
        await until(pilot, shows(app, LineTable, "no recovery goes there"))
        await until(pilot, shows(app, Panel, "A recovery cannot be started as things are."))
        assert "X Recover" not in panel(app, KeyLine)
        await pilot.press("X")
        await pilot.press("s")
        await until(pilot, lambda: isinstance(app.screen, StartDialog))
        await until(pilot, lambda: "Start a drill of three-tier?" in "".join(screen_lines(app)))


async def test_what_aws_said_of_a_failure_is_two_keys_away_and_whole(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await stored(store, failing())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(pilot, app)
        await pilot.press("f", "d")
        await until(pilot, lambda: isinstance(app.screen, Reading))
        await pilot.pause()
        prose = app.screen.query_one(".dialog-body Prose", Prose)
        assert CAPACITY in str(prose.render())
        assert prose.size.width < app.size.width, "it wraps, and nothing of it is beside the screen"


async def test_what_is_told_in_passing_never_covers_what_is_to_be_decided(
    store: SqliteStore, make_app: MakeApp
) -> None:
    await told(store, unknown())
    app = make_app(open_run=RUN_ID)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await opened(pilot, app)
        await until(pilot, shows(app, DecisionBar, "[u] look for its job again"))
        await pilot.press("f")
        await until(pilot, lambda: bool(app.screen.query("Toast")))
        await pilot.pause()
        toast = app.screen.query_one("Toast").region
        assert not toast.overlaps(app.screen.query_one(DecisionBar).region)
        assert not toast.overlaps(app.screen.query_one(RunTitle).region)
