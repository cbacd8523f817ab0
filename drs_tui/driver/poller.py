"""One poller per account and Region: one DescribeJobs a tick for all running jobs of all runs.

A tick asks for what is due: launch statuses for all jobs at once, the log of a job when it is
expected to tell something, the instances of servers just launched. What takes DRS long, and says
nothing of a job, is waited for beside the rest.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import zip_longest
from typing import Protocol

from drs_tui.aws.allowance import precedence
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError, AwsRefused, AwsThrottled
from drs_tui.clock import Clock
from drs_tui.driver.sights import Sight, status_due
from drs_tui.engine.news import Look
from drs_tui.engine.waiting import first_of
from drs_tui.model.events import Json
from drs_tui.model.expectation.outlook import Outlook
from drs_tui.model.observed import Job, RecoveryInstance

LOGS_AT_ONCE = 4
"""DescribeJobLogItems calls under way at the same time; one call a job is what DRS offers."""

SLOWEST_SECONDS = 60.0

SOON_SECONDS = 0.1
"""What is due so soon is asked for now: a moment that is reckoned anew is never quite the same."""

LOOKS_TO_SHOW = 3
"""How many looks in a row a new job may be missing from before that is trouble."""

LOOKS_AT_A_LOG = 5
"""How many looks in a row a job's log may fail in before the job is judged without it."""

_NO_LOG = frozenset({"AccessDeniedException", "ResourceNotFoundException", "ValidationException"})
"""Refusals of a job's log that say nothing about the job, and that asking again does not mend."""

JobLog = Sequence[Mapping[str, Json]]

