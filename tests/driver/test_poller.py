"""One poller for all runs of a target: few calls, shared fairly, and patience when asked for it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from itertools import pairwise

from drs_tui.aws.allowance import AT_ONCE, CALLS_A_SECOND
from drs_tui.aws.errors import AwsRefused, AwsThrottled, AwsUnclear
from drs_tui.clock import ManualClock
from drs_tui.driver.poller import LOOKS_AT_A_LOG, LOOKS_TO_SHOW
from drs_tui.driver.sights import Sight
from drs_tui.engine.pace import CEILING_SECONDS, LOG_CEILING_SECONDS
from drs_tui.model.expectation.lanes import Track
from drs_tui.model.expectation.outlook import outlook
from drs_tui.model.expectation.usual import NO_HISTORY
from drs_tui.model.observed import RecoveryInstance
from drs_tui.model.status import Phase
from tests.driver.watching import Target, Watching, pass_time, poller_of, settle, watch_for


async def test_a_tick_over_many_jobs_of_many_runs_is_one_describe_jobs() -> None:
    target = Target(ManualClock())
    runs = [Watching(*(f"drsjob-{run}-{job}" for job in range(10))) for run in range(2)]
    await watch_for(target, 20.0, *runs)
    asked = [ids for _, operation, ids in target.calls if operation == "DescribeJobs"]
    assert {len(ids) for ids in asked} == {20}
    assert len(set(target.moments("DescribeJobs"))) == len(asked)


async def test_nothing_is_asked_while_there_is_nothing_to_look_at() -> None:
    target = Target(ManualClock())
    await watch_for(target, 3600.0, Watching())
    assert target.calls == []


async def test_where_nothing_can_happen_it_is_asked_at_the_ceilings() -> None:
    target = Target(ManualClock())
    # The 842 s of a Windows conversion, say, that have only begun: a Linux one that never ages.
    await watch_for(target, 1200.0, Watching("drsjob-1", phase=Phase.LAUNCH, age=5.0))
    for operation, ceiling in (
        ("DescribeJobs", CEILING_SECONDS),
        ("DescribeJobLogItems", LOG_CEILING_SECONDS),
    ):
        gaps = [after - before for before, after in pairwise(target.moments(operation))]
        assert max(gaps) <= ceiling + 0.001
        assert sum(gaps) / len(gaps) > ceiling * 0.9


async def test_it_asks_more_often_when_an_end_is_near() -> None:
    early, late = Target(ManualClock()), Target(ManualClock())
    await watch_for(early, 60.0, Watching("drsjob-1", phase=Phase.LAUNCH, age=60.0))
    await watch_for(late, 60.0, Watching("drsjob-1", phase=Phase.LAUNCH, age=290.0))
    assert len(late.moments("DescribeJobs")) > 2 * len(early.moments("DescribeJobs"))


def test_a_log_is_read_at_once_where_the_first_look_missed_the_beginning() -> None:
    sight = Sight(0.0)
    sight.status_read(6.0)
    queued = Track("s-1", False, Phase.QUEUED, 6.0)
    expected = outlook([queued], NO_HISTORY, status_lag=0.0, log_lag=6.0)
    sight.expect(expected, 30.0, 6.0)
    assert sight.log_due == 6.0
    sight.log_read(6.0)
    sight.expect(expected, 30.0, 6.0)
    assert sight.log_due > 6.0


async def test_the_calls_a_second_are_bounded_however_many_jobs_there_are() -> None:
    target = Target(ManualClock())
    runs = [Watching(*(f"{run}-{job}" for job in range(100)), age=180.0) for run in range(4)]
    await watch_for(target, 20.0, *runs)
    moments = [at for at, _, _ in target.calls]
    for first in moments:
        within = sum(first <= at <= first + 10.0 for at in moments)
        assert within <= AT_ONCE + CALLS_A_SECOND * 10.0 + 1


async def test_logs_are_shared_fairly_among_runs() -> None:
    target = Target(ManualClock())
    large, small = Watching(*(f"large-{n}" for n in range(60))), Watching("small-1")
    await watch_for(target, 6.0, large, small)
    asked = [ids[0] for _, operation, ids in target.calls if operation == "DescribeJobLogItems"]
    assert "small-1" in asked[:4]


async def test_what_was_seen_of_a_job_is_told_to_its_own_run_alone() -> None:
    target = Target(ManualClock())
    one, other = Watching("drsjob-1"), Watching("drsjob-2")
    await watch_for(target, 10.0, one, other)
    assert {job.id for look in one.looks for job in look.jobs} == {"drsjob-1"}
    assert {job_id for look in other.looks for job_id in look.logs} == {"drsjob-2"}


def throttling(retry_after: float | None) -> AwsThrottled:
    return AwsThrottled("slower", operation="DescribeJobs", retry_after_seconds=retry_after)


async def test_it_waits_as_long_as_it_is_asked_to() -> None:
    target = Target(ManualClock())
    target.failing = lambda _: throttling(45.0)
    poller = await watch_for(target, 40.0, Watching("drsjob-1"))
    assert len(target.calls) == 1
    assert poller.trouble == "slower"


async def test_failures_that_last_are_asked_about_ever_more_seldom() -> None:
    target = Target(ManualClock())
    target.failing = lambda name: AwsUnclear("no answer", operation=name)
    poller = await watch_for(target, 300.0, Watching("drsjob-1"))
    gaps = [after - before for before, after in pairwise(target.moments("DescribeJobs"))]
    assert gaps[:4] == sorted(gaps[:4])
    assert max(gaps) <= 60.0 + 0.001
    assert poller.polled_at is None


async def test_after_an_outage_calls_come_back_without_a_burst() -> None:
    clock = ManualClock()
    target = Target(clock)
    target.failing = lambda _: throttling(None) if clock.monotonic() < 200.0 else None
    run = Watching(*(f"drsjob-{n}" for n in range(50)), age=180.0)
    await watch_for(target, 400.0, run)
    again = [at for at, _, _ in target.calls if at >= 200.0]
    assert again
    first = again[0]
    assert sum(at <= first + 5.0 for at in again) < AT_ONCE
    assert sum(at >= 300.0 for at in again) > 100


async def test_a_job_has_ended_only_once_its_log_is_read() -> None:
    target = Target(ManualClock())
    target.status = "COMPLETED"
    target.failing = lambda name: (
        AwsUnclear("no answer", operation=name) if name == "DescribeJobLogItems" else None
    )
    run = Watching("drsjob-1")
    await watch_for(target, 20.0, run)
    assert not any(look.jobs for look in run.looks)


async def test_a_job_whose_log_cannot_be_had_ends_without_it() -> None:
    target = Target(ManualClock())
    target.status = "COMPLETED"
    target.failing = lambda name: (
        AwsRefused("no", operation=name, code="AccessDeniedException")
        if name == "DescribeJobLogItems"
        else None
    )
    run = Watching("drsjob-1")
    await watch_for(target, 40.0, run)
    assert any(job.is_ended for look in run.looks for job in look.jobs)


async def test_a_log_that_fails_for_long_does_not_hold_up_the_end_for_ever() -> None:
    target = Target(ManualClock())
    target.status = "COMPLETED"
    target.failing = lambda name: (
        AwsUnclear("no answer", operation=name) if name == "DescribeJobLogItems" else None
    )
    run = Watching("drsjob-1")
    await watch_for(target, 600.0, run)
    assert any(job.is_ended for look in run.looks for job in look.jobs)
    assert len(target.moments("DescribeJobLogItems")) >= LOOKS_AT_A_LOG


async def test_a_log_that_cannot_be_had_is_trouble_until_it_is_read() -> None:
    target = Target(ManualClock())
    target.failing = lambda name: (
        AwsRefused("no", operation=name, code="AccessDeniedException")
        if name == "DescribeJobLogItems"
        else None
    )
    run = Watching("drsjob-1")
    poller = await watch_for(target, 60.0, run)
    # The last looks were at launch statuses alone.
    assert target.calls[-1][1] == "DescribeJobs"
    assert poller.trouble == "no"
    target.failing = lambda _: None
    await poller.look()
    assert poller.trouble == ""


async def test_a_job_that_drs_does_not_list_is_trouble_after_some_looks() -> None:
    target = Target(ManualClock())

    async def none(job_ids: object) -> list[object]:
        target.calls.append((target.clock.monotonic(), "DescribeJobs", ()))
        return []

    target.jobs = none  # type: ignore[method-assign, assignment]
    run = Watching("drsjob-1")
    run.pace = 1.0
    poller = await watch_for(target, 30.0, run)
    assert len(target.moments("DescribeJobs")) >= LOOKS_TO_SHOW
    assert "drsjob-1" in poller.trouble


async def test_slow_instances_hold_up_no_launch_status() -> None:
    target = Target(ManualClock())
    target.slow_seconds = 25.0
    target.instances = [RecoveryInstance("i-1", "s-1"), RecoveryInstance("i-2", "s-2")]
    launched, launching = Watching("drsjob-1"), Watching("drsjob-2", phase=Phase.LAUNCH, age=290.0)
    launched.servers, launched.pace = ["s-1"], 1.0
    await watch_for(target, 26.5, launched, launching)
    assert len(target.moments("DescribeRecoveryInstances")) == 1
    assert len(target.moments("DescribeJobs")) > 10
    assert [i.id for look in launched.looks for i in look.instances] == ["i-1"]
    assert not any(look.instances for look in launching.looks)


async def test_instances_are_asked_for_only_of_servers_just_launched() -> None:
    target = Target(ManualClock())
    run = Watching("drsjob-1")
    poller = poller_of(target)
    task = asyncio.create_task(poller.run())
    poller.add(run)
    await pass_time(target.clock, 60.0)
    assert target.moments("DescribeRecoveryInstances") == []
    run.servers, run.pace = ["s-1", "s-2"], 1.0
    poller.hurry()
    await pass_time(target.clock, 2.0)
    asked = [ids for _, name, ids in target.calls if name == "DescribeRecoveryInstances"]
    assert asked[0] == ("s-1", "s-2")
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_look_that_is_asked_for_is_taken_at_once() -> None:
    target = Target(ManualClock())
    run = Watching("drsjob-1")
    poller = poller_of(target)
    poller.add(run)
    looking = asyncio.create_task(poller.look())
    await settle()
    assert looking.done()
    assert run.looks[0].jobs[0].id == "drsjob-1"
    assert run.looks[0].logs["drsjob-1"]


def test_who_only_watches_a_run_has_nothing_to_ask_drs_with() -> None:
    script = (
        "import sys, drs_tui.tui.sources.live\n"
        "print([m for m in sys.modules if m.startswith(('drs_tui.aws', 'drs_tui.driver.poller'))])"
    )
    asked = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )
    assert asked.stdout.strip() == "[]"
