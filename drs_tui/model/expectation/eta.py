"""How far a server, a wave and a run are, and when they will probably be done.

Of people nothing is expected: gates and steps before waves to come count for no time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import exp, log, sqrt
from statistics import NormalDist

from drs_tui.model.expectation.lanes import LEAST_AGE_SECONDS, Lane, Track, lanes_of
from drs_tui.model.expectation.outlook import OVER
from drs_tui.model.expectation.stories import Story, stories_of
from drs_tui.model.expectation.tracks import tracks_of
from drs_tui.model.expectation.usual import LEARNED, History, Usual
from drs_tui.model.state.run import Run
from drs_tui.model.state.waves import WaveState
from drs_tui.model.status import Phase

EARLY, LATE = 0.1, 0.9
"""Between these chances lies the range that is told."""

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


def estimate_servers(
    run: Run, name: str, history: History, now: datetime
) -> Mapping[str, Estimate]:
    """What is expected of each server of a wave whose job runs; `now` is drill time."""
    wave = run.waves[name]
    if wave.launched_at is None or wave.job_id not in run.jobs:
        return {}
    tracks = tracks_of(run, wave.job_id, now)
    passed = (now - wave.launched_at).total_seconds()
    return {
        track.server_id: _estimate(now, passed, left, _usually([track], history))
        for track, left in zip(tracks, _lefts(tracks, history), strict=True)
        if track.phase not in OVER
    }


def estimate_wave(run: Run, name: str, history: History, now: datetime) -> Estimate | None:
    """When a wave's launches will have ended; None when that is over, or nothing to reckon by."""
    wave = run.waves[name]
    left = _left_of(run, wave, history, now)
    if left is None:
        return None
    passed = (now - wave.launched_at).total_seconds() if wave.launched_at else 0.0
    usually = _usually(_fresh(run, wave), history)
    return _estimate(now, passed, left, usually)


def estimate_run(run: Run, history: History, now: datetime) -> Estimate | None:
    """When a run's last launch will have ended if nobody is waited for; None when it is over."""
    if run.created_at is None or run.outcome is not None:
        return None
    left = {name: _left_of(run, wave, history, now) for name, wave in run.waves.items()}
    ends: dict[str, _Left] = {}

    def end_of(name: str) -> _Left:
        if name not in ends:
            own = left[name]
            before = _Left()
            if own is not None and run.waves[name].launched_at is None:
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


def _left_of(run: Run, wave: WaveState, history: History, now: datetime) -> _Left | None:
    """What a wave takes yet; None when its launches are over."""
    if wave.status.is_final:
        return None
    if wave.job_id not in run.jobs or wave.launched_at is None:
        return _usually(_fresh(run, wave), history)
    tracks = tracks_of(run, wave.job_id, now)
    lefts = [
        left
        for track, left in zip(tracks, _lefts(tracks, history), strict=True)
        if track.phase not in OVER
    ]
    return _last_of(lefts) if lefts else None


def _fresh(run: Run, wave: WaveState) -> list[Track]:
    """A wave's servers as they stand when its job begins."""
    return [Track(i, i in run.windows, Phase.QUEUED, 0.0) for i in wave.server_ids]


def _usually(tracks: list[Track], history: History) -> _Left:
    """What a launch of such servers usually takes, from its beginning."""
    fresh = [replace(t, phase=Phase.QUEUED, age_seconds=0.0, took=()) for t in tracks]
    return _last_of(_lefts(fresh, history))


def _lefts(tracks: list[Track], history: History) -> list[_Left]:
    """What each server takes yet, by the story that explains the job best."""
    lanes = lanes_of(tracks, history)
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
        age = track.age_seconds if phase is track.phase else 0.0
        left += _rest(Usual(mean, 0.0, spread), age)
    return left


def _rest(usual: Usual, age: float) -> _Left:
    """What a phase takes yet that has lasted for `age` seconds, and has not ended."""
    z = (log(max(age, LEAST_AGE_SECONDS)) - usual.log_median) / usual.server_spread
    passed = _NORMAL.cdf(z)

    def seconds(chance: float) -> float:
        share = min(passed + chance * (1 - passed), _NEARLY_ONE)
        at = usual.log_median + usual.server_spread * _NORMAL.inv_cdf(max(share, 1 - _NEARLY_ONE))
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
