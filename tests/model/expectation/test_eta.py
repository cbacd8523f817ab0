"""How far a server, a wave and a run are, and when they will probably be done."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.model.expectation.eta import (
    Estimate,
    estimate_run,
    estimate_servers,
    estimate_wave,
    shown,
)
from drs_tui.model.expectation.usual import NO_HISTORY
from tests.model.story import START, Story, wave_of

WHOLE = 0.8 + 52 + 186 + 294
"""Seconds from a Linux server's launch to its end, by recorded jobs."""


def two_waves() -> Story:
    return Story(wave_of("db", "s-1", "s-2"), wave_of("web", "s-3", after=("db",)))


def minutes_left(story: Story, estimate: Estimate | None) -> float:
    assert estimate is not None
    return (estimate.done_at - story.now).total_seconds() / 60


def test_a_wave_that_has_just_launched_takes_what_is_usual() -> None:
    story = two_waves()
    story.launch("db", "drsjob-1")
    estimate = estimate_wave(story.run, "db", NO_HISTORY, story.now)
    assert minutes_left(story, estimate) == pytest.approx(WHOLE / 60, rel=0.1)
    assert estimate is not None
    assert estimate.earliest < estimate.done_at < estimate.latest
    assert estimate.progress == 0.0


def test_a_run_takes_its_waves_one_after_the_other() -> None:
    story = two_waves()
    story.launch("db", "drsjob-1")
    estimate = estimate_run(story.run, NO_HISTORY, story.now)
    assert minutes_left(story, estimate) == pytest.approx(2 * WHOLE / 60, rel=0.1)


def test_waves_side_by_side_take_as_long_as_the_longer() -> None:
    windows = {"windows": ["s-3"]}
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-3"), created=windows)
    estimate = estimate_run(story.run, NO_HISTORY, story.now)
    assert minutes_left(story, estimate) == pytest.approx((115 + 842 + 360) / 60, rel=0.1)


def test_half_way_through_its_launch_a_server_is_most_of_the_way() -> None:
    story = two_waves()
    story.launch("db", "drsjob-1")
    story.wait(238)
    story.see("s-1", "IN_PROGRESS")
    story.wait(147)
    estimates = estimate_servers(story.run, "db", NO_HISTORY, story.now)
    assert estimates["s-1"].progress == pytest.approx((238 + 147) / (238 + 294), abs=0.05)
    assert not estimates["s-1"].is_slow


def test_what_takes_twice_as_long_is_slower_than_usual() -> None:
    story = two_waves()
    story.launch("db", "drsjob-1")
    story.wait(238)
    story.see("s-1", "IN_PROGRESS")
    story.see("s-2", "IN_PROGRESS")
    story.wait(600)
    estimate = estimate_wave(story.run, "db", NO_HISTORY, story.now)
    assert estimate is not None
    assert estimate.is_slow
    assert estimate.done_at >= story.now


def test_a_server_that_is_through_and_a_wave_that_is_over_have_no_estimate() -> None:
    story = two_waves()
    story.complete("db", "drsjob-1")
    assert estimate_servers(story.run, "db", NO_HISTORY, story.now) == {}
    assert estimate_wave(story.run, "db", NO_HISTORY, story.now) is None
    story.finish("db", "succeeded")
    story.complete("web", "drsjob-2")
    story.finish("web", "succeeded")
    story.tell("run.finished", outcome="succeeded")
    assert estimate_run(story.run, NO_HISTORY, story.now) is None


@given(st.lists(st.floats(0.0, 1.0), min_size=1))
def test_progress_that_is_shown_never_goes_back(progress: list[float]) -> None:
    whole = Estimate(0.0, START, START, START)
    last: Estimate | None = None
    for each in progress:
        now = shown(last, replace(whole, progress=each, done_at=START + timedelta(seconds=each)))
        assert now.progress >= (last.progress if last else 0.0)
        assert now.done_at == START + timedelta(seconds=each)
        last = now
