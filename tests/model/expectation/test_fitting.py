"""How far a phase is from what is usual, told by who has ended it and who has not."""

from __future__ import annotations

from math import exp, log, pi, sqrt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drs_tui.model.expectation.fitting import Ended, Shift, fit, unended

USUAL = Shift(0.0, 0.05**2)
logs = st.lists(st.floats(-0.2, 0.2), min_size=1, max_size=20)


def ended(*logarithms: float) -> Ended:
    return Ended(len(logarithms), sum(logarithms), sum(each**2 for each in logarithms))


def by_integrating(
    before: Shift, spread: float, values: list[float], ages: list[tuple[float, int]]
) -> tuple[float, float, float]:
    """Mean, variance and evidence, by brute force."""
    steps = 1000
    width = before.variance**0.5
    total = first = second = 0.0
    for step in range(steps):
        shift = before.mean + width * (-8 + 18 * step / steps)
        weight = exp(-((shift - before.mean) ** 2) / 2 / before.variance)
        for value in values:
            weight *= exp(-((value - shift) ** 2) / 2 / spread**2) / (spread * (2 * pi) ** 0.5)
        for age, count in ages:
            weight *= unended((age - shift) / spread, spread) ** count
        total += weight
        first += weight * shift
        second += weight * shift**2
    mean = first / total
    density = total * 18 * width / steps / (width * (2 * pi) ** 0.5)
    return mean, second / total - mean**2, log(density)


@settings(deadline=None)
@given(logs)
def test_with_those_who_ended_it_agrees_with_integrating(values: list[float]) -> None:
    found = fit(USUAL, 0.05, ended(*values), [])
    mean, variance, evidence = by_integrating(USUAL, 0.05, values, [])
    assert found.mean == pytest.approx(mean, abs=1e-4)
    assert found.variance == pytest.approx(variance, rel=0.01)
    assert found.log_evidence == pytest.approx(evidence, abs=0.01)


@pytest.mark.parametrize(
    ("values", "ages"),
    [
        ([], [(0.0, 2)]),
        ([], [(0.1, 25)]),
        ([0.02, -0.03], [(0.0, 3), (0.05, 1)]),
        ([0.01] * 10, [(0.05, 5)]),
    ],
)
def test_with_those_still_in_it_too(values: list[float], ages: list[tuple[float, int]]) -> None:
    found = fit(USUAL, 0.05, ended(*values), ages)
    mean, variance, evidence = by_integrating(USUAL, 0.05, values, ages)
    assert found.mean == pytest.approx(mean, abs=0.01)
    assert sqrt(found.variance) == pytest.approx(sqrt(variance), rel=0.2)
    assert found.log_evidence == pytest.approx(evidence, abs=0.3)


def test_nobody_seen_leaves_the_guess_as_it_was() -> None:
    assert fit(USUAL, 0.05, Ended(), []) == Shift(0.0, 0.05**2, 0.0)


def test_who_is_young_says_nothing() -> None:
    assert fit(USUAL, 0.05, Ended(), [(-2.0, 100)]) == Shift(0.0, 0.05**2, 0.0)


def test_all_of_them_late_makes_longer_likelier() -> None:
    assert fit(USUAL, 0.05, Ended(), [(0.08, 25)]).mean > 0.1


def test_one_that_never_ends_is_no_sign_when_the_others_have() -> None:
    others = fit(USUAL, 0.05, ended(*[0.0] * 24), [])
    with_straggler = fit(USUAL, 0.05, ended(*[0.0] * 24), [(1.0, 1)])
    assert with_straggler.mean == pytest.approx(others.mean, abs=0.02)
