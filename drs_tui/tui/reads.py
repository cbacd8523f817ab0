"""What the app itself asks AWS for: only to read, and only after the first paint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from drs_tui.config import Settings
from drs_tui.model.checks.account import check_account
from drs_tui.model.checks.plan import check_support
from drs_tui.model.checks.servers import check_servers
from drs_tui.model.observed import CallerIdentity, SourceServer
from drs_tui.model.plan import Plan, Target
from drs_tui.model.readiness import Facts, Progress, Report
from drs_tui.model.resolve import resolve
from drs_tui.tui.billing import Landscape

if TYPE_CHECKING:
    from drs_tui.aws.connection import Aws
    from drs_tui.aws.survey import Survey


class ReadError(Exception):
    """AWS could not be asked, or refused; the message says why and what to do."""


class Reads(Protocol):
    """What screens want to know of AWS; each call raises `ReadError`."""

    async def caller(self) -> tuple[CallerIdentity, str]:
        """Whose credentials are in use, and the Region."""

    async def credentials_end_at(self) -> datetime | None:
        """When the credentials end; None where they don't, are renewed, or nobody says when."""

    async def servers(self) -> list[SourceServer]:
        """The source servers of the account and Region."""

    async def landscape(self) -> Landscape:
        """The recovery instances of the account and Region, and the jobs that launched them."""

    async def outlooks(self, plans: Sequence[Plan]) -> list[Report | ReadError]:
        """The plans held against the source servers alone, which costs little; raises nothing."""

    async def survey(self, plan: Plan, progress: Progress) -> Survey:
        """A plan held against what AWS says."""

    async def close(self) -> None:
        """Close connections."""


class AwsReads:
    """Reads over connections that live as long as the app."""

    def __init__(self, settings: Settings, embedded_url: Callable[[], Awaitable[str]]) -> None:
        """Connect to nothing yet.

        `embedded_url` says where the driver's own simulator listens, empty if it has none; it is
        asked each time, as a driver that was started anew has another one.
        """
        self._settings = settings
        self._embedded_url = embedded_url
        self._open: list[Aws] = []

    async def caller(self) -> tuple[CallerIdentity, str]:
        """Whose credentials are in use, and the Region."""
        from drs_tui.aws.errors import AwsError

        try:
            aws = await self._aws(Target())
            return await aws.sts.caller_identity(), aws.region
        except AwsError as error:
            raise ReadError(str(error)) from error

    async def credentials_end_at(self) -> datetime | None:
        """When the credentials end; None where they don't, are renewed, or nobody says when."""
        from drs_tui.aws.errors import AwsError

        try:
            credentials = await (await self._aws(Target())).credentials()
        except AwsError as error:
            raise ReadError(str(error)) from error
        return None if credentials.renews else credentials.ends_at

    async def servers(self) -> list[SourceServer]:
        """The source servers of the account and Region."""
        from drs_tui.aws.errors import AwsError

        try:
            aws = await self._aws(Target())
            return await aws.drs.source_servers()
        except AwsError as error:
            raise ReadError(str(error)) from error

    async def landscape(self) -> Landscape:
        """The recovery instances of the account and Region, and the jobs that launched them."""
        from drs_tui.aws.errors import AwsError

        try:
            aws = await self._aws(Target())
            caller, instances = await asyncio.gather(
                aws.sts.caller_identity(), aws.drs.recovery_instances()
            )
            job_ids = sorted({instance.job_id for instance in instances} - {""})
            server_ids = sorted({instance.server_id for instance in instances} - {""})
            jobs, servers = await asyncio.gather(
                aws.drs.jobs(job_ids), aws.drs.source_servers(server_ids)
            )
        except AwsError as error:
            raise ReadError(str(error)) from error
        names = {server.id: server.name for server in servers}
        now = aws.drs.aws_now()
        return Landscape(tuple(instances), tuple(jobs), names, now, caller.account, aws.region)

    async def outlooks(self, plans: Sequence[Plan]) -> list[Report | ReadError]:
        """The plans held against the source servers alone, which costs little; raises nothing."""
        from drs_tui.aws.errors import AwsError

        fleets: dict[Target, tuple[CallerIdentity, str, list[SourceServer]]] = {}
        found: list[Report | ReadError] = []
        for plan in plans:
            # A plan names its account only to be sure of it: that changes nothing in where it goes.
            target = replace(plan.target, account=None)
            try:
                if target not in fleets:
                    aws = await self._aws(target)
                    caller = await aws.sts.caller_identity()
                    fleets[target] = (caller, aws.region, await aws.drs.source_servers())
                found.append(_outlook(plan, *fleets[target]))
            except (AwsError, ReadError) as error:
                found.append(ReadError(str(error)))
        return found

    async def survey(self, plan: Plan, progress: Progress) -> Survey:
        """A plan held against what AWS says."""
        from drs_tui.aws.connection import warm_up
        from drs_tui.aws.errors import AwsError
        from drs_tui.aws.survey import survey

        try:
            aws, shared = await self._aws(plan.target), self._settings.store_is_shared
            await asyncio.to_thread(warm_up, ("ec2", "service-quotas"))
            return await survey(aws, plan, progress=progress, store_is_shared=shared)
        except AwsError as error:
            raise ReadError(str(error)) from error

    async def close(self) -> None:
        """Close connections."""
        for aws in self._open:
            await aws.aclose()
        self._open.clear()

    async def _aws(self, target: Target) -> Aws:
        from drs_tui.aws.connection import Aws, connection_to, warm_up

        embedded_url = await self._embedded_url()
        connection = connection_to(target, self._settings.reach, embedded_url)
        for aws in self._open:
            if aws.connection == connection:
                return aws
        if not self._open:
            # The SDK takes half a second to import: off the loop, so that keys still work.
            await asyncio.to_thread(warm_up)
        aws = Aws(connection, is_paced=not embedded_url)
        self._open.append(aws)
        return aws


def _outlook(
    plan: Plan, caller: CallerIdentity, region: str, fleet: Sequence[SourceServer]
) -> Report:
    resolved, unresolved = resolve(plan, fleet)
    facts = Facts({server.id: server for server in fleet})
    return Report(
        (
            *check_account(plan, caller.account, region),
            *check_support(plan),
            *unresolved,
            *check_servers(resolved.waves, facts),
        )
    )
