"""Data lost: by what was really launched from, and not known where nobody says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from drs_tui.model.data_loss import data_words, lost_ms, reached_rpo_ms, wave_data_words
from drs_tui.model.times import format_time

from .story import START, Story, wave_of

MINUTE_MS = 60_000


def pinned(age_minutes: float, **members: Any) -> Story:
    """A launch of a server from a point so old."""
    story = Story(wave_of("db", "s-1", point_in_time="newest-existing", **members))
    at = format_time(story.now - timedelta(minutes=age_minutes))
    story.tell(
        "wave.launch_intended",
        wave="db",
        attempt=1,
        servers=["s-1"],
        token="t",
        points={"s-1": {"id": "pit-1", "at": at}},
    )
    story.tell("wave.launched", wave="db", job_id="drsjob-1")
    story.see("s-1", "LAUNCHED", "i-1")
    return story


def instance(story: Story, minutes_before_start: float) -> None:
    """DRS says from when the data of the server's instance is."""
    data_of = format_time(START - timedelta(minutes=minutes_before_start))
    story.tell(
        "instance.observed",
        instance="i-1",
        server="s-1",
        job_id="drsjob-1",
        state="RUNNING",
        data_of=data_of,
    )


def lost(story: Story) -> int | None:
    return lost_ms(story.run, story.run.servers["s-1"])


def test_a_snapshot_on_demand_lacks_what_was_not_replicated() -> None:
    story = Story(wave_of("db", "s-1"))
    story.tell("wave.guarded", wave="db", verdict="passes", lag_ms={"s-1": 3000})
    story.complete("db", "drsjob-1")
    assert lost(story) == reached_rpo_ms(story.run) == 3000
    words = "a snapshot on demand, replication lag 3s"
    assert data_words(story.run, story.run.servers["s-1"]) == words
    assert wave_data_words(story.run, "db") == "1 snapshot on demand"


def test_a_point_is_as_old_as_it_was_when_its_launch_was_sent() -> None:
    story = pinned(7)
    story.wait(3600)
    assert lost(story) == 7 * MINUTE_MS
    words = wave_data_words(story.run, "db")
    assert words == "1 point in time of 2026-11-23 08:53:00Z, 7m 00s before the launch"


def test_where_drs_says_that_older_data_was_used_that_counts() -> None:
    story = pinned(7)
    instance(story, 30)
    assert lost(story) == 30 * MINUTE_MS
    instance(story, 1)
    assert lost(story) == 7 * MINUTE_MS


def test_an_earlier_snapshot_counts_by_drs_s_word_and_is_unknown_without_it() -> None:
    story = Story(wave_of("db", "s-1"))
    story.tell("wave.guarded", wave="db", verdict="passes", lag_ms={"s-1": 3000})
    story.complete("db", "drsjob-1")
    story.log("drsjob-1", "USING_PREVIOUS_SNAPSHOT", "s-1")
    story.see("s-1", "LAUNCHED", "i-1")
    assert lost(story) is None
    assert reached_rpo_ms(story.run) is None
    assert "of when is not known" in data_words(story.run, story.run.servers["s-1"])
    instance(story, 12)
    assert lost(story) == 12 * MINUTE_MS
    assert "OLDER DATA, as no new snapshot could be made: host-s-1" in wave_data_words(
        story.run, "db"
    )


def test_a_relaunch_is_measured_by_its_own_point() -> None:
    story = pinned(7)
    story.wait(600)
    at = format_time(story.now - timedelta(minutes=2))
    points = {"s-1": {"id": "pit-2", "at": at}}
    story.tell(
        "wave.launch_intended", wave="db", attempt=2, servers=["s-1"], token="u", points=points
    )
    assert lost(story) == 2 * MINUTE_MS


def test_a_launch_whose_point_nobody_recorded_is_of_unknown_age() -> None:
    story = Story(wave_of("db", "s-1", point_in_time="common"))
    story.complete("db", "drsjob-1")
    assert reached_rpo_ms(story.run) is None
    assert reached_rpo_ms(story.run, "db") is None
