"""Asking AWS for everything that preflight and the guards look at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from drs_tui.aws.connection import Aws
from drs_tui.model.checks import (
    check_account,
    check_approvals,
    check_headroom,
    check_servers,
    check_support,
)
from drs_tui.model.observed import CallerIdentity, Job
from drs_tui.model.plan import Mode, Plan, Wave
from drs_tui.model.readiness import Facts, Report
from drs_tui.model.resolve import resolve

JOBS_MAY_TAKE = timedelta(days=1)
"""How far back running jobs are looked for: DescribeJobs has no filter for their status."""

CLOCK_SLACK = timedelta(minutes=5)
"""Taken off a moment before it is used as `fromDate`."""


@dataclass(frozen=True, slots=True)
class Survey:
    """A plan held against what AWS says."""

    plan: Plan
    """With every server resolved, as far as it could be."""

    report: Report
    caller: CallerIdentity
    region: str
    windows: tuple[str, ...] = ()
    """The source servers of the plan that run Windows."""


async def survey(
    aws: Aws,
    plan: Plan,
    mode: Mode = Mode.DRILL,
    progress: Callable[[str], None] = lambda _: None,
    *,
    store_is_shared: bool,
) -> Survey:
    """Check a whole plan before a run; `progress` is told in words what is being asked.

    `store_is_shared`: whether those who approve from elsewhere can reach the audit store.

    Raises:
        AwsError: something could not be asked, so that nothing is known.
    """
    progress("asking whose credentials these are")
    caller = await aws.sts.caller_identity()
    found = [
        *check_account(plan, caller.account, aws.region),
        *check_support(plan),
        *check_approvals(plan, store_is_shared=store_is_shared),
    ]
    progress("reading the source servers")
    by_id_alone = all(s.id for _, s in plan.servers()) and not any(w.select for w in plan.waves)
    wanted = [s.id for _, s in plan.servers() if s.id] if by_id_alone else None
    inventory = await aws.drs.source_servers(wanted)
    resolved, unresolved = resolve(plan, inventory)
    found += unresolved
    progress("reading recovery instances and running jobs")
    ids = [s.id for _, s in resolved.servers() if s.id]
    facts = await _facts(aws, ids, frozenset())
    found += check_servers(resolved.waves, facts, mode)
    found += check_headroom(resolved.waves, facts)
    windows = tuple(s.id for s in inventory if s.is_windows and s.id in set(ids))
    return Survey(resolved, Report(tuple(found)), caller, aws.region, windows)


async def survey_launch(
    aws: Aws, wave: Wave, server_ids: Sequence[str], own_jobs: frozenset[str], mode: Mode
) -> tuple[Report, dict[str, int]]:
    """Look again at the servers of one launch, directly before it.

    Returns what was found and the replication lag of each server in milliseconds.

    Raises:
        AwsError: something could not be asked, so that nothing is known.
    """
    facts = await _facts(aws, server_ids, own_jobs)
    launched = [s for s in wave.servers if s.id in set(server_ids)]
    part = Wave(wave.name, tuple(launched), max_lag_seconds=wave.max_lag_seconds)
    found = [*check_servers([part], facts, mode), *check_headroom([part], facts)]
    lags = {s.id: s.lag_ms for s in facts.servers.values() if s.lag_ms is not None}
    return Report(tuple(found)), lags


async def recent_jobs(aws: Aws, age: timedelta) -> list[Job]:
    """The jobs of the account and Region created at most `age` ago, by AWS's own clock."""
    return await aws.drs.jobs_since(aws.drs.aws_now() - age - CLOCK_SLACK)


async def _facts(aws: Aws, ids: Sequence[str], own_jobs: frozenset[str]) -> Facts:
    servers = await aws.drs.source_servers(ids)
    instances, jobs = await asyncio.gather(
        aws.drs.recovery_instances(server_ids=ids), recent_jobs(aws, JOBS_MAY_TAKE)
    )
    return Facts(
        servers={server.id: server for server in servers},
        instances=instances,
        jobs=[job for job in jobs if not job.is_ended],
        own_jobs=own_jobs,
    )
