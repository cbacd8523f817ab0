"""What a run came to: how soon it was up, how much data it lost, and where its time went."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_tui.model.data_loss import reached_rpo_ms
from drs_tui.model.events import Json
from drs_tui.model.state.run import Run
from drs_tui.model.state.time_spent import Slower, Wait
from drs_tui.model.status import Phase
from drs_tui.model.times import format_duration
from drs_tui.model.verification import up_at

_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Reached:
    """How a wave measures up to its plan's objectives."""

    wave: str
    rto_ms: int
    """From the start of the run until the wave was up."""

    rpo_ms: int | None
    """The most data that one of its servers lost; None while of one it is not known."""

    is_late: bool
    """Whether that was after the plan's RTO."""

    is_behind: bool
    """Whether it lost more than the plan's RPO, or nobody knows."""

    @property
    def is_bad(self) -> bool:
        """Whether it missed one of them."""
        return self.is_late or self.is_behind


def reached_by_waves(run: Run) -> list[Reached]:
    """How each wave that was launched and has ended measures up, in plan order."""
    found = []
    for wave in run.waves.values():
        at = up_at(run, wave) if wave.attempt else None
        if at is None or run.created_at is None:
            continue
        rto_ms, rpo_ms = (at - run.created_at) // _MILLISECOND, reached_rpo_ms(run, wave.name)
        rto, rpo = run.plan.rto_seconds, run.plan.rpo_seconds
        is_late = rto is not None and rto_ms > rto * 1000
        is_behind = rpo is not None and (rpo_ms is None or rpo_ms > rpo * 1000)
        found.append(Reached(wave.name, rto_ms, rpo_ms, is_late, is_behind))
    return found


def reached_words(run: Run, reached: Reached) -> str:
    """When a wave was up and what it lost, against the plan's objectives."""
    up = f"up after {format_duration(reached.rto_ms / 1000)}{_allowed(run.plan.rto_seconds)}"
    if reached.is_late:
        up += ": LATE"
    lost = "not known" if reached.rpo_ms is None else format_duration(reached.rpo_ms / 1000)
    words = f"{up}; data lost {lost}{_allowed(run.plan.rpo_seconds)}"
    return f"{words}: TOO MUCH" if reached.is_behind and reached.rpo_ms is not None else words


def _allowed(seconds: int | None) -> str:
    return "" if seconds is None else f", {format_duration(seconds)} allowed"


def people_ms(run: Run, now: datetime) -> int:
    """Milliseconds in which nothing was waited for but people, until `now` or its end."""
    return run.spent.people(run.finished_at or now) // _MILLISECOND


def machines_ms(run: Run, now: datetime) -> int:
    """All its other time in milliseconds: DRS, checks, steps, and what lies between them."""
    return max(0, int(run.elapsed_seconds(now) * 1000) - people_ms(run, now))


def time_words(run: Run, now: datetime) -> str:
    """Where its time went, for people."""
    people, machines = people_ms(run, now) / 1000, machines_ms(run, now) / 1000
    return f"{format_duration(machines)} machines, {format_duration(people)} waiting for people"


def wait_words(wait: Wait) -> str:
    """What was asked, and how long that took."""
    return f"{wait.wave}, {wait.kind.value}: {format_duration(wait.duration.total_seconds())}"


def longest_waits(run: Run) -> Sequence[Wait]:
    """The questions that stood open, the longest first; what was answered at once is left out."""
    waits = (wait for wait in run.spent.waits if wait.duration >= timedelta(seconds=1))
    return sorted(waits, key=lambda wait: wait.duration, reverse=True)


def slower_words(run: Run, each: Slower) -> str:
    """What took longer than in the plan's last runs, and how much."""
    server = run.servers.get(each.server_id)
    about = f"{each.wave} {server.name}" if server is not None else each.wave
    took, usually = format_duration(each.seconds), format_duration(each.usual_seconds)
    return f"{about}, {each.phase.value}: {took}, usually {usually}"


def slower_to_data(found: Sequence[Slower]) -> list[Json]:
    """What was slower as event data."""
    return [
        {
            "wave": each.wave,
            "phase": each.phase.value,
            "server": each.server_id,
            "ms": round(each.seconds * 1000),
            "usual_ms": round(each.usual_seconds * 1000),
        }
        for each in found
    ]


def slower_from_data(data: Sequence[Mapping[str, Json]]) -> Iterator[Slower]:
    """What was slower as event data has it; what can't be read is left out."""
    phases = {phase.value: phase for phase in Phase}
    for each in data:
        wave, phase, server = each.get("wave"), each.get("phase"), each.get("server")
        ms, usual_ms = each.get("ms"), each.get("usual_ms")
        known = phases.get(phase) if isinstance(phase, str) else None
        if known is None or not isinstance(wave, str) or not isinstance(server, str):
            continue
        if isinstance(ms, int) and isinstance(usual_ms, int):
            yield Slower(wave, known, ms / 1000, usual_ms / 1000, server)
