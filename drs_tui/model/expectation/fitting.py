"""How far one phase of a job is from what is usual, told by who has ended it and who has not yet.

With `a` the job's shift, a server's duration has the logarithm `usual + a + its own deviation`.
Who has ended makes a normal guess of `a` another normal one, in closed form. Who has not yet, after
so long, makes larger shifts likelier: that is weighed on a grid, and the result's first two moments
are kept. One server that takes ever longer, when the others ended, is a straggler and no sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, exp, log, pi, sqrt

STRAGGLERS = 0.01
"""The share of servers that fail early, or take far longer than the rest."""

STRAGGLER_SPREAD = 1.0

_GRID = tuple(step * 0.75 for step in range(-4, 9))
"""In deviations of the guess: further up, since who has not ended can only say `longer`."""

_PRIOR = tuple(exp(-(z**2) / 2) for z in _GRID)
_LEAST_CHANCE = 1e-300
_SQRT_HALF = sqrt(0.5)
_SURE = -3.5
"""Deviations below which it is sure that a server has not ended yet."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How those who ended the phase differ from what is usual, as sums over logarithms."""

    count: int = 0
    total: float = 0.0
    squares: float = 0.0


@dataclass(frozen=True, slots=True)
class Shift:
    """A guess of how far a phase of a job is from what is usual."""

    mean: float
    variance: float
    log_evidence: float = 0.0
    """How likely what was seen is under the guess before it."""


def unended(z: float, spread: float) -> float:
    """The chance that a server has not ended, `z` own deviations after it should have."""
    z *= _SQRT_HALF
    of_most = (1 - STRAGGLERS) * erfc(z)
    return max(0.5 * (of_most + STRAGGLERS * erfc(z * spread / STRAGGLER_SPREAD)), _LEAST_CHANCE)


def fit(
    before: Shift, spread: float, ended: Ended, open_since: Sequence[tuple[float, int]]
) -> Shift:
    """The guess after what was seen.

    Args:
        before: The guess before it.
        spread: The servers' own deviation.
        ended: Who has ended the phase.
        open_since: The logarithms of their ages over what is usual, and how many, of the others.
    """
    mean, variance, evidence = before.mean, before.variance, 0.0
    if ended.count:
        own = spread * spread
        variance = 1 / (1 / before.variance + ended.count / own)
        mean = variance * (before.mean / before.variance + ended.total / own)
        evidence = 0.5 * (
            log(variance / before.variance)
            - ended.count * log(2 * pi * own)
            - ended.squares / own
            - before.mean**2 / before.variance
            + mean**2 / variance
        )
    width = sqrt(variance)
    earliest = mean - 3 * width + _SURE * spread
    telling = [(age, count) for age, count in open_since if age > earliest]
    if not telling:
        return Shift(mean, variance, evidence)
    return _weighed(Shift(mean, variance, evidence), spread, telling)


def _weighed(guess: Shift, spread: float, telling: Sequence[tuple[float, int]]) -> Shift:
    width = sqrt(guess.variance)
    shifts = [guess.mean + z * width for z in _GRID]
    # A server's chance counts as its logarithm, which a straggler's keeps from being endless.
    likely = [
        sum([count * log(unended((age - shift) / spread, spread)) for age, count in telling])
        for shift in shifts
    ]
    most = max(likely)
    weights = [prior * exp(each - most) for prior, each in zip(_PRIOR, likely, strict=True)]
    whole = sum(weights)
    weighed = list(zip(weights, shifts, strict=True))
    mean = sum(weight * shift for weight, shift in weighed) / whole
    variance = sum(weight * (shift - mean) ** 2 for weight, shift in weighed) / whole
    return Shift(
        mean,
        max(variance, guess.variance * 0.01),
        guess.log_evidence + most + log(whole / sum(_PRIOR)),
    )
