"""When the credentials end that a run is driven with, told while there is time to do something."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from drs_tui.aws.errors import AwsError
from drs_tui.clock import Clock
from drs_tui.model.observed import Credentials
from drs_tui.model.times import format_duration

LOOK_SECONDS = 30.0
"""Real seconds between two looks at what the SDK has, which asks nobody."""

SOON = timedelta(minutes=15)
"""How long before their end they are spoken of."""


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

    async def run(self) -> None:
        """Look now and then, for as long as there are any that can end."""
        while await self.look():
            await self._clock.sleep(LOOK_SECONDS)

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
            self.trouble = (
                "the driver's credentials have ended: nothing launches until it has others"
            )
        elif left <= SOON:
            self.trouble = (
                f"the driver's credentials end in {format_duration(left.total_seconds())}"
            )
