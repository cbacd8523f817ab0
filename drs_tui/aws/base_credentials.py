"""What the calls of a connection are signed with, or take a role on with; it can be replaced."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from drs_tui.model.keys import Keys
from drs_tui.model.observed import GIVEN, Credentials

if TYPE_CHECKING:
    from aiobotocore.session import AioSession

_ENVIRONMENT = "env"

_log = logging.getLogger(__name__)


class BaseCredentials:
    """What the SDK finds, until somebody gives others: the SDK's provider and credentials in one.

    Every client of a session, and a role that is taken on, holds this, so that what replaces it is
    in use with the next request.
    """

    def __init__(self) -> None:
        """Look for nothing yet."""
        self.given: Keys | None = None
        """What somebody gave in the place of what the SDK finds."""

        self._provider: Any = None
        self._found: Any = None
        self._found_end: datetime | None = None

    def stand_before(self, session: AioSession) -> None:
        """Be what a session of the SDK takes its credentials from."""
        self._provider = session.get_component("credential_provider")
        session.register_component("credential_provider", self)

    async def load_credentials(self) -> BaseCredentials:
        """Find what there is, as the SDK asks its provider to.

        Raises:
            Exception: what the SDK says about the configuration.
        """
        if self.given is None:
            await self._find()
        return self

    @property
    def method(self) -> str:
        """Where they are from, by the SDK's own word; `given` for what somebody gave."""
        if self.given is not None:
            return GIVEN
        return str(self._found.method or "") if self._found is not None else ""

    async def get_frozen_credentials(self) -> Any:
        """What to sign with now, as the SDK asks its credentials.

        Raises:
            Exception: what the SDK says when it can't renew them, or there are none.
        """
        from botocore.credentials import ReadOnlyCredentials
        from botocore.exceptions import NoCredentialsError

        if self.given is not None:
            given = self.given
            return ReadOnlyCredentials(given.access_key, given.secret_key, given.token or None)
        if self._found is None:
            raise NoCredentialsError
        return await self._found.get_frozen_credentials()

    def get_account_id(self) -> None:
        """Nothing: no endpoint that is called here goes by the account."""

    def get_deferred_property(self, _name: str) -> Callable[[], None]:
        """The same, as botocore asks for it."""
        return self.get_account_id

    async def lasting(self) -> Credentials:
        """How long they last."""
        from aiobotocore.credentials import AioRefreshableCredentials

        if self.given is not None:
            lasts = not self.given.token
            return Credentials(renews=lasts, ends_at=self.given.ends_at, source=GIVEN)
        if self._found is None:
            return Credentials(renews=True)
        renews = isinstance(self._found, AioRefreshableCredentials) or not self._found.token
        return Credentials(renews=renews, ends_at=self._found_end, source=self.method)

    async def reread(self) -> None:
        """Use what the environment's files say now, where what was found there had expired.

        The SDK renews what it knows how to; keys that something else writes into a file it reads
        once.
        """
        from aiobotocore.credentials import AioCredentials
        from botocore.exceptions import BotoCoreError

        before = self._found
        if self.given is not None or type(before) is not AioCredentials:
            return
        try:
            await self._find()
        except BotoCoreError as error:
            # The next call that finds them expired reads them again.
            _log.warning("credentials had expired, and cannot be read anew: %s", error)
            return
        if self._found is None:
            self._found = before
        elif type(self._found) is not AioCredentials or (
            self._found.access_key != before.access_key
        ):
            _log.info("reads other credentials than those that had expired")

    async def look_again(self, session: AioSession) -> None:
        """Let go of what was given, for what a session that has just read the configuration finds.

        Raises:
            Exception: what the SDK says about the configuration.
        """
        self._provider = session.get_component("credential_provider")
        await self._find()
        self.given = None

    async def _find(self) -> None:
        from aiobotocore.credentials import AioCredentials, AioRefreshableCredentials

        found = await self._provider.load_credentials()
        end = None
        if isinstance(found, AioRefreshableCredentials) and found.method == _ENVIRONMENT:
            # To renew them the SDK reads the environment again, where nothing changes, and says of
            # their end what nobody can make sense of; AWS says it better.
            end = found._expiry_time  # noqa: SLF001  the SDK has no public way to ask
            frozen = found._frozen_credentials  # noqa: SLF001  nor one that renews nothing
            found = AioCredentials(
                frozen.access_key, frozen.secret_key, frozen.token, method=_ENVIRONMENT
            )
        self._found, self._found_end = found, end
