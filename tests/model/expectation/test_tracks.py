"""Where a run's servers are, from what was recorded of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from drs_tui.model.expectation.lanes import Track
from drs_tui.model.expectation.past import PastRun
from drs_tui.model.expectation.tracks import tracks_of
from drs_tui.model.status import Phase
from drs_tui.model.times import format_time
from tests.model.story import Story, wave_of


def launched(clock_ahead: float = 0.0) -> Told:
    story = Told(clock_ahead)
    story.launch("db", "drsjob-1")
    return story


class Told(Story):
    """A run of one wave of two servers, the second on Windows, whose logs have AWS's times."""

    def __init__(self, clock_ahead: float, **created: Any) -> None:
        super().__init__(wave_of("db", "s-1", "s-2"), created={"windows": ["s-2"], **created})
        self.clock_ahead = clock_ahead

    def logged(self, event: str, server_id: str, seconds_ago: float = 0.0) -> None:
        moment = self.now + timedelta(seconds=self.clock_ahead - seconds_ago)
        about: dict[str, Any] = {"sourceServerID": server_id}
        item = {"event": event, "logDateTime": format_time(moment), "eventData": about}
        self.tell("job.logged", job_id="drsjob-1", item=item)

    def track(self, number: int = 0) -> Track:
        return tracks_of(self.run, "drsjob-1", self.now)[number]


def test_a_server_just_launched_is_queued_since_then() -> None:
    story = launched()
    story.wait(3)
    assert story.track() == Track("s-1", False, Phase.QUEUED, 3.0)
    assert story.track(1).windows


def test_its_phase_is_as_old_as_the_log_says() -> None:
    story = launched()
    story.wait(60)
    story.logged("SNAPSHOT_START", "s-1", seconds_ago=55)
    story.logged("CONVERSION_START", "s-1", seconds_ago=4)
    track = story.track()
    assert (track.phase, track.age_seconds) == (Phase.CONVERSION, 4.0)
    assert track.took == ((Phase.SNAPSHOT, 51.0),)


@pytest.mark.parametrize("clock_ahead", [3600.0, -3600.0])
def test_a_clock_that_is_off_does_not_make_it_older(clock_ahead: float) -> None:
    story = launched(clock_ahead)
    story.wait(2)
    story.logged("SNAPSHOT_START", "s-1", seconds_ago=1)
    story.wait(50)
    story.logged("CONVERSION_START", "s-1", seconds_ago=10)
    assert story.track().age_seconds == pytest.approx(10.0, abs=1.5)


def test_a_launch_status_tells_of_its_launch_before_the_log_does() -> None:
    story = launched()
    story.wait(60)
    story.logged("CONVERSION_START", "s-1", seconds_ago=8)
    story.wait(178)
    story.see("s-1", "IN_PROGRESS")
    story.wait(20)
    track = story.track()
    assert (track.phase, track.age_seconds) == (Phase.LAUNCH, 20.0)
    assert track.took == ((Phase.CONVERSION, 186.0),)
    story.logged("LAUNCH_START", "s-1", seconds_ago=25)
    assert story.track().age_seconds == 25.0


def test_a_launched_server_is_through_since_its_status_said_so() -> None:
    story = launched()
    story.see("s-1", "IN_PROGRESS")
    story.wait(294)
    story.see("s-1", "LAUNCHED")
    story.wait(5)
    track = story.track()
    assert (track.phase, track.age_seconds) == (Phase.READY, 5.0)
    assert track.took == ((Phase.LAUNCH, 294.0),)


def test_a_failure_is_explained_once_the_log_tells_of_it() -> None:
    story = launched()
    story.see("s-1", "FAILED")
    assert (story.track().phase, story.track().explained) == (Phase.FAILED, False)
    story.logged("LAUNCH_FAILED", "s-1")
    assert story.track().explained


def test_a_relaunch_begins_anew() -> None:
    story = launched()
    story.see("s-1", "IN_PROGRESS")
    story.see("s-1", "FAILED")
    story.end_job("drsjob-1")
    story.launch("db", "drsjob-2", "s-1")
    assert tracks_of(story.run, "drsjob-2", story.now) == [Track("s-1", False, Phase.QUEUED, 0.0)]


def test_a_stored_run_teaches_how_long_its_phases_took() -> None:
    story = launched()
    for name, seconds in (
        ("SNAPSHOT_START", 0),
        ("CONVERSION_START", 52),
        ("LAUNCH_START", 842),
        ("LAUNCH_END", 360),
    ):
        story.wait(seconds)
        story.logged(name, "s-2")
    past = PastRun()
    for event in story.events:
        past.see(event)
    assert [(d.server_id, d.windows, d.phase, d.seconds) for d in past.durations] == [
        ("s-2", True, Phase.SNAPSHOT, 52.0),
        ("s-2", True, Phase.CONVERSION, 842.0),
        ("s-2", True, Phase.LAUNCH, 360.0),
    ]


def test_a_launch_that_failed_teaches_nothing_of_how_long_one_takes() -> None:
    story = launched()
    story.logged("LAUNCH_START", "s-1")
    story.wait(70)
    story.logged("LAUNCH_FAILED", "s-1")
    past = PastRun()
    for event in story.events:
        past.see(event)
    assert past.durations == []
