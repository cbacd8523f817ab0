"""How far a server, a wave and a run are, and when they will probably be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.model.expectation.estimates import NOTHING_EXPECTED, Estimates, estimates
from drs_tui.model.expectation.eta import Estimate, shown
from drs_tui.model.expectation.told import history_from_data, history_to_data
from drs_tui.model.expectation.usual import NO_HISTORY, Duration, History, learn
from drs_tui.model.status import Phase
from tests.model.story import START, Story, wave_of
from tests.strategies import json_values

WHOLE = 0.8 + 52 + 186 + 294
"""Seconds from a Linux server's launch to its end, by recorded jobs."""


def two_waves() -> Story:
    return Story(wave_of("db", "s-1", "s-2"), wave_of("web", "s-3", after=("db",)))


def expected(story: Story, before: Estimates = NOTHING_EXPECTED) -> Estimates:
    return estimates(replace(story.run, expected=NO_HISTORY), story.now, before)


def minutes_left(story: Story, estimate: Estimate | None) -> float:
    assert estimate is not None
    return (estimate.done_at - story.now).total_seconds() / 60


def test_a_wave_that_has_just_launched_takes_what_is_usual() -> None:
    story = two_waves()
    story.launch("db", "drsjob-1")
    estimate = expected(story).waves.get("db")
    assert minutes_left(story, estimate) == pytest.approx(WHOLE / 60, rel=0.1)
    assert estimate is not None
    assert estimate.earliest < estimate.done_at < estimate.latest
    assert estimate.progress == 0.0


def test_a_run_takes_its_waves_one_after_the_other() -> None:
    story = two_waves()
    story.launch("db", "drsjob-1")
    estimate = expected(story).run
    assert minutes_left(story, estimate) == pytest.approx(2 * WHOLE / 60, rel=0.1)


def test_waves_side_by_side_take_as_long_as_the_longer() -> None:
    windows = {"windows": ["s-3"]}
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-3"), created=windows)
    estimate = expected(story).run
    assert minutes_left(story, estimate) == pytest.approx((115 + 842 + 360) / 60, rel=0.1)


def test_half_way_through_its_launch_a_server_is_most_of_the_way() -> None:
    story = two_waves()
    story.launch("db", "drsjob-1")
    story.wait(238)
    story.see("s-1", "IN_PROGRESS")
    story.wait(147)
    estimates = expected(story).servers
    assert estimates["s-1"].progress == pytest.approx((238 + 147) / (238 + 294), abs=0.05)
    assert not estimates["s-1"].is_slow


def test_what_takes_twice_as_long_is_slower_than_usual() -> None:
    story = two_waves()
    story.launch("db", "drsjob-1")
    story.wait(238)
    story.see("s-1", "IN_PROGRESS")
    story.see("s-2", "IN_PROGRESS")
    story.wait(600)
    estimate = expected(story).waves.get("db")
    assert estimate is not None
    assert estimate.is_slow
    assert estimate.done_at >= story.now


def test_a_server_that_is_through_and_a_wave_that_is_over_have_no_estimate() -> None:
    story = two_waves()
    story.complete("db", "drsjob-1")
    assert expected(story).servers == {}
    assert expected(story).waves.get("db") is None
    story.finish("db", "succeeded")
    story.complete("web", "drsjob-2")
    story.finish("web", "succeeded")
    story.tell("run.finished", outcome="succeeded")
    assert expected(story).run is None


@given(st.lists(st.floats(0.0, 1.0), min_size=1))
def test_progress_that_is_shown_never_goes_back(progress: list[float]) -> None:
    whole = Estimate(0.0, START, START, START)
    last: Estimate | None = None
    for each in progress:
        now = shown(last, replace(whole, progress=each, done_at=START + timedelta(seconds=each)))
        assert now.progress >= (last.progress if last else 0.0)
        assert now.done_at == START + timedelta(seconds=each)
        last = now


def test_where_nobody_said_what_is_usual_nothing_is_expected() -> None:
    story = two_waves()
    story.launch("db", "drsjob-1")
    assert estimates(story.run, story.now) == NOTHING_EXPECTED
    story.tell("run.expected")
    assert estimates(story.run, story.now) == expected(story)


def test_a_relaunch_begins_anew() -> None:
    story = two_waves()
    story.launch("db", "drsjob-1")
    story.wait(238)
    story.see("s-1", "LAUNCHED")
    story.see("s-2", "FAILED")
    late = replace(expected(story), waves={"db": Estimate(0.9, START, START, START)})
    story.end_job("drsjob-1")
    story.finish("db", "partial")
    story.tell("wave.decided", wave="db", choice="relaunch")
    story.launch("db", "drsjob-2", "s-2")
    again = expected(story, late)
    assert again.waves["db"].progress == 0.0
    assert list(again.servers) == ["s-2"]


def history() -> History:
    """What three jobs of two servers taught, the second of which is always the slower."""
    return learn(
        Duration(f"drsjob-{job}", server, False, phase, seconds * (1 + 0.05 * job))
        for job in range(3)
        for phase, at in ((Phase.SNAPSHOT, 40.0), (Phase.CONVERSION, 200.0), (Phase.LAUNCH, 300.0))
        for server, seconds in (("s-1", at), ("s-2", at * 1.2))
    )


def test_what_was_taken_for_usual_is_told_nearly_as_it_was() -> None:
    told = history_from_data(history_to_data(history(), frozenset({"s-1", "s-2"})))
    assert told.lanes.keys() == history().lanes.keys()
    for key, usual in history().lanes.items():
        assert told.lanes[key].median_seconds == pytest.approx(usual.median_seconds, rel=0.001)
        assert told.lanes[key].job_spread == pytest.approx(usual.job_spread, abs=0.001)
    assert told.offsets == pytest.approx(history().offsets, abs=0.001)
    assert not history_from_data(history_to_data(history(), frozenset())).offsets


@given(json_values)
def test_whatever_stands_there_is_no_trouble(value: Any) -> None:
    lanes = [{"windows": value, "phase": value, "median_ms": value}, value]
    data: Any = {"lanes": lanes, "offsets_permille": {"s-1": {"launch": value}, "s-2": value}}
    assert history_from_data(data).usual(Phase.LAUNCH, windows=False).median_seconds > 0
    assert history_from_data({"lanes": value, "offsets_permille": value}) == NO_HISTORY


def test_what_nobody_has_looked_at_yet_is_not_called_slow() -> None:
    story = two_waves()
    story.launch("db", "drsjob-1")
    story.wait(100)
    db = expected(story).waves["db"]
    assert not db.is_slow
    assert minutes_left(story, db) == pytest.approx((WHOLE - 100) / 60, rel=0.1)
