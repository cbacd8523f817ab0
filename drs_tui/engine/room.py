"""The room that an account's quotas leave for launches, and who of this process comes when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from drs_tui.aws.connection import Aws
from drs_tui.aws.looking import JOBS_MAY_TAKE, recent_jobs, tried
from drs_tui.clock import Clock
from drs_tui.model.checks.headroom import Shortage, shortage
from drs_tui.model.readiness import Facts, Launching

SHOWS_WITHIN_SECONDS = 180.0
"""Drill seconds after which a job that DRS does not list is not counted any more."""

LOOK_EVERY_SECONDS = 10.0
"""Drill seconds between two looks for room, while anybody waits for some."""

STALE_AFTER_SECONDS = 3 * LOOK_EVERY_SECONDS
"""Drill seconds after which a look says nothing of the room there is any more."""

Key = tuple[str, str]
"""A run and its wave."""


@dataclass(frozen=True, slots=True)
class _Held:
    launching: Launching
    until: float


class Room:
    """What the launches of all runs of a process take up of one account's quotas.

    Whoever comes first goes first, also where a later one would fit: a large wave is not passed by
    small ones for ever.
    """

    def __init__(self, aws: Aws, clock: Clock) -> None:
        """Hold nothing yet; `clock` is drill time."""
        self._aws = aws
        self._clock = clock
        self._held: dict[Key, _Held] = {}
        """In the order in which they came."""

        self._looking = asyncio.Lock()
        self._facts = Facts({})
        self._looked_at: float | None = None

    @contextmanager
    def held(self, key: Key, servers: int) -> Iterator[Place]:
        """Hold a place for a launch from when it is due until DRS lists its job, or it is off."""
        now = self._clock.monotonic()
        self._held = {k: held for k, held in self._held.items() if held.until > now and k != key}
        self._held[key] = _Held(Launching("", servers), float("inf"))
        try:
            yield Place(self, key)
        finally:
            if not self._held[key].launching.job_id:
                del self._held[key]

    def before(self, key: Key) -> tuple[Launching, ...]:
        """The launches that came before one, those that wait too."""
        now, found = self._clock.monotonic(), []
        for other, held in self._held.items():
            if other == key:
                break
            if held.until > now:
                found.append(held.launching)
        return tuple(found)

    def shortage(self, key: Key) -> Shortage | None:
        """What a launch has to wait for, by the last look if that was just now.

        Else by the launches before it alone: what else runs the guards see.
        """
        oldest = self._clock.monotonic() - STALE_AFTER_SECONDS
        is_known = self._looked_at is not None and self._looked_at >= oldest
        facts = self._facts if is_known else Facts({})
        known = {job.id for job in facts.jobs}
        launching = [each for each in self.before(key) if each.job_id not in known]
        return shortage(self._held[key].launching.servers, replace(facts, launching=launching))

    def mark(self, key: Key, *, waits: bool) -> None:
        """Note whether a launch waits for room."""
        held = self._held[key]
        self._held[key] = replace(held, launching=replace(held.launching, waits=waits))

    def launched(self, key: Key, job_id: str, servers: int) -> None:
        """Hold its room on until DRS lists its job, or should."""
        until = self._clock.monotonic() + SHOWS_WITHIN_SECONDS
        self._held[key] = _Held(Launching(job_id, servers), until)

    async def look(self) -> None:
        """Ask what runs and what is allowed, once for all who wait.

        Raises:
            AwsError: DRS does not tell.
        """
        async with self._looking:
            now = self._clock.monotonic()
            if self._looked_at is not None and now - self._looked_at < LOOK_EVERY_SECONDS:
                return
            jobs = await recent_jobs(self._aws, JOBS_MAY_TAKE)
            quotas = await tried(self._aws.quotas.of, "drs")
            executions = await tried(self._aws.drs.plan_executions)
            self._facts = Facts({}, jobs=jobs, quotas=quotas, executions=executions)
            self._looked_at = now


@dataclass(frozen=True, slots=True)
class Place:
    """One launch's place among those of its process."""

    room: Room
    key: Key

    @property
    def before(self) -> tuple[Launching, ...]:
        """The launches that came before it."""
        return self.room.before(self.key)

    @property
    def shortage(self) -> Shortage | None:
        """What it has to wait for, by what is known already; None: it may be tried."""
        return self.room.shortage(self.key)

    def waits(self, *, so: bool) -> None:
        """Let others know whether it waits for room."""
        self.room.mark(self.key, waits=so)
