"""A job that is not what was asked for stops everything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from drs_tui.model.run import Run
from drs_tui.model.status import CleanupStatus, RunStatus
from drs_tui.simulator.message import Response
from tests.driver.drills import calls, plan_path, settings_in, started, stored_events
from tests.driver.tenacity import Items, StrangeAws, with_items

ORDERS = plan_path("three-tier")


def by_another(kind: str, initiator: str) -> Callable[[Response], Response]:
    """Jobs of a type, begun by something else than was asked for."""

    def change(items: Items) -> Items:
        return [{**job, "initiatedBy": initiator} if job["type"] == kind else job for job in items]

    return with_items("DescribeJobs", change)


def stands_still(run: Run) -> bool:
    """Whether it is paused with nothing in progress."""
    return run.status is RunStatus.PAUSED and not any(w.is_open for w in run.waves.values())


@pytest.mark.parametrize("scenario", ["calm", "ambiguous"])
async def test_no_wave_follows_a_launch_that_is_no_drill_adopted_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, scenario: str
) -> None:
    aws = StrangeAws(monkeypatch)
    with aws.answering(by_another("LAUNCH", "START_RECOVERY")):
        async with started(settings_in(tmp_path, scenario), ORDERS) as drill:
            run = await drill.until(stands_still)
            events = await stored_events(drill.world, drill.run_id)
    (paused,) = [event for event in events if event.type == "run.paused"]
    assert "says START_RECOVERY, and START_DRILL was asked for" in str(paused.data["text"])
    (launched,) = [event for event in events if event.type == "wave.launched"]
    assert launched.data["adopted"] is (scenario == "ambiguous")
    assert len(calls(tmp_path, "StartRecovery")) == 1
    assert run.waves["application"].attempt == 0


async def test_a_termination_that_is_something_else_ends_the_clean_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = StrangeAws(monkeypatch)
    with aws.answering(by_another("TERMINATE", "DIAGNOSTIC")):
        async with started(settings_in(tmp_path), ORDERS, cleanup_policy="always") as drill:
            run = await drill.ended()
    assert run.cleanup.status is CleanupStatus.FAILED
    assert "says DIAGNOSTIC, and TERMINATE_RECOVERY_INSTANCES was asked for" in run.cleanup.words
