"""One poller per account and Region: one DescribeJobs a tick for all running jobs of all runs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError, AwsThrottled
from drs_tui.clock import Clock
from drs_tui.engine.news import Look
from drs_tui.engine.waiting import first_of
from drs_tui.model.events import Json

LOGS_AT_ONCE = 4
"""DescribeJobLogItems calls under way at the same time; one call a job is what DRS offers."""

SLOWEST_SECONDS = 60.0


class Watcher(Protocol):
    """A run, as the poller sees it."""

    def job_ids(self) -> Sequence[str]:
        """The jobs to look at."""

    def server_ids(self) -> Sequence[str]:
        """The source servers whose recovery instances to look up."""

    def poll_seconds(self) -> float:
        """Drill seconds until this run wants the next look."""

    async def observe(self, look: Look) -> None:
        """Take in what a look brought."""


class Poller:
    """Looks at DRS for all runs of one account and Region."""

    def __init__(self, aws: Aws, clock: Clock) -> None:
        """Look through `aws`, in the drill time of `clock`."""
        self._aws = aws
        self._clock = clock
        self._watchers: list[Watcher] = []
        self._changed = asyncio.Event()
        self._looking = asyncio.Lock()
        self._failures = 0
        self._wait_at_least = 0.0
        self.polled_at: datetime | None = None
        """Drill time of the last answer; None before the first."""

        self.trouble = ""
        """Why the last look brought nothing; empty when it did."""

    def add(self, watcher: Watcher) -> None:
        """Look for one more run."""
        self._watchers.append(watcher)
        self._changed.set()

    def remove(self, watcher: Watcher) -> None:
        """Look for a run no more."""
        self._watchers.remove(watcher)

    def hurry(self) -> None:
        """Reckon anew when to look: a run may have a new job."""
        self._changed.set()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self._changed.clear()
            busy = self._busy()
            if not busy:
                await self._changed.wait()
                continue
            pause = max(min(w.poll_seconds() for w in busy), self._wait_at_least)
            await first_of(self._clock.sleep(pause), self._watch_set_changes(busy))
            if self._busy() == busy:
                await self.look()

    async def look(self) -> None:
        """Look once, now, and tell every run; a failure is kept in `trouble`."""
        async with self._looking:
            watchers = self._busy()
            try:
                looks = await self._ask(watchers)
            except AwsError as error:
                self._failures += 1
                self.trouble = str(error)
                asked = error.retry_after_seconds if isinstance(error, AwsThrottled) else None
                self._wait_at_least = max(asked or 0.0, min(2.0**self._failures, SLOWEST_SECONDS))
                return
            self._failures, self._wait_at_least, self.trouble = 0, 0.0, ""
            self.polled_at = self._clock.now()
        for watcher, look in looks:
            await watcher.observe(look)

    def _busy(self) -> list[Watcher]:
        return [w for w in self._watchers if w.job_ids() or w.server_ids()]

    async def _watch_set_changes(self, busy: list[Watcher]) -> None:
        """Return when a run that had nothing to look at has something."""
        while True:
            await self._changed.wait()
            if self._busy() != busy:
                return
            self._changed.clear()

    async def _ask(self, watchers: Sequence[Watcher]) -> list[tuple[Watcher, Look]]:
        job_ids = list(dict.fromkeys(i for w in watchers for i in w.job_ids()))
        server_ids = list(dict.fromkeys(i for w in watchers for i in w.server_ids()))
        drs = self._aws.drs
        jobs = {job.id: job for job in await drs.jobs(job_ids)} if job_ids else {}
        logs = await self._logs(list(jobs))
        instances = await drs.recovery_instances(server_ids=server_ids) if server_ids else []
        looks = []
        for watcher in watchers:
            own = [jobs[i] for i in watcher.job_ids() if i in jobs]
            wanted = set(watcher.server_ids())
            looks.append(
                (
                    watcher,
                    Look(
                        jobs=own,
                        logs={job.id: logs[job.id] for job in own},
                        instances=[i for i in instances if i.server_id in wanted],
                        # A launched instance that is not listed yet is not gone.
                        asked_servers=frozenset(),
                    ),
                )
            )
        return looks

    async def _logs(self, job_ids: Sequence[str]) -> Mapping[str, Sequence[Mapping[str, Json]]]:
        limit = asyncio.Semaphore(LOGS_AT_ONCE)

        async def read(job_id: str) -> Sequence[Mapping[str, Json]]:
            async with limit:
                return await self._aws.drs.job_log(job_id)

        read_logs = await asyncio.gather(*(read(job_id) for job_id in job_ids))
        return dict(zip(job_ids, read_logs, strict=True))
