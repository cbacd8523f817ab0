"""One poller per account and Region: one DescribeJobs a tick for all running jobs of all runs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError, AwsRefused, AwsThrottled
from drs_tui.clock import Clock
from drs_tui.engine.news import Look
from drs_tui.engine.waiting import first_of
from drs_tui.model.events import Json
from drs_tui.model.observed import Job, RecoveryInstance

LOGS_AT_ONCE = 4
"""DescribeJobLogItems calls under way at the same time; one call a job is what DRS offers."""

SLOWEST_SECONDS = 60.0

LOOKS_TO_SHOW = 3
"""How many looks in a row a new job may be missing from before that is trouble."""

LOOKS_AT_A_LOG = 5
"""How many looks in a row a job's log may fail in before the job is judged without it."""

_NO_LOG = frozenset({"AccessDeniedException", "ResourceNotFoundException", "ValidationException"})
"""Refusals of a job's log that say nothing about the job, and that asking again does not mend."""

JobLog = Sequence[Mapping[str, Json]]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What DRS answered, as far as it did."""

    jobs: Mapping[str, Job]
    withheld: frozenset[str]
    """Jobs that are left for the next look, when their log may be readable."""

    logs: Mapping[str, JobLog]
    instances: Sequence[RecoveryInstance]
    failures: Sequence[AwsError]


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
        self._missing: Counter[str] = Counter()
        """In how many looks in a row DRS did not list a job."""

        self._unread: Counter[str] = Counter()
        """In how many looks in a row the log of a job could not be read."""

        self.polled_at: datetime | None = None
        """Drill time of the last answer; None before the first."""

        self.trouble = ""
        """Why the last look brought less than was asked; empty when it brought all."""

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
        """Look once, now, and tell every run; what fails is kept in `trouble`."""
        async with self._looking:
            watchers = self._busy()
            job_ids = list(dict.fromkeys(i for w in watchers for i in w.job_ids()))
            server_ids = list(dict.fromkeys(i for w in watchers for i in w.server_ids()))
            try:
                seen = await self._ask(job_ids, server_ids)
            except AwsError as error:
                self._back_off([error])
                return
            self.polled_at = self._clock.now()
            self._back_off(seen.failures)
            if not self.trouble:
                self.trouble = self._missed(job_ids, seen)
            looks = [(watcher, _look_of(watcher, seen)) for watcher in watchers]
        for watcher, look in looks:
            await watcher.observe(look)

    def _back_off(self, failures: Sequence[AwsError]) -> None:
        """Ask more seldom after a failure, the more so the longer it lasts; as before after none.

        A log that can't be had at all is trouble, but no reason to ask more seldom.
        """
        self.trouble = str(failures[0]) if failures else ""
        passing = [error for error in failures if not _is_final(error)]
        if not passing:
            self._failures, self._wait_at_least = 0, 0.0
            return
        self._failures += 1
        asked = [e.retry_after_seconds or 0.0 for e in passing if isinstance(e, AwsThrottled)]
        own = min(2.0 ** min(self._failures, 10), SLOWEST_SECONDS)
        self._wait_at_least = max(own, *asked, 0.0)

    def _missed(self, job_ids: Sequence[str], seen: _Seen) -> str:
        """Words about jobs that DRS does not list: not failed, but nothing is known of them."""
        missing = [job_id for job_id in job_ids if job_id not in seen.jobs]
        self._missing = Counter({job_id: self._missing[job_id] + 1 for job_id in missing})
        shown = [job_id for job_id in missing if self._missing[job_id] >= LOOKS_TO_SHOW]
        return f"DRS does not list {', '.join(shown)}: look at it in DRS" if shown else ""

    def _busy(self) -> list[Watcher]:
        return [w for w in self._watchers if w.job_ids() or w.server_ids()]

    async def _watch_set_changes(self, busy: list[Watcher]) -> None:
        """Return when a run that had nothing to look at has something."""
        while True:
            await self._changed.wait()
            if self._busy() != busy:
                return
            self._changed.clear()

    async def _ask(self, job_ids: Sequence[str], server_ids: Sequence[str]) -> _Seen:
        """Ask for jobs, then for their logs and for instances; only the first may not fail."""
        drs = self._aws.drs
        failures: list[AwsError] = []
        jobs = {job.id: job for job in await drs.jobs(job_ids)} if job_ids else {}
        withheld: set[str] = set()
        logs: dict[str, JobLog] = {}
        for job_id, log in (await self._logs([i for i in job_ids if i in jobs])).items():
            if isinstance(log, AwsError):
                failures.append(log)
                self._unread[job_id] += 1
                if not _is_final(log) and self._unread[job_id] < LOOKS_AT_A_LOG:
                    # Once its end is recorded a job is looked at no more: its log comes first.
                    del jobs[job_id]
                    withheld.add(job_id)
            else:
                logs[job_id] = log
                del self._unread[job_id]
        instances: list[RecoveryInstance] = []
        try:
            instances = await drs.recovery_instances(server_ids=server_ids) if server_ids else []
        except AwsError as error:
            failures.append(error)
        return _Seen(jobs, frozenset(withheld), logs, instances, failures)

    async def _logs(self, job_ids: Sequence[str]) -> Mapping[str, JobLog | AwsError]:
        limit = asyncio.Semaphore(LOGS_AT_ONCE)

        async def read(job_id: str) -> JobLog | AwsError:
            async with limit:
                try:
                    return await self._aws.drs.job_log(job_id)
                except AwsError as error:
                    return error

        read_logs = await asyncio.gather(*(read(job_id) for job_id in job_ids))
        return dict(zip(job_ids, read_logs, strict=True))


def _is_final(error: AwsError) -> bool:
    return (
        isinstance(error, AwsRefused)
        and error.operation == "DescribeJobLogItems"
        and error.code in _NO_LOG
    )


def _look_of(watcher: Watcher, seen: _Seen) -> Look:
    """What of it is about one run."""
    own = [seen.jobs[i] for i in watcher.job_ids() if i in seen.jobs]
    wanted = set(watcher.server_ids())
    return Look(
        jobs=own,
        logs={job.id: seen.logs[job.id] for job in own if job.id in seen.logs},
        instances=[i for i in seen.instances if i.server_id in wanted],
        asked_jobs=frozenset(watcher.job_ids()) - seen.withheld,
        # A launched instance that is not listed yet is not gone.
        asked_servers=frozenset(),
    )
