"""Clean-up: due after a drill that launched something, done when nothing is left."""

from __future__ import annotations

from typing import Any

import pytest

from drs_tui.model.plan import Mode
from drs_tui.model.run import Run
from drs_tui.model.status import CleanupStatus, ServerResult

from .story import Story, wave_of


def finished(mode: Mode = Mode.DRILL, status: str = "LAUNCHED") -> Story:
    story = Story(wave_of("db", "s-1"), mode=mode)
    story.complete("db", "drsjob-1", **{"s-1": status})
    story.finish("db", "succeeded")
    story.tell("run.finished", outcome="succeeded")
    return story


def cleanup(run: Run) -> CleanupStatus:
    return run.cleanup.status


@pytest.mark.parametrize("status", ["LAUNCHED", "FAILED"])
def test_a_drill_that_had_a_job_is_to_be_cleaned_up(status: str) -> None:
    # A failed launch can still run and bill.
    assert cleanup(finished(status=status).run) is CleanupStatus.DUE


def test_a_recovery_is_never_cleaned_up() -> None:
    assert cleanup(finished(Mode.RECOVERY).run) is CleanupStatus.NONE


def test_a_drill_without_a_job_has_nothing_to_clean_up() -> None:
    story = Story(wave_of("db", "s-1"))
    story.finish("db", "skipped")
    assert cleanup(story.tell("run.finished", outcome="failed")) is CleanupStatus.NONE


def test_a_clean_up_is_done_when_nothing_remains() -> None:
    story = finished()
    story.tell("cleanup.intended", instances=["i-1"])
    assert cleanup(story.run) is CleanupStatus.RUNNING
    story.tell("cleanup.started", job_id="drsjob-2", instances=["i-1"])
    assert story.run.jobs["drsjob-2"].wave == ""
    assert story.run.cleanup.instances_of == {"drsjob-2": ("i-1",)}
    story.tell("cleanup.finished", outcome="done", remaining=[])
    assert cleanup(story.run) is CleanupStatus.DONE


def test_a_clean_up_that_was_done_is_not_due_again_when_the_end_is_recorded_after_it() -> None:
    story = finished()
    story.tell("cleanup.intended", instances=["i-1"])
    story.tell("cleanup.finished", outcome="done", remaining=[])
    assert cleanup(story.tell("run.finished", outcome="succeeded")) is CleanupStatus.DONE


@pytest.mark.parametrize(
    ("outcome", "remaining"), [("done", ["i-1"]), ("failed", []), ("made up", [])]
)
def test_anything_else_is_a_failed_clean_up(outcome: str, remaining: list[str]) -> None:
    story = finished()
    story.tell("cleanup.intended", instances=["i-1"])
    run = story.tell("cleanup.finished", outcome=outcome, remaining=remaining, words="Conflict.")
    assert cleanup(run) is CleanupStatus.FAILED
    assert (run.cleanup.remaining, run.cleanup.words) == (tuple(remaining), "Conflict.")


def test_a_second_batch_belongs_to_the_same_clean_up() -> None:
    story = finished()
    story.tell("cleanup.intended", instances=["i-1"])
    story.wait(60)
    story.tell("cleanup.intended", instances=["i-1", "i-2"])
    assert story.run.cleanup.intended == ("i-1", "i-2")


def test_a_new_clean_up_after_a_failed_one_begins_anew() -> None:
    story = finished()
    story.tell("cleanup.intended", instances=["i-1"])
    story.tell("cleanup.finished", outcome="failed", remaining=["i-1"])
    story.wait(3600)
    story.tell("cleanup.intended", instances=[])
    assert cleanup(story.run) is CleanupStatus.RUNNING
    assert story.run.cleanup.remaining == ()


@pytest.mark.parametrize("status", ["TERMINATED", "FAILED", "A_WORD_OF_2031"])
def test_what_a_clean_up_ended_stays_launched(status: str) -> None:
    story = finished()
    story.tell("cleanup.intended", instances=["i-1"])
    launched = next(s for s in story.run.servers.values() if s.job_id)
    story.tell("server.observed", job_id=launched.job_id, server=launched.id, launch_status=status)
    assert story.run.servers[launched.id].result is ServerResult.LAUNCHED


@pytest.mark.parametrize("before", ["due", "failed"])
def test_a_clean_up_of_some_instances_leaves_the_others_as_they_were(before: str) -> None:
    story = finished()
    if before == "failed":
        story.tell("cleanup.intended", instances=["i-1"])
        story.tell("cleanup.finished", outcome="failed", remaining=["i-1", "i-2"])
    story.tell("cleanup.intended", instances=[], only=["i-1"])
    story.tell("cleanup.intended", instances=["i-1"])
    assert (cleanup(story.run), story.run.cleanup.only) == (CleanupStatus.RUNNING, ("i-1",))
    story.tell("cleanup.finished", outcome="due", remaining=["i-2"])
    assert (cleanup(story.run), story.run.cleanup.only) == (CleanupStatus(before), ())
    story.tell("cleanup.intended", instances=[], only=[])
    assert cleanup(story.tell("cleanup.finished", outcome="done")) is CleanupStatus.DONE


def test_a_clean_up_of_everything_that_leaves_something_has_failed() -> None:
    story = finished()
    story.tell("cleanup.intended", instances=[])
    run = story.tell("cleanup.finished", outcome="due", remaining=["i-2"])
    assert cleanup(run) is CleanupStatus.FAILED


def test_an_instance_that_shows_up_late_is_due_again() -> None:
    story = finished()
    story.tell("cleanup.intended", instances=["i-1"])
    story.tell("cleanup.finished", outcome="done", remaining=[])
    gone: dict[str, Any] = {"instance": "i-1", "server": "s-1", "job_id": "drsjob-1", "gone": True}
    assert cleanup(story.tell("instance.observed", **gone)) is CleanupStatus.DONE
    late: dict[str, Any] = {"instance": "i-2", "server": "s-1", "job_id": "drsjob-1"}
    assert cleanup(story.tell("instance.observed", **late)) is CleanupStatus.DUE
