"""A launch that DRS refuses since a server is in a job: whose job it is, and what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from drs_tui.aws.errors import AwsRefused
from drs_tui.aws.looking import CLOCK_SLACK
from drs_tui.engine.launching import LINGERS
from drs_tui.engine.waiting import RETRY_SECONDS
from tests.model.story import START

from .launchable import Bench, ended, job_of, unread


def conflict() -> AwsRefused:
    return AwsRefused("no", operation="StartRecovery", code="ConflictException")


async def test_our_own_call_that_came_through_twice_is_adopted() -> None:
    bench = Bench()
    bench.drs.answers, bench.drs.arrives = [conflict()], True
    events = await bench.launch()
    assert events[-1].type == "wave.launched"
    assert (events[-1].data["job_id"], events[-1].data["adopted"]) == ("drsjob-1", True)


async def test_a_conflict_names_each_job_that_holds_a_server_and_who_began_it() -> None:
    bench = Bench()
    theirs = replace(job_of("drsjob-a", "s-2", "s-9"), initiated_by="START_RECOVERY")
    nameless = job_of("drsjob-b", "s-1")
    elsewhere = job_of("drsjob-c", "s-9")
    bench.drs.answers = [conflict()]
    bench.drs.on_send = lambda: bench.drs.known.extend([theirs, nameless, elsewhere])
    events = await bench.launch()
    assert events[-1].type == "wave.launch_refused"
    assert events[-1].data["message"] == (
        "no The servers are in: drsjob-a (START_RECOVERY), drsjob-b (LAUNCH)."
    )
    assert "retry_after_ms" not in events[-1].data
    assert events[-1].data["code"] == "ConflictException"


async def test_a_conflict_asks_for_jobs_that_began_a_day_before() -> None:
    bench = Bench()
    theirs = job_of("drsjob-a", "s-2", created_at=START - timedelta(hours=23, minutes=59))
    bench.drs.answers = [conflict()]
    bench.drs.on_send = lambda: bench.drs.known.append(theirs)
    events = await bench.launch()
    assert "drsjob-a" in str(events[-1].data["message"])
    assert bench.drs.asked_since[-1] == START - timedelta(days=1) - CLOCK_SLACK


async def test_a_conflict_that_cannot_be_explained_leaves_the_end_unknown() -> None:
    bench = Bench()
    bench.drs.answers = [conflict()]
    bench.drs.on_send = lambda: bench.drs.unreadable.append(unread())
    events = await bench.launch()
    assert events[-1].type == "wave.launch_unknown"
    assert events[-1].data["message"] == "no Whose job it is could not be asked: no answer"
    assert events[-1].data["held_by_own"] is False


async def test_a_conflict_with_a_job_that_does_not_show_is_looked_for() -> None:
    bench = Bench()
    bench.drs.answers = [conflict()]
    events = await bench.launch()
    assert events[-1].type == "wave.launch_unknown"
    assert events[-1].data["message"] == "no No job that DRS lists holds the servers."
    assert events[-1].data["held_by_own"] is False


async def test_servers_that_our_own_clean_up_holds_are_waited_for() -> None:
    bench = Bench()
    bench.story.tell("cleanup.started", job_id="drsjob-t", instances=["i-1"])
    ours = replace(job_of("drsjob-t", "s-1"), type="TERMINATE")
    bench.drs.answers = [conflict()]
    bench.drs.on_send = lambda: bench.drs.known.append(ours)
    events = await bench.launch()
    assert events[-1].type == "wave.launch_refused"
    assert events[-1].data["retry_after_ms"] == RETRY_SECONDS * 1000
    assert events[-1].data["code"] == "ConflictException"


async def test_a_colleagues_job_beside_our_clean_up_is_a_decision() -> None:
    bench = Bench()
    bench.story.tell("cleanup.started", job_id="drsjob-t", instances=["i-1"])
    jobs = [replace(job_of("drsjob-t", "s-1"), type="TERMINATE"), job_of("drsjob-a", "s-2")]
    bench.drs.answers = [conflict()]
    bench.drs.on_send = lambda: bench.drs.known.extend(jobs)
    events = await bench.launch()
    assert "retry_after_ms" not in events[-1].data


def relaunched(bench: Bench, *, ago: timedelta, job_id: str = "drsjob-0") -> None:
    """Have an earlier attempt's job end that long before DRS finds the servers held."""
    bench.story.complete("db", "drsjob-0", **{"s-1": "FAILED", "s-2": "FAILED"})
    job = job_of(job_id, "s-1", "s-2")
    bench.drs.answers = [conflict()]
    bench.drs.on_send = lambda: bench.drs.known.append(ended(job, ago, bench.story.now))


@pytest.mark.parametrize(
    ("ago", "is_held"),
    [(timedelta(0), True), (LINGERS - timedelta(seconds=1), True), (LINGERS, False)],
)
async def test_an_ended_job_of_the_run_may_hold_its_servers_for_a_while(
    ago: timedelta, is_held: bool
) -> None:
    bench = Bench()
    relaunched(bench, ago=ago)
    events = await bench.launch()
    assert events[-1].type == "wave.launch_unknown"
    assert events[-1].data["held_by_own"] is is_held


async def test_an_ended_job_of_somebody_else_holds_nothing_of_ours() -> None:
    bench = Bench()
    relaunched(bench, ago=timedelta(0), job_id="drsjob-theirs")
    events = await bench.launch()
    assert events[-1].data["held_by_own"] is False


async def test_nor_does_one_of_ours_that_had_other_servers_or_says_no_end() -> None:
    for job in (
        ended(job_of("drsjob-0", "s-9"), timedelta(0), START),
        replace(job_of("drsjob-0", "s-1"), status="COMPLETED"),
    ):
        bench = Bench()
        relaunched(bench, ago=timedelta(0))
        bench.drs.on_send = partial(bench.drs.known.append, job)
        events = await bench.launch()
        assert events[-1].data["held_by_own"] is False
