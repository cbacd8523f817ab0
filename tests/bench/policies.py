"""Ways to watch the same jobs: at a fixed beat, by a rule of launch statuses, by what is expected.

Each is played against timelines in simulated time and counts every call. A log read is one call on
all sides, though a long log takes several pages: that favours rules that read it with each look.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import inf
from random import Random

from drs_tui.engine.pace import (
    CEILING_SECONDS,
    FLOOR_SECONDS,
    LOG_CEILING_SECONDS,
    PRICE_SECONDS,
    Unseen,
    seconds_to_next,
    unseen_after,
)
from drs_tui.model.expectation.lanes import Track
from drs_tui.model.expectation.outlook import (
    END_WEIGHT,
    PHASE_WEIGHT,
    Outlook,
    Part,
    aged,
    outlook,
    rate,
)
from drs_tui.model.expectation.usual import LEARNED, History
from drs_tui.model.status import Phase
from tests.bench.timelines import PHASES, JobLine

IN_STATUS = PHASES.index(Phase.LAUNCH)
"""From this of a server's moments on, its launch status tells."""


@dataclass
class Watched:
    """What watching some jobs brought."""

    calls: int = 0
    seconds: float = 0.0
    delays: list[tuple[float, float]] = field(default_factory=list)
    """Seconds from an event to its being known, and the event's weight."""

    def knew(self, moment: int, happened: float, now: float) -> None:
        weight = END_WEIGHT if PHASES[moment] is Phase.READY else PHASE_WEIGHT
        self.delays.append((now - happened, weight))

    @property
    def calls_a_minute(self) -> float:
        return self.calls * 60 / self.seconds

    @property
    def mean_delay(self) -> float:
        return sum(d * w for d, w in self.delays) / sum(w for _, w in self.delays)

    def percentile(self, share: float) -> float:
        left = share * sum(weight for _, weight in self.delays)
        for delay, weight in sorted(self.delays):
            left -= weight
            if left <= 0:
                return delay
        return max(delay for delay, _ in self.delays)


Policy = Callable[[Sequence[JobLine], Watched], None]


def watch(policy: Policy, fleets: Iterable[Sequence[JobLine]]) -> Watched:
    """Watch several fleets, one after the other, each of jobs that run side by side."""
    watched = Watched()
    for jobs in fleets:
        policy(jobs, watched)
        watched.seconds += max(job.end for job in jobs) - min(job.start for job in jobs)
    return watched


def beat(seconds: float) -> Policy:
    """Each job alone, its status and its log, at a fixed beat."""
    return _each_job_alone(lambda _job, _now: seconds)


def by_status() -> Policy:
    """45 s while a job is pending, 15 s while it starts, 30 s while a server is in progress."""

    def seconds(job: JobLine, now: float) -> float:
        if now < job.start + 0.36:
            return 45.0
        launching = any(s.moments[IN_STATUS] <= now < s.moments[-1] for s in job.servers)
        return 30.0 if launching else 15.0

    return _each_job_alone(seconds)


def _each_job_alone(interval: Callable[[JobLine, float], float]) -> Policy:
    def play(jobs: Sequence[JobLine], watched: Watched) -> None:
        for job in jobs:
            random = Random(job.end)
            # A scheduler's beat does not begin with the job.
            looks = [job.start + random.random() * interval(job, job.start)]
            while looks[-1] < job.end:
                looks.append(looks[-1] + interval(job, looks[-1]))
            watched.calls += 2 * len(looks)
            for server in job.servers:
                for index, at in enumerate(server.moments):
                    watched.knew(index, at, next(look for look in looks if look >= at))

    return play


