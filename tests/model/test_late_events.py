"""What an overtaken driver had recorded on its own: the jobs that it started, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from drs_tui.audit.chain import ZERO_HASH, seal
from drs_tui.model.events import Draft
from drs_tui.model.run import Run
from drs_tui.model.status import CleanupStatus, Phase, WaveStatus

from .story import START, Story, succeeded, wave_of


def late(kind: str, *, run_id: str = "01RUN", **data: Any) -> str:
    """An event as the other driver wrote it down."""
    return seal(run_id, 9, ZERO_HASH, Draft(kind, START, "driver", data)).text


def launched_late(job_id: str = "drsjob-9", **data: Any) -> str:
    return late("wave.launched", **{"wave": "db", "attempt": 1, "job_id": job_id, **data})


def told(story: Story, *texts: str, after: int | None = None) -> Run:
    """Let what was late arrive; both drivers knew all events before it, unless said."""
    known = story.run.seq if after is None else after
    return story.tell("run.late_events", texts=list(texts), after=known)


def intended() -> Story:
    story = Story(wave_of("db", "s-1", "s-2"), wave_of("web", "s-3"))
    story.intend("db")
    return story


def test_its_job_is_the_launch_that_a_wave_waits_for() -> None:
    run = told(intended(), launched_late())

    wave = run.waves["db"]
    assert (wave.status, wave.job_id, wave.attempt) == (WaveStatus.IN_PROGRESS, "drsjob-9", 1)
    assert (wave.intent, wave.launched_ids) == (None, ("s-1", "s-2"))
    assert [(s.job_id, s.phase) for s in run.of_wave("db")] == [("drsjob-9", Phase.QUEUED)] * 2
    assert run.servers["s-3"].job_id == ""


def test_its_job_is_the_launch_of_a_wave_of_which_nobody_here_knew() -> None:
    run = told(Story(wave_of("db", "s-1")), launched_late(attempt=2))

    assert (run.waves["db"].job_id, run.waves["db"].attempt) == ("drsjob-9", 2)


def test_a_call_that_only_this_driver_made_is_not_answered_by_the_other_s_job() -> None:
    story = intended()

    run = told(story, launched_late(), after=1)

    assert run.waves["db"].status is WaveStatus.LAUNCHING
    assert run.jobs["drsjob-9"].wave == "db"


def test_a_job_of_an_attempt_before_the_one_under_way_is_only_remembered() -> None:
    story = intended()

    run = told(story, launched_late(attempt=0))

    assert (run.waves["db"].job_id, run.jobs["drsjob-9"].attempt) == ("", 0)


def test_a_launched_wave_keeps_its_job() -> None:
    story = Story(wave_of("db", "s-1"))
    story.launch("db", "drsjob-1")

    run = told(story, launched_late(), launched_late("drsjob-1"))

    assert run.waves["db"].job_id == run.servers["s-1"].job_id == "drsjob-1"
    assert sorted(run.jobs) == ["drsjob-1", "drsjob-9"]


def test_servers_that_are_launched_stay_so_when_a_late_job_relaunches_the_others() -> None:
    story = Story(wave_of("db", "s-1", "s-2"))
    story.complete("db", "drsjob-1", **{"s-2": "FAILED"})
    story.finish("db", "partial")
    story.tell("wave.decided", wave="db", choice="relaunch")

    run = told(story, launched_late(attempt=2))

    assert [s.job_id for s in run.of_wave("db")] == ["drsjob-1", "drsjob-9"]
    assert run.waves["db"].launched_ids == ("s-2",)


def test_a_job_of_a_drill_that_is_over_makes_its_clean_up_due() -> None:
    assert told(succeeded(), launched_late()).cleanup.status is CleanupStatus.DUE


def test_a_launch_whose_end_nobody_wrote_down_makes_the_clean_up_look_for_it() -> None:
    intent = late("wave.launch_intended", wave="db", attempt=2, servers=["s-1"], token="t")
    before = succeeded()

    run = told(before, intent)

    assert run.cleanup.status is CleanupStatus.DUE
    assert run.cleanup.unheard_since == run.last_at


@pytest.mark.parametrize("end", ["wave.launched", "wave.launch_refused"])
def test_one_whose_end_is_known_is_not_looked_for(end: str) -> None:
    about: dict[str, Any] = {"wave": "db", "attempt": 2}
    intent = late("wave.launch_intended", **about, servers=["s-1"], token="t")

    run = told(succeeded(), intent, late(end, **about))

    assert run.cleanup.unheard_since is None


def test_a_clean_up_s_job_is_remembered_with_its_instances() -> None:
    text = late("cleanup.started", job_id="drsjob-8", instances=["i-1", "i-2"])

    run = told(succeeded(), text, text)

    assert run.cleanup.job_ids == ("drsjob-8",)
    assert run.cleanup.instances_of == {"drsjob-8": ("i-1", "i-2")}
    assert run.jobs["drsjob-8"].wave == ""


@pytest.mark.parametrize(
    "text",
    [
        "not JSON",
        "[" * 100_000,
        "[]",
        launched_late(run_id="01OTHER"),
        launched_late(job_id=""),
        launched_late(job_id=7),  # type: ignore[arg-type]
        late("wave.finished", wave="db", outcome="succeeded", job_id="drsjob-9"),
    ],
)
def test_anything_else_that_is_late_changes_nothing(text: str) -> None:
    story = intended()
    before = story.run

    run = told(story, text)

    assert (run.waves, run.servers, run.jobs) == (before.waves, before.servers, before.jobs)
    assert run.unreadable == ()


def test_a_late_job_of_a_wave_that_there_is_not_is_remembered() -> None:
    run = told(intended(), launched_late(wave="made up", attempt=True))

    assert (run.jobs["drsjob-9"].wave, run.jobs["drsjob-9"].attempt) == ("", 0)
