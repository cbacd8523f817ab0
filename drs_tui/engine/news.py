"""What a look at DRS tells that the run does not know yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.folding.observed_events import log_key
from drs_tui.model.machines import Ec2Instance
from drs_tui.model.observed import Job, RecoveryInstance
from drs_tui.model.state.launches import InstanceState
from drs_tui.model.state.run import Run
from drs_tui.model.status import WaveStatus
from drs_tui.model.termination import is_gone, machine_id
from drs_tui.model.times import format_time

DRIVER = "driver"
"""The actor of everything that the program does by itself."""


@dataclass(frozen=True, slots=True)
class Look:
    """What DRS answered in one round of calls."""

    jobs: Sequence[Job] = ()
    logs: Mapping[str, Sequence[Mapping[str, Json]]] = field(default_factory=dict)
    """Job log items as AWS gave them, by job id; a job whose log was not read is absent."""

    instances: Sequence[RecoveryInstance] = ()
    asked_jobs: frozenset[str] = frozenset()
    """The jobs that were asked for: of who is absent DRS knows nothing."""

    machines: Mapping[str, Ec2Instance] | None = None
    """By id, the run's instances as EC2 knows them, whether DRS lists them or not; None: EC2 was
    not asked, and an instance that DRS does not list is no news."""

    launched_by: Mapping[str, str] = field(default_factory=dict)
    """The run's jobs that launched what only EC2 shows, by instance id."""


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
    for item in _unknown(known.log, log):
        yield EventType.JOB_LOGGED, {"job_id": job_id, "item": item}


def _unknown(
    known: tuple[Mapping[str, Json], ...], log: Sequence[Mapping[str, Json]]
) -> Iterable[Mapping[str, Json]]:
    """The items of a job's log that are not among the known ones; equal items count each."""
    if tuple(log[: len(known)]) == known:
        # DRS gives a log as it has grown: to see that takes a thirtieth of making keys of it all.
        return log[len(known) :]
    seen = Counter(map(log_key, known))
    unknown = []
    for item in log:
        key = log_key(item)
        if seen[key]:
            seen[key] -= 1
        else:
            unknown.append(item)
    return unknown


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
    for state in _instances(run, look):
        known = run.instances.get(state.id)
        if known is None or known != replace(state, seen_at=known.seen_at, gone_at=known.gone_at):
            yield EventType.INSTANCE_OBSERVED, _instance_data(state)


def _instances(run: Run, look: Look) -> Iterable[InstanceState]:
    """Each instance of the run as it is seen now."""
    listed = [each for each in look.instances if each.job_id in run.jobs]
    yield from (_listed(run, look, instance) for instance in listed)
    if look.machines is None:
        return
    shown = {machine_id(instance, None) for instance in look.instances}
    for known in run.instances.values():
        if known.machine_id not in shown and known.id not in {each.id for each in listed}:
            yield _unlisted(known, look.machines.get(known.machine_id))
    recorded = {known.machine_id for known in run.instances.values()}
    for stray, job_id in look.launched_by.items():
        if stray not in shown | recorded:
            server_id = look.machines[stray].server_id
            found = InstanceState(stray, server_id, "", None, job_id)
            yield _unlisted(found, look.machines[stray])


def _listed(run: Run, look: Look, instance: RecoveryInstance) -> InstanceState:
    """An instance that DRS lists: what EC2 says of it counts more, if it was asked."""
    known = run.instances.get(instance.id)
    found = InstanceState(
        instance.id,
        instance.server_id,
        instance.ec2_state,
        instance.is_drill,
        instance.job_id,
        ec2_id=instance.ec2_instance_id if instance.ec2_instance_id != instance.id else "",
        volume_ids=_volumes(known, instance.volume_ids),
        launched_at=known.launched_at if known is not None else None,
        type=known.type if known is not None else "",
        data_of=instance.point_in_time or (known.data_of if known is not None else None),
    )
    machine = (look.machines or {}).get(found.machine_id)
    gone = is_gone(instance, machine)
    return replace(found if machine is None else _as_in_ec2(found, machine), gone=gone)


def _unlisted(known: InstanceState, machine: Ec2Instance | None) -> InstanceState:
    """An instance that only EC2 can tell of."""
    if machine is None:
        return known if known.gone else replace(known, state="in EC2 no more", gone=True)
    return replace(_as_in_ec2(known, machine), gone=machine.is_gone)


def _as_in_ec2(known: InstanceState, machine: Ec2Instance) -> InstanceState:
    return replace(
        known,
        state=machine.state.upper(),
        volume_ids=_volumes(known, machine.volume_ids),
        launched_at=machine.launched_at or known.launched_at,
        type=machine.type or known.type,
    )


def _volumes(known: InstanceState | None, more: Iterable[str]) -> tuple[str, ...]:
    """Those that an instance was ever seen with: of one that has ended EC2 names none."""
    return tuple(dict.fromkeys((*(known.volume_ids if known is not None else ()), *more)))


def _instance_data(state: InstanceState) -> dict[str, Json]:
    launched: dict[str, Json] = {"type": state.type} if state.type else {}
    if state.launched_at is not None:
        launched["launched_at"] = format_time(state.launched_at)
    if state.data_of is not None:
        launched["data_of"] = format_time(state.data_of)
    return {
        "instance": state.id,
        "ec2_instance": state.machine_id,
        "server": state.server_id,
        "job_id": state.job_id,
        "is_drill": state.is_drill,
        "state": state.state,
        "gone": state.gone,
        "volumes": list(state.volume_ids),
        **launched,
    }
