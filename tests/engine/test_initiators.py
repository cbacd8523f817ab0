"""A job that DRS says was begun by something else than was asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drs_tui.engine.initiators import wrong_launch, wrong_termination
from drs_tui.model.events import Draft
from drs_tui.model.observed import Job
from drs_tui.model.plan import Mode
from tests.model.story import START, Story, wave_of


def observed(initiated_by: str) -> list[Draft]:
    about = {"job_id": "drsjob-1", "status": "STARTED", "initiated_by": initiated_by}
    return [
        Draft("job.logged", START, "driver", {"job_id": "drsjob-1"}),
        Draft("job.observed", START, "driver", about),
    ]


@pytest.mark.parametrize(
    ("mode", "wrong", "right"),
    [
        (Mode.DRILL, "START_RECOVERY", "START_DRILL"),
        (Mode.RECOVERY, "START_DRILL", "START_RECOVERY"),
    ],
)
def test_a_launch_is_what_its_run_is_or_nobody_says(mode: Mode, wrong: str, right: str) -> None:
    story = Story(wave_of("db", "s-1"), mode=mode)
    story.launch("db", "drsjob-1")
    assert wrong_launch(story.run, observed(wrong)) == (
        f"job drsjob-1 says {wrong}, and {right} was asked for: look at it in DRS before you go on"
    )
    assert wrong_launch(story.run, observed(right)) == ""
    assert wrong_launch(story.run, observed("")) == ""


def test_what_was_said_once_is_not_said_again() -> None:
    story = Story(wave_of("db", "s-1"))
    story.launch("db", "drsjob-1")
    [_, news] = observed("START_RECOVERY")
    assert wrong_launch(story.run, [news])
    story.record(news)
    assert wrong_launch(story.run, [news]) == ""


def test_only_the_clean_ups_own_jobs_have_to_be_terminations() -> None:
    story = Story(wave_of("db", "s-1"))
    story.launch("db", "drsjob-1")
    story.tell("cleanup.started", job_id="drsjob-t", instances=["i-1"])
    launch = Job("drsjob-1", "LAUNCH", "COMPLETED", "START_DRILL")
    termination = Job("drsjob-t", "TERMINATE", "STARTED")
    assert wrong_termination(story.run, [launch, termination]) == ""
    odd = replace(termination, initiated_by="DIAGNOSTIC")
    assert wrong_termination(story.run, [launch, odd]) == (
        "job drsjob-t says DIAGNOSTIC, and TERMINATE_RECOVERY_INSTANCES was asked for: "
        "look at it in DRS"
    )
