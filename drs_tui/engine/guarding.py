"""The last look at a wave's servers, directly before the call: what may launch, and what not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drs_tui.audit.recorder import Recorder
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError
from drs_tui.aws.survey import LaunchSurvey, survey_launch
from drs_tui.clock import Clock
from drs_tui.engine.bounds import Bounds
from drs_tui.engine.news import DRIVER
from drs_tui.engine.own_jobs import ATTEMPT_TAG, TOKEN_TAG, jobs_since, unknown_launches
from drs_tui.model.checks.headroom import Shortage
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.machines import PointInTime
from drs_tui.model.observed import Job
from drs_tui.model.plan import Mode
from drs_tui.model.readiness import Finding, Launching, Report, Verdict

TRIES = 3
TRY_AGAIN_SECONDS = 5.0
"""Drill seconds between two looks, where something could not be read."""

Points = Mapping[str, PointInTime | None]
"""Source servers to launch, each with its point in time; None: a snapshot taken on demand."""


@dataclass(frozen=True, slots=True)
class Guards:
    """Stand before each launch of one run in one of its targets."""

    recorder: Recorder
    aws: Aws
    clock: Clock
    """Drill time."""

    bounds: Bounds

    async def let_through(
        self, name: str, server_ids: Sequence[str], launching: Sequence[Launching]
    ) -> Points | Shortage:
        """What to launch of a wave, by all that can be known now; nothing: no launch now.

        What was found is recorded; where only room is lacking that is given, and nothing recorded.
        `launching` are launches of this process that come before it.

        Raises:
            LeaseLost, NotTheWriter: somebody else drives the run now.
            StoreUnavailable: the run's events cannot be written.
        """
        looked: LaunchSurvey | None = None
        trouble = code = ""
        for tries_left in reversed(range(TRIES)):
            try:
                if await self._adopted(name, server_ids):
                    return {}
                looked = await self._survey(name, server_ids, launching)
            except AwsError as error:
                # What an earlier try saw is no look directly before the launch any more.
                looked, code = None, error.code
                trouble = f"the guards could not look: {error}"
            else:
                if not looked.may_clear_up:
                    break
            if tries_left:
                await self.clock.sleep(TRY_AGAIN_SECONDS)
        if looked is None:
            await self._record(name, Verdict.BLOCKS, trouble, Report(()), {}, code=code)
            return {}
        report = looked.report
        verdict, reasons = self._judged(report)
        if looked.shortage is not None and verdict is not Verdict.BLOCKS:
            return looked.shortage
        words = "; ".join(f"{f.thing}: {f.reason}" for f in reasons)
        await self._record(name, verdict, words, report, looked.lags)
        if verdict is not Verdict.PASSES:
            return {}
        return {i: looked.points.get(i) for i in server_ids if i not in report.left_out}

    def _judged(self, report: Report) -> tuple[Verdict, Sequence[Finding]]:
        """Whether the launch may go on, and what is in its way."""
        if report.verdict is Verdict.BLOCKS:
            return Verdict.BLOCKS, report.blocks
        unacknowledged = report.unacknowledged(self.recorder.run.acknowledged)
        return (Verdict.WARNS, unacknowledged) if unacknowledged else (Verdict.PASSES, ())

    async def _survey(
        self, name: str, server_ids: Sequence[str], launching: Sequence[Launching]
    ) -> LaunchSurvey:
        """What stands in the way of any launch, and only then of this one's servers."""
        run = self.recorder.run
        bounds = Report(tuple(await self.bounds.check(run, name)))
        if bounds.blocks:
            return LaunchSurvey(bounds, {}, may_clear_up=False)
        return await survey_launch(self.aws, run, run.plan.wave(name), server_ids, launching)

    async def _record(
        self,
        name: str,
        verdict: Verdict,
        words: str,
        report: Report,
        lags: Mapping[str, int],
        *,
        code: str = "",
    ) -> None:
        guarded: dict[str, Json] = {
            "wave": name,
            "attempt": self.recorder.run.waves[name].attempt + 1,
            "verdict": verdict.value,
            "words": words,
            "findings": [f.to_data() for f in (*report.blocks, *report.warnings)],
            "left_out": sorted(report.left_out),
            "lag_ms": dict(lags),
            **({"code": code} if code else {}),
        }
        now = self.clock.now()
        await self.recorder.record([Draft(EventType.WAVE_GUARDED, now, DRIVER, guarded)])

    # What was launched already ------------------------------------------------------------------

    async def _adopted(self, name: str, server_ids: Sequence[str]) -> bool:
        """Adopt what a driver that was overtaken launched of this wave, unknown to the store."""
        run = self.recorder.run
        if not run.take_overs or run.created_at is None:
            return False
        jobs = await jobs_since(self.aws, run, run.created_at, self.clock.now())
        strays = unknown_launches(jobs, run, run.waves[name])
        if not strays:
            return False
        await self._adopt(strays[-1], name, server_ids)
        return True

    async def _adopt(self, job: Job, name: str, server_ids: Sequence[str]) -> None:
        run = self.recorder.run
        known = {server.server_id for server in job.servers}
        tagged = job.tags.get(ATTEMPT_TAG, "")
        attempt = max(run.waves[name].attempt + 1, int(tagged) if tagged.isdecimal() else 0)
        about: dict[str, Json] = {"wave": name, "attempt": attempt}
        intended: dict[str, Json] = {
            **about,
            "servers": [i for i in server_ids if i in known] or list(server_ids),
            "token": job.tags.get(TOKEN_TAG, ""),
            "is_drill": run.mode is Mode.DRILL,
        }
        launched: dict[str, Json] = {**about, "job_id": job.id, "adopted": True}
        now = self.clock.now()
        await self.recorder.record(
            [
                Draft(EventType.WAVE_LAUNCH_INTENDED, now, DRIVER, intended),
                Draft(EventType.WAVE_LAUNCHED, now, DRIVER, launched),
            ]
        )
