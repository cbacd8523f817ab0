"""What is about to happen in a job: the rate at which events are expected, from now on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import exp, log, pi, sqrt
from typing import NamedTuple

from drs_tui.model.expectation.fitting import STRAGGLER_SPREAD, STRAGGLERS, Ended, Shift, unended
from drs_tui.model.expectation.lanes import IN_STATUS, LEAST_AGE_SECONDS, Lane, Track, lanes_of
from drs_tui.model.expectation.stories import stories_of
from drs_tui.model.expectation.usual import History, Usual
from drs_tui.model.status import Phase

END_WEIGHT = 1.0
PHASE_WEIGHT = 0.25
"""What it is worth to know of an end, a server's or its job's, and of a phase's beginning."""

OVER = frozenset({Phase.READY, Phase.FAILED, Phase.NOT_LAUNCHED})
"""Where a server is when its launch has ended, either way."""

_AFTER_END = Usual(log(2.5), 0.4, 0.4)
"""Between the end of a job's last launch and the job's own, as recorded."""

_FAR = 7.0
"""Deviations beyond which nothing is expected."""


class Part(NamedTuple):
    """Some events that are expected of servers that have been in a phase for the same time."""

    height: float
    """How many by weight, over the chance that they have not ended yet."""

    age_seconds: float
    log_mean: float
    sharpness: float
    """One over the deviation."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected of a job."""

    status: tuple[Part, ...] = ()
    """What DescribeJobs will show."""

    log: tuple[Part, ...] = ()
    """What only DescribeJobLogItems will."""


def rate(parts: Iterable[Part], ahead_seconds: float) -> float:
    """Events a second, by weight, so long after the outlook."""
    total = 0.0
    for height, age, log_mean, sharpness in parts:
        at = age + ahead_seconds
        z = (log(at) - log_mean) * sharpness
        if -_FAR < z < _FAR:
            total += height * exp(-0.5 * z * z) / at
    return total


def aged(parts: Iterable[Part], seconds: float) -> list[Part]:
    """The same parts, so much later, when nobody has looked."""
    return [Part(height, age + seconds, mean, sharp) for height, age, mean, sharp in parts]


def outlook(
    tracks: Sequence[Track], history: History, *, status_lag: float = 0.0, log_lag: float = 0.0
) -> Outlook:
    """What is expected of a job whose servers stand as `tracks` say.

    The lags are the seconds since its launch statuses and its log were read.
    """
    lanes = lanes_of(tracks, history, status_lag=status_lag, log_lag=log_lag)
    status: list[Part] = []
    in_log: list[Part] = []
    for story in stories_of(lanes, history):
        for lane, shift in zip(lanes, story.shifts, strict=True):
            parts = status if lane.phase in IN_STATUS else in_log
            parts += _parts(lane, shift, story.chance)
    if tracks and all(track.phase in OVER for track in tracks):
        status += _soon(min(track.age_seconds for track in tracks), status_lag)
    for track in tracks:
        if not track.explained:
            in_log += _soon(track.age_seconds, log_lag)
    return Outlook(tuple(status), tuple(in_log))


def _soon(age_seconds: float, lag_seconds: float) -> Iterator[Part]:
    """What follows an end: the job's own after its last server's, the log's words on a failure."""
    waiting = {(max(age_seconds, LEAST_AGE_SECONDS), _AFTER_END.log_median): 1}
    lane = Lane(False, Phase.READY, _AFTER_END, Ended(), waiting, lag_seconds)
    return _parts(lane, Shift(0.0, 0.0), 1.0)


def _parts(lane: Lane, shift: Shift, chance: float) -> Iterator[Part]:
    """What is expected of a lane: of most servers by their ages, of stragglers all together."""
    weight = END_WEIGHT if lane.phase in (Phase.LAUNCH, Phase.READY) else PHASE_WEIGHT
    spread = sqrt(lane.usual.server_spread**2 + shift.variance)
    heights = ages = 0.0
    for (age, log_median), count in lane.waiting.items():
        mean = log_median + shift.mean
        left = unended((log(lane.sure_age(age)) - mean) / spread, spread)
        height = chance * weight * count / (left * sqrt(2 * pi))
        yield Part(height * (1 - STRAGGLERS) / spread, age, mean, 1 / spread)
        heights += height
        ages += height * age
    if heights:
        mean = lane.usual.log_median + shift.mean
        height = heights * STRAGGLERS / STRAGGLER_SPREAD
        yield Part(height, ages / heights, mean, 1 / STRAGGLER_SPREAD)
