"""A target that answers from a table, and runs that only want to be looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from drs_tui.aws.allowance import Allowance
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError, AwsThrottled
from drs_tui.clock import ManualClock
from drs_tui.driver.poller import Poller
from drs_tui.engine.news import Look
from drs_tui.model.events import Json
from drs_tui.model.expectation.lanes import Track
from drs_tui.model.expectation.outlook import Outlook, outlook
from drs_tui.model.expectation.usual import NO_HISTORY
from drs_tui.model.observed import Job, ParticipatingServer, RecoveryInstance
from drs_tui.model.status import Phase


class Target:
    """DRS of one account and Region; what it is asked is written down with the moment."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self._allowance = Allowance(clock)
        self.calls: list[tuple[float, str, tuple[str, ...]]] = []
        self.status = "STARTED"
        self.launch_status = "PENDING"
        self.failing: Callable[[str], AwsError | None] = lambda _: None
        self.instances: list[RecoveryInstance] = []
        self.slow_seconds = 0.0
        """How long DescribeRecoveryInstances takes."""

    @property
    def drs(self) -> Target:
        return self

    @property
    def calls_left(self) -> int:
        return self._allowance.left

    async def _called(self, operation: str, ids: Sequence[str]) -> None:
        await self._allowance.take()
        self.calls.append((self.clock.monotonic(), operation, tuple(ids)))
        failure = self.failing(operation)
        if isinstance(failure, AwsThrottled):
            self._allowance.throttled()
        if failure is not None:
            raise failure
        self._allowance.answered()

    def moments(self, operation: str) -> list[float]:
        return [at for at, name, _ in self.calls if name == operation]

    async def jobs(self, job_ids: Sequence[str]) -> list[Job]:
        await self._called("DescribeJobs", job_ids)
        servers = (ParticipatingServer("s-1", self.launch_status),)
        return [Job(job_id, "LAUNCH", self.status, servers=servers) for job_id in job_ids]

    async def job_log(self, job_id: str) -> list[Mapping[str, Json]]:
        await self._called("DescribeJobLogItems", [job_id])
        return [{"event": "JOB_START"}]

    async def recovery_instances(self, *, server_ids: Sequence[str]) -> list[RecoveryInstance]:
        await self._called("DescribeRecoveryInstances", server_ids)
        await self.clock.sleep(self.slow_seconds)
        return self.instances


class Watching:
    """A run with jobs whose servers stand in one phase for ever."""

    def __init__(self, *job_ids: str, phase: Phase = Phase.CONVERSION, age: float = 0.0) -> None:
        self.jobs = list(job_ids)
        self.servers: list[str] = []
        self.looks: list[Look] = []
        self.phase = phase
        self.age = age
        self.pace = 30.0

    def job_ids(self) -> Sequence[str]:
        return self.jobs

    def server_ids(self) -> Sequence[str]:
        return self.servers

    def poll_seconds(self) -> float:
        return self.pace

    def outlook(self, job_id: str, status_lag: float, log_lag: float) -> Outlook | None:
        track = Track("s-1", False, self.phase, self.age)
        return outlook([track], NO_HISTORY, status_lag=status_lag, log_lag=log_lag)

    async def observe(self, look: Look) -> None:
        self.looks.append(look)


async def settle() -> None:
    """Let everybody do what they can without time passing."""
    for _ in range(50):
        await asyncio.sleep(0)


async def pass_time(clock: ManualClock, seconds: float) -> None:
    """Move the clock on, from one sleeper to the next."""
    end = clock.monotonic() + seconds
    await settle()
    while (wake := clock.next_wake()) is not None and clock.monotonic() + wake <= end:
        clock.advance(max(wake, 0.0))
        await settle()
    clock.advance(end - clock.monotonic())


def poller_of(target: Target) -> Poller:
    """A poller that asks a target."""
    return Poller(cast("Aws", cast("Any", target)), target.clock)


async def watch_for(target: Target, seconds: float, *watching: Watching) -> Poller:
    """Have a poller look for some runs for so long, from their beginning."""
    poller = poller_of(target)
    task = asyncio.create_task(poller.run())
    try:
        for each in watching:
            poller.add(each)
        await pass_time(target.clock, seconds)
    finally:
        task.cancel()
        results = await asyncio.gather(task, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    return poller
