"""Moments and durations as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.model.times import (
    clock_time,
    day_time,
    format_duration,
    format_time,
    parse_time,
    round_duration,
)

zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
moments = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=zones)  # noqa: DTZ001


@given(moments)
def test_what_is_written_is_read_again(moment: datetime) -> None:
    assert parse_time(format_time(moment)) == moment
    assert parse_time(moment.isoformat(timespec="microseconds")) == moment


@given(moments, moments)
def test_texts_sort_as_times_do(one: datetime, two: datetime) -> None:
    assert (format_time(one) < format_time(two)) == (one < two)


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_none(text: str) -> None:
    found = parse_time(text)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "2025-11-28T22:34:06.632532+00:00",
        "2025-11-28T22:34:06.632532Z",
        "2025-11-28T22:34:06.632532999Z",
        "2025-11-28T17:34:06.632532-0500",
    ],
)
def test_times_are_read_in_all_the_ways_that_aws_writes_them(text: str) -> None:
    assert parse_time(text) == datetime(2025, 11, 28, 22, 34, 6, 632532, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P0D",
        "2025-11-28",
        "2025-11-28T22:34:06",
        "2025-13-28T22:34:06Z",
        "0001-01-01T00:00:00+14:00",
    ],
)
def test_what_is_no_moment_is_none(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0s"),
        (42.9, "42s"),
        (545, "9m 05s"),
        (3600 + 420, "1h 07m"),
        (2 * 86400 + 3 * 3600, "2d 03h"),
    ],
)
def test_durations_are_written_as_people_read_them(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


def test_a_moment_is_told_with_its_zone() -> None:
    moment = datetime(2026, 11, 23, 22, 4, 7, tzinfo=UTC)
    assert (clock_time(moment), day_time(moment)) == ("22:04:07Z", "2026-11-23 22:04Z")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(45, "45s"), (2700, "45m"), (3600, "1h"), (5400, "1h 30m"), (65, "1m 05s")],
)
def test_a_duration_that_somebody_chose_has_no_zeros(seconds: int, words: str) -> None:
    assert round_duration(seconds) == words
