"""Whether what was launched is verified: the fold of checks, and what they do to outcomes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drs_tui.model.decisions import CHOICES, Choice, WantedKind
from drs_tui.model.launch_checks import (
    Check,
    CheckOutcome,
    CommandCheck,
    Ec2StatusCheck,
    HttpCheck,
    TcpCheck,
    check_words,
    within_seconds,
)
from drs_tui.model.outcome import reached_rto_ms
from drs_tui.model.plan import FailurePolicy, Wave
from drs_tui.model.state.judging import judge_wave
from drs_tui.model.status import WaveStatus
from drs_tui.model.verification import (
    DueCheck,
    Verification,
    checks_of,
    checks_of_server,
    checks_to_start,
    checks_under_way,
    is_checked,
    verification,
)

from .story import START, Story, wave_of

STATUS, PORT = Ec2StatusCheck(), TcpCheck(5432)


def story_of(
    checks: tuple[Check, ...] | None, *, optional: bool = False, **members: object
) -> Story:
    """A wave `db` of two servers, the second optional if said, both launched."""
    ids = ("s-1",) if optional else ("s-1", "s-2")
    others = ("s-2",) if optional else ()
    story = Story(
        wave_of("db", *ids, optional=others, checks=checks, **members),
        wave_of("web", "s-3", after=("db",)),
    )
    story.wait(600)
    story.complete("db", "drsjob-1")
    return story


# Which checks there are -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        (None, (STATUS,)),
        ((), ()),
        ((PORT,), (STATUS, PORT)),
        ((PORT, Ec2StatusCheck(60)), (PORT, Ec2StatusCheck(60))),
    ],
)
def test_every_wave_checks_ec2s_status_unless_it_wants_no_check(
    listed: tuple[Check, ...] | None, expected: tuple[Check, ...]
) -> None:
    assert checks_of(Wave("db", checks=listed)) == expected


def test_a_check_that_is_implied_is_made_of_critical_servers_alone() -> None:
    wave = Wave("db", checks=(PORT,))
    assert checks_of_server(wave, is_critical=True) == [0, 1]
    assert checks_of_server(wave, is_critical=False) == [1]
    assert checks_of_server(Wave("db", checks=(STATUS,)), is_critical=False) == [0]


def test_the_time_that_a_check_may_take_is_the_plans_or_its_systems() -> None:
    assert within_seconds(STATUS, is_windows=False) == 15 * 60
    assert within_seconds(STATUS, is_windows=True) == 60 * 60
    assert within_seconds(Ec2StatusCheck(30), is_windows=True) == 30


def test_checks_say_what_they_are_and_where_they_are_made_from() -> None:
    assert check_words(TcpCheck(22, vantage="ssm")) == "TCP port 22 from the instance"
    assert check_words(TcpCheck(22, vantage="ssm:web-1")) == "TCP port 22 from web-1"
    assert check_words(HttpCheck(443, tls=True)) == "HTTPS port 443 /"
    assert check_words(CommandCheck(("test", "-e", "a b"))) == "command test -e 'a b'"
    assert check_words(CommandCheck(("ls",), vantage="bastion")) == "command ls from the bastion"


# From launched to verified ----------------------------------------------------------------------


def test_a_launched_server_is_verified_once_all_its_checks_have_passed() -> None:
    story = story_of((PORT,))
    assert checks_to_start(story.run, "db") == [
        DueCheck("db", index, server) for server in ("s-1", "s-2") for index in (0, 1)
    ]
    story.check("db", "s-1", "passed")
    story.check("db", "s-1", index=1)
    first = story.run.servers["s-1"]
    assert verification(story.run, first) is Verification.OPEN
    assert list(checks_under_way(story.run, "db")) == [DueCheck("db", 1, "s-1")]
    story.check("db", "s-1", "passed", index=1)
    assert verification(story.run, story.run.servers["s-1"]) is Verification.PASSED
    assert not is_checked(story.run, "db")


def test_a_server_without_checks_is_launched_and_not_verified() -> None:
    run = story_of(()).run
    assert is_checked(run, "db")
    assert verification(run, run.servers["s-1"]) is Verification.NONE
    assert judge_wave(run, "db") is WaveStatus.SUCCEEDED


@pytest.mark.parametrize("outcome", ["failed", "refused", "unknown", "made up by a later version"])
def test_whatever_is_not_passed_leaves_a_critical_server_unverified(outcome: str) -> None:
    story = story_of(None)
    story.check("db", "s-1", "passed")
    story.check("db", "s-2", outcome)
    assert judge_wave(story.run, "db") is WaveStatus.PARTIAL
    assert verification(story.run, story.run.servers["s-2"]) is Verification.FAILED


def test_a_wave_none_of_whose_servers_is_verified_has_failed() -> None:
    story = story_of(None)
    for server in ("s-1", "s-2"):
        story.check("db", server, "failed")
    assert judge_wave(story.run, "db") is WaveStatus.FAILED


def test_a_wave_that_was_given_up_before_its_checks_is_no_success() -> None:
    assert judge_wave(story_of(None).run, "db") is WaveStatus.FAILED


def test_an_optional_servers_check_is_shown_and_fails_nothing() -> None:
    story = story_of((STATUS,), optional=True)
    story.check("db", "s-1", "passed")
    story.check("db", "s-2", "failed")
    assert judge_wave(story.run, "db") is WaveStatus.SUCCEEDED
    assert story.run.servers["s-2"].checks[0].outcome is CheckOutcome.FAILED


def test_a_check_of_the_wave_as_a_whole_keeps_it_from_success() -> None:
    story = story_of((STATUS, HttpCheck(per_wave=True)))
    assert DueCheck("db", 1, "") in checks_to_start(story.run, "db")
    for server in ("s-1", "s-2"):
        story.check("db", server, "passed")
    story.check("db", "", "failed", index=1)
    assert judge_wave(story.run, "db") is WaveStatus.PARTIAL


def test_nothing_is_checked_of_what_did_not_launch() -> None:
    story = Story(wave_of("db", "s-1", "s-2", checks=(STATUS, HttpCheck(per_wave=True))))
    story.complete("db", "drsjob-1", **{"s-1": "FAILED", "s-2": "FAILED"})
    assert is_checked(story.run, "db")


def test_a_relaunched_server_is_checked_from_the_beginning() -> None:
    story = story_of(None)
    story.check("db", "s-1", "passed")
    story.intend("db", "s-1")
    assert story.run.servers["s-1"].checks == ()


# When a check fails -----------------------------------------------------------------------------


def failed_story(policy: FailurePolicy = FailurePolicy.PAUSE) -> Story:
    story = story_of(None, on_failure=policy)
    story.check("db", "s-1", "passed")
    story.check("db", "s-2", "failed")
    story.finish("db", "partial")
    return story


def test_a_failed_check_asks_whether_to_check_again_to_accept_or_to_stop() -> None:
    [wanted] = failed_story().run.wanted
    assert wanted.kind is WantedKind.CHECKS_FAILED
    assert wanted.choices == CHOICES[wanted.kind]
    assert set(wanted.choices) == {Choice.CHECK_AGAIN, Choice.ACCEPT, Choice.STOP}


def test_checking_again_makes_the_failed_checks_anew_and_those_alone() -> None:
    story = failed_story()
    story.tell("wave.decided", "ana", wave="db", choice="check again")
    wave = story.run.waves["db"]
    assert (wave.status, wave.wanted) == (WaveStatus.VERIFYING, None)
    assert checks_to_start(story.run, "db") == [DueCheck("db", 0, "s-2")]
    story.check("db", "s-2", "passed")
    assert judge_wave(story.run, "db") is WaveStatus.SUCCEEDED


def test_a_policy_of_its_own_decides_without_asking() -> None:
    assert failed_story(FailurePolicy.STOP).run.stopping
    going_on = failed_story(FailurePolicy.CONTINUE).run
    assert going_on.wanted == ()
    assert going_on.lets_pass("db")


def test_where_a_server_did_not_launch_either_it_is_the_waves_failure() -> None:
    story = Story(wave_of("db", "s-1", "s-2", checks=None), wave_of("web", "s-3", after=("db",)))
    story.complete("db", "drsjob-1", **{"s-2": "FAILED"})
    story.check("db", "s-1", "failed")
    story.finish("db", "failed")
    assert story.run.wanted[0].kind is WantedKind.WAVE_FAILED
    story.tell("wave.decided", "ana", wave="db", choice="relaunch")
    assert story.run.servers["s-1"].checks == (), "what launched is checked again as well"


# How long it took -------------------------------------------------------------------------------


def test_recovery_ends_with_the_last_check_of_a_critical_server() -> None:
    story = story_of((STATUS,), optional=True)
    story.wait(60)
    story.check("db", "s-1", "passed")
    story.wait(500)
    story.check("db", "s-2", "failed")
    story.finish("db", "succeeded")
    assert story.now == START + timedelta(seconds=1160)
    assert reached_rto_ms(story.run) == 660_000


def test_recovery_without_checks_ends_with_the_wave() -> None:
    story = story_of(())
    story.wait(30)
    story.finish("db", "succeeded")
    assert reached_rto_ms(story.run) == 630_000


def test_what_never_was_green_counts_to_the_waves_end() -> None:
    story = story_of(None)
    story.check("db", "s-1", "passed")
    story.wait(100)
    story.check("db", "s-2", "failed")
    story.wait(1)
    story.finish("db", "partial")
    assert reached_rto_ms(story.run) == 701_000


# What can't be read -----------------------------------------------------------------------------


def test_the_end_of_a_check_that_nobody_waits_for_says_nothing() -> None:
    story = story_of(None)
    before = story.run.servers
    story.tell("check.finished", wave="db", check=7, server="s-1", outcome="passed")
    assert story.run.servers == before
    assert not story.run.unreadable


def test_checks_of_servers_that_the_run_does_not_have_are_unreadable() -> None:
    story = story_of(None)
    story.check("db", "s-9", "passed")
    assert len(story.run.unreadable) == 2


def test_a_wave_that_was_given_up_can_be_checked_after_all() -> None:
    story = Story(wave_of("db", "s-1", checks=None, timeout_seconds=60))
    story.launch("db", "drsjob-1")
    story.see("s-1", "LAUNCHED")
    story.tell("wave.timed_out", wave="db")
    story.tell("wave.decided", "ana", wave="db", choice="give up")
    story.finish("db", "failed")
    [wanted] = story.run.wanted
    assert wanted.kind is WantedKind.CHECKS_FAILED, "there is nothing to launch again"
    story.tell("wave.decided", "ana", wave="db", choice="check again")
    assert not story.run.waves["db"].gave_up
    assert checks_to_start(story.run, "db") == [DueCheck("db", 0, "s-1")]