@dataclass
class _Known:
    """What somebody who looks knows of a job."""

    job: JobLine
    watched: Watched
    status_at: float
    log_at: float
    seen: list[int] = field(init=False)
    """How many of each server's moments are known."""

    moments: list[list[float]] = field(init=False)
    """When each server seems to have come to each phase."""

    outlook: Outlook = field(default_factory=Outlook)
    outlook_at: float = 0.0
    in_status: Unseen = field(default_factory=Unseen)
    in_log: Unseen = field(default_factory=Unseen)
    log_due: float = 0.0

    def __post_init__(self) -> None:
        self.seen = [0] * len(self.job.servers)
        self.moments = [[] for _ in self.job.servers]

    def read_status(self, now: float) -> None:
        for number, server in enumerate(self.job.servers):
            reached = bisect_right(server.moments, now)
            if reached > max(self.seen[number], IN_STATUS):
                self._learn(number, reached, now)
                # What lies between two looks is known no better than that.
                known = self.moments[number]
                known += [now] * (reached - len(known)) if len(known) >= IN_STATUS else []
        self.status_at = now

    def read_log(self, now: float) -> None:
        for number, server in enumerate(self.job.servers):
            reached = bisect_right(server.moments, now)
            self._learn(number, reached, now)
            self.moments[number] = list(server.moments[:reached])
        self.log_at = now

    def _learn(self, number: int, reached: int, now: float) -> None:
        for index in range(self.seen[number], reached):
            self.watched.knew(index, self.job.servers[number].moments[index], now)
        self.seen[number] = reached

    def expect(self, history: History, now: float) -> None:
        lags = {"status_lag": now - self.status_at, "log_lag": now - self.log_at}
        self.outlook = outlook([*self._tracks(now)], history, **lags)
        self.outlook_at = now

    def _tracks(self, now: float) -> Iterable[Track]:
        for number, server in enumerate(self.job.servers):
            known = self.moments[number]
            reached = self.seen[number]
            since = known[-1] if known else self.job.start
            if reached > len(known):  # Its status tells of a phase whose beginning no log told.
                since = self.status_at
            took = tuple(
                (phase, known[index + 1] - known[index])
                for index, phase in enumerate(LEARNED[: max(len(known) - 1, 0)])
            )
            phase = PHASES[reached - 1] if reached else Phase.QUEUED
            yield Track(server.server_id, server.windows, phase, now - since, took)

    def add_unseen(self, now: float) -> None:
        """Take in what has probably happened since the last expectation."""
        late = now - self.outlook_at
        if late:
            status, in_log = self.outlook.status, self.outlook.log
            self.in_status = unseen_after(partial(rate, status), late, self.in_status)
            self.in_log = unseen_after(partial(rate, in_log), late, self.in_log)
            self.outlook = Outlook((*aged(status, late),), (*aged(in_log, late),))
            self.outlook_at = now


def expecting(history: History, price: float = PRICE_SECONDS, *, bounded: bool = True) -> Policy:
    """By what is expected: one DescribeJobs for all jobs when it is worth it, and each log so.

    Without bounds nothing but the expectation says when.
    """

    def play(jobs: Sequence[JobLine], watched: Watched) -> None:
        _Expecting(jobs, watched, history, price, bounded=bounded).play()

    return play


class _Expecting:
    def __init__(
        self,
        jobs: Sequence[JobLine],
        watched: Watched,
        history: History,
        price: float,
        *,
        bounded: bool,
    ) -> None:
        self.watched = watched
        self.history = history
        self.price = price
        self.floor = FLOOR_SECONDS if bounded else 0.1
        self.ceiling = CEILING_SECONDS if bounded else 600.0
        self.log_ceiling = LOG_CEILING_SECONDS if bounded else 600.0
        self.coming = sorted(jobs, key=lambda job: job.start, reverse=True)
        self.now = self.status_at = self.coming[-1].start
        self.running: list[_Known] = []

    def play(self) -> None:
        while self.running or self.coming:
            if not self.running:
                self.now = self.status_at = self.coming[-1].start
            while self.coming and self.coming[-1].start <= self.now:
                job = self.coming.pop()
                self.running.append(_Known(job, self.watched, job.start, job.start))
                self._expect(self.running[-1])
            status_due = self._status_due()
            log = min(self.running, key=lambda known: known.log_due)
            begins = self.coming[-1].start if self.coming else inf
            self.now = min(status_due, log.log_due, begins)
            if self.now == begins:
                continue
            self.watched.calls += 1
            if self.now == status_due:
                self._read_status()
            else:
                self._read_log(log)

    def _status_due(self) -> float:
        parts: list[Part] = []
        unseen = Unseen()
        for known in self.running:
            known.add_unseen(self.now)
            parts += known.outlook.status
            unseen += known.in_status
        ceiling = max(self.status_at + self.ceiling - self.now, 0.0)
        wait = seconds_to_next(partial(rate, parts), unseen, price=self.price, ceiling=ceiling)
        return max(self.now + wait, self.status_at + self.floor)

    def _read_status(self) -> None:
        self.status_at = self.now
        for known in self.running:
            known.add_unseen(self.now)
            known.read_status(self.now)
            known.in_status = Unseen()
            if known.job.end <= self.now:
                known.read_log(self.now)
                self.watched.calls += 1
            else:
                self._expect(known)
        self.running = [known for known in self.running if known.job.end > self.now]

    def _read_log(self, known: _Known) -> None:
        known.read_log(self.now)
        known.in_status = known.in_log = Unseen()
        self._expect(known)

    def _expect(self, known: _Known) -> None:
        known.expect(self.history, self.now)
        ceiling = max(known.log_at + self.log_ceiling - self.now, 0.0)
        wait = seconds_to_next(
            partial(rate, known.outlook.log), known.in_log, price=self.price, ceiling=ceiling
        )
        known.log_due = max(self.now + wait, known.log_at + self.floor)