_STATUSES, _INSTANCES = "statuses", "instances"
"""Things to ask for, beside the logs, which go by their job's id."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """What DRS answered, as far as it did."""

    jobs: Mapping[str, Job]
    logs: Mapping[str, JobLog]
    failures: Sequence[AwsError]
    listed: frozenset[str] = frozenset()
    """The jobs that DRS listed, those too that are not told of until their logs are read."""

    @property
    def withheld(self) -> frozenset[str]:
        """Jobs that are left for the next look, when their log may be readable."""
        return self.listed - self.jobs.keys()


class Watcher(Protocol):
    """A run, as the poller sees it."""

    def job_ids(self) -> Sequence[str]:
        """The jobs to look at."""

    def server_ids(self) -> Sequence[str]:
        """The source servers whose recovery instances to look up."""

    def poll_seconds(self) -> float:
        """Drill seconds that may lie between two looks where nothing is known to expect."""

    def outlook(self, job_id: str, status_lag: float, log_lag: float) -> Outlook | None:
        """What is expected of a job; None: nothing is known to expect, as after its end.

        The lags are the drill seconds since its launch statuses and its log were read.
        """

    async def observe(self, look: Look) -> None:
        """Take in what a look brought."""


class Poller:
    """Looks at DRS for all runs of one account and Region."""

    def __init__(self, aws: Aws, clock: Clock) -> None:
        """Look through `aws`, in the drill time of `clock`."""
        self._aws = aws
        self._clock = clock
        self._watchers: list[Watcher] = []
        self._sights: dict[str, Sight] = {}
        self._changed = asyncio.Event()
        self._looking = asyncio.Lock()
        self._status_at = self._instances_at = clock.monotonic()
        self._looking_up: asyncio.Task[None] | None = None
        """The asking for recovery instances, which takes DRS long, while it is under way."""

        self._failures = 0
        self._not_before = 0.0
        """Drill time, on the monotonic clock, until which nothing is asked after a failure."""

        self._unlisted: Counter[str] = Counter()
        """In how many looks in a row DRS did not list a job."""

        self._unread: Counter[str] = Counter()
        """In how many looks in a row the log of a job could not be read."""

        self._without_log: dict[str, str] = {}
        """Why, by job: until its log is read, a look at launch statuses alone mends nothing."""

        self.polled_at: datetime | None = None
        """Drill time of the last answer; None before the first."""

        self._failure = self._missed = ""
        """Why the last look failed, and which jobs DRS does not list; or empty."""

        self.unanswered = ""
        """Why the last look brought nothing at all; empty when DRS answered."""

    @property
    def trouble(self) -> str:
        """Why the last look brought less than was asked; empty when it brought all."""
        logs = (self._without_log[i] for i in self._job_ids() if i in self._without_log)
        return self._failure or self._missed or next(logs, "")

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
        try:
            while True:
                self._changed.clear()
                now = self._clock.monotonic()
                due = self._due(now)
                wait = max(min(due.values(), default=now), self._not_before) - now
                if not due:
                    await self._changed.wait()
                elif wait > SOON_SECONDS:
                    await first_of(self._clock.sleep(wait), self._changed.wait())
                else:
                    soon = now + SOON_SECONDS
                    await self._tick([name for name, moment in due.items() if moment <= soon])
        finally:
            if self._looking_up is not None:
                self._looking_up.cancel()
                await asyncio.gather(self._looking_up, return_exceptions=True)

    def try_again(self) -> None:
        """Look as soon as something is due, however often that failed: what was wrong is mended."""
        self._failures, self._not_before = 0, 0.0
        self._changed.set()

    async def look(self) -> None:
        """Look at all jobs and their logs once, now, and tell every run."""
        await self._look(logs=self._job_ids(), with_status=True)

    # When ---------------------------------------------------------------------------------------

    def _due(self, now: float) -> dict[str, float]:
        """When each thing that is to be asked for is due, the earliest first."""
        job_ids = self._job_ids()
        self._sights = {i: self._sights.get(i) or Sight(now) for i in job_ids}
        due = {job_id: sight.log_due for job_id, sight in self._sights.items()}
        if job_ids:
            pace = min(w.poll_seconds() for w in self._watchers if w.job_ids())
            due[_STATUSES] = status_due(self._sights.values(), self._status_at, pace, now)
        waiting = [w.poll_seconds() for w in self._watchers if w.server_ids()]
        if self._looking_up is not None and self._looking_up.done():
            self._looking_up.result()
            self._looking_up = None
        if waiting and self._looking_up is None:
            due[_INSTANCES] = self._instances_at + min(waiting)
        return dict(sorted(due.items(), key=lambda item: item[1]))

    def _job_ids(self) -> list[str]:
        return list(dict.fromkeys(i for w in self._watchers for i in w.job_ids()))

    def _in_turn(self, job_ids: Sequence[str]) -> list[str]:
        """Jobs of one run after those of another, so that no run waits for all of another's."""
        wanted = set(job_ids)
        by_run = [[i for i in w.job_ids() if i in wanted] for w in self._watchers]
        in_turn = (i for each in zip_longest(*by_run) for i in each if i is not None)
        return list(dict.fromkeys(in_turn))

    # Looking ------------------------------------------------------------------------------------

    async def _tick(self, due: Sequence[str]) -> None:
        """Ask for what is due, as far as the allowance goes."""
        if _INSTANCES in due:
            self._looking_up = asyncio.create_task(self._look_up(), name="instances")
        logs = self._in_turn(due)
        with_status = _STATUSES in due
        # What does not fit is due with the next tick: no log makes launch statuses wait.
        room = max(self._aws.drs.calls_left - with_status, 1)
        if with_status or logs:
            await self._look(logs=logs[:room], with_status=with_status)

    async def _look(self, *, logs: Sequence[str], with_status: bool) -> None:
        """Read statuses, and some logs, and tell every run what that brought."""
        async with self._looking:
            job_ids = self._job_ids() if with_status else []
            try:
                with precedence():
                    seen = await self._ask(job_ids, logs)
            except AwsError as error:
                self.unanswered = str(error)
                self._back_off([error])
                return
            self.unanswered = ""
            self.polled_at = self._clock.now()
            self._back_off(seen.failures)
            self._take_note(job_ids, seen)
        for watcher in [*self._watchers]:
            own = watcher.job_ids()
            look = Look(
                jobs=[seen.jobs[i] for i in own if i in seen.jobs],
                logs={i: seen.logs[i] for i in own if i in seen.logs},
                asked_jobs=frozenset(own).intersection(job_ids) - seen.withheld,
            )
            if look.jobs or look.logs or look.asked_jobs:
                await watcher.observe(look)
        self._expect({*job_ids, *seen.logs})

    def _take_note(self, job_ids: Sequence[str], seen: _Seen) -> None:
        """Remember what is known as of now."""
        now = self._clock.monotonic()
        if job_ids:
            self._status_at = now
            self._missed = self._unlisted_words(job_ids, seen)
        for job_id, sight in self._sights.items():
            if job_id in job_ids:
                sight.status_read(now)
            if job_id in seen.logs:
                sight.log_read(now)

    def _expect(self, job_ids: set[str]) -> None:
        """Ask each run what it expects now of the jobs that were looked at."""
        now = self._clock.monotonic()
        for watcher in self._watchers:
            for job_id in watcher.job_ids():
                sight = self._sights.get(job_id)
                if job_id in job_ids and sight is not None:
                    lags = now - sight.status_at, now - sight.log_at
                    sight.expect(watcher.outlook(job_id, *lags), watcher.poll_seconds(), now)

    async def _look_up(self) -> None:
        """Ask for the recovery instances of servers just launched, and tell every run."""
        waiting = [(watcher, {*watcher.server_ids()}) for watcher in self._watchers]
        server_ids = list(dict.fromkeys(i for w in self._watchers for i in w.server_ids()))
        try:
            instances = await self._aws.drs.recovery_instances(server_ids=server_ids)
        except AwsError as error:
            self._back_off([error])
            instances = []
        self._instances_at = self._clock.monotonic()
        for watcher, wanted in waiting:
            own: list[RecoveryInstance] = [i for i in instances if i.server_id in wanted]
            if own:
                # A launched instance that is not listed yet is not gone.
                await watcher.observe(Look(instances=own))
        self._changed.set()

    def _back_off(self, failures: Sequence[AwsError]) -> None:
        """Ask more seldom after a failure, the more so the longer it lasts; as before after none.

        A log that can't be had at all is trouble, but no reason to ask more seldom.
        """
        self._failure = str(failures[0]) if failures else ""
        passing = [error for error in failures if not _is_final(error)]
        if not passing:
            self._failures = 0
            return
        self._failures += 1
        asked = [e.retry_after_seconds or 0.0 for e in passing if isinstance(e, AwsThrottled)]
        own = min(2.0 ** min(self._failures, 10), SLOWEST_SECONDS)
        self._not_before = self._clock.monotonic() + max(own, *asked, 0.0)

    def _unlisted_words(self, job_ids: Sequence[str], seen: _Seen) -> str:
        """Words about jobs that DRS does not list: not failed, but nothing is known of them."""
        unlisted = [job_id for job_id in job_ids if job_id not in seen.listed]
        self._unlisted = Counter({job_id: self._unlisted[job_id] + 1 for job_id in unlisted})
        shown = [job_id for job_id in unlisted if self._unlisted[job_id] >= LOOKS_TO_SHOW]
        return f"DRS does not list {', '.join(shown)}: look at it in DRS" if shown else ""

    # Asking -------------------------------------------------------------------------------------

    async def _ask(self, job_ids: Sequence[str], logs: Sequence[str]) -> _Seen:
        """Ask for jobs, then for logs, of those that ended too; only the first may not fail."""
        jobs: dict[str, Job] = {}
        if job_ids:
            listed = await self._aws.drs.jobs(job_ids)
            jobs = {job.id: job for job in listed}
        failures: list[AwsError] = []
        read: dict[str, JobLog] = {}
        ended = [job.id for job in jobs.values() if job.is_ended]
        known = set(jobs) if job_ids else set(logs)
        wanted = [job_id for job_id in dict.fromkeys((*logs, *ended)) if job_id in known]
        listed_ids = frozenset(jobs)
        for job_id, log in (await self._logs(wanted)).items():
            if not isinstance(log, AwsError):
                read[job_id] = log
                del self._unread[job_id]
                self._without_log.pop(job_id, None)
                continue
            failures.append(log)
            self._unread[job_id] += 1
            self._without_log[job_id] = str(log)
            if _is_final(log):
                read[job_id] = ()
            elif job_id in ended and self._unread[job_id] < LOOKS_AT_A_LOG:
                # Once its end is recorded a job is looked at no more: its log comes first.
                del jobs[job_id]
        return _Seen(jobs, read, failures, listed_ids)

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
