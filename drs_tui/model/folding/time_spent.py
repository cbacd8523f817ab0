"""How each event changes what a run's time went into."""

from __future__ import annotations

from dataclasses import replace

from drs_tui.model.decisions import WantedKind
from drs_tui.model.events import Event, EventType
from drs_tui.model.state.run import Run
from drs_tui.model.state.time_spent import TimeSpent, Wait
from drs_tui.model.state.waves import WaveState

_CHANGE_NOBODY_S_TURN = frozenset(
    {
        EventType.JOB_LOGGED,
        EventType.SERVER_OBSERVED,
        EventType.INSTANCE_OBSERVED,
        EventType.CHECK_STARTED,
        EventType.CHECK_FINISHED,
    }
)
"""They are most of a run's events, and neither ask nor answer anything."""


def time_spent(before: Run, after: Run, event: Event) -> TimeSpent:
    """What the time went into, after one more event of a run."""
    spent = before.spent
    if event.type in _CHANGE_NOBODY_S_TURN or before.outcome is not None:
        return spent
    waits = tuple(
        Wait(name, wave.wanted.kind, wave.wanted.since, event.at, event.actor)
        for name, wave in before.waves.items()
        if wave.wanted is not None and _is_answered(wave, after.waves.get(name))
    )
    if waits:
        spent = replace(spent, waits=(*spent.waits, *waits))
    idle = _waits_for_people(after)
    if idle is (spent.idle_since is not None):
        return spent
    if idle:
        return replace(spent, idle_since=event.at)
    return replace(spent, on_people=spent.people(event.at), idle_since=None)


def _is_answered(wave: WaveState, after: WaveState | None) -> bool:
    asked, left = wave.wanted, after.wanted if after is not None else None
    return asked is not None and (left is None or left.seq != asked.seq)


def _waits_for_people(run: Run) -> bool:
    """Whether there is nothing to wait for but people."""
    if run.outcome is not None or not (run.paused or any(w.wanted for w in run.waves.values())):
        return False
    return not any(map(_is_busy, run.waves.values()))


def _is_busy(wave: WaveState) -> bool:
    """Whether DRS, a step, a check or a time to wait has a wave for now."""
    if wave.is_stepping:
        return True
    if wave.wanted is not None:
        # DRS goes on with what takes too long.
        return wave.wanted.kind is WantedKind.TIMED_OUT
    return wave.is_open or (wave.retry_at is not None and not wave.status.is_final)
