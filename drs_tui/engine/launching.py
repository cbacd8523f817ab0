"""Launching a wave: one StartRecovery call, whatever breaks around it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import StoreUnavailable
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError, AwsNotSent, AwsRefused, AwsThrottled, AwsUnclear
from drs_tui.aws.survey import recent_jobs, survey_launch
from drs_tui.clock import Clock
from drs_tui.engine.news import DRIVER
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.observed import Job
from drs_tui.model.plan import Mode
from drs_tui.model.readiness import Report, Verdict
from drs_tui.model.state import LaunchIntent, Run, WaveState

SEARCH_SECONDS = 180.0
"""How long a lost launch is looked for, in drill time: new jobs may show late."""

SEARCH_EVERY_SECONDS = 5.0
GUARD_TRIES = 3
RETRY_SECONDS = 15.0
TAG_PREFIX = "drs-tui:"
RUN_TAG = f"{TAG_PREFIX}run"
TOKEN_TAG = f"{TAG_PREFIX}token"


@dataclass(frozen=True, slots=True)
class Launcher:
    """Launches the waves of one run."""

    recorder: Recorder
    aws: Aws
    clock: Clock
    """Drill time."""

    async def launch(self, name: str, server_ids: tuple[str, ...]) -> None:
        """Look at the servers once more, write down the intent, send the call, write down its end.

        Raises:
            LeaseLost: somebody else drives the run now; nothing was sent.
            StoreError: the run's events cannot be written.
        """
        if not await self._guard(name, server_ids):
            return
        run = self.recorder.run
        if run.stopping or run.paused:
            return
        wave = run.waves[name]
        token = secrets.token_hex(8)
        await self._record(
            EventType.WAVE_LAUNCH_INTENDED,
            wave=name,
            attempt=wave.attempt + 1,
            servers=list(server_ids),
            token=token,
            is_drill=run.mode is Mode.DRILL,
        )
        try:
            await self.recorder.settle()
        except StoreUnavailable as error:
            await self._refused(name, f"nothing was sent: {error}", retry_seconds=RETRY_SECONDS)
            return
        intent = self.recorder.run.waves[name].intent
        assert intent is not None
        if self.recorder.run.stopping or self.recorder.run.paused:
            words = "nothing was sent: the run was paused or stopped in between"
            await self._refused(name, words, retry_seconds=0.0)
            return
        self.recorder.assert_lease()
        await _to_its_end(self._send(name, intent))

    async def reconcile(self, name: str) -> None:
        """Look for the job of a launch whose end nobody recorded, and adopt it if it is there.

        Raises:
            StoreError: the run's events cannot be written.
        """
        wave = self.recorder.run.waves[name]
        intent = wave.intent
        assert intent is not None
        if intent.unknown_at is None:
            # The driver died between writing the intent and writing the call's end.
            await self._unknown(name, "the driver ended before it knew the answer")
        end = self.clock.now() + timedelta(seconds=SEARCH_SECONDS)
        seen: list[Job] = []
        trouble = ""
        while True:
            try:
                seen = await self._jobs_since(intent.at)
                trouble = ""
            except AwsError as error:
                trouble = f"; the last look failed: {error}"
            own = find_own(seen, intent.token)
            if own is not None:
                await self._adopt(name, own)
                return
            if self.clock.now() >= end:
                break
            await self.clock.sleep(SEARCH_EVERY_SECONDS)
        similar = similar_jobs(seen, intent, self.recorder.run)
        words = (
            f"StartRecovery was sent once and its answer lost; no job with this launch's token "
            f"showed within {SEARCH_SECONDS:.0f} s{trouble}"
        )
        if similar:
            words += f". Jobs with the same servers: {', '.join(similar)}"
        await self._record(
            EventType.WAVE_LAUNCH_UNKNOWN,
            wave=name,
            attempt=intent.attempt,
            message=words,
            settled=True,
            candidates=similar,
        )

    async def _guard(self, name: str, server_ids: Sequence[str]) -> bool:
        run = self.recorder.run
        for tries_left in reversed(range(GUARD_TRIES)):
            try:
                report, lags = await survey_launch(
                    self.aws, run.plan.wave(name), server_ids, frozenset(run.jobs), run.mode
                )
                break
            except AwsError as error:
                if not tries_left:
                    words = f"the guards could not look: {error}"
                    await self._guarded(name, Verdict.BLOCKS, words, Report(()), {})
                    return False
                await self.clock.sleep(SEARCH_EVERY_SECONDS)
        unacknowledged = report.unacknowledged(self.recorder.run.acknowledged)
        if report.verdict is Verdict.BLOCKS:
            verdict, found = Verdict.BLOCKS, report.blocks
        elif unacknowledged:
            verdict, found = Verdict.WARNS, unacknowledged
        else:
            verdict, found = Verdict.PASSES, ()
        words = "; ".join(f"{f.thing}: {f.reason}" for f in found)
        await self._guarded(name, verdict, words, report, lags)
        return verdict is Verdict.PASSES

    async def _guarded(
        self, name: str, verdict: Verdict, words: str, report: Report, lags: Mapping[str, int]
    ) -> None:
        await self._record(
            EventType.WAVE_GUARDED,
            wave=name,
            attempt=self.recorder.run.waves[name].attempt + 1,
            verdict=verdict.value,
            words=words,
            findings=[f.to_data() for f in (*report.blocks, *report.warnings)],
            lag_ms=dict(lags),
        )

    async def _send(self, name: str, intent: LaunchIntent) -> None:
        run = self.recorder.run
        wave = run.waves[name]
        tags = {} if wave.untagged else launch_tags(run, wave, intent)
        try:
            job = await self.aws.drs.start_recovery(
                [(server_id, None) for server_id in intent.server_ids],
                is_drill=run.mode is Mode.DRILL,
                tags=tags,
            )
        except AwsUnclear as error:
            await self._unknown(name, str(error))
        except AwsThrottled as error:
            wait = max(error.retry_after_seconds or 0.0, RETRY_SECONDS)
            await self._refused(name, str(error), code=error.code, retry_seconds=wait)
        except AwsRefused as error:
            await self._explain_refusal(name, intent, error, tagged=bool(tags))
        except AwsNotSent as error:
            await self._refused(name, str(error), code=error.code)
        else:
            await self._launched(name, job, adopted=False)

    async def _explain_refusal(
        self, name: str, intent: LaunchIntent, error: AwsRefused, *, tagged: bool
    ) -> None:
        if error.code == "ConflictException":
            await self._explain_conflict(name, intent, error)
        elif tagged and error.code in _TAG_REFUSALS and "tag" in str(error).lower():
            await self._refused(
                name, str(error), code=error.code, retry_seconds=0.0, tags_refused=True
            )
        else:
            await self._refused(name, str(error), code=error.code)

    async def _explain_conflict(self, name: str, intent: LaunchIntent, error: AwsRefused) -> None:
        """A server is in a job: ours, if a proxy sent the call twice, or somebody else's."""
        try:
            jobs = await self._jobs_since(intent.at - timedelta(days=1))
        except AwsError as failure:
            await self._unknown(name, f"{error} Whose job it is could not be asked: {failure}")
            return
        own = find_own(jobs, intent.token)
        if own is not None:
            await self._adopt(name, own)
            return
        holding = [j for j in jobs if not j.is_ended and _shares_server(j, intent.server_ids)]
        run = self.recorder.run
        if holding and all(job.id in run.cleanup.job_ids for job in holding):
            await self._refused(name, str(error), code=error.code, retry_seconds=RETRY_SECONDS)
            return
        whose = ", ".join(f"{job.id} ({job.initiated_by or job.type})" for job in holding)
        words = f"{error} The servers are in: {whose or 'no job that DRS lists'}."
        await self._refused(name, words, code=error.code)

    async def _jobs_since(self, moment: datetime) -> list[Job]:
        return await recent_jobs(self.aws, self.clock.now() - moment)

    async def _adopt(self, name: str, job: Job) -> None:
        await self._launched(name, job, adopted=True)

    async def _launched(self, name: str, job: Job, *, adopted: bool) -> None:
        attempt = self.recorder.run.waves[name].attempt
        await self._record(
            EventType.WAVE_LAUNCHED, wave=name, attempt=attempt, job_id=job.id, adopted=adopted
        )

    async def _unknown(self, name: str, message: str) -> None:
        attempt = self.recorder.run.waves[name].attempt
        await self._record(
            EventType.WAVE_LAUNCH_UNKNOWN,
            wave=name,
            attempt=attempt,
            message=message,
            settled=False,
        )

    async def _refused(
        self,
        name: str,
        message: str,
        *,
        code: str = "",
        retry_seconds: float | None = None,
        tags_refused: bool = False,
    ) -> None:
        retry: dict[str, Json] = {}
        if retry_seconds is not None:
            retry["retry_after_ms"] = int(retry_seconds * 1000)
        if tags_refused:
            retry["tags_refused"] = True
        await self._record(
            EventType.WAVE_LAUNCH_REFUSED,
            wave=name,
            attempt=self.recorder.run.waves[name].attempt,
            code=code,
            message=message,
            **retry,
        )

    async def _record(self, event: EventType, **data: Json) -> None:
        await self.recorder.record([Draft(event, self.clock.now(), DRIVER, data)])


