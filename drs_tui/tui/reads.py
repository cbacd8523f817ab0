"""What the app itself asks AWS for: only to read, and only after the first paint."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol

from drs_tui.config import Settings
from drs_tui.model.observed import CallerIdentity, SourceServer
from drs_tui.model.plan import Plan, Target

if TYPE_CHECKING:
    from drs_tui.aws.connection import Aws
    from drs_tui.aws.survey import Survey


class ReadError(Exception):
    """AWS could not be asked, or refused; the message says why and what to do."""


class Reads(Protocol):
    """What screens want to know of AWS; each call raises `ReadError`."""

    async def caller(self) -> tuple[CallerIdentity, str]:
        """Whose credentials are in use, and the Region."""

    async def servers(self) -> list[SourceServer]:
        """The source servers of the account and Region."""

    async def survey(self, plan: Plan, progress: Callable[[str], None]) -> Survey:
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

    async def servers(self) -> list[SourceServer]:
        """The source servers of the account and Region."""
        from drs_tui.aws.errors import AwsError

        try:
            aws = await self._aws(Target())
            return await aws.drs.source_servers()
        except AwsError as error:
            raise ReadError(str(error)) from error

    async def survey(self, plan: Plan, progress: Callable[[str], None]) -> Survey:
        """A plan held against what AWS says."""
        from drs_tui.aws.errors import AwsError
        from drs_tui.aws.survey import survey

        try:
            aws, shared = await self._aws(plan.target), self._settings.store_is_shared
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

        connection = connection_to(target, self._settings.reach, await self._embedded_url())
        for aws in self._open:
            if aws.connection == connection:
                return aws
        if not self._open:
            # The SDK takes half a second to import: off the loop, so that keys still work.
            await asyncio.to_thread(warm_up)
        aws = Aws(connection)
        self._open.append(aws)
        return aws
