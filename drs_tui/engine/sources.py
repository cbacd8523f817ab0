"""The source servers of a run, wherever they are: production, which no check may reach."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from drs_tui.aws.drs import Drs
from drs_tui.clock import Clock
from drs_tui.engine.targets import Part
from drs_tui.model.observed import SourceServer

KEPT_FOR_SECONDS = 300.0
"""Drill seconds for which the source servers' addresses count as read now."""


class Sources:
    """Reads them from each target of one run, for all of its checks.

    A private address leads to the same machine from wherever it is asked: one that is copied from
    a source server of another target is production's all the same.
    """

    def __init__(self, parts: Sequence[tuple[Part, Drs]], clock: Clock) -> None:
        """Read what the run has in each target there; `clock` is drill time."""
        self._parts = parts
        self._clock = clock
        self._reading = asyncio.Lock()
        self._read: tuple[float, Sequence[SourceServer]] | None = None

    async def servers(self) -> Sequence[SourceServer]:
        """All of them, as they were at most five minutes ago.

        Raises:
            AwsError: those of one target could not be read.
        """
        async with self._reading:
            now = self._clock.monotonic()
            if self._read is None or now - self._read[0] > KEPT_FOR_SECONDS:
                found = [
                    server
                    for part, drs in self._parts
                    for server in await drs.source_servers(list(part.run.servers))
                ]
                self._read = (now, found)
            return self._read[1]
