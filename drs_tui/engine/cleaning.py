"""Clean-up: terminating what a drill launched, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from drs_tui.audit.recorder import Recorder
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import EXPIRED_CODES, AwsError, AwsRefused, AwsThrottled
from drs_tui.aws.survey import JOBS_MAY_TAKE, recent_jobs
from drs_tui.clock import Clock
from drs_tui.engine.launching import RUN_TAG
from drs_tui.engine.news import DRIVER, GONE_STATES, Look, news
from drs_tui.engine.pace import CEILING_SECONDS, poll_seconds
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.observed import RecoveryInstance
from drs_tui.model.plan import Mode
from drs_tui.model.state import Run
from drs_tui.model.status import CleanupStatus

MOST_AT_ONCE = 100
"""Instances a TerminateRecoveryInstances call: it takes 200, but a job holds 100 servers."""

PATIENCE = timedelta(minutes=30)

_PASSING_REFUSALS = frozenset(
    {
        "ConflictException",
        "ResourceNotFoundException",
        "ServiceQuotaExceededException",
        "ValidationException",
    }
)
"""A server is in a job, an instance has gone since it was listed, or too much runs at once: look
again, with patience."""


@dataclass(frozen=True, slots=True)
class Cleaner:
    """Terminates the drill instances of one run."""

    recorder: Recorder
    aws: Aws
    clock: Clock
    """Drill time."""

    async def clean_up(self) -> None:
        """Terminate until DRS lists none of the run's drill instances any more.

        When only some were asked for, the others stay as they are.

        Instance ids are never reused, so after an unclear answer it is safe to look and to ask
        again for what is left and in no TERMINATE job.

        Raises:
            LeaseLost: somebody else drives the run now; nothing was sent.
            StoreError: the run's events cannot be written.
        """
        # Not since it was asked for: whoever goes on after a dead driver has to try, too.
        began = self.clock.now()
        trouble = ""
        at_once = MOST_AT_ONCE
        searched = False
        while True:
            try:
                if not searched:
                    await self._find_lost_jobs()
                    searched = True
                everything = await self._look()
                only = self.recorder.run.cleanup.only
                left = [i for i in everything if not only or i.id in only]
                launching = self._launching()
                if not left and (only or not launching):
                    remains = everything or launching
                    outcome = CleanupStatus.DUE if remains else CleanupStatus.DONE
                    await self._finish(outcome, everything, "")
                    return
                if self.clock.now() - began > PATIENCE:
                    words = trouble or f"not gone after {PATIENCE.seconds // 60} minutes"
                    if launching:
                        words += f"; still launching: {', '.join(launching)}"
                    await self._finish(CleanupStatus.FAILED, left, words)
                    return
                held, ending = await self._held_by_jobs(), self._ending()
                free = [i for i in left if i.server_id not in held and i.id not in ending]
                at_once = min(at_once, max(len(free), 1))
                for batch in _batches(free, at_once):
                    await self._terminate(batch)
                trouble = ""
            except AwsThrottled as error:
                trouble = str(error)
                await self.clock.sleep(error.retry_after_seconds or CEILING_SECONDS)
            except AwsRefused as error:
                trouble = str(error)
                if error.code == "ServiceQuotaExceededException":
                    # The account's quotas may be lower than usual, or nearly used up.
                    at_once = max(at_once // 2, 1)
                if error.code not in _PASSING_REFUSALS | EXPIRED_CODES:
                    await self._finish(CleanupStatus.FAILED, [], trouble)
                    return
            except AwsError as error:
                trouble = str(error)
                if self.clock.now() - began > PATIENCE:
                    await self._finish(CleanupStatus.FAILED, [], trouble)
                    return
            await self.clock.sleep(poll_seconds(self.recorder.run, self.clock.now()))

    async def _find_lost_jobs(self) -> None:
        """Take note of launches whose answer was lost: what they left is this run's as well."""
        run = self.recorder.run
        age = self.clock.now() - (run.created_at or self.clock.now())
        drafts = [
            Draft(
                EventType.JOB_OBSERVED,
                self.clock.now(),
                DRIVER,
                {"job_id": job.id, "status": job.status, "initiated_by": job.initiated_by},
            )
            for job in await recent_jobs(self.aws, age)
            if job.tags.get(RUN_TAG) == run.run_id and job.id not in run.jobs
        ]
        if drafts:
            await self.recorder.record(drafts)

    async def _look(self) -> list[RecoveryInstance]:
        """Ask DRS what is there, record the news, and return what is still to be terminated."""
        ids = list(self.recorder.run.servers)
        running = [job.id for job in self.recorder.run.jobs.values() if not job.is_ended]
        jobs = await self.aws.drs.jobs(running) if running else []
        logs = {job.id: await self.aws.drs.job_log(job.id) for job in jobs}
        # After the jobs: what a job that has ended terminated must not be taken for left over.
        instances = await self.aws.drs.recovery_instances(server_ids=ids)
        look = Look(jobs=jobs, logs=logs, instances=instances, asked_servers=frozenset(ids))
        drafts = news(self.recorder.run, look, self.clock.now())
        if drafts:
            await self.recorder.record(drafts)
        return launched_as_drill(self.recorder.run, instances)

    def _launching(self) -> list[str]:
        """Jobs of waves that were given up: what they bring up yet has to go too."""
        run = self.recorder.run
        ended = {*run.cleanup.job_ids, *(job.id for job in run.jobs.values() if job.is_ended)}
        return [job_id for job_id in run.jobs if job_id not in ended]

    def _job_ended(self, job_id: str) -> bool:
        return self.recorder.run.jobs[job_id].is_ended

    def _ending(self) -> set[str]:
        cleanup = self.recorder.run.cleanup
        running = (ids for job, ids in cleanup.instances_of.items() if not self._job_ended(job))
        return {instance_id for ids in running for instance_id in ids}

    async def _held_by_jobs(self) -> set[str]:
        jobs = await recent_jobs(self.aws, JOBS_MAY_TAKE)
        return {s.server_id for job in jobs if not job.is_ended for s in job.servers}

    async def _terminate(self, batch: Sequence[RecoveryInstance]) -> None:
        ids = [instance.id for instance in batch]
        await self._record(EventType.CLEANUP_INTENDED, instances=list(ids))
        await self.recorder.settle()
        sending = asyncio.ensure_future(self._send(ids))
        try:
            started = await asyncio.shield(sending)
        except asyncio.CancelledError:
            # What was sent can't be called back, and its job is this run's.
            await self.recorder.record([await sending])
            raise
        await self.recorder.insist([started])

    async def _send(self, ids: Sequence[str]) -> Draft:
        job = await self.aws.drs.terminate_recovery_instances(
            ids, account=self.recorder.run.account, last_check=self.recorder.assert_lease
        )
        started: dict[str, Json] = {"job_id": job.id, "instances": list(ids)}
        return Draft(EventType.CLEANUP_STARTED, self.clock.now(), DRIVER, started)

    async def _finish(
        self, outcome: CleanupStatus, left: Sequence[RecoveryInstance], words: str
    ) -> None:
        known = [i.id for i in self.recorder.run.instances.values() if not i.gone]
        remaining = [] if outcome is CleanupStatus.DONE else [i.id for i in left] or known
        await self._record(
            EventType.CLEANUP_FINISHED,
            outcome=outcome.value,
            remaining=list(remaining),
            words=words,
        )

    async def _record(self, event: EventType, **data: Json) -> None:
        await self.recorder.record([Draft(event, self.clock.now(), DRIVER, data)])


def launched_as_drill(run: Run, instances: Sequence[RecoveryInstance]) -> list[RecoveryInstance]:
    """What a clean-up may name: launched by a job of this run, as a drill, by DRS's own word."""
    if run.mode is not Mode.DRILL:
        return []
    return [
        instance
        for instance in instances
        if instance.is_drill is True
        and instance.job_id in run.jobs
        and instance.ec2_state not in GONE_STATES
    ]


def _batches(
    instances: Sequence[RecoveryInstance], size: int
) -> Iterator[Sequence[RecoveryInstance]]:
    for start in range(0, len(instances), size):
        yield instances[start : start + size]
