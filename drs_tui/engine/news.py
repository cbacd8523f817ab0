"""What a look at DRS tells that the run does not know yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.folding.observed_events import log_key
from drs_tui.model.observed import Job, RecoveryInstance
from drs_tui.model.state import Run
from drs_tui.model.status import WaveStatus

DRIVER = "driver"
"""The actor of everything that the program does by itself."""

GONE_STATES = frozenset({"TERMINATED", "NOT_FOUND"})


@dataclass(frozen=True, slots=True)
class Look:
    """What DRS answered in one round of calls."""

    jobs: Sequence[Job] = ()
    logs: Mapping[str, Sequence[Mapping[str, Json]]] = field(default_factory=dict)
    """Job log items as AWS gave them, by job id; a job whose log was not read is absent."""

    instances: Sequence[RecoveryInstance] = ()
    asked_servers: frozenset[str] = frozenset()
    """The source servers whose recovery instances were asked for: who is absent has none."""


def jobs_to_watch(run: Run) -> tuple[str, ...]:
    """The jobs whose end, or whose last log items, the run still waits for."""
    open_waves = (WaveStatus.IN_PROGRESS, WaveStatus.VERIFYING)
    launching = [w.job_id for w in run.waves.values() if w.status in open_waves and w.job_id]
    cleaning = [j for j in run.cleanup.job_ids if not run.jobs[j].is_ended]
    return (*launching, *cleaning)


def servers_to_look_up(run: Run) -> tuple[str, ...]:
    """The servers whose launch ended and whose instance the run has not seen."""
    return tuple(
        server.id
        for wave in run.waves.values()
        if wave.status is WaveStatus.VERIFYING
        for server in run.of_wave(wave.name)
        if server.job_id and not server.instance_state
    )


def news(run: Run, look: Look, now: datetime) -> list[Draft]:
    """Drafts for whatever differs from the fold; nothing when nothing does."""
    found = [item for job_id, log in look.logs.items() for item in _log_news(run, job_id, log)]
    found += [item for job in look.jobs for item in _job_news(run, job)]
    found += _instance_news(run, look)
    return [Draft(kind, now, DRIVER, data) for kind, data in found]


def _log_news(
    run: Run, job_id: str, log: Sequence[Mapping[str, Json]]
) -> Iterable[tuple[str, dict[str, Json]]]:
    known = run.jobs.get(job_id)
    if known is None:
        return
    seen = Counter(known.log)
    for item in log:
        key = log_key(item)
        if seen[key]:
            seen[key] -= 1
            continue
        yield EventType.JOB_LOGGED, {"job_id": job_id, "item": item}


def _job_news(run: Run, job: Job) -> Iterable[tuple[str, dict[str, Json]]]:
    known = run.jobs.get(job.id)
    if known is None:
        return
    for participant in job.servers:
        server = run.servers.get(participant.server_id)
        if server is None or server.job_id != job.id:
            continue
        # What AWS leaves out is not known, which takes nothing back.
        status = "" if run.is_judged(server) else participant.launch_status
        status = status or server.launch_status
        instance = participant.recovery_instance_id or server.instance_id
        if (server.launch_status, server.instance_id) != (status, instance):
            yield (
                EventType.SERVER_OBSERVED,
                {
                    "job_id": job.id,
                    "server": server.id,
                    "launch_status": status,
                    "instance_id": instance,
                },
            )
    if (known.status, known.initiated_by) != (job.status, job.initiated_by):
        yield (
            EventType.JOB_OBSERVED,
            {
                "job_id": job.id,
                "status": job.status,
                "initiated_by": job.initiated_by,
                "type": job.type,
            },
        )


def _instance_news(run: Run, look: Look) -> Iterable[tuple[str, dict[str, Json]]]:
    listed = set()
    for instance in look.instances:
        listed.add(instance.id)
        if instance.job_id not in run.jobs:
            continue
        gone = instance.ec2_state in GONE_STATES
        known = run.instances.get(instance.id)
        now = (instance.ec2_state, instance.is_drill, gone)
        if known is None or (known.state, known.is_drill, known.gone) != now:
            yield EventType.INSTANCE_OBSERVED, _instance_data(instance, gone=gone)
    for known in run.instances.values():
        if known.server_id in look.asked_servers and known.id not in listed and not known.gone:
            yield (
                EventType.INSTANCE_OBSERVED,
                {
                    "instance": known.id,
                    "server": known.server_id,
                    "job_id": known.job_id,
                    "is_drill": known.is_drill,
                    "state": "no longer listed by DRS",
                    "gone": True,
                },
            )


def _instance_data(instance: RecoveryInstance, *, gone: bool) -> dict[str, Json]:
    return {
        "instance": instance.id,
        "ec2_instance": instance.ec2_instance_id,
        "server": instance.server_id,
        "job_id": instance.job_id,
        "is_drill": instance.is_drill,
        "state": instance.ec2_state,
        "gone": gone,
    }
