"""How far a server, a wave and a run are, and when they will probably be done.

Of people nothing is expected: gates and steps before waves to come count for no time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from math import exp, log, sqrt
from statistics import NormalDist

from drs_tui.model.expectation.lanes import (
    IN_STATUS,
    LEAST_AGE_SECONDS,
    Lane,
    Track,
    lanes_of,
)
from drs_tui.model.expectation.outlook import OVER
from drs_tui.model.expectation.stories import Story, stories_of
from drs_tui.model.expectation.tracks import tracks_of
from drs_tui.model.expectation.usual import LEARNED, History
from drs_tui.model.state.run import Run
from drs_tui.model.status import Phase

EARLY, LATE = 0.1, 0.9
"""Between these chances lies the range that is told."""

STATUS_LAG_SECONDS = 45.0
LOG_LAG_SECONDS = 180.0
"""How old what is known by launch statuses and by job logs can be, while all is well.

Who watches does not know: what may have happened since then is no sign of slowness.
"""

_SLOW = 0.95
"""Slower than usual is what takes longer than this share of what is usual."""

_NORMAL = NormalDist()
_NEARLY_ONE = 1 - 1e-9
_LATE_Z = _NORMAL.inv_cdf(LATE)
_SLOW_Z = _NORMAL.inv_cdf(_SLOW)


@dataclass(frozen=True, slots=True)
class Estimate:
    """How far something is, and when it is done."""

    progress: float
    """From 0 to 1, as a share of the time that it takes."""

    done_at: datetime
    earliest: datetime
    latest: datetime
    """It is done before the one with a chance of a tenth, after the other with the same."""

    is_slow: bool = False
    """Whether it takes longer than usual."""


def shown(before: Estimate | None, now: Estimate) -> Estimate:
    """An estimate as it is shown after another: its progress never goes back."""
    if before is None or before.progress <= now.progress:
        return now
    return replace(now, progress=before.progress)


@dataclass(frozen=True, slots=True)
class _Left:
    """Seconds that something takes yet, taken for normal."""

    seconds: float = 0.0
    spread: float = 0.0

    def __add__(self, other: _Left) -> _Left:
        """One after the other, independently."""
        return _Left(self.seconds + other.seconds, sqrt(self.spread**2 + other.spread**2))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the servers of a wave are whose job runs, and what they take yet."""

    passed_seconds: float
    tracks: Sequence[Track]
    lefts: Sequence[_Left]

    @property
    def left(self) -> _Left | None:
        """What the whole of it takes yet; None when its launches are over."""
        open_now = [
            left
            for track, left in zip(self.tracks, self.lefts, strict=True)
            if track.phase not in OVER
        ]
        return _last_of(open_now) if open_now else None


def standing(run: Run, name: str, history: History, now: datetime) -> Standing | None:
    """How a wave stands at `now`, in drill time; None where no job of it runs."""
    wave = run.waves[name]
    if wave.status.is_final or wave.launched_at is None or wave.job_id not in run.jobs:
        return None
    tracks = tracks_of(run, wave.job_id, now)
    passed = (now - wave.launched_at).total_seconds()
    return Standing(passed, tracks, _lefts(tracks, history))


def estimate_servers(stands: Standing, history: History, now: datetime) -> Mapping[str, Estimate]:
    """What is expected of each server that is not through."""
    usually: dict[object, _Left] = {}
    found = {}
    for track, left in zip(stands.tracks, stands.lefts, strict=True):
        if track.phase not in OVER:
            alike = (track.windows, *(history.offsets.get((track.server_id, p)) for p in LEARNED))
            if alike not in usually:
                usually[alike] = _usually([track], history)
            own = _estimate(now, stands.passed_seconds, left, usually[alike])
            found[track.server_id] = own
    return found


def estimate_wave(stands: Standing, history: History, now: datetime) -> Estimate | None:
    """When a wave's launches will have ended; None when they have."""
    left = stands.left
    if left is None:
        return None
    return _estimate(now, stands.passed_seconds, left, _usually(stands.tracks, history))


def estimate_run(
    run: Run, under_way: Mapping[str, Standing], history: History, now: datetime
) -> Estimate | None:
    """When a run's last launch will have ended if nobody is waited for; None when it is over.

    `under_way` are the waves whose jobs run.
    """
    if run.created_at is None or run.outcome is not None:
        return None
    left = {name: _left_of(run, name, under_way, history) for name in run.waves}
    ends: dict[str, _Left] = {}

    def end_of(name: str) -> _Left:
        if name not in ends:
            own = left[name]
            before = _Left()
            if own is not None and name not in under_way:
                after = [end_of(each) for each in run.plan.wave(name).after if each in left]
                before = max(after, key=lambda each: each.seconds, default=before)
            ends[name] = before + (own or _Left())
        return ends[name]

    last = max((end_of(name) for name in left), key=lambda each: each.seconds, default=_Left())
    return _estimate(now, run.elapsed_seconds(now), last, None) if any(left.values()) else None


