"""Two ways to explain what a job has done so far, and how likely each is.

Either it goes as usual, each phase a little longer or shorter, or it keeps to a pace of its own,
which what it has done so far tells. So a history that is wrong is found out with the first phase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from drs_tui.model.expectation.fitting import Shift, fit
from drs_tui.model.expectation.lanes import Lane
from drs_tui.model.expectation.usual import LEARNED, History

_OWN_PACE = 0.6
"""Deviation of a pace of its own: half or twice as fast is nothing unheard of."""

_OWN_PACE_IN_A_PHASE = 0.15
_NEGLIGIBLE = 0.001
_TELLING = 0.01
"""Precision above which a phase says something of the pace."""


@dataclass(frozen=True, slots=True)
class Story:
    """What explains a job."""

    chance: float
    shifts: tuple[Shift, ...]
    """Of each lane."""

    later: Shift
    """Of the phases that nobody has come to yet, beside what a job's usual deviation is."""

    log_evidence: float = 0.0


def stories_of(lanes: Sequence[Lane], history: History) -> list[Story]:
    """The stories of a job that explain it at all; their chances add up to one."""
    doubt = max((history.doubt(windows=lane.windows) for lane in lanes), default=0.0)
    told = [_as_usual(lanes, 1 - doubt)]
    if doubt:
        told.append(_at_its_own_pace(lanes, doubt))
    most = max(story.log_evidence for story in told)
    chances = [story.chance * exp(max(story.log_evidence - most, -50.0)) for story in told]
    kept = [each if each > _NEGLIGIBLE * sum(chances) else 0.0 for each in chances]
    return [
        Story(chance / sum(kept), story.shifts, story.later)
        for chance, story in zip(kept, told, strict=True)
        if chance
    ]


def _as_usual(lanes: Sequence[Lane], chance: float) -> Story:
    shifts = [
        fit(
            Shift(0.0, lane.usual.job_spread**2),
            lane.usual.server_spread,
            lane.ended,
            lane.sure_ages,
        )
        for lane in lanes
    ]
    evidence = sum(shift.log_evidence for shift in shifts)
    return Story(chance, tuple(shifts), Shift(0.0, 0.0), evidence)


def _at_its_own_pace(lanes: Sequence[Lane], chance: float) -> Story:
    """How fast one phase went is what to expect of the next, give or take."""
    pace = Shift(0.0, _OWN_PACE**2)
    between = _OWN_PACE_IN_A_PHASE**2
    shifts = []
    for lane in lanes:
        before = Shift(pace.mean, pace.variance + between)
        after = fit(before, lane.usual.server_spread, lane.ended, lane.sure_ages)
        shifts.append(after)
        if lane.phase in LEARNED:
            pace = _after_phase(pace, before, after)
    later = Shift(pace.mean, pace.variance + between)
    return Story(chance, tuple(shifts), later, sum(shift.log_evidence for shift in shifts))


def _after_phase(pace: Shift, before: Shift, after: Shift) -> Shift:
    """The pace, with what a phase alone told of it."""
    told = 1 / after.variance - 1 / before.variance
    if told <= _TELLING:
        return pace
    value = (after.mean / after.variance - before.mean / before.variance) / told
    old, new = 1 / pace.variance, 1 / (1 / told + _OWN_PACE_IN_A_PHASE**2)
    return Shift((pace.mean * old + value * new) / (old + new), 1 / (old + new))
