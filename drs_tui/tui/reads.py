"""What the app itself asks AWS for: only to read, and only after the first paint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.model.checks.account import check_account, check_target_named
from drs_tui.model.checks.policy import check_policy
from drs_tui.model.checks.servers import check_servers
from drs_tui.model.endpoints import Endpoints
from drs_tui.model.machines import LaunchSettings
from drs_tui.model.observed import CallerIdentity, SourceServer
from drs_tui.model.plan import Mode, Plan, Target
from drs_tui.model.policy import Site
from drs_tui.model.readiness import Facts, Finding, Progress, Report, located
from drs_tui.model.resolve import resolve
from drs_tui.model.termination import machine_id
from drs_tui.policy.file import site
from drs_tui.tui.billing import Landscape

if TYPE_CHECKING:
    from drs_tui.aws.connection import Aws, Connection
    from drs_tui.aws.survey import Survey


class ReadError(Exception):
    """AWS could not be asked, or refused; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """The source servers of an account and Region, as DRS listed them."""

    servers: tuple[SourceServer, ...]
    as_of: datetime
    """DRS's own time."""


class Reads(Protocol):
    """What screens want to know of AWS; each call raises `ReadError`."""

    async def caller(self) -> tuple[CallerIdentity, str]:
        """Whose credentials are in use, and the Region."""

    async def endpoints(self) -> Endpoints:
        """Where they are called, and whether that is AWS."""

    async def credentials_end_at(self) -> datetime | None:
        """When the credentials end; None where they don't, are renewed, or nobody says when."""

    async def servers(self) -> Inventory:
        """The source servers of the account and Region."""

    async def launch_settings(self, server_id: str) -> LaunchSettings:
        """How DRS would launch a source server."""

    async def landscape(self, recorded: Sequence[str]) -> Landscape:
        """The recovery instances of the account and Region, and the jobs that launched them.

        EC2 is asked about `recorded` instances too, whether DRS lists them or not.
        """

    async def outlooks(self, plans: Sequence[Plan], mode: Mode) -> list[Report | ReadError]:
        """The plans held against the source servers alone, which costs little; raises nothing."""

    async def survey(self, plan: Plan, mode: Mode, progress: Progress) -> Survey:
        """A plan, to be run in this mode, held against what AWS says."""

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

    async def endpoints(self) -> Endpoints:
        """Where they are called, and whether that is AWS."""
        from drs_tui.aws.errors import AwsError

        try:
            return await (await self._aws(Target())).endpoints(self._settings.vpc_hosts)
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

    async def servers(self) -> Inventory:
        """The source servers of the account and Region."""
        from drs_tui.aws.errors import AwsError

        try:
            aws = await self._aws(Target())
            found = await aws.drs.source_servers()
            return Inventory(tuple(found), aws.drs.aws_now())
        except AwsError as error:
            raise ReadError(str(error)) from error

    async def launch_settings(self, server_id: str) -> LaunchSettings:
        """How DRS would launch a source server."""
        from drs_tui.aws.errors import AwsError

        try:
            return await (await self._aws(Target())).drs.launch_settings(server_id)
        except AwsError as error:
            raise ReadError(str(error)) from error

    async def landscape(self, recorded: Sequence[str]) -> Landscape:
        """The recovery instances of the account and Region, and what EC2 says of them."""
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
        ids = dict.fromkeys((*(machine_id(each, None) for each in instances), *recorded))
        machines, trouble = None, ""
        try:
            machines = {machine.id: machine for machine in await aws.ec2.instances(list(ids))}
        except AwsError as error:
            trouble = f"EC2 does not tell what runs, nor of which type: {error}"
        return Landscape(
            tuple(instances),
            tuple(jobs),
            {server.id: server.name for server in servers},
            aws.drs.aws_now(),
            caller.account,
            aws.region,
            machines,
            trouble,
        )

    async def outlooks(self, plans: Sequence[Plan], mode: Mode) -> list[Report | ReadError]:
        """The plans held against the source servers alone, which costs little; raises nothing."""
        from drs_tui.aws.errors import AwsError

        fleets: dict[Aws, tuple[CallerIdentity, Sequence[SourceServer]]] = {}
        found: list[Report | ReadError] = []
        rules = self._site()
        for plan in plans:
            tightened = rules.tightened(plan, mode) if rules else plan
            findings: list[Finding] = []
            try:
                places = await self._places(plan)
                for target, aws in places.items():
                    if aws not in fleets:
                        caller = await aws.sts.caller_identity()
                        fleets[aws] = (caller, await aws.drs.source_servers())
                    caller, fleet = fleets[aws]
                    part = tightened.within(target)
                    is_far = not aws.connection.is_loopback
                    there = _there(part, caller.account, aws.region, is_far=is_far)
                    if rules:
                        there += check_policy(rules, tightened, mode, caller.account, aws.region)
                    there += _outlook(part, fleet)
                    if len(places) > 1:
                        where = f"{caller.account} {aws.region}"
                        there = located(there, where, [wave.name for wave in plan.waves])
                    findings += there
                found.append(Report(tuple(dict.fromkeys(findings))))
            except (AwsError, ReadError) as error:
                found.append(ReadError(str(error)))
        return found

    async def survey(self, plan: Plan, mode: Mode, progress: Progress) -> Survey:
        """A plan, to be run in this mode, held against what AWS says."""
        from drs_tui.aws.connection import warm_up
        from drs_tui.aws.errors import AwsError
        from drs_tui.aws.survey_places import survey_places
        from drs_tui.plans.programs import check_commands

        try:
            places, shared = await self._places(plan), self._settings.store_is_shared
            await asyncio.to_thread(warm_up, ("ec2", "iam", "service-quotas"))
            rules = self._site()
            local = check_commands(plan, mode, self._settings.commands_forbidden)
            return await survey_places(
                places,
                plan,
                mode,
                progress,
                store_is_shared=shared,
                site=rules,
                on_this_machine=local,
            )
        except AwsError as error:
            raise ReadError(str(error)) from error

    def _site(self) -> Site | None:
        """What the site allows; None with the driver's own simulator, which reaches nothing."""
        if self._settings.simulation is not None:
            return None
        return site(self._settings.store, SystemClock().now())

    async def close(self) -> None:
        """Close connections."""
        for aws in self._open:
            await aws.aclose()
        self._open.clear()

    async def _places(self, plan: Plan) -> dict[Target, Aws]:
        """What the plan's targets lead to."""
        from drs_tui.aws.connection import connections_to

        embedded_url = await self._embedded_url()
        connections = connections_to(plan, self._settings.reach, embedded_url)
        is_bounded = not embedded_url
        return {t: await self._opened(each, is_bounded) for t, each in connections.items()}

    async def _aws(self, target: Target) -> Aws:
        from drs_tui.aws.connection import connection_to

        embedded_url = await self._embedded_url()
        connection = connection_to(target, self._settings.reach, embedded_url)
        return await self._opened(connection, not embedded_url)

    async def _opened(self, connection: Connection, is_bounded: bool) -> Aws:
        from drs_tui.aws.connection import Aws, warm_up

        for aws in self._open:
            if aws.connection == connection:
                return aws
        if not self._open:
            # The SDK takes half a second to import: off the loop, so that keys still work.
            await asyncio.to_thread(warm_up)
        aws = Aws(connection, is_bounded=is_bounded)
        self._open.append(aws)
        return aws


def _there(plan: Plan, account: str, region: str, *, is_far: bool) -> list[Finding]:
    return [
        *check_account(plan, account, region),
        *check_target_named(plan, account, is_required=is_far),
    ]


def _outlook(plan: Plan, fleet: Sequence[SourceServer]) -> list[Finding]:
    resolved, unresolved = resolve(plan, fleet)
    facts = Facts({server.id: server for server in fleet})
    return [*unresolved, *check_servers(resolved.waves, facts)]
