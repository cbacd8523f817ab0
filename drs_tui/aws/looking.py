"""Asking AWS for the facts that a launch is checked against."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ParamSpec, TypeVar

from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError
from drs_tui.model.checks.launch import Part
from drs_tui.model.machines import LaunchSettings, Networks, PointInTime
from drs_tui.model.observed import Job, SourceServer
from drs_tui.model.readiness import Facts, Launching, Unread

T = TypeVar("T")
P = ParamSpec("P")

JOBS_MAY_TAKE = timedelta(days=1)
"""How far back running jobs are looked for: DescribeJobs has no filter for their status."""

CLOCK_SLACK = timedelta(minutes=5)
"""Taken off a moment before it is used as `fromDate`."""

SETTINGS_AT_ONCE = 8
"""Calls under way at the same time of those that take one server each."""

Told = Callable[[Part, Facts, Sequence[str]], None]
"""Told of each part of what is asked when it is there, with all facts so far and whose it is."""


async def look(
    aws: Aws,
    server_ids: Sequence[str],
    *,
    servers: Sequence[SourceServer] | None = None,
    own_jobs: frozenset[str] = frozenset(),
    ends: frozenset[str] = frozenset(),
    launching: Sequence[Launching] = (),
    networks: bool = True,
    points_of: Sequence[str] = (),
    told: Told = lambda *_: None,
) -> Facts:
    """Ask for all that is to be known of these source servers before a launch.

    Args:
        aws: The account and Region.
        server_ids: Source servers.
        servers: What DRS said of them just now; None: it is asked.
        own_jobs: The jobs of the run that they are to be launched by.
        ends: The instances that a recovery may end.
        launching: Launches of this process that DRS may not list yet.
        networks: Whether to ask where launches go to.
        points_of: The servers whose points in time to read, which takes a call each.
        told: Told of what is known before all is.

    Raises:
        AwsError: DRS did not tell of the servers and jobs themselves. All else that it or EC2 did
            not tell is `Unread` among the facts.
    """
    if servers is None:
        servers = await aws.drs.source_servers(server_ids)
    jobs = await recent_jobs(aws, JOBS_MAY_TAKE)
    wanted = set(server_ids)
    settings: dict[str, LaunchSettings | Unread] = {}
    points: dict[str, Sequence[PointInTime] | Unread] = {}
    facts = Facts(
        servers={server.id: server for server in servers if server.id in wanted},
        jobs=[job for job in jobs if not job.is_ended],
        settings=settings,
        points=points,
        as_of=aws.drs.aws_now(),
        launching=[each for each in launching if each.job_id not in {job.id for job in jobs}],
        own_jobs=own_jobs,
        ends=ends,
    )
    told(Part.STANDING, facts, server_ids)
    at_once = asyncio.Semaphore(SETTINGS_AT_ONCE)

    async def read_instances() -> Facts:
        instances, machines = await asyncio.gather(
            tried(aws.drs.recovery_instances, server_ids=server_ids),
            tried(aws.ec2.instances_of_servers, server_ids),
        )
        known = replace(facts, instances=instances, machines=machines)
        told(Part.INSTANCES, known, server_ids)
        return known

    async def read_settings(server_id: str) -> None:
        async with at_once:
            settings[server_id] = await tried(aws.drs.launch_settings, server_id)
        told(Part.SETTINGS, facts, [server_id])

    async def read_points(server_id: str) -> None:
        async with at_once:
            points[server_id] = await tried(aws.drs.points_in_time, server_id)

    async with asyncio.TaskGroup() as group:
        instances = group.create_task(read_instances())
        quotas = group.create_task(tried(aws.quotas.of, "drs"))
        executions = group.create_task(tried(aws.drs.plan_executions))
        for server_id in facts.servers:
            group.create_task(read_settings(server_id))
        for server_id in points_of:
            if server_id in facts.servers:
                group.create_task(read_points(server_id))
    known = replace(instances.result(), quotas=quotas.result(), executions=executions.result())
    if networks:
        known = replace(known, networks=await _networks(aws, settings))
        told(Part.NETWORK, known, server_ids)
    return known


async def _networks(aws: Aws, settings: Mapping[str, LaunchSettings | Unread]) -> Networks | Unread:
    """What the servers' own launch templates say, and the subnets that they name."""
    read = [each for each in settings.values() if not isinstance(each, Unread)]
    wanted = {each.template_id for each in read if not each.into_instance_id} - {""}
    templates = await tried(aws.ec2.default_templates, sorted(wanted))
    if isinstance(templates, Unread):
        return templates
    named = {template.id: template for template in templates}
    interfaces = [each for template in named.values() for each in template.interfaces or (None,)]
    ids = sorted({each.subnet_id for each in interfaces if each is not None and each.subnet_id})
    subnets = await tried(aws.ec2.subnets, ids)
    if isinstance(subnets, Unread):
        return subnets
    found = Networks(named, {subnet.id: subnet for subnet in subnets})
    if all(each is not None and each.subnet_id for each in interfaces):
        return found
    defaults = await tried(aws.ec2.default_subnets)
    return defaults if isinstance(defaults, Unread) else replace(found, default_subnets=defaults)


async def recent_jobs(aws: Aws, age: timedelta) -> list[Job]:
    """The jobs of the account and Region created at most `age` ago, by AWS's own clock."""
    return await aws.drs.jobs_since(aws.drs.aws_now() - age - CLOCK_SLACK)


async def tried(
    read: Callable[P, Awaitable[T]], *arguments: P.args, **named: P.kwargs
) -> T | Unread:
    """What a read brings, or why it brought nothing; it begins when its turn comes."""
    try:
        return await read(*arguments, **named)
    except AwsError as error:
        return Unread(str(error), error.code or type(error).__name__)
