"""What people ask for: done, or refused with the reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.audit.store import Request
from drs_tui.engine.answers import LONGEST_TEXT, answer
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.events import Draft, EventType
from drs_tui.model.plan import Gate, ManualStep, Mode
from drs_tui.model.status import WaveStatus
from tests.model.story import START, Story, arn_of, wave_of
from tests.strategies import examples, json_objects, json_values, walks

from .walk import Walk


def asked(story: Story, kind: str, actor: str = "ana", **data: Any) -> list[Draft]:
    return answer(story.run, Request("01A", "01RUN", story.now, actor, kind, data), story.now)


def about(
    story: Story, kind: str, actor: str = "ana", wave: str = "db", **data: Any
) -> list[Draft]:
    """Ask about what a wave wants now."""
    wanted = story.run.waves[wave].wanted
    assert wanted is not None
    return asked(story, kind, actor, wave=wave, seq=wanted.seq, **data)


def types(drafts: list[Draft]) -> list[str]:
    return [draft.type for draft in drafts]


def why(drafts: list[Draft]) -> str:
    """Why a request came to nothing."""
    [draft] = drafts
    assert draft.type == EventType.REQUEST_STALE
    return str(draft.data["why"])


def gated(approvals: int = 1, *, excludes_starter: bool = False, **created: Any) -> Story:
    gate = Gate("Go?", approvals, excludes_starter=excludes_starter)
    story = Story(wave_of("db", "s-1", gate=gate), wave_of("web", "s-2"), created=created)
    story.tell("wave.gate_opened", wave="db", prompt="Go?")
    return story


def session_of(role: str, name: str) -> str:
    return f"arn:aws:sts::123456789012:assumed-role/{role}/{name}"


def approve(story: Story, arn: str) -> list[Draft]:
    """Approve what `db` wants, with an AWS identity."""
    return about(story, "approve", arn or "ana@bastion", by={"arn": arn})


def finished(mode: Mode = Mode.DRILL) -> Story:
    story = Story(wave_of("db", "s-1"), mode=mode)
    story.complete("db", "drsjob-1")
    story.finish("db", "succeeded")
    story.tell("run.finished", outcome="succeeded")
    return story


KINDS = ("approve", "decline", "pause", "resume", "cancel", "decide", "note", "cleanup", "made up")
choices = st.sampled_from([choice.value for choice in Choice])
requests = st.fixed_dictionaries(
    {},
    optional={
        "wave": st.sampled_from(("wave-0", "wave-1")) | json_values,
        "seq": st.integers(1, 30) | json_values,
        "choice": choices | json_values,
        "text": json_values,
    },
)


@examples(100)
@given(walks(30), st.sampled_from(KINDS), requests | json_objects)
def test_every_request_is_answered_under_its_senders_name(
    walk: Walk, kind: str, data: dict[str, Any]
) -> None:
    drafts = asked(walk, kind, "eva", **data)
    assert drafts
    for draft in drafts:
        assert (draft.actor, draft.at, draft.data["request_id"]) == ("eva", walk.now, "01A")
        walk.record(draft)
    assert "01A" in walk.run.requests
    assert walk.run.unreadable == ()


# Any time ---------------------------------------------------------------------------------------


def test_a_note_can_be_left_even_after_the_end() -> None:
    story = finished()
    [draft] = asked(story, "note", text="well done")
    assert story.record(draft).notes[-1].text == "well done"


def test_a_run_is_paused_and_resumed_once() -> None:
    story = gated()
    assert why(asked(story, "resume")) == "the run is not paused"
    [draft] = asked(story, "pause", text="lunch")
    assert (draft.type, draft.data["text"]) == (EventType.RUN_PAUSED, "lunch")
    story.record(draft)
    assert why(asked(story, "pause")) == "the run is paused already"
    assert types(asked(story, "resume")) == [EventType.RUN_RESUMED]


def test_a_run_is_cancelled_once() -> None:
    story = gated()
    [draft] = asked(story, "cancel")
    story.record(draft)
    assert why(asked(story, "cancel")) == "the run is cancelled already"


def test_a_run_that_is_stopping_is_not_paused() -> None:
    story = gated()
    story.tell("run.cancel_requested")
    assert "stopping" in why(asked(story, "pause"))


def test_an_endless_remark_is_cut_so_that_it_can_be_recorded() -> None:
    [noted] = asked(gated(), "note", text="x" * 1_000_000)
    [stale] = asked(gated(), "resume", text="x" * 1_000_000)
    assert {noted.data["text"], stale.data["text"]} == {"x" * LONGEST_TEXT}


@pytest.mark.parametrize("kind", ["approve", "decline", "pause", "resume", "cancel", "decide"])
def test_after_the_end_nothing_can_be_decided(kind: str) -> None:
    assert why(asked(finished(), kind, wave="db", seq=1)) == "the run has ended"


def test_an_unknown_request_is_named() -> None:
    assert "'dance'" in why(asked(gated(), "dance"))


# Gates ------------------------------------------------------------------------------------------


def test_an_approval_names_the_gate_it_saw() -> None:
    [draft] = about(gated(), "approve", text="go")
    assert draft.type == EventType.WAVE_APPROVED
    assert draft.data == {"wave": "db", "gate": 2, "text": "go", "request_id": "01A"}


def test_the_same_person_cannot_approve_twice() -> None:
    story = gated(approvals=2)
    [first] = approve(story, arn_of("ana"))
    assert not story.record(first).waves["db"].gate_passed
    assert "another person" in why(approve(story, arn_of("ana")))
    [second] = approve(story, arn_of("ben"))
    assert story.record(second).waves["db"].gate_passed


def test_two_sessions_of_a_role_are_not_two_people() -> None:
    story = gated(approvals=2)
    [first] = approve(story, session_of("drills", "ana"))
    assert first.data["principal"] == "arn:aws:sts::123456789012:assumed-role/drills"
    story.record(first)
    assert "names of this role's sessions are free" in why(
        approve(story, session_of("drills", "ben"))
    )
    [second] = approve(story, session_of("audits", "ana"))
    assert story.record(second).waves["db"].gate_passed


def test_two_people_who_signed_on_are_two_though_their_role_is_one() -> None:
    story = gated(approvals=2)
    for name in ("ana@example.com", "ben@example.com"):
        [draft] = approve(story, session_of("AWSReservedSSO_Drills_0123456789abcdef", name))
        story.record(draft)
    assert story.run.waves["db"].gate_passed


def test_a_site_can_say_that_a_roles_session_names_are_peoples_own() -> None:
    story = gated(approvals=2, personal_roles=["drills"])
    for name in ("ana", "ben"):
        [draft] = approve(story, session_of("drills", name))
        story.record(draft)
    assert story.run.waves["db"].gate_passed


@pytest.mark.parametrize("arn", ["", "arn:aws:sts::123456789012:federated-user/ana", "ana"])
def test_who_cannot_be_told_from_others_approves_alone_but_not_with_others(arn: str) -> None:
    assert types(approve(gated(), arn)) == [EventType.WAVE_APPROVED]
    assert "does not tell one person from another" in why(approve(gated(approvals=2), arn))


def test_who_started_the_run_may_be_kept_from_approving() -> None:
    role = "arn:aws:sts::123456789012:assumed-role/drills"
    story = gated(excludes_starter=True, started_as=[arn_of("ana"), role])
    assert "another person has to approve" in why(approve(story, arn_of("ana")))
    assert "another person has to approve" in why(approve(story, session_of("drills", "ben")))
    [draft] = approve(story, arn_of("ben"))
    assert story.record(draft).waves["db"].gate_passed


def test_an_approval_says_who_gave_it_from_where_and_why() -> None:
    by = {"arn": arn_of("ana"), "user_id": "AIDA", "os_user": "ana", "ssh_from": "192.0.2.7"}
    [draft] = about(gated(), "approve", arn_of("ana"), text="looks good", by=by)
    assert draft.data["by"] == by
    assert draft.data["principal"] == arn_of("ana")
    assert (draft.data["text"], draft.at) == ("looks good", START)


def test_an_approval_that_comes_too_late_is_stale() -> None:
    story = gated()
    late: dict[str, Any] = {"wave": "db", "seq": 2}
    [draft] = asked(story, "approve", **late)
    story.record(draft)
    assert why(asked(story, "approve", "ben", **late)) == "that decision is no longer wanted"


def test_an_approval_of_an_earlier_gate_is_stale() -> None:
    story = gated()
    [declined] = about(story, "decline")
    story.record(declined)
    story.tell("wave.decided", wave="db", choice="ask again")
    story.tell("wave.gate_opened", wave="db", prompt="Go?")
    assert "earlier question" in why(asked(story, "approve", wave="db", seq=2))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ({"wave": "db"}, "earlier question"),
        ({"wave": "db", "seq": "2"}, "earlier question"),
        ({"wave": "web", "seq": 2}, "no longer wanted"),
        ({"wave": "mail", "seq": 2}, "no wave 'mail'"),
        ({"wave": ["db"], "seq": 2}, "no wave ''"),
        ({}, "no wave ''"),
    ],
)
@pytest.mark.parametrize("kind", ["approve", "decline", "decide"])
def test_an_answer_names_the_wave_and_the_question(
    kind: str, data: dict[str, Any], reason: str
) -> None:
    assert reason in why(asked(gated(), kind, **data))


def test_a_stale_request_is_recorded_with_what_it_asked_for() -> None:
    [draft] = asked(gated(), "decide", wave="mail", seq=2, choice="stop", secret="x")
    assert draft.data == {
        "kind": "decide",
        "why": "the run has no wave 'mail'",
        "wave": "mail",
        "seq": 2,
        "choice": "stop",
        "request_id": "01A",
    }


def test_a_gate_is_answered_by_approving_not_by_deciding() -> None:
    story = gated(approvals=2)
    assert "no answer to 'gate'" in why(about(story, "decide", choice="approve"))


# Decisions --------------------------------------------------------------------------------------


def asking(kind: WantedKind) -> Story:
    """A run whose wave `db` wants a decision."""
    story = Story(
        wave_of("db", "s-1", "s-2", timeout_seconds=60, before=(ManualStep("Freeze"),)),
        wave_of("web", "s-3"),
    )
    match kind:
        case WantedKind.GATE:
            story.tell("wave.gate_opened", wave="db", prompt="Go?")
        case WantedKind.MANUAL:
            story.tell("step.started", wave="db", step=0, text="Freeze")
        case WantedKind.DECLINED:
            story.tell("wave.declined", "ben", wave="db")
        case WantedKind.GUARD_WARNED | WantedKind.GUARD_BLOCKED:
            verdict = "warns" if kind is WantedKind.GUARD_WARNED else "blocks"
            found = [{"check": "lag", "thing": "host-s-1"}]
            story.tell("wave.guarded", wave="db", verdict=verdict, findings=found)
        case WantedKind.LAUNCH_REFUSED:
            story.intend("db")
            story.tell("wave.launch_refused", wave="db", message="No.")
        case WantedKind.LAUNCH_UNKNOWN:
            story.intend("db")
            story.tell("wave.launch_unknown", wave="db", settled=True)
        case WantedKind.TIMED_OUT:
            story.launch("db", "drsjob-1")
            story.wait(60)
            story.tell("wave.timed_out", wave="db")
        case WantedKind.NOT_ISOLATED:
            story.complete("db", "drsjob-1")
            compared = {"wave": "db", "job_id": "drsjob-1", "words": "host-s-1 i-1: subnet-9"}
            story.tell("isolation.compared", **compared)
        case WantedKind.WAVE_FAILED:
            story.complete("db", "drsjob-1", **{"s-2": "FAILED"})
            story.finish("db", "partial")
        case WantedKind.CHECKS_FAILED:
            story.complete("db", "drsjob-1")
            story.check("db", "s-2", "failed")
            story.finish("db", "partial")
        case WantedKind.STEP_FAILED | WantedKind.STEP_UNKNOWN:
            outcome = "failed" if kind is WantedKind.STEP_FAILED else "unknown"
            story.tell("step.started", wave="db", step=0, kind="run", text="date")
            story.tell("step.done", wave="db", step=0, outcome=outcome)
    return story


@pytest.mark.parametrize("choice", Choice)
@pytest.mark.parametrize("kind", WantedKind)
def test_what_is_offered_settles_the_question_and_nothing_else_does(
    kind: WantedKind, choice: Choice
) -> None:
    story = asking(kind)
    [wanted] = story.run.wanted
    drafts = about(story, "decide", choice=choice.value)
    for draft in drafts:
        story.record(draft)
    if kind is WantedKind.GATE or choice not in wanted.choices:
        assert why(drafts) == f"{choice.value!r} is no answer to {kind.value!r}"
        assert story.run.wanted == (wanted,)
    else:
        assert EventType.REQUEST_STALE not in types(drafts)
        assert wanted not in story.run.wanted


def test_a_choice_nobody_knows_is_stale() -> None:
    assert why(about(asking(WantedKind.DECLINED), "decide", choice="dance")) == (
        "'dance' is no choice"
    )


def test_a_step_is_done_by_whoever_says_so() -> None:
    story = asking(WantedKind.MANUAL)
    [draft] = about(story, "decide", "eva", choice="done")
    assert (draft.type, draft.actor, draft.data["step"]) == (EventType.STEP_DONE, "eva", 0)


def test_acknowledging_covers_what_the_guards_of_that_wave_found_and_no_other() -> None:
    story = asking(WantedKind.GUARD_WARNED)
    other = [{"check": "lag", "thing": "host-s-3"}]
    story.tell("wave.guarded", wave="web", verdict="warns", findings=other)
    [draft] = about(story, "decide", choice="acknowledge")
    assert story.record(draft).acknowledged == {"lag:host-s-1"}


def test_a_skipped_wave_is_finished_at_once() -> None:
    story = asking(WantedKind.GUARD_BLOCKED)
    drafts = about(story, "decide", choice="skip", text="it is broken")
    assert types(drafts) == [EventType.WAVE_DECIDED, EventType.WAVE_FINISHED]
    for draft in drafts:
        story.record(draft)
    assert story.run.waves["db"].status is WaveStatus.SKIPPED


def test_skipping_a_relaunch_keeps_what_the_first_launch_reached() -> None:
    story = asking(WantedKind.WAVE_FAILED)
    story.tell("wave.decided", wave="db", choice="relaunch")
    story.intend("db", "s-2")
    story.tell("wave.launch_refused", wave="db", message="No.")
    for draft in about(story, "decide", choice="skip"):
        story.record(draft)
    assert story.run.waves["db"].status is WaveStatus.PARTIAL


@pytest.mark.parametrize("late_seconds", [0, 30, 3600])
def test_an_extension_gives_as_long_again_from_the_answer(late_seconds: int) -> None:
    story = asking(WantedKind.TIMED_OUT)
    story.wait(late_seconds)
    [draft] = about(story, "decide", choice="extend")
    assert story.record(draft).deadline("db") == story.now + timedelta(seconds=60)


def test_an_extension_before_the_deadline_adds_to_it() -> None:
    story = Story(wave_of("db", "s-1", timeout_seconds=60))
    story.launch("db", "drsjob-1")
    story.tell("wave.timed_out", wave="db")
    [draft] = about(story, "decide", choice="extend")
    assert story.record(draft).deadline("db") == START + timedelta(seconds=120)


# Clean-up ---------------------------------------------------------------------------------------


def test_a_finished_drill_can_be_cleaned_up() -> None:
    story = finished()
    [draft] = asked(story, "cleanup")
    assert draft.type == EventType.CLEANUP_INTENDED
    story.record(draft)
    assert why(asked(story, "cleanup")) == "the clean-up is under way"
    story.tell("cleanup.finished", outcome="failed", remaining=["i-1"])
    assert types(asked(story, "cleanup")) == [EventType.CLEANUP_INTENDED]
    story.tell("cleanup.finished", outcome="done", remaining=[])
    assert why(asked(story, "cleanup")) == "nothing that this run launched is left"


def test_some_instances_can_be_cleaned_up_if_the_run_has_them() -> None:
    story = finished()
    for instance in ("i-1", "i-2"):
        story.tell("instance.observed", instance=instance, server="s-1", job_id="drsjob-1")
    [draft] = asked(story, "cleanup", instances=["i-2"])
    assert draft.data["only"] == ["i-2"]
    for strange in (["i-2", "i-9"], [], [7]):
        assert "not all of what it names" in why(asked(story, "cleanup", instances=strange))
    story.tell("instance.observed", instance="i-2", server="s-1", job_id="drsjob-1", gone=True)
    assert "not all of what it names" in why(asked(story, "cleanup", instances=["i-2"]))


def test_a_run_that_goes_on_is_not_cleaned_up() -> None:
    assert "has not ended" in why(asked(gated(), "cleanup"))


def test_what_a_recovery_launched_is_never_cleaned_up() -> None:
    assert "recovery" in why(asked(finished(Mode.RECOVERY), "cleanup"))


def test_a_run_that_launched_nothing_has_nothing_to_clean_up() -> None:
    story = gated()
    story.tell("run.finished", outcome="failed")
    assert why(asked(story, "cleanup")) == "nothing that this run launched is left"