async def _to_its_end(call: Coroutine[Any, Any, None]) -> None:
    """Wait for a call even when cancelled: cancelling doesn't call back what was sent."""
    sending = asyncio.ensure_future(call)
    try:
        await asyncio.shield(sending)
    except asyncio.CancelledError:
        await sending
        raise


_TAG_REFUSALS = frozenset({"AccessDeniedException", "ValidationException"})


def launch_tags(run: Run, wave: WaveState, intent: LaunchIntent) -> dict[str, str]:
    """The tags by which people and this program recognise the job of a launch."""
    return {
        RUN_TAG: run.run_id,
        f"{TAG_PREFIX}plan": run.plan.name,
        f"{TAG_PREFIX}wave": wave.name[:256],
        f"{TAG_PREFIX}attempt": str(intent.attempt),
        TOKEN_TAG: intent.token,
    }


def find_own(jobs: Sequence[Job], token: str) -> Job | None:
    """The job that carries a launch's token."""
    return next((job for job in jobs if job.tags.get(TOKEN_TAG) == token), None)


def similar_jobs(jobs: Sequence[Job], intent: LaunchIntent, run: Run) -> list[str]:
    """Ids of jobs that might be a lost launch by their servers alone: to be shown, not adopted."""
    wanted = set(intent.server_ids)
    return [
        job.id
        for job in jobs
        if job.type == "LAUNCH"
        and job.id not in run.jobs
        and wanted & {server.server_id for server in job.servers}
    ]


def _shares_server(job: Job, server_ids: Sequence[str]) -> bool:
    return bool({server.server_id for server in job.servers} & set(server_ids))
