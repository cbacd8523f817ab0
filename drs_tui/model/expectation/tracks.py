"""Where a run's servers are, from its events: when each came to its phase, by one clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

from drs_tui.model.expectation.lanes import Track
from drs_tui.model.expectation.outlook import OVER
from drs_tui.model.expectation.usual import LEARNED
from drs_tui.model.state.launches import JobState
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.status import Phase, ServerResult

CLOCKS_AGREE_SECONDS = 15.0
"""How far AWS's clock and the driver's may be apart for a log's times to be taken as they are."""

_ENDED_STATUSES = ("LAUNCHED", "FAILED", "TERMINATED")


def tracks_of(run: Run, job_id: str, now: datetime) -> list[Track]:
    """The ways of a job's servers, in plan order; `now` is drill time."""
    job = run.jobs[job_id]
    wave = run.waves.get(job.wave)
    if wave is None:
        return []
    began_at = wave.launched_at or now
    servers = [server for server in run.of_wave(job.wave) if server.job_id == job_id]
    return [_track(job, server, began_at, now, server.id in run.windows) for server in servers]


def _track(
    job: JobState, server: ServerState, began_at: datetime, now: datetime, windows: bool
) -> Track:
    phase = _phase(server)
    begun = _begun(job, server)
    times = [(name, begun[name]) for name in (*LEARNED, Phase.READY) if name in begun]
    took = tuple(
        (name, (after - before).total_seconds()) for (name, before), (_, after) in pairwise(times)
    )
    if phase in OVER:
        since = begun.get(Phase.READY) or server.first_seen(*_ENDED_STATUSES) or began_at
    else:
        since = begun.get(phase, began_at)
    return Track(
        server.id,
        windows,
        phase,
        max((now - since).total_seconds(), 0.0),
        took,
        explained=server.result is not ServerResult.FAILED or server.phase is Phase.FAILED,
    )


def _phase(server: ServerState) -> Phase:
    """Its phase by whatever told last; PENDING is the same as QUEUED once there is a job."""
    if server.phase in OVER and server.result is ServerResult.OPEN:
        return server.phase
    shown = server.shown_phase
    return Phase.QUEUED if shown is Phase.PENDING else shown


def _begun(job: JobState, server: ServerState) -> dict[Phase, datetime]:
    """When it came to each phase, in drill time: by the log, else by when a status showed it."""
    ahead = timedelta(milliseconds=job.logged_ahead_ms or 0)
    if abs(ahead.total_seconds()) <= CLOCKS_AGREE_SECONDS:
        ahead = timedelta(0)
    begun = {phase: at - ahead for phase, at in server.phases}
    for phase, status in ((Phase.LAUNCH, "IN_PROGRESS"), (Phase.READY, "LAUNCHED")):
        seen = server.first_seen(status)
        if seen is not None:
            begun.setdefault(phase, seen)
    return begun
