"""One read for what many ask for at about the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Generic, TypeVar

from drs_tui.clock import Clock

T = TypeVar("T")

GATHER_SECONDS = 1.0
"""Drill seconds for which the first who asks waits for others to ask too."""


class SharedRead(Generic[T]):
    """A read of things by their ids, made once for everybody who asks within a moment.

    What is given was read after it was asked for.
    """

    def __init__(
        self,
        read: Callable[[Sequence[str]], Awaitable[Iterable[T]]],
        key: Callable[[T], str],
        clock: Clock,
    ) -> None:
        """Read with `read`, whose answers are told apart by `key`."""
        self._read = read
        self._key = key
        self._clock = clock
        self._asked: dict[str, asyncio.Future[T | None]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    async def of(self, identity: str) -> T | None:
        """The thing of that id; None when the answer has none.

        Raises:
            AwsError: it could not be read.
        """
        if not self._asked:
            # Kept by reference: the loop itself holds tasks weakly.
            task = asyncio.create_task(self._gather())
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)
        future = self._asked.setdefault(identity, asyncio.get_running_loop().create_future())
        # Whoever asks may be cancelled; the others still wait for the same answer.
        return await asyncio.shield(future)

    async def aclose(self) -> None:
        """End what is being read."""
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

    async def _gather(self) -> None:
        await self._clock.sleep(GATHER_SECONDS)
        asked, self._asked = self._asked, {}
        try:
            found = {self._key(each): each for each in await self._read(list(asked))}
        except Exception as error:
            # Whoever asked has to deal with it; nobody may be left to hear of it.
            for future in asked.values():
                if not future.done():
                    future.set_exception(error)
                    future.exception()
            return
        for identity, future in asked.items():
            if not future.done():
                future.set_result(found.get(identity))
