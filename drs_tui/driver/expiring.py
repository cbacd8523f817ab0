"""When the credentials end that a run is driven with, told while there is time to do something."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from drs_tui.aws.errors import AwsError
from drs_tui.clock import Clock
from drs_tui.driver.renewals import SOON
from drs_tui.engine.waiting import first_of
from drs_tui.model.observed import Credentials
from drs_tui.model.times import format_duration

LOOK_SECONDS = 30.0
"""Real seconds between two looks at what the SDK has, which asks nobody."""


class Expiring:
    """The credentials of a run's targets that the SDK does not renew."""

    def __init__(
        self, read: Sequence[Callable[[], Awaitable[Credentials]]], real_clock: Clock
    ) -> None:
        """Know nothing yet; each of `read` tells of one target's."""
        self.trouble = ""
        """That they end soon, or have; empty while there is time."""

        self._read = read
        self._clock = real_clock
        self._renewed = asyncio.Event()

    async def run(self) -> None:
        """Look until cancelled: now and then while there are any that can end, else once they may.

        That is when `renewed` was called.
        """
        while True:
            self._renewed.clear()
            if await self.look():
                await first_of(self._clock.sleep(LOOK_SECONDS), self._renewed.wait())
            else:
                await self._renewed.wait()

    def renewed(self) -> None:
        """Look now: they are others."""
        self._renewed.set()

    async def look(self) -> bool:
        """Look once; False: the SDK renews all of them."""
        try:
            found = [await read() for read in self._read]
        except AwsError as error:
            self.trouble = str(error)
            return True
        self.trouble = ""
        mortal = [credentials for credentials in found if not credentials.renews]
        ends = [credentials.ends_at for credentials in mortal if credentials.ends_at is not None]
        if ends:
            self._tell(min(ends) - self._clock.now())
        return bool(mortal)

    def _tell(self, left: timedelta) -> None:
        if left <= timedelta():
            self.trouble = "credentials have ended: nothing launches until they are renewed"
        elif left <= SOON:
            self.trouble = f"credentials end in {format_duration(left.total_seconds())}"
