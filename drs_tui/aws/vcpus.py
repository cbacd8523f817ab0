"""Asking AWS for the vCPUs that a plan is held against."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from drs_tui.aws.connection import Aws
from drs_tui.aws.looking import tried
from drs_tui.model.checks.vcpus import VCPU_QUOTA, Vcpus, type_of
from drs_tui.model.readiness import Facts, Unread


async def look_at_vcpus(aws: Aws, server_ids: Sequence[str], facts: Facts) -> Vcpus:
    """The quota, what runs, and the sizes of that and of what these servers launch as.

    What AWS does not tell is `Unread` in it.
    """
    quota, running = await asyncio.gather(
        tried(aws.quotas.one, "ec2", VCPU_QUOTA), tried(aws.ec2.running_types)
    )
    wanted = {type_of(server_id, facts) for server_id in server_ids}
    if not isinstance(running, Unread):
        wanted |= running.keys()
    sizes = await tried(aws.ec2.vcpus_of_types, sorted(wanted - {""}))
    missing = Unread("Service Quotas' answer has no number")
    return Vcpus(missing if quota is None else quota, running, sizes)
