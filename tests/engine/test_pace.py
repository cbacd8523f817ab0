"""How often DRS is asked."""

from __future__ import annotations

from datetime import timedelta
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.engine.pace import (
    CEILING_SECONDS,
    FLOOR_SECONDS,
    PRICE_SECONDS,
    SETTLING_CEILING_SECONDS,
    Unseen,
    poll_seconds,
    seconds_to_next,
    unseen_after,
)
from tests.model.story import START, Story, wave_of

NOTHING = Unseen()
rates = st.floats(1e-6, 100.0)
steps = st.lists(st.tuples(st.floats(0.1, 20.0), st.floats(0.0, 10.0)), max_size=6)


def stairs(levels: list[tuple[float, float]], ahead: float) -> float:
    """A rate that stays on each level for a while, and then is nothing."""
    for seconds, level in levels:
        if ahead < seconds:
            return level
        ahead -= seconds
    return 0.0


@given(rates)
def test_an_even_rate_is_looked_at_by_the_square_root_rule(events_a_second: float) -> None:
    due = seconds_to_next(lambda _: events_a_second, NOTHING, ceiling=1e9)
    assert due == pytest.approx(sqrt(2 * PRICE_SECONDS / events_a_second), rel=1e-6)


@given(rates)
def test_four_times_as_many_events_are_looked_at_twice_as_often(events_a_second: float) -> None:
    once = seconds_to_next(lambda _: events_a_second, NOTHING, ceiling=1e9)
    four = seconds_to_next(lambda _: 4 * events_a_second, NOTHING, ceiling=1e9)
    assert once == pytest.approx(2 * four, rel=1e-6)


@given(steps, st.floats(0.0, 100.0), st.floats(0.0, 10.0), st.floats(0.0, 600.0))
def test_nobody_is_blind_for_longer_than_the_ceiling(
    levels: list[tuple[float, float]], events: float, delay: float, ceiling: float
) -> None:
    unseen = Unseen(events, delay)
    due = seconds_to_next(lambda ahead: stairs(levels, ahead), unseen, ceiling=ceiling)
    assert 0.0 <= due <= ceiling


@given(steps, st.floats(1.0, 10.0))
def test_more_that_is_expected_is_never_looked_at_later(
    levels: list[tuple[float, float]], factor: float
) -> None:
    less = seconds_to_next(lambda ahead: stairs(levels, ahead), NOTHING)
    more = seconds_to_next(lambda ahead: stairs(levels, ahead) * factor, NOTHING)
    assert more <= less + 1e-9


@given(steps, st.floats(0.1, 10.0), st.floats(1.0, 10.0))
def test_a_dearer_call_is_never_made_sooner(
    levels: list[tuple[float, float]], price: float, factor: float
) -> None:
    cheap = seconds_to_next(lambda ahead: stairs(levels, ahead), NOTHING, price=price)
    dear = seconds_to_next(lambda ahead: stairs(levels, ahead), NOTHING, price=price * factor)
    assert dear >= cheap - 1e-9


@given(steps)
def test_the_same_expectation_gives_the_same_answer(levels: list[tuple[float, float]]) -> None:
    answers = {seconds_to_next(lambda ahead: stairs(levels, ahead), NOTHING) for _ in range(2)}
    assert len(answers) == 1


@given(rates, st.floats(0.05, 0.95))
def test_what_is_behind_counts_when_it_is_reckoned_anew(rate: float, share: float) -> None:
    whole = seconds_to_next(lambda _: rate, NOTHING, ceiling=1e9)
    behind = unseen_after(lambda _: rate, whole * share, NOTHING)
    left = seconds_to_next(lambda _: rate, behind, ceiling=1e9)
    assert left == pytest.approx(whole * (1 - share), rel=1e-4)


def test_what_has_probably_happened_is_looked_at_though_nothing_more_is_expected() -> None:
    assert seconds_to_next(lambda _: 0.0, Unseen(2.0, 0.0)) == pytest.approx(PRICE_SECONDS / 2)


def test_where_nothing_is_expected_only_the_ceiling_says_when() -> None:
    assert seconds_to_next(lambda _: 0.0, NOTHING) == CEILING_SECONDS


@pytest.mark.parametrize(
    ("silence", "seconds"),
    [
        (-60, 6.0),
        (-7200, SETTLING_CEILING_SECONDS),
        (0, FLOOR_SECONDS),
        (10, 1.0),
        (60, 6.0),
        (150, SETTLING_CEILING_SECONDS),
        (86_400, SETTLING_CEILING_SECONDS),
    ],
)
def test_the_longer_nothing_happened_the_rarer_is_a_look(silence: int, seconds: float) -> None:
    run = Story(wave_of("db", "s-1")).run
    assert poll_seconds(run, START + timedelta(seconds=silence)) == seconds