def _estimate(now: datetime, passed: float, left: _Left, usually: _Left | None) -> Estimate:
    margin = left.spread * _LATE_Z
    whole = passed + left.seconds
    return Estimate(
        passed / whole if whole > 0 else 1.0,
        now + timedelta(seconds=left.seconds),
        now + timedelta(seconds=max(left.seconds - margin, 0.0)),
        now + timedelta(seconds=left.seconds + margin),
        usually is not None and whole > usually.seconds + _SLOW_Z * usually.spread,
    )


def _left_of(
    run: Run, name: str, under_way: Mapping[str, Standing], history: History
) -> _Left | None:
    """What a wave takes yet; None when its launches are over."""
    wave = run.waves[name]
    if name in under_way:
        return under_way[name].left
    if wave.status.is_final:
        return None
    fresh = [Track(i, i in run.windows, Phase.QUEUED, 0.0) for i in wave.server_ids]
    return _usually(fresh, history)


def _usually(tracks: Sequence[Track], history: History) -> _Left:
    """What a launch of such servers usually takes, from its beginning."""
    fresh = [replace(t, phase=Phase.QUEUED, age_seconds=0.0, took=()) for t in tracks]
    return _last_of(_lefts(fresh, history))


def _lefts(tracks: Sequence[Track], history: History) -> list[_Left]:
    """What each server takes yet, by the story that explains the job best."""
    lanes = lanes_of(tracks, history, status_lag=STATUS_LAG_SECONDS, log_lag=LOG_LAG_SECONDS)
    stories = stories_of(lanes, history)
    if not stories:
        return [_Left() for _ in tracks]
    story = max(stories, key=lambda each: each.chance)
    return [_left(track, lanes, story, history) for track in tracks]


def _left(track: Track, lanes: list[Lane], story: Story, history: History) -> _Left:
    if track.phase in OVER:
        return _Left()
    shifts = {
        (lane.windows, lane.phase): shift for lane, shift in zip(lanes, story.shifts, strict=True)
    }
    lag = STATUS_LAG_SECONDS if track.phase in IN_STATUS else LOG_LAG_SECONDS
    lag = min(lag, track.age_seconds)
    left = _Left()
    for phase in (Phase.QUEUED, *LEARNED):
        if phase.step < track.phase.step:
            continue
        usual = history.usual(phase, windows=track.windows)
        shift = shifts.get((track.windows, phase))
        mean = usual.log_median + history.offsets.get((track.server_id, phase), 0.0)
        if shift is not None:
            mean, variance = mean + shift.mean, shift.variance
        else:
            mean, variance = mean + story.later.mean, story.later.variance + usual.job_spread**2
        spread = sqrt(variance + usual.server_spread**2)
        age = track.age_seconds - lag if phase is track.phase else 0.0
        # Rounded, so that the servers of a job have most of it in common.
        left += _rest(round(mean, 3), round(spread, 3), round(age))
    return _Left(max(left.seconds - lag, 0.0), left.spread)


@lru_cache(4096)
def _rest(log_median: float, spread: float, age: int) -> _Left:
    """What a phase takes yet that has lasted for `age` seconds, and has not ended."""
    z = (log(max(age, LEAST_AGE_SECONDS)) - log_median) / spread
    passed = _NORMAL.cdf(z)

    def seconds(chance: float) -> float:
        share = min(passed + chance * (1 - passed), _NEARLY_ONE)
        at = log_median + spread * _NORMAL.inv_cdf(max(share, 1 - _NEARLY_ONE))
        return max(exp(at) - age, 0.0)

    return _Left(seconds(0.5), (seconds(LATE) - seconds(EARLY)) / (2 * _LATE_Z))


def _last_of(lefts: Iterable[_Left]) -> _Left:
    """When the last of them is done, each independently of the others."""
    counts = Counter(_Left(round(each.seconds), round(each.spread) or 1.0) for each in lefts)
    if not counts:
        return _Left()

    def seconds(chance: float) -> float:
        low = max(each.seconds for each in counts) - 5 * max(each.spread for each in counts)
        high = max(each.seconds + 5 * each.spread for each in counts)
        while high - low > 0.5:
            middle = (low + high) / 2
            all_done = 1.0
            for each, count in counts.items():
                all_done *= _NORMAL.cdf((middle - each.seconds) / each.spread) ** count
            low, high = (middle, high) if all_done < chance else (low, middle)
        return max(high, 0.0)

    return _Left(seconds(0.5), (seconds(LATE) - seconds(EARLY)) / (2 * _LATE_Z))
