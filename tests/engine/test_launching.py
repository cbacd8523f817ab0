"""One launch from the guards to the end of its call, whatever DRS answers, in memory."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

import pytest

from drs_tui.audit.lease import LeaseLapsed
from drs_tui.audit.store import LeaseLost, StoreUnavailable
from drs_tui.aws.errors import AwsNotSent, AwsRefused, AwsThrottled, AwsUnclear
from drs_tui.engine.room import LOOK_EVERY_SECONDS
from drs_tui.engine.waiting import RETRY_SECONDS
from drs_tui.model.checks.headroom import JOB_SIZE_QUOTA, QUOTA_CODE
from drs_tui.model.machines import PointInTime
from drs_tui.model.plan import Mode
from drs_tui.model.readiness import Launching
from tests.model.story import START, wave_of

from .launchable import ACCOUNT, Bench, ended, job_of, unread


def refused(code: str, words: str = "no") -> AwsRefused:
    return AwsRefused(words, operation="StartRecovery", code=code)


def unclear() -> AwsUnclear:
    return AwsUnclear("the answer was cut off. ", operation="StartRecovery")


async def test_a_launch_is_guarded_then_intended_then_sent_then_recorded() -> None:
    bench = Bench()
    events = await bench.launch()
    assert [event.type for event in events] == [
        *("wave.guarded", "wave.launch_intended", "wave.launched"),
    ]
    [_, intended, launched] = events
    assert intended.data["servers"] == ["s-1", "s-2"]
    assert (intended.data["attempt"], intended.data["is_drill"]) == (1, True)
    assert "points" not in intended.data
    about = {"wave": "db", "attempt": 1, "job_id": "drsjob-1", "adopted": False}
    assert dict(launched.data) == about
    [call] = bench.drs.sent
    assert call["servers"] == [("s-1", None), ("s-2", None)]
    assert (call["is_drill"], call["account"]) == (True, ACCOUNT)
    assert call["tags"]["drs-tui:token"] == intended.data["token"]


async def test_each_launch_has_a_token_of_its_own() -> None:
    bench = Bench(wave_of("db", "s-1"), wave_of("web", "s-2"))
    await bench.launch("db")
    await bench.launch("web")
    tokens = {call["tags"]["drs-tui:token"] for call in bench.drs.sent}
    assert len(tokens) == 2
    assert all(len(token) == 16 for token in tokens)


async def test_a_recovery_says_that_it_is_none_of_a_drill() -> None:
    bench = Bench(mode=Mode.RECOVERY)
    events = await bench.launch()
    assert events[1].data["is_drill"] is False
    assert bench.drs.sent[0]["is_drill"] is False


async def test_what_is_launched_from_a_point_in_time_is_named_with_it() -> None:
    bench = Bench(wave_of("db", "s-1", "s-2", point_in_time="newest-existing"))
    at = START - timedelta(minutes=5)
    bench.drs.points = {i: [PointInTime(f"pit-{i}", i, at)] for i in ("s-1", "s-2")}
    events = await bench.launch()
    assert bench.drs.sent[0]["servers"] == [("s-1", "pit-s-1"), ("s-2", "pit-s-2")]
    intended = next(event for event in events if event.type == "wave.launch_intended")
    assert intended.data["points"] is not None


async def test_a_job_that_was_launched_takes_room_until_drs_lists_it() -> None:
    bench = Bench()
    await bench.launch()
    with bench.room.held(("another", "web"), 1) as place:
        [before] = place.before
    assert (before.job_id, before.servers) == ("drsjob-1", 2)


async def test_a_relaunch_that_is_refused_takes_none() -> None:
    bench = Bench()
    bench.story.complete("db", "drsjob-0", **{"s-1": "FAILED"})
    bench.drs.answers = [refused("ValidationException")]
    await bench.launch("db", "s-1")
    with bench.room.held(("another", "web"), 1) as place:
        assert place.before == ()


async def test_the_job_is_in_the_log_before_anything_else_can_fail(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "drs_tui"):
        await Bench().launch()
    assert "01RUN: wave db, attempt 1, is job drsjob-1" in caplog.text


# Before it is sent ------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["run.paused", "run.cancel_requested"])
async def test_a_run_that_stands_still_launches_nothing(asked: str) -> None:
    bench = Bench()
    bench.story.tell(asked, "ana")
    assert await bench.launch() == []
    assert bench.drs.reads == 0


@pytest.mark.parametrize(
    "trouble", [StoreUnavailable("out of reach"), LeaseLapsed("not renewed for too long")]
)
async def test_while_the_store_or_the_lease_is_out_of_reach_nothing_is_begun(
    trouble: Exception,
) -> None:
    bench = Bench()
    where = bench.unsettled if isinstance(trouble, StoreUnavailable) else bench.lapsed
    where += [trouble] * 3
    events = await bench.launch()
    assert bench.slept == [RETRY_SECONDS] * 3
    assert [event.type for event in events][-1] == "wave.launched"


async def test_a_run_that_is_paused_while_the_guards_look_launches_nothing() -> None:
    bench = Bench()
    bench.drs.on_read = lambda: bench.story.tell("run.paused", "ana")
    events = await bench.launch()
    assert [event.type for event in events] == ["run.paused", "wave.guarded"]
    assert bench.drs.sent == []


async def test_an_intent_that_the_store_does_not_take_is_not_sent() -> None:
    bench = Bench()
    outages = iter((None, StoreUnavailable("the table throttles")))

    def settle() -> None:
        outage = next(outages)
        if outage is not None:
            bench.unsettled.append(outage)

    bench.on_settle = settle
    events = await bench.launch()
    assert [event.type for event in events][1:] == [
        *("wave.launch_intended", "wave.launch_refused"),
    ]
    assert events[-1].data["message"] == "nothing was sent: the table throttles"
    assert events[-1].data["retry_after_ms"] == RETRY_SECONDS * 1000
    assert bench.drs.sent == []


@pytest.mark.parametrize("asked", ["run.paused", "run.cancel_requested"])
async def test_a_run_that_is_stopped_while_its_intent_is_stored_sends_nothing(asked: str) -> None:
    bench = Bench()

    def settle() -> None:
        if bench.run.waves["db"].intent is not None:
            bench.story.tell(asked, "ana")

    bench.on_settle = settle
    events = await bench.launch()
    assert events[-1].data["message"] == (
        "nothing was sent: the run was paused or stopped in between"
    )
    assert events[-1].data["retry_after_ms"] == 0
    assert bench.drs.sent == []


async def test_a_lease_that_lapsed_directly_before_the_call_stops_it_for_now() -> None:
    bench = Bench()

    def settle() -> None:
        if bench.run.waves["db"].intent is not None:
            bench.lapsed.append(LeaseLapsed("renewed 50 s ago"))

    bench.on_settle = settle
    events = await bench.launch()
    assert events[-1].type == "wave.launch_refused"
    assert events[-1].data["message"] == "nothing was sent: renewed 50 s ago"
    assert events[-1].data["retry_after_ms"] == RETRY_SECONDS * 1000
    assert bench.drs.sent == []


async def test_a_lease_that_was_lost_ends_the_launch_without_a_word() -> None:
    bench = Bench()
    bench.lapsed.append(LeaseLost("another driver has it"))
    with pytest.raises(LeaseLost):
        await bench.launch()
    assert bench.drs.sent == []


async def test_a_launch_that_is_cancelled_while_it_is_sent_is_recorded_all_the_same() -> None:
    bench = Bench()
    start, going = bench.drs.start_recovery, asyncio.Event()
    go_on = asyncio.Event()

    async def slow(*what: object, **how: object) -> object:
        going.set()
        await go_on.wait()
        return await start(*what, **how)  # type: ignore[arg-type]

    bench.drs.start_recovery = slow  # type: ignore[assignment, method-assign]
    task = asyncio.create_task(bench.launch())
    await going.wait()
    task.cancel()
    await asyncio.sleep(0)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert bench.run.waves["db"].job_id == "drsjob-1"


# Room -------------------------------------------------------------------------------------------


async def test_a_launch_waits_for_room_says_so_once_and_goes_when_there_is_some() -> None:
    bench = Bench()
    bench.drs.allowed = {"L-D88FAC3A": 1, JOB_SIZE_QUOTA: 100, "L-05AFA8C6": 500}
    theirs = job_of("drsjob-theirs", "s-9", created_at=START)
    bench.drs.known = [theirs]

    seen = []

    def look() -> None:
        seen.append(bench.room.before(("another", "web")))
        if len(bench.slept) == 3:
            bench.drs.known = [ended(theirs, timedelta(0), bench.story.now)]

    bench.on_sleep = look
    asked = []
    bench.drs.on_read = lambda: asked.append(bench.room.before(("another", "web"))[0].waits)
    events = await bench.launch()
    assert asked == [False, True, True, True, False], "at its last look it waits no more"
    assert [event.type for event in events] == [
        *("wave.held", "wave.guarded", "wave.launch_intended", "wave.launched"),
    ]
    assert (events[0].data["quota"], events[0].data["wave"]) == ("jobs", "db")
    assert events[0].data["words"]
    assert bench.slept == [LOOK_EVERY_SECONDS] * 3
    assert seen == [(Launching("", 2, waits=True),)] * 3


async def test_one_that_waits_for_something_else_now_says_that_too() -> None:
    bench = Bench(wave_of("db", "s-1", "s-2"))
    bench.drs.allowed = {"L-D88FAC3A": 1, JOB_SIZE_QUOTA: 100, "L-05AFA8C6": 3}
    bench.drs.known = [job_of("drsjob-a", "s-8", created_at=START)]

    def look() -> None:
        match len(bench.slept):
            case 1:
                bench.drs.allowed["L-D88FAC3A"] = 20
                bench.drs.known = [job_of("drsjob-b", "s-8", "s-9", created_at=START)]
            case 3:
                bench.drs.known = []

    bench.on_sleep = look
    events = await bench.launch()
    held = [event.data["quota"] for event in events if event.type == "wave.held"]
    assert held == ["jobs", "servers in jobs"]
    assert events[-1].type == "wave.launched"


async def test_a_look_for_room_that_fails_leaves_it_waiting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.drs.allowed = {"L-D88FAC3A": 1}
    theirs = job_of("drsjob-theirs", "s-9", created_at=START)
    bench.drs.known = [theirs]
    bench.drs.unreadable = [None, unread()]

    def look() -> None:
        if len(bench.slept) == 2:
            bench.drs.known = []

    bench.on_sleep = look
    with caplog.at_level(logging.WARNING):
        events = await bench.launch()
    assert events[-1].type == "wave.launched"
    assert "01RUN: wave db: no answer" in caplog.text


@pytest.mark.parametrize("asked", ["run.paused", "run.cancel_requested"])
async def test_a_launch_that_waits_for_room_is_given_up_with_the_run(asked: str) -> None:
    bench = Bench()
    bench.drs.allowed = {"L-D88FAC3A": 1}
    bench.drs.known = [job_of("drsjob-theirs", "s-9", created_at=START)]
    bench.on_sleep = lambda: bench.story.tell(asked, "ana")
    events = await bench.launch()
    assert [event.type for event in events] == ["wave.held", asked]
    with bench.room.held(("another", "web"), 1) as place:
        assert place.before == ()


# What DRS answers -------------------------------------------------------------------------------


async def test_an_answer_that_was_lost_leaves_the_end_unknown_and_is_not_sent_again() -> None:
    bench = Bench()
    bench.drs.answers = [unclear()]
    events = await bench.launch()
    told = {"wave": "db", "attempt": 1, "settled": False, "held_by_own": False}
    assert events[-1].type == "wave.launch_unknown"
    assert dict(events[-1].data) == {**told, "message": "the answer was cut off. "}
    assert len(bench.drs.sent) == 1


@pytest.mark.parametrize(
    ("retry_after", "waits"), [(None, RETRY_SECONDS), (3.0, RETRY_SECONDS), (40.0, 40.0)]
)
async def test_a_throttled_launch_waits_as_long_as_drs_says_and_a_while_at_least(
    retry_after: float | None, waits: float
) -> None:
    bench = Bench()
    bench.drs.answers = [
        AwsThrottled(
            "slow down",
            operation="StartRecovery",
            code="ThrottlingException",
            retry_after_seconds=retry_after,
        )
    ]
    events = await bench.launch()
    assert events[-1].type == "wave.launch_refused"
    assert events[-1].data["retry_after_ms"] == waits * 1000
    assert events[-1].data["code"] == "ThrottlingException"


async def test_a_call_that_never_left_is_a_decision() -> None:
    bench = Bench()
    bench.drs.answers = [AwsNotSent("no credentials", operation="StartRecovery", code="NoCreds")]
    events = await bench.launch()
    about = {"wave": "db", "attempt": 1, "code": "NoCreds", "message": "no credentials"}
    assert dict(events[-1].data) == about
    assert bench.run.waves["db"].wanted is not None


async def test_a_quota_that_somebody_was_quicker_to_use_up_is_waited_for() -> None:
    bench = Bench()
    bench.drs.answers = [refused(QUOTA_CODE, "20 jobs run")]
    events = await bench.launch()
    assert events[-1].data["retry_after_ms"] == 60_000
    assert events[-1].data["code"] == QUOTA_CODE
    assert bench.run.waves["db"].wanted is None


async def test_no_waiting_helps_against_the_quota_of_servers_in_a_job() -> None:
    bench = Bench()
    bench.drs.answers = [refused(QUOTA_CODE, f"the quota {JOB_SIZE_QUOTA} is 1")]
    events = await bench.launch()
    assert "retry_after_ms" not in events[-1].data
    assert bench.run.waves["db"].wanted is not None


@pytest.mark.parametrize("code", ["AccessDeniedException", "ValidationException"])
async def test_tags_that_are_refused_are_left_out_the_next_time(code: str) -> None:
    bench = Bench()
    bench.drs.answers = [refused(code, "not authorized to perform: drs:TagResource")]
    events = await bench.launch()
    assert (events[-1].data["tags_refused"], events[-1].data["code"]) == (True, code)
    assert events[-1].data["retry_after_ms"] == 0
    await bench.launch()
    assert [bool(call["tags"]) for call in bench.drs.sent] == [True, False]


async def test_a_second_refusal_is_not_the_fault_of_tags_that_were_not_sent() -> None:
    bench = Bench()
    no = refused("AccessDeniedException", "you may not tag")
    bench.drs.answers = [no, no]
    await bench.launch()
    events = await bench.launch()
    assert "tags_refused" not in events[-1].data
    assert "retry_after_ms" not in events[-1].data


@pytest.mark.parametrize(
    ("code", "words"),
    [("AccessDeniedException", "you may not launch"), ("InternalFailure", "the tag broke")],
)
async def test_a_refusal_that_is_not_about_tags_is_a_decision(code: str, words: str) -> None:
    bench = Bench()
    bench.drs.answers = [refused(code, words)]
    events = await bench.launch()
    about = {"wave": "db", "attempt": 1, "code": code, "message": words}
    assert dict(events[-1].data) == about
