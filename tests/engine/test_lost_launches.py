"""Looking for the job of a StartRecovery call whose end nobody knows, in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from drs_tui.engine.launching import SEARCH_EVERY_SECONDS
from drs_tui.engine.own_jobs import SEARCH_SECONDS

from .launchable import TAKEN_OVER, Bench, job_of, unread


async def test_a_lost_launch_is_adopted_as_soon_as_its_job_shows() -> None:
    bench = Bench()
    job = bench.lose_an_answer(message="it was cut off", settled=False)

    def show() -> None:
        if len(bench.slept) == 3:
            bench.drs.known.append(job)

    bench.on_sleep = show
    events = await bench.reconcile()
    [launched] = events
    assert (launched.type, launched.data["job_id"]) == ("wave.launched", "drsjob-lost")
    assert launched.data["adopted"] is True
    assert bench.slept == [SEARCH_EVERY_SECONDS] * 3


async def test_an_intent_whose_call_has_no_end_is_unknown_before_it_is_looked_for() -> None:
    bench = Bench()
    bench.drs.known = [bench.lose_an_answer()]
    events = await bench.reconcile()
    assert [event.type for event in events] == ["wave.launch_unknown", "wave.launched"]
    assert events[0].data["message"] == "the driver ended before it knew the answer"
    assert events[0].data["settled"] is False


async def test_a_job_that_never_shows_is_a_decision_after_three_minutes() -> None:
    bench = Bench()
    bench.lose_an_answer(message="the answer was cut off. ", settled=False)
    began = bench.story.now
    events = await bench.reconcile()
    assert bench.story.now - began == timedelta(seconds=SEARCH_SECONDS)
    assert dict(events[-1].data) == {
        "wave": "db",
        "attempt": 1,
        "message": "StartRecovery was sent once, and whether it launched is not known: the answer "
        "was cut off. No job with this launch's token showed within 180 s",
        "settled": True,
        "candidates": [],
    }
    assert bench.run.waves["db"].wanted is not None
    assert bench.drs.sent == []


async def test_jobs_of_the_same_servers_alone_are_shown_and_never_adopted() -> None:
    bench = Bench()
    bench.lose_an_answer(message="cut off", settled=False)
    bench.drs.known = [
        job_of("drsjob-a", "s-1"),
        job_of("drsjob-b", "s-9"),
        replace(job_of("drsjob-c", "s-2"), type="TERMINATE"),
        job_of("drsjob-d", "s-2"),
    ]
    events = await bench.reconcile()
    assert events[-1].data["candidates"] == ["drsjob-a", "drsjob-d"]
    assert str(events[-1].data["message"]).endswith(
        f"within {SEARCH_SECONDS:.0f} s. Jobs with the same servers: drsjob-a, drsjob-d"
    )


async def test_a_look_that_fails_does_not_end_the_search() -> None:
    bench = Bench()
    bench.drs.known = [bench.lose_an_answer(message="cut off", settled=False)]
    bench.drs.unreadable = [unread(), unread()]
    events = await bench.reconcile()
    assert events[-1].type == "wave.launched"
    assert bench.drs.reads == 3


async def test_a_last_look_that_failed_is_told_and_an_earlier_one_is_not() -> None:
    looks = int(SEARCH_SECONDS / SEARCH_EVERY_SECONDS) + 1
    said = []
    for failures in ([unread()] * looks, [unread()] * (looks - 1)):
        bench = Bench()
        bench.lose_an_answer(message="cut off", settled=False)
        bench.drs.unreadable = [*failures]
        events = await bench.reconcile()
        said.append("the last look failed: no answer" in str(events[-1].data["message"]))
    assert said == [True, False]


async def held_by_our_own_job(bench: Bench) -> str:
    """What becomes of a call that was refused for servers which our own ended job held."""
    bench.lose_an_answer(message="it is held", settled=False, held_by_own=True)
    [*_, last] = await bench.reconcile()
    return last.type


async def test_a_call_refused_for_our_own_ended_job_goes_again_guards_first() -> None:
    bench = Bench()
    assert await held_by_our_own_job(bench) == "wave.launch_refused"
    [*_, refusal] = bench.story.events
    assert refusal.data["message"] == "an ended job of this run still held the servers"
    assert refusal.data["retry_after_ms"] == 0
    assert bench.run.waves["db"].wanted is None


async def test_unless_another_job_has_the_servers_or_nobody_knows() -> None:
    bench = Bench()
    bench.drs.known = [job_of("drsjob-a", "s-1")]
    assert await held_by_our_own_job(bench) == "wave.launch_unknown"
    bench = Bench()
    bench.drs.unreadable = [unread()] * 100
    assert await held_by_our_own_job(bench) == "wave.launch_unknown"


async def test_after_a_take_over_jobs_are_looked_for_by_two_clocks() -> None:
    bench = Bench()
    bench.lose_an_answer(message="cut off", settled=False)
    at = bench.story.now
    await bench.reconcile()
    slack = at - bench.drs.asked_since[0]
    bench.story.tell("run.taken_over", **TAKEN_OVER)
    bench.drs.asked_since.clear()
    await bench.reconcile()
    assert at - bench.drs.asked_since[0] == slack + timedelta(hours=2)
    assert slack < timedelta(minutes=10)
