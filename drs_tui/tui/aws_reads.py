"""What the app itself asks AWS for: only to read, and only after the first paint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.tui.reads import Inventory, ReadError

if TYPE_CHECKING:
    from drs_tui.aws.connection import Aws, Connection
    from drs_tui.aws.survey import Survey
    from drs_tui.model.endpoints import Endpoints
    from drs_tui.model.keys import Keys
    from drs_tui.model.machines import LaunchSettings
    from drs_tui.model.observed import CallerIdentity, SourceServer
    from drs_tui.model.plan import Mode, Plan, Target
    from drs_tui.model.policy import Site
    from drs_tui.model.readiness import Progress, Report
    from drs_tui.tui.billing import Landscape
    from drs_tui.tui.outlook import Fleet


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
        self._given: dict[str, Keys] = {}
        """What is signed with in the place of a profile's credentials, while the app is open."""

        self._loading: asyncio.Task[None] | None = None
        self._listing: dict[Aws, asyncio.Task[list[SourceServer]]] = {}
        """The lists of source servers that are being read."""

    async def prepare(self) -> None:
        """Load the SDK, which takes half a second: off the loop, so that keys still work."""
        from drs_tui.aws.connection import warm_up

        if self._loading is None:
            self._loading = asyncio.create_task(asyncio.to_thread(warm_up), name="load the SDK")
        await asyncio.shield(self._loading)

    async def caller(self) -> tuple[CallerIdentity, str]:
        """Whose credentials are in use, and the Region."""
        with _as_read_errors():
            aws = await self._aws()
            return await aws.sts.caller_identity(), aws.region

    async def endpoints(self) -> Endpoints:
        """Where they are called, and whether that is AWS."""
        with _as_read_errors():
            return await (await self._aws()).endpoints(self._settings.vpc_hosts)

    async def credentials_end_at(self) -> datetime | None:
        """When the credentials end; None where they don't, are renewed, or nobody says when."""
        with _as_read_errors():
            credentials = await (await self._aws()).credentials()
        return None if credentials.renews else credentials.ends_at

    async def renew(self, profile: str, keys: Keys | None) -> None:
        """Sign with these what was signed with a profile's credentials; None: look again."""
        if keys is None:
            self._given.pop(profile, None)
        else:
            self._given[profile] = keys
        with _as_read_errors():
            for aws in self._open:
                if (aws.connection.profile or "") != profile:
                    continue
                if keys is None:
                    await aws.look_again()
                else:
                    aws.renew(keys)

    async def servers(self) -> Inventory:
        """The source servers of the account and Region."""
        with _as_read_errors():
            aws = await self._aws()
            found = await self._source_servers(aws)
            from drs_tui.aws.as_sent import pack

            await asyncio.to_thread(pack, [server.raw for server in found])
            return Inventory(tuple(found), aws.drs.aws_now())

    async def _source_servers(self, aws: Aws) -> Sequence[SourceServer]:
        """All of them: whoever asks while they are being read gets what comes of that."""
        listing = self._listing.get(aws)
        if listing is None:
            listing = asyncio.create_task(aws.drs.source_servers(), name="list source servers")
            self._listing[aws] = listing
            listing.add_done_callback(lambda _: self._listing.pop(aws, None))
        # One who doesn't want them any more must not take them from the other.
        return await asyncio.shield(listing)

    async def launch_settings(self, server_id: str) -> LaunchSettings:
        """How DRS would launch a source server."""
        with _as_read_errors():
            return await (await self._aws()).drs.launch_settings(server_id)

    async def landscape(self, recorded: Sequence[str]) -> Landscape:
        """The recovery instances of the account and Region, and what EC2 says of them."""
        from drs_tui.model.termination import machine_id
        from drs_tui.tui.billing import Landscape

        with _as_read_errors():
            aws = await self._aws()
            caller, instances = await asyncio.gather(
                aws.sts.caller_identity(), aws.drs.recovery_instances()
            )
            job_ids = sorted({instance.job_id for instance in instances} - {""})
            server_ids = sorted({instance.server_id for instance in instances} - {""})
            jobs, servers = await asyncio.gather(
                aws.drs.jobs(job_ids), aws.drs.source_servers(server_ids)
            )
        ids = dict.fromkeys((*(machine_id(each, None) for each in instances), *recorded))
        machines, trouble = None, ""
        try:
            with _as_read_errors():
                machines = {each.id: each for each in await aws.ec2.instances(list(ids))}
        except ReadError as error:
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
        rules = self._site()
        fleets: dict[Aws, Fleet] = {}
        found: list[Report | ReadError] = []
        for plan in plans:
            try:
                with _as_read_errors():
                    found.append(await self._outlook(plan, mode, rules, fleets))
            except ReadError as error:
                found.append(error)
        return found

    async def _outlook(
        self, plan: Plan, mode: Mode, rules: Site | None, fleets: dict[Aws, Fleet]
    ) -> Report:
        """A plan held against `fleets`, to which those are added that it needs and they lack."""
        from drs_tui.tui.outlook import Fleet, outlook

        places = await self._places(plan)
        for aws in places.values():
            if aws not in fleets:
                account = (await aws.sts.caller_identity()).account
                servers = await self._source_servers(aws)
                is_far = not aws.connection.is_loopback
                fleets[aws] = Fleet(account, aws.region, servers, is_far)
        held_against = {target: fleets[aws] for target, aws in places.items()}
        # Keys have their turn meanwhile: there may be thousands of servers.
        return await asyncio.to_thread(outlook, plan, mode, held_against, rules)

    async def survey(self, plan: Plan, mode: Mode, progress: Progress) -> Survey:
        """A plan, to be run in this mode, held against what AWS says."""
        from drs_tui.aws.connection import warm_up
        from drs_tui.aws.survey_places import survey_places
        from drs_tui.plans.programs import check_commands

        with _as_read_errors():
            places = await self._places(plan)
            await asyncio.to_thread(warm_up, ("ec2", "iam", "service-quotas"))
            return await survey_places(
                places,
                plan,
                mode,
                progress,
                store_is_shared=self._settings.store_is_shared,
                site=self._site(),
                on_this_machine=check_commands(plan, mode, self._settings.commands_forbidden),
            )

    def _site(self) -> Site | None:
        """What the site allows; None with the driver's own simulator, which reaches nothing."""
        if self._settings.simulation is not None:
            return None
        from drs_tui.policy.file import site

        return site(self._settings.store, SystemClock().now())

    async def close(self) -> None:
        """Close connections."""
        for listing in self._listing.values():
            listing.cancel()
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

    async def _aws(self) -> Aws:
        """What the settings lead to, whatever a plan says."""
        from drs_tui.aws.connection import connection_to
        from drs_tui.model.plan import Target

        embedded_url = await self._embedded_url()
        connection = connection_to(Target(), self._settings.reach, embedded_url)
        return await self._opened(connection, not embedded_url)

    async def _opened(self, connection: Connection, is_bounded: bool) -> Aws:
        from drs_tui.aws.connection import Aws

        # Before looking: several may wait for it, and the first of them opens what all then use.
        await self.prepare()
        for aws in self._open:
            if aws.connection == connection:
                return aws
        aws = Aws(connection, is_bounded=is_bounded)
        if given := self._given.get(connection.profile or ""):
            aws.renew(given)
        self._open.append(aws)
        return aws


@contextmanager
def _as_read_errors() -> Iterator[None]:
    """Raise what goes wrong with AWS as `ReadError`."""
    from drs_tui.aws.errors import AwsError

    try:
        yield
    except AwsError as error:
        raise ReadError(str(error)) from error
