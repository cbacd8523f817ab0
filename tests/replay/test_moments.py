"""Moments as people write them."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.replay.moments import BadMoment, moment_named

START = datetime(2026, 11, 23, 23, 50, 7, 500_000, tzinfo=UTC)
END = START + timedelta(minutes=40)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("+12m", 720),
        ("+1m30s", 90),
        ("+ 12m", 720),
        ("+45s", 45),
        ("-5m", 35 * 60),
        ("50%", 20 * 60),
        ("0%", 0),
        ("100%", 40 * 60),
    ],
)
def test_a_moment_counted_from_the_start_or_the_end(text: str, seconds: int) -> None:
    assert moment_named(text, START, END) == START + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "hour", "minute", "second", "day"),
    [
        ("23:55", 23, 55, 0, 23),
        ("23:55:10", 23, 55, 10, 23),
        ("00:10", 0, 10, 0, 24),
        ("0:10Z", 0, 10, 0, 24),
    ],
)
def test_a_time_of_day_is_the_first_of_its_kind_in_the_run(
    text: str, hour: int, minute: int, second: int, day: int
) -> None:
    wanted = datetime(2026, 11, day, hour, minute, second, tzinfo=UTC)
    assert moment_named(text, START, END) == wanted


def test_the_minute_in_which_the_run_began_is_its_beginning() -> None:
    assert moment_named("23:50", START, END) == START
    assert moment_named("23:50:07", START, END) == START


@pytest.mark.parametrize("text", ["", "+", "12", "+12x", "25:00", "12:60", "noon", "1e3%", "+-1m"])
def test_what_is_no_moment_is_refused_with_what_is(text: str) -> None:
    with pytest.raises(BadMoment, match=r"\+12m"):
        moment_named(text, START, END)


@pytest.mark.parametrize("text", ["+2h", "-41m", "22:14", "101%"])
def test_a_moment_outside_of_the_run_is_refused_with_the_runs_bounds(text: str) -> None:
    with pytest.raises(BadMoment, match="23:50:07Z to 00:30:07Z"):
        moment_named(text, START, END)


@given(st.text(max_size=30))
def test_whatever_is_written_names_a_moment_of_the_run_or_is_refused(text: str) -> None:
    with suppress(BadMoment):
        assert START <= moment_named(text, START, END) <= END
