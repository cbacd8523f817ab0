"""The account and Region where waves of a run act: how it is reached, and what is known of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from drs_tui.audit.recorder import Recorder
from drs_tui.aws.connection import Aws
from drs_tui.aws.drs import Drs
from drs_tui.clock import Clock
from drs_tui.engine.news import Look, jobs_to_watch, servers_to_look_up
from drs_tui.engine.pace import CEILING_SECONDS, poll_seconds
from drs_tui.engine.probing import Prober
from drs_tui.engine.room import Room
from drs_tui.model.expectation.outlook import Outlook, outlook
from drs_tui.model.expectation.tracks import tracks_of
from drs_tui.model.expectation.usual import NO_HISTORY, History
from drs_tui.model.parts import part_of
from drs_tui.model.state.run import Run


class Eyes(Protocol):
    """Whoever looks at DRS in one target, for this run and for others beside it."""

    @property
    def trouble(self) -> str:
        """Why the last look brought less than was asked; empty when it brought all."""

    def hurry(self) -> None:
        """Reckon anew when to look: there may be a new job."""

    async def look(self) -> None:
        """Look once, now, and tell what was seen."""


@dataclass(frozen=True, slots=True)
class Reached:
    """How one of a run's targets is reached; others share `eyes` and `room`."""

    aws: Aws
    eyes: Eyes
    room: Room
    prober: Prober


class Part:
    """What a run has in one of its targets, as it stands."""

    def __init__(self, recorder: Recorder, place: int = 0) -> None:
        """Show the part in the target of that number."""
        self._recorder = recorder
        self._place = place
        self._whole: Run | None = None
        self._run = recorder.run

    @property
    def run(self) -> Run:
        """The part: the run itself if all of it is in one target."""
        whole = self._recorder.run
        if whole is not self._whole:
            self._whole, self._run = whole, whole
            if whole.several:
                self._run = part_of(whole, whole.several[self._place])
        return self._run


class Watch:
    """What the poller of a target asks of a run, and whom it tells what it saw."""

    def __init__(
        self,
        part: Part,
        drs: Drs,
        clock: Clock,
        history: Callable[[], History | None],
        observed: Callable[[Look], Awaitable[None]],
    ) -> None:
        """Watch what the run has there; `clock` is drill time, `history` what past runs taught."""
        self._part = part
        self._drs = drs
        self._clock = clock
        self._history = history
        self._observed = observed

    def job_ids(self) -> tuple[str, ...]:
        """The jobs to look at; a clean-up looks at its own."""
        run = self._part.run
        return tuple(j for j in jobs_to_watch(run) if j not in run.cleanup.job_ids)

    def server_ids(self) -> tuple[str, ...]:
        """The source servers whose recovery instances to look up."""
        return servers_to_look_up(self._part.run)

    def poll_seconds(self) -> float:
        """Drill seconds that may lie between two looks where nothing is known to expect."""
        run = self._part.run
        job_ids = self.job_ids()
        settled = all(run.jobs[i].status and not run.jobs[i].is_ended for i in job_ids)
        if settled and not self.server_ids() and not self._drs.is_hurried:
            return CEILING_SECONDS
        return poll_seconds(run, self._clock.now())

    def outlook(self, job_id: str, status_lag: float, log_lag: float) -> Outlook | None:
        """What is expected of a job; None: nothing is known to expect, as after its end.

        The lags are the drill seconds since its launch statuses and its log were read.
        """
        run = self._part.run
        if run.jobs[job_id].is_ended or self._drs.is_hurried:
            return None
        tracks = tracks_of(run, job_id, self._clock.now())
        history = self._history() or NO_HISTORY
        return outlook(tracks, history, status_lag=status_lag, log_lag=log_lag)

    async def observe(self, look: Look) -> None:
        """Take in what a look brought."""
        await self._observed(look)
