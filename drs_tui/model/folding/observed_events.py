"""How what DRS was seen to do changes a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from drs_tui.model.events import Event, Json
from drs_tui.model.folding.reading import (
    is_mapping,
    read_flag,
    read_mapping,
    read_text,
    read_texts,
    with_item,
    with_servers,
    with_wave,
)
from drs_tui.model.folding.slate import Slate
from drs_tui.model.plan import Mode
from drs_tui.model.replacing import replace
from drs_tui.model.state.launches import InstanceState, JobState
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.status import LOG_PHASES, CleanupStatus, Phase, WaveStatus
from drs_tui.model.times import parse_time

_MILLISECOND = timedelta(milliseconds=1)


def job_observed(run: Run, event: Event) -> Run:
    """Apply `job.observed`."""
    job_id = read_text(event.data, "job_id")
    status = read_text(event.data, "status")
    job = run.jobs.get(job_id) or JobState(job_id, read_text(event.data, "wave", ""), 0)
    job = replace(
        job, status=status, initiated_by=read_text(event.data, "initiated_by", job.initiated_by)
    )
    run = replace(run, jobs=with_item(run.jobs, job_id, job))
    if not job.is_ended or job.wave not in run.waves:
        return run
    run = with_servers(
        run, (replace(s, job_ended=True) for s in run.of_wave(job.wave) if s.job_id == job_id)
    )
    wave = run.waves[job.wave]
    if wave.job_id != job_id or wave.status is not WaveStatus.IN_PROGRESS:
        return run
    return with_wave(run, wave, status=WaveStatus.VERIFYING, verifying_since=event.at, wanted=None)


def server_observed(slate: Slate, event: Event) -> None:
    """Write down `server.observed`."""
    server = slate.servers.get(read_text(event.data, "server"))
    if server is None:
        return
    status = read_text(event.data, "launch_status", "")
    instance_id = read_text(event.data, "instance_id", "")
    if status and slate.before.is_judged(server):
        status = ""
    statuses = server.statuses
    if status and server.first_seen(status) is None:
        statuses = (*statuses, (status, event.at))
    slate.put_server(
        replace(
            server,
            launch_status=status or server.launch_status,
            statuses=statuses,
            instance_id=instance_id or server.instance_id,
        )
    )


def job_logged(slate: Slate, event: Event) -> None:
    """Write down `job.logged`."""
    job_id = read_text(event.data, "job_id")
    item = read_mapping(event.data, "item")
    job = slate.jobs.get(job_id) or JobState(job_id, "", 0)
    logged = item.get("logDateTime")
    at = parse_time(logged) if isinstance(logged, str) else None
    ahead_ms = job.logged_ahead_ms
    if at is not None:
        this_ms = int((at - event.at) / _MILLISECOND)
        ahead_ms = this_ms if ahead_ms is None else max(ahead_ms, this_ms)
    if ahead_ms != job.logged_ahead_ms or job_id not in slate.jobs:
        job = replace(job, logged_ahead_ms=ahead_ms)
        slate.put_job(job)
    slate.put_in_log(job, item)
    # Whatever AWS wrote in it, the item has been seen: it must not be news again with each look.
    details = _mapping(item.get("eventData"))
    name = _text(item.get("event"))
    server_id = details.get("sourceServerID")
    if isinstance(server_id, str):
        server = slate.servers.get(server_id)
        named = [server] if server is not None and server.job_id == job_id else []
    elif name in LOG_PHASES:
        # An event that names no server (CLEANUP_START in some jobs) is about all of them.
        named = [s for s in slate.servers.values() if s.job_id == job_id]
    else:
        return
    for server in named:
        slate.put_server(_after_log(server, name, details, at or event.at))


def _after_log(
    server: ServerState, name: str, details: Mapping[str, Json], at: datetime
) -> ServerState:
    phase = LOG_PHASES.get(name, server.phase)
    error = details.get("rawError")
    if retry_words(details):
        # A failure with attempts left is a retry, and the phase goes on.
        phase = server.phase if phase is Phase.FAILED else phase
    instance = details.get("targetInstanceID")
    phases = server.phases
    if phase is not server.phase and not any(name is phase for name, _ in phases):
        phases = (*phases, (phase, at))
    return replace(
        server,
        phase=phase,
        phases=phases,
        last_log=name,
        error=error if isinstance(error, str) and error else server.error,
        previous_snapshot=server.previous_snapshot or name == "USING_PREVIOUS_SNAPSHOT",
        instance_id=instance if isinstance(instance, str) and instance else server.instance_id,
    )


def retry_words(details: Mapping[str, Json]) -> str:
    """Of a job log item's `eventData`: that DRS tries again; empty when it does not."""
    attempts, most = details.get("attemptCount"), details.get("maxAttemptsCount")
    if isinstance(attempts, int) and isinstance(most, int) and attempts < most:
        return f"attempt {attempts} of {most}: DRS tries again"
    return ""


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if is_mapping(value) else {}


def _text(value: Json) -> str:
    return value if isinstance(value, str) else ""


def log_key(item: Mapping[str, Json]) -> str:
    """What makes two log items the same: all that AWS said, in any order of members."""
    return _SORTED.encode(item)


_SORTED = json.JSONEncoder(sort_keys=True, default=dict)
"""Made once: `json.dumps` would make one for each item."""


def instance_observed(slate: Slate, event: Event) -> None:
    """Write down `instance.observed`."""
    data = event.data
    instance_id = read_text(data, "instance")
    server_id = read_text(data, "server", "")
    drill = data.get("is_drill")
    known = slate.instances.get(instance_id)
    gone = read_flag(data, "gone")
    ec2_id = read_text(data, "ec2_instance", "")
    state = InstanceState(
        id=instance_id,
        server_id=server_id,
        state=read_text(data, "state", ""),
        is_drill=drill if isinstance(drill, bool) else None,
        job_id=read_text(data, "job_id", ""),
        gone=gone,
        ec2_id=ec2_id if ec2_id != instance_id else "",
        volume_ids=read_texts(data, "volumes"),
        launched_at=parse_time(read_text(data, "launched_at", "")),
        type=read_text(data, "type", ""),
        seen_at=known.seen_at if known is not None else event.at,
        data_of=parse_time(read_text(data, "data_of", "")),
        gone_at=(known.gone_at if known is not None and known.gone else event.at) if gone else None,
    )
    slate.put_instance(state)
    cleanup = slate.cleanup
    if cleanup.status is CleanupStatus.DONE and slate.before.mode is Mode.DRILL and not gone:
        slate.cleanup = replace(cleanup, status=CleanupStatus.DUE)
    server = slate.servers.get(server_id)
    if server is None or (server.job_id and state.job_id != server.job_id):
        return
    shown = "gone" if gone else state.state
    slate.put_server(replace(server, instance_id=instance_id, instance_state=shown))
