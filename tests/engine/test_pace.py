"""How often DRS is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from drs_tui.engine.pace import CEILING_SECONDS, FLOOR_SECONDS, poll_seconds
from tests.model.story import START, Story, wave_of


@pytest.mark.parametrize(
    ("silence", "seconds"),
    [
        (-60, FLOOR_SECONDS),
        (0, FLOOR_SECONDS),
        (10, 1.0),
        (60, 6.0),
        (150, CEILING_SECONDS),
        (86_400, CEILING_SECONDS),
    ],
)
def test_the_longer_nothing_happened_the_rarer_is_a_look(silence: int, seconds: float) -> None:
    run = Story(wave_of("db", "s-1")).run
    assert poll_seconds(run, START + timedelta(seconds=silence)) == seconds


def test_news_brings_the_pace_back() -> None:
    story = Story(wave_of("db", "s-1"))
    story.wait(600)
    assert poll_seconds(story.run, story.now) == CEILING_SECONDS
    assert poll_seconds(story.tell("run.noted", text="news"), story.now) == FLOOR_SECONDS
