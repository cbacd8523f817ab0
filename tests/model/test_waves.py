"""A wave from its gate to its outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from drs_tui.model.decisions import WantedKind
from drs_tui.model.plan import FailurePolicy, Gate, PlanServer, Wave
from drs_tui.model.state.waves import Held
from drs_tui.model.status import Phase, ServerResult, WaveStatus

from .story import START, Story, wave_of


def gated(approvals: int = 1) -> Story:
    story = Story(wave_of("db", "s-1", "s-2", gate=Gate("Is it quiet?", approvals)))
    story.tell("wave.gate_opened", wave="db", prompt="Is it quiet?")
    return story


def wanted_kind(story: Story, wave: str = "db") -> WantedKind | None:
    wanted = story.run.waves[wave].wanted
    return wanted.kind if wanted else None


# Before the launch ------------------------------------------------------------------------------


def test_an_open_gate_asks_its_question() -> None:
    story = gated()
    [wanted] = story.run.wanted
    assert (wanted.kind, wanted.words, wanted.seq) == (WantedKind.GATE, "Is it quiet?", 2)
    assert story.run.waves["db"].status is WaveStatus.WAITING


def test_one_person_cannot_give_two_approvals() -> None:
    story = gated(approvals=2)
    story.tell("wave.approved", "ana", wave="db")
    story.tell("wave.approved", "ana", wave="db")
    assert not story.run.waves["db"].gate_passed
    story.tell("wave.approved", "ben", wave="db")
    assert story.run.waves["db"].gate_passed
    assert story.run.wanted == ()


def test_approvals_begin_anew_when_the_gate_is_opened_again() -> None:
    story = gated(approvals=2)
    story.tell("wave.approved", "ana", wave="db")
    story.tell("wave.declined", "ben", wave="db")
    assert wanted_kind(story) is WantedKind.DECLINED
    story.tell("wave.decided", wave="db", choice="ask again")
    story.tell("wave.gate_opened", wave="db", prompt="Is it quiet?")
    story.tell("wave.approved", "ben", wave="db")
    assert not story.run.waves["db"].gate_passed


def test_a_declined_gate_is_opened_anew_when_it_is_asked_again() -> None:
    story = gated()
    assert story.run.waves["db"].gate_seq > 0
    story.tell("wave.declined", "ana", wave="db", text="not yet")
    wave = story.run.waves["db"]
    assert (wave.gate_passed, wave.gate_seq) == (False, 0)


def test_a_declined_step_leaves_the_gate_passed() -> None:
    story = gated()
    story.tell("wave.approved", "ana", wave="db")
    story.tell("step.started", wave="db", step=0, text="Freeze")
    story.tell("wave.declined", "ana", wave="db", text="not yet")
    wave = story.run.waves["db"]
    assert (wave.gate_passed, wave.step, wave.under_way) == (True, 0, None)
    assert story.run.wanted[0].words == "not yet"


def test_a_step_that_is_done_leads_to_the_next() -> None:
    story = Story(wave_of("db", "s-1"))
    story.tell("step.started", wave="db", step=0, text="Freeze")
    assert wanted_kind(story) == WantedKind.MANUAL
    assert story.run.waves["db"].under_way is not None
    story.tell("step.done", "ana", wave="db", step=0)
    assert (wanted_kind(story), story.run.waves["db"].step) == (None, 1)


@pytest.mark.parametrize(
    ("verdict", "wanted"),
    [
        ("passes", None),
        ("warns", WantedKind.GUARD_WARNED),
        ("blocks", WantedKind.GUARD_BLOCKED),
        ("a later version's word", WantedKind.GUARD_BLOCKED),
    ],
)
def test_only_guards_that_pass_ask_nothing(verdict: str, wanted: WantedKind | None) -> None:
    story = Story(wave_of("db", "s-1"))
    story.tell("wave.guarded", wave="db", verdict=verdict, lag_ms={"s-1": 3000, "s-9": 1})
    assert wanted_kind(story) is wanted
    assert story.run.servers["s-1"].lag_ms == 3000


def test_a_lag_that_is_no_number_is_not_known() -> None:
    story = Story(wave_of("db", "s-1", "s-2"))
    story.tell("wave.guarded", wave="db", verdict="passes", lag_ms={"s-1": True, "s-2": "long"})
    assert [server.lag_ms for server in story.run.of_wave("db")] == [None, None]


def test_guards_of_two_waves_keep_their_findings_apart() -> None:
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-2"))
    for wave in ("db", "web"):
        story.tell("wave.guarded", wave=wave, verdict="warns", findings=[{"thing": wave}])
    assert [wave.findings for wave in story.run.waves.values()] == [
        ({"thing": "db"},),
        ({"thing": "web"},),
    ]


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("wave.guarded", {"verdict": "warns"}),
        ("wave.launch_refused", {"message": "No."}),
        ("isolation.compared", {"job_id": "drsjob-1", "words": "s-1 runs in vpc-1"}),
    ],
)
def test_what_ends_after_a_stop_asks_nothing(kind: str, data: dict[str, str]) -> None:
    story = Story(wave_of("db", "s-1"))
    story.intend("db")
    story.tell("run.cancel_requested", "ana")
    story.tell(kind, wave="db", **data)
    assert story.run.wanted == ()


# The launch -------------------------------------------------------------------------------------


def test_an_intent_is_open_until_the_job_is_known() -> None:
    story = Story(wave_of("db", "s-1", "s-2"))
    story.intend("db")
    wave = story.run.waves["db"]
    assert wave.intent is not None
    assert (wave.intent.server_ids, wave.attempt, wave.status) == (
        ("s-1", "s-2"),
        1,
        WaveStatus.LAUNCHING,
    )
    assert [s.phase for s in story.run.of_wave("db")] == [Phase.QUEUED, Phase.QUEUED]
    story.tell("wave.launched", wave="db", job_id="drsjob-1")
    wave = story.run.waves["db"]
    assert (wave.intent, wave.job_id, wave.status) == (None, "drsjob-1", WaveStatus.IN_PROGRESS)
    assert [s.job_id for s in story.run.of_wave("db")] == ["drsjob-1", "drsjob-1"]


def test_a_refused_launch_started_nothing() -> None:
    story = Story(wave_of("db", "s-1"))
    story.intend("db")
    story.tell("wave.launch_refused", wave="db", message="Quota.")
    assert (wanted_kind(story), story.run.wanted[0].words) == (WantedKind.LAUNCH_REFUSED, "Quota.")
    assert story.run.waves["db"].intent is None
    assert story.run.servers["s-1"].phase is Phase.PENDING


def test_a_wave_is_held_back_from_when_it_was_until_its_guards_have_run() -> None:
    story = Story(wave_of("db", "s-1"))
    story.tell("wave.held", wave="db", quota="turn", words="1 held back before it comes first")
    story.wait(60)
    story.tell("wave.held", wave="db", quota="jobs", words="20 of 20 DRS jobs run")
    assert story.run.waves["db"].held == Held("jobs", "20 of 20 DRS jobs run", START)
    assert story.run.wanted == ()
    story.tell("wave.guarded", wave="db", verdict="passes")
    assert story.run.waves["db"].held is None


def test_a_launch_that_a_quota_refuses_for_now_asks_nobody() -> None:
    story = Story(wave_of("db", "s-1"))
    story.intend("db")
    code = "ServiceQuotaExceededException"
    story.tell(
        "wave.launch_refused", wave="db", code=code, message="21 of 20", retry_after_ms=60_000
    )
    assert story.run.waves["db"].held == Held("", "21 of 20", START)
    assert story.run.wanted == ()


def test_a_throttled_launch_is_sent_again_later() -> None:
    story = Story(wave_of("db", "s-1"))
    story.intend("db")
    story.tell("wave.launch_refused", wave="db", retry_after_ms=15_000, tags_refused=True)
    wave = story.run.waves["db"]
    assert (wave.retry_at, wave.untagged) == (START + timedelta(seconds=15), True)
    assert story.run.wanted == ()


def test_a_lost_answer_asks_only_once_the_search_has_ended() -> None:
    story = Story(wave_of("db", "s-1"))
    story.intend("db")
    story.tell("wave.launch_unknown", wave="db", message="time-out")
    assert (wanted_kind(story), story.run.waves["db"].intent is None) == (None, False)
    story.tell("wave.launch_unknown", wave="db", message="none found", settled=True)
    assert wanted_kind(story) is WantedKind.LAUNCH_UNKNOWN
    story.tell("wave.decided", "ana", wave="db", choice="search")
    intent = story.run.waves["db"].intent
    assert intent is not None
    assert (wanted_kind(story), intent.settled) == (None, False)


def test_sending_again_gives_the_lost_call_up() -> None:
    story = Story(wave_of("db", "s-1"))
    story.intend("db")
    story.tell("wave.launch_unknown", wave="db", message="none found", settled=True)
    story.tell("wave.decided", "ana", wave="db", choice="resend")
    wave = story.run.waves["db"]
    assert (wave.intent, wave.status) == (None, WaveStatus.PENDING)


# Where its instances are ------------------------------------------------------------------------


def compared(words: str) -> Story:
    story = Story(wave_of("db", "s-1"))
    story.complete("db", "drsjob-1")
    story.tell("isolation.compared", wave="db", job_id="drsjob-1", words=words)
    return story


def test_instances_where_the_plan_has_no_drill_ask_what_to_do() -> None:
    wave = compared("s-1 runs in vpc-1").run.waves["db"]
    assert (wave.compared_job, wave.is_outside) == ("drsjob-1", True)
    assert wave.wanted is not None
    assert (wave.wanted.kind, wave.wanted.words) == (WantedKind.NOT_ISOLATED, "s-1 runs in vpc-1")


def test_instances_where_they_should_be_ask_nothing() -> None:
    wave = compared("").run.waves["db"]
    assert (wave.compared_job, wave.is_outside, wave.wanted) == ("drsjob-1", False, None)


@pytest.mark.parametrize(
    ("choice", "compared_job", "is_outside"),
    [("accept", "drsjob-1", False), ("compare", "", True), ("made up", "drsjob-1", True)],
)
def test_where_instances_are_is_taken_upon_oneself_or_looked_at_again(
    choice: str, compared_job: str, is_outside: bool
) -> None:
    story = compared("s-1 runs in vpc-1")
    wave = story.tell("wave.decided", wave="db", choice=choice).waves["db"]
    assert (wave.compared_job, wave.is_outside, wave.wanted) == (compared_job, is_outside, None)
    assert not wave.accepted


def test_warnings_that_somebody_takes_upon_themselves_are_remembered() -> None:
    story = Story(wave_of("db", "s-1"))
    for findings in (["lag s-1"], ["state s-1", 7]):
        story.tell("wave.decided", wave="db", choice="acknowledge", findings=findings)
    assert story.run.acknowledged == {"lag s-1", "state s-1"}


# Launching again --------------------------------------------------------------------------------


def half_failed() -> Story:
    story = Story(wave_of("db", "s-1", "s-2"))
    story.complete("db", "drsjob-1", **{"s-2": "FAILED"})
    story.finish("db", "partial")
    story.tell("wave.decided", "ana", wave="db", choice="relaunch")
    return story


def test_a_relaunch_begins_with_a_clean_sheet_for_its_servers_alone() -> None:
    story = half_failed()
    story.launch("db", "drsjob-2", "s-2")
    one, two = story.run.of_wave("db")
    assert (one.result, one.job_id) == (ServerResult.LAUNCHED, "drsjob-1")
    assert (two.result, two.job_id) == (ServerResult.OPEN, "drsjob-2")
    wave = story.run.waves["db"]
    assert (wave.attempt, wave.relaunch, wave.finished_at) == (2, False, None)


@pytest.mark.parametrize("refusal", [{"retry_after_ms": 0}, {"message": "No."}])
def test_a_refused_relaunch_is_still_about_the_failed_servers(refusal: dict[str, Any]) -> None:
    story = half_failed()
    story.intend("db", "s-2")
    story.tell("wave.launch_refused", wave="db", **refusal)
    assert story.run.waves["db"].relaunch


def test_what_the_first_job_says_late_is_not_about_the_second() -> None:
    story = half_failed()
    story.launch("db", "drsjob-2", "s-2")
    story.log("drsjob-1", "LAUNCH_FAILED", "s-2", rawError="late")
    story.tell("instance.observed", instance="i-1", server="s-2", job_id="drsjob-1", state="UP")
    story.end_job("drsjob-1")
    server = story.run.servers["s-2"]
    assert (server.result, server.error, server.instance_id) == (ServerResult.OPEN, "", "")
    assert story.run.waves["db"].status is WaveStatus.IN_PROGRESS


# The end ----------------------------------------------------------------------------------------


def test_the_jobs_end_is_the_beginning_of_the_verdict() -> None:
    story = Story(wave_of("db", "s-1"))
    story.launch("db", "drsjob-1")
    story.tell("wave.timed_out", wave="db")
    assert wanted_kind(story) is WantedKind.TIMED_OUT
    story.end_job("drsjob-1")
    wave = story.run.waves["db"]
    assert (wave.status, wave.verifying_since) == (WaveStatus.VERIFYING, START)
    assert wave.wanted is None


@pytest.mark.parametrize(
    ("system", "minutes"),
    [(None, 60), ("Red Hat Enterprise Linux 9", 60), ("Windows Server 2022", 120)],
)
def test_windows_may_take_twice_as_long_unless_the_plan_says(
    system: str | None, minutes: int
) -> None:
    servers = (PlanServer("s-1"), PlanServer("s-2", os=system))
    story = Story(Wave("db", servers), Wave("web", servers, timeout_seconds=60))
    for wave in ("db", "web"):
        story.launch(wave, f"drsjob-{wave}")
    assert story.run.deadline("db") == START + timedelta(minutes=minutes)
    assert story.run.deadline("web") == START + timedelta(minutes=1)


def test_an_extension_moves_the_deadline() -> None:
    story = Story(wave_of("db", "s-1", timeout_seconds=60))
    assert story.run.deadline("db") is None
    story.launch("db", "drsjob-1")
    assert story.run.deadline("db") == START + timedelta(seconds=60)
    story.tell("wave.timed_out", wave="db")
    story.tell("wave.extended", "ana", wave="db", by_ms=30_000)
    assert story.run.deadline("db") == START + timedelta(seconds=90)
    assert (wanted_kind(story), story.run.waves["db"].timed_out) == (None, False)


def test_giving_a_wave_up_ends_its_servers_too() -> None:
    story = Story(wave_of("db", "s-1", "s-2"))
    story.launch("db", "drsjob-1")
    story.see("s-1", "LAUNCHED")
    story.tell("wave.decided", "ana", wave="db", choice="give up")
    story.finish("db", "partial")
    assert [s.result for s in story.run.of_wave("db")] == [
        ServerResult.LAUNCHED,
        ServerResult.NOT_LAUNCHED,
    ]


@pytest.mark.parametrize("outcome", ["partial", "failed"])
@pytest.mark.parametrize(
    ("policy", "wanted", "stopping", "passes"),
    [
        (FailurePolicy.PAUSE, WantedKind.WAVE_FAILED, False, False),
        (FailurePolicy.STOP, None, True, False),
        (FailurePolicy.CONTINUE, None, False, True),
    ],
)
def test_the_plan_says_what_a_failed_wave_means(
    outcome: str, policy: FailurePolicy, wanted: WantedKind | None, stopping: bool, passes: bool
) -> None:
    story = Story(wave_of("db", "s-1", on_failure=policy))
    story.complete("db", "drsjob-1", **{"s-1": "FAILED"})
    run = story.finish("db", outcome)
    assert (wanted_kind(story), run.stopping) == (wanted, stopping)
    assert run.lets_pass("db") is passes


def test_an_accepted_failure_lets_the_next_wave_pass() -> None:
    story = Story(wave_of("db", "s-1"))
    story.complete("db", "drsjob-1", **{"s-1": "FAILED"})
    story.finish("db", "failed")
    assert not story.run.lets_pass("db")
    assert story.tell("wave.decided", "ana", wave="db", choice="accept").lets_pass("db")


@pytest.mark.parametrize("outcome", ["succeeded", "skipped"])
def test_a_wave_that_succeeded_or_was_skipped_lets_the_next_pass(outcome: str) -> None:
    assert Story(wave_of("db", "s-1")).finish("db", outcome).lets_pass("db")


def test_a_cancelled_wave_lets_nothing_pass() -> None:
    story = Story(wave_of("db", "s-1", on_failure=FailurePolicy.CONTINUE))
    assert not story.finish("db", "cancelled").lets_pass("db")


@pytest.mark.parametrize("how", ["run.cancel_requested", "wave.decided"])
def test_a_stop_takes_back_questions_but_not_those_about_what_drs_may_be_doing(how: str) -> None:
    story = Story(*(wave_of(name, f"s-{name}") for name in ("gate", "late", "lost", "bad")))
    story.tell("wave.gate_opened", wave="gate", prompt="Go?")
    story.launch("late", "drsjob-1")
    story.tell("wave.timed_out", wave="late")
    story.intend("lost")
    story.tell("wave.launch_unknown", wave="lost", settled=True)
    story.tell("wave.guarded", wave="bad", verdict="blocks")
    run = story.tell(how, "ana", wave="bad", choice="stop")
    assert {wanted.wave for wanted in run.wanted} == {"late", "lost"}
    assert run.stopping
    assert run.cancelled is (how == "run.cancel_requested")
