"""The part of a run that is in one account and Region: what is asked, and done, there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from drs_tui.model.state.cleanup import CleanupState
from drs_tui.model.state.run import Run
from drs_tui.model.state.targets import RunTarget

T = TypeVar("T")


def part_of(run: Run, target: RunTarget) -> Run:
    """A run as if it had no more than what it has in one of its targets.

    A clean-up of some instances is one of none there if they are all elsewhere: who cleans up has
    to look at `run.cleanup.only` itself.
    """
    if not run.several:
        return run
    waves = frozenset(target.waves)
    servers = _those(run.servers, lambda server: server.wave in waves)
    instances = _those(
        run.instances,
        lambda instance: instance.server_id in servers or _wave_of(run, instance.job_id) in waves,
    )
    cleanup = _cleanup_in(run.cleanup, frozenset(instances))
    ending = frozenset(cleanup.job_ids)
    return replace(
        run,
        account=target.account,
        region=target.region,
        profile=target.profile,
        several=(),
        plan=replace(run.plan, waves=tuple(w for w in run.plan.waves if w.name in waves)),
        waves=_those(run.waves, lambda wave: wave.name in waves),
        servers=servers,
        jobs=_those(run.jobs, lambda job: job.wave in waves or job.id in ending),
        instances=instances,
        cleanup=cleanup,
    )


def _wave_of(run: Run, job_id: str) -> str:
    return run.jobs[job_id].wave if job_id in run.jobs else ""


def _cleanup_in(cleanup: CleanupState, instance_ids: frozenset[str]) -> CleanupState:
    """A TERMINATE job is where its instances are."""
    of_jobs = {i: ids for i, ids in cleanup.instances_of.items() if instance_ids & set(ids)}
    return replace(
        cleanup,
        only=tuple(each for each in cleanup.only if each in instance_ids),
        job_ids=tuple(job_id for job_id in cleanup.job_ids if job_id in of_jobs),
        instances_of=of_jobs,
        refused=tuple(each for each in cleanup.refused if each.instance_id in instance_ids),
    )


def _those(things: Mapping[str, T], are_there: Callable[[T], bool]) -> Mapping[str, T]:
    return MappingProxyType({key: thing for key, thing in things.items() if are_there(thing)})
