"""When a clean-up is due, and what instances add up to."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from drs_tui.model.keeping import cleans_up, due_at, is_overdue, usage
from drs_tui.model.plan import Mode
from drs_tui.model.run import Run
from drs_tui.model.state.cleanup import CleanupState
from drs_tui.model.state.launches import InstanceState
from drs_tui.model.state.run import Import
from drs_tui.model.status import CleanupStatus, RunStatus

from .story import START, Story, wave_of

HOUR = timedelta(hours=1)


def ended(policy: str, outcome: str = "succeeded", kept_hours: int | None = None) -> Run:
    kept = {} if kept_hours is None else {"keep_for_seconds": kept_hours * 3600}
    story = Story(wave_of("db", "s-1"), cleanup_policy=policy, created=kept)
    story.complete("db", "drsjob-1")
    story.finish("db", "succeeded")
    return story.tell("run.finished", outcome=outcome)


@pytest.mark.parametrize(
    ("policy", "outcome", "kept_hours", "due_hours"),
    [
        ("always", "succeeded", None, 0),
        ("always", "failed", None, 0),
        ("success", "succeeded", None, 0),
        ("success", "failed", None, None),
        ("never", "succeeded", None, None),
        ("", "succeeded", None, None),
        ("always", "failed", 4, 4),
        ("success", "succeeded", 4, 4),
        ("success", "failed", 4, None),
        ("", "failed", 4, 4),
    ],
)
def test_a_clean_up_is_due_when_its_policy_says_and_not_before_the_time_is_up(
    policy: str, outcome: str, kept_hours: int | None, due_hours: int | None
) -> None:
    run = ended(policy, outcome, kept_hours)
    assert due_at(run) == (None if due_hours is None else START + due_hours * HOUR)
    for hours in (0, 3, 4, 5):
        now = START + hours * HOUR
        assert cleans_up(run, now) is (due_hours is not None and hours >= due_hours)
        assert is_overdue(run, now) is cleans_up(run, now)


def test_what_was_broken_off_or_failed_is_overdue_whatever_its_policy() -> None:
    run = ended("never")
    running = replace(run, cleanup=CleanupState(CleanupStatus.RUNNING))
    failed = replace(run, cleanup=CleanupState(CleanupStatus.FAILED))
    assert cleans_up(running, START)
    assert is_overdue(running, START)
    assert is_overdue(failed, START)
    assert not cleans_up(failed, START), "a driver does not try for ever"


def test_nothing_of_a_recovery_an_import_or_a_run_under_way_is_overdue() -> None:
    failed = replace(ended("always"), cleanup=CleanupState(CleanupStatus.FAILED))
    assert not is_overdue(replace(failed, mode=Mode.RECOVERY), START)
    assert not is_overdue(replace(failed, imports=(Import(START, "ana", ""),)), START)
    assert not is_overdue(replace(failed, outcome=None), START)
    assert not cleans_up(replace(failed, mode=Mode.RECOVERY), START)
    assert RunStatus.SUCCEEDED is failed.outcome


def test_instance_hours_count_what_is_gone_up_to_its_end() -> None:
    there = InstanceState("i-1", "s-1", "RUNNING", True, "j", seen_at=START)
    longer = replace(there, launched_at=START - HOUR)
    gone = replace(there, gone=True, gone_at=START + HOUR)
    unknown = replace(there, seen_at=None)
    used = usage([there, longer, gone, unknown], START + 2 * HOUR)
    assert (used.left, used.since, used.hours) == (3, START - HOUR, 2 + 3 + 1)
