"""What an overtaken driver had recorded on its own: only what it started counts."""

from __future__ import annotations

import json
from collections.abc import Mapping

from drs_tui.model.events import Event, EventType, Json
from drs_tui.model.folding.reading import (
    read_number,
    read_texts,
    with_item,
    with_servers,
    with_wave,
)
from drs_tui.model.plan import Mode
from drs_tui.model.replacing import replace
from drs_tui.model.state.launches import JobState
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.waves import WaveState
from drs_tui.model.status import CleanupStatus, Phase, ServerResult, WaveStatus


def late_events(run: Run, event: Event) -> Run:
    """Apply `run.late_events`; `after` is the last event that both drivers knew."""
    after = read_number(event.data, "after", 0)
    unheard: dict[str, bool] = {}
    for text in read_texts(event.data, "texts"):
        kind, data = _read(run, text)
        if kind in _ENDS or kind == EventType.WAVE_LAUNCH_INTENDED:
            unheard[str(data.get("wave"))] = kind not in _ENDS
        job_id = data.get("job_id")
        if not isinstance(job_id, str) or not job_id:
            continue
        if kind == EventType.WAVE_LAUNCHED and job_id not in run.jobs:
            run = _launched(run, event, data, job_id, after)
        elif kind == EventType.CLEANUP_STARTED and job_id not in run.cleanup.job_ids:
            run = _cleanup_started(run, data, job_id)
    if not any(unheard.values()):
        return run
    # Its driver died between a call and the answer: what that launched is looked for by its tag.
    return _due_again(replace(run, cleanup=replace(run.cleanup, unheard_since=event.at)))


_ENDS = (EventType.WAVE_LAUNCHED, EventType.WAVE_LAUNCH_REFUSED)
"""What tells of a launch that was intended whether there is a job of it, and which."""


def _due_again(run: Run) -> Run:
    """The run with its clean-up due, if all was clean: it may have launched something more."""
    cleanup = run.cleanup
    clean = cleanup.status in (CleanupStatus.NONE, CleanupStatus.DONE)
    if run.outcome is not None and run.mode is Mode.DRILL and clean:
        return replace(run, cleanup=replace(cleanup, status=CleanupStatus.DUE))
    return run


def _read(run: Run, text: str) -> tuple[Json, Mapping[str, Json]]:
    """The type and the data of a late event; nothing if it is none of this run."""
    try:
        late = json.loads(text)
    except (ValueError, RecursionError):
        return "", {}
    if not isinstance(late, dict) or late.get("run_id") != run.run_id:
        return "", {}
    data = late.get("data")
    return late.get("type"), data if isinstance(data, dict) else {}


def _launched(run: Run, event: Event, data: Mapping[str, Json], job_id: str, after: int) -> Run:
    name, number = data.get("wave"), data.get("attempt")
    wave = run.waves.get(name) if isinstance(name, str) else None
    attempt = number if isinstance(number, int) and not isinstance(number, bool) else 0
    if wave is not None and _lacks(run, wave, attempt, after):
        return _adopted(run, event, wave, attempt, job_id)
    job = JobState(job_id, wave.name if wave is not None else "", attempt)
    return _due_again(replace(run, jobs=with_item(run.jobs, job_id, job)))


def _lacks(run: Run, wave: WaveState, attempt: int, after: int) -> bool:
    """Whether this is the launch that a wave still waits for, and would otherwise be sent again."""
    if wave.status not in (WaveStatus.PENDING, WaveStatus.WAITING, WaveStatus.LAUNCHING):
        return False
    if wave.intent is not None:
        # An intent that only this driver knew has a call, and perhaps a job, of its own.
        return wave.intent.seq <= after and attempt >= wave.intent.attempt
    earlier = run.jobs.get(wave.job_id)
    return earlier is None or attempt > earlier.attempt


def _adopted(run: Run, event: Event, wave: WaveState, attempt: int, job_id: str) -> Run:
    servers = [s for s in run.of_wave(wave.name) if s.result is not ServerResult.LAUNCHED]
    if wave.intent is not None:
        servers = [s for s in servers if s.id in wave.intent.server_ids]
    attempt = max(attempt, wave.attempt)
    run = replace(run, jobs=with_item(run.jobs, job_id, JobState(job_id, wave.name, attempt)))
    run = with_wave(
        run,
        wave,
        status=WaveStatus.IN_PROGRESS,
        attempt=attempt,
        job_id=job_id,
        launched_ids=tuple(s.id for s in servers),
        started_at=wave.started_at or event.at,
        launched_at=event.at,
        intent=None,
        retry_at=None,
        extended_ms=0,
        timed_out=False,
        gave_up=False,
        relaunch=False,
        checks=(),
        wanted=None,
    )
    fresh = (
        ServerState(
            s.id, s.name, s.wave, s.impact, job_id=job_id, phase=Phase.QUEUED, lag_ms=s.lag_ms
        )
        for s in servers
    )
    return with_servers(run, fresh)


def _cleanup_started(run: Run, data: Mapping[str, Json], job_id: str) -> Run:
    instances = data.get("instances")
    ids = instances if isinstance(instances, list) else []
    named = tuple(i for i in ids if isinstance(i, str))
    cleanup = replace(
        run.cleanup,
        job_ids=(*run.cleanup.job_ids, job_id),
        instances_of=with_item(run.cleanup.instances_of, job_id, named),
    )
    jobs = run.jobs if job_id in run.jobs else with_item(run.jobs, job_id, JobState(job_id, "", 0))
    return replace(run, cleanup=cleanup, jobs=jobs)
