"""Where a job's servers are, put together by operating system and phase."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import log

from drs_tui.model.expectation.fitting import Ended
from drs_tui.model.expectation.usual import LEARNED, History, Usual
from drs_tui.model.status import Phase

IN_STATUS = frozenset({Phase.CONVERSION, Phase.LAUNCH})
"""Phases whose end a launch status tells; of the others' only the job's log does."""

LEAST_AGE_SECONDS = 0.01
"""An age of nothing has no logarithm."""

_TIMED = frozenset({Phase.QUEUED, Phase.CLEANUP, *LEARNED})

_AGES_APART = 1.0
"""Ages that differ by less than so many of the servers' own deviations count as one."""

_OFFSETS_APART = 0.02


@dataclass(frozen=True, slots=True)
class Track:
    """One server's way through its job, as far as it is known."""

    server_id: str
    windows: bool
    phase: Phase
    age_seconds: float
    """How long it has been in its phase, now."""

    took: tuple[tuple[Phase, float], ...] = ()
    """The phases behind it, in seconds; those of which not both ends are known are absent."""

    explained: bool = True
    """Whether the job's log has told of what its launch status says."""


@dataclass(frozen=True, slots=True)
class Lane:
    """The servers of one job and operating system that have come as far as one phase."""

    windows: bool
    phase: Phase
    usual: Usual
    ended: Ended
    waiting: Mapping[tuple[float, float], int]
    """How many are in it, by their age in seconds and the logarithm of what is usual for them."""

    lag_seconds: float
    """How long ago it was that DRS showed them still in it."""

    @property
    def sure_ages(self) -> list[tuple[float, int]]:
        """How many were in it for so long, as the logarithm of that over what is usual."""
        return [(log(self.sure_age(age)) - median, n) for (age, median), n in self.waiting.items()]

    def sure_age(self, age_seconds: float) -> float:
        """The age at which somebody of an age was still in it for sure."""
        return max(age_seconds - self.lag_seconds, LEAST_AGE_SECONDS)


def lanes_of(
    tracks: Iterable[Track], history: History, *, status_lag: float = 0.0, log_lag: float = 0.0
) -> list[Lane]:
    """A job's lanes, the earliest phases first.

    The lags are the seconds since its launch statuses and its log were read.
    """
    ended: dict[tuple[bool, Phase], list[float]] = defaultdict(list)
    waiting: dict[tuple[bool, Phase], dict[tuple[float, float], int]] = defaultdict(dict)
    usual: dict[tuple[bool, Phase], Usual] = {}
    offset_of = history.offsets.get
    for track in tracks:
        for phase, seconds in track.took:
            if phase in LEARNED and seconds > 0:
                key = track.windows, phase
                known = usual.get(key) or _usual(usual, history, key)
                offset = offset_of((track.server_id, phase), 0.0)
                ended[key].append(log(seconds) - known.log_median - offset)
        if track.phase in _TIMED:
            key = track.windows, track.phase
            known = usual.get(key) or _usual(usual, history, key)
            offset = offset_of((track.server_id, track.phase), 0.0)
            age_and_median = _age_and_median(track.age_seconds, known, offset)
            lane = waiting[key]
            lane[age_and_median] = lane.get(age_and_median, 0) + 1
    status_lag = min(status_lag, log_lag)
    return [
        Lane(
            *key,
            usual[key],
            _sums(ended.get(key, ())),
            waiting.get(key, {}),
            lag_seconds=status_lag if key[1] in IN_STATUS else log_lag,
        )
        for key in sorted(usual, key=lambda key: (key[1].step, key[0]))
    ]


def _usual(
    found: dict[tuple[bool, Phase], Usual], history: History, key: tuple[bool, Phase]
) -> Usual:
    found[key] = history.usual(key[1], windows=key[0])
    return found[key]


def _age_and_median(age_seconds: float, usual: Usual, offset: float) -> tuple[float, float]:
    """A server's age and the logarithm of what is usual for it, rounded so that many agree."""
    apart = _AGES_APART * usual.server_spread * usual.median_seconds
    age = max(round(age_seconds / apart) * apart, LEAST_AGE_SECONDS)
    return age, usual.log_median + round(offset / _OFFSETS_APART) * _OFFSETS_APART


def _sums(values: Sequence[float]) -> Ended:
    return Ended(len(values), sum(values), sum(value * value for value in values))
