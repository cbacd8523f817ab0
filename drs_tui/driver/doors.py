"""The accounts and Regions that one process acts on: each is opened once, for all its runs."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

from drs_tui.aws.connection import Aws, Connection
from drs_tui.clock import Clock
from drs_tui.driver.poller import Poller
from drs_tui.driver.signing import Signing
from drs_tui.engine.room import Room


@dataclass(frozen=True, slots=True)
class Door:
    """An account and Region that is open, with what its runs share there."""

    aws: Aws
    poller: Poller
    room: Room


class Doors:
    """Opens an account and Region for the first who wants it, and polls it from then on."""

    def __init__(self, signing: Signing, drill_clock: Clock) -> None:
        """Open nothing yet."""
        self.opened: list[Door] = []
        self._signing = signing
        self._drill_clock = drill_clock
        self._polling: list[asyncio.Task[None]] = []
        self._stack = AsyncExitStack()

    def to(self, connection: Connection) -> Door:
        """The door of a connection."""
        for door in self.opened:
            if door.aws.connection == connection:
                return door
        aws = self._signing.open(connection)
        door = Door(aws, Poller(aws, self._drill_clock), Room(aws, self._drill_clock))
        self._polling.append(asyncio.create_task(door.poller.run(), name="poller"))
        self._stack.push_async_callback(aws.aclose)
        self.opened.append(door)
        return door

    def stop_polling(self) -> None:
        """Look no more, while what acts here still comes to its end."""
        for task in self._polling:
            task.cancel()

    async def aclose(self) -> None:
        """Close what was opened."""
        self.stop_polling()
        await asyncio.gather(*self._polling, return_exceptions=True)
        await self._stack.aclose()
