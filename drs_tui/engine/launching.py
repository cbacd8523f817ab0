"""Launching a wave: one StartRecovery call, whatever breaks around it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_tui.audit.lease import LeaseLapsed
from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import StoreUnavailable
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError, AwsNotSent, AwsRefused, AwsThrottled, AwsUnclear
from drs_tui.aws.looking import recent_jobs
from drs_tui.aws.survey import LaunchSurvey, survey_launch
from drs_tui.clock import Clock
from drs_tui.engine.bounds import Bounds
from drs_tui.engine.news import DRIVER
from drs_tui.engine.room import LOOK_EVERY_SECONDS, Place, Room
from drs_tui.model.checks.headroom import JOB_SIZE_QUOTA, QUOTA_CODE, Shortage
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.machines import PointInTime
from drs_tui.model.observed import Job
from drs_tui.model.plan import Mode
from drs_tui.model.points import points_to_data
from drs_tui.model.readiness import Launching, Report, Verdict
from drs_tui.model.state.launches import LaunchIntent
from drs_tui.model.state.run import Run
from drs_tui.model.state.waves import WaveState
from drs_tui.model.status import WaveStatus

SEARCH_SECONDS = 180.0
"""How long a lost launch is looked for, in drill time: new jobs may show late."""

SEARCH_EVERY_SECONDS = 5.0
GUARD_TRIES = 3
CLOCKS_DIFFER = timedelta(hours=2)
"""How far the clocks of two machines that drove a run may be apart."""

RETRY_SECONDS = 15.0
QUOTA_RETRY_SECONDS = 60.0
LINGERS = timedelta(minutes=10)
"""How long after its end a job can hold its servers, so that a launch of them is refused."""

TAG_PREFIX = "drs-tui:"
RUN_TAG = f"{TAG_PREFIX}run"
WAVE_TAG = f"{TAG_PREFIX}wave"
ATTEMPT_TAG = f"{TAG_PREFIX}attempt"
TOKEN_TAG = f"{TAG_PREFIX}token"
CHANGE_TAG = f"{TAG_PREFIX}change"

_log = logging.getLogger(__name__)

Points = Mapping[str, PointInTime | None]
"""Source servers to launch, each with its point in time; None: a snapshot taken on demand."""


@dataclass(frozen=True, slots=True)
class Launcher:
    """Launches the waves of one run in one of its targets."""

    recorder: Recorder
    aws: Aws
    clock: Clock
    """Drill time."""

    bounds: Bounds
    room: Room
    """What other launches of this process take up."""

    async def launch(self, name: str, server_ids: tuple[str, ...]) -> None:
        """Look at the servers once more, write down the intent, send the call, write down its end.

        Raises:
            LeaseLost: somebody else drives the run now; nothing was sent.
            StoreError: the run's events cannot be written; nothing was sent.
        """
        if not await self._in_reach():
            return
        key = (self.recorder.run.run_id, name)
        with self.room.held(key, len(server_ids)) as place:
            launched = await self._admitted(name, server_ids, place)
            if launched:
                await self._launch(name, launched)
            wave = self.recorder.run.waves[name]
            if launched and wave.status is WaveStatus.IN_PROGRESS:
                self.room.launched(key, wave.job_id, len(launched))

    async def _admitted(self, name: str, server_ids: tuple[str, ...], place: Place) -> Points:
        """What to launch, once DRS's quotas leave room for it; nothing: no launch now."""
        lacking = place.shortage
        while not (self.recorder.run.stopping or self.recorder.run.paused):
            if lacking is None:
                place.waits(so=False)
                found = await self._guard(name, server_ids, place.before)
                if not isinstance(found, Shortage):
                    return found
                lacking = found
            place.waits(so=True)
            await self._tell_held(name, lacking)
            await self.clock.sleep(LOOK_EVERY_SECONDS)
            try:
                await self.room.look()
            except AwsError as error:
                # It goes on waiting; what is out of reach is told where jobs are watched.
                _log.warning("%s: wave %s: %s", self.recorder.run.run_id, name, error)
            else:
                lacking = place.shortage
        return {}

    async def _tell_held(self, name: str, lacking: Shortage) -> None:
        """Record once what a launch waits for, and again when that is something else."""
        held = self.recorder.run.waves[name].held
        if held is None or held.quota != lacking.quota:
            await self._record(
                EventType.WAVE_HELD, wave=name, quota=lacking.quota, words=lacking.words
            )

    async def _launch(self, name: str, launched: Points) -> None:
        run = self.recorder.run
        if run.stopping or run.paused:
            return
        wave = run.waves[name]
        token = secrets.token_hex(8)
        points = {i: point for i, point in launched.items() if point is not None}
        await self._record(
            EventType.WAVE_LAUNCH_INTENDED,
            wave=name,
            attempt=wave.attempt + 1,
            servers=list(launched),
            token=token,
            is_drill=run.mode is Mode.DRILL,
            **({"points": points_to_data(points)} if points else {}),
        )
        intent = self.recorder.run.waves[name].intent
        assert intent is not None
        try:
            await self.recorder.settle()
        except StoreUnavailable as error:
            await self._not_sent(name, str(error), RETRY_SECONDS)
            return
        if self.recorder.run.stopping or self.recorder.run.paused:
            await self._not_sent(name, "the run was paused or stopped in between", 0.0)
            return
        await self._send_once(name, intent)

    async def _in_reach(self) -> bool:
        """Wait until the store has every event and the lease is fresh; False: no launch any more.

        Else each try would leave guards, an intent and a refusal in the journal.
        """
        while not (self.recorder.run.stopping or self.recorder.run.paused):
            try:
                await self.recorder.settle()
                self.recorder.assert_lease()
            except (StoreUnavailable, LeaseLapsed):
                await self.clock.sleep(RETRY_SECONDS)
            else:
                return True
        return False

    async def _not_sent(self, name: str, why: str, retry_seconds: float) -> None:
        draft = self._refused(name, f"nothing was sent: {why}", retry_seconds=retry_seconds)
        await self.recorder.insist([draft])

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
            draft = self._unknown(name, "the driver ended before it knew the answer")
            await self.recorder.record([draft])
        end = self.clock.now() + timedelta(seconds=SEARCH_SECONDS)
        seen: list[Job] = []
        trouble = ""
        while True:
            try:
                seen = await self._jobs_since(intent.at)
                trouble = ""
            except AwsError as error:
                trouble = f"; the last look failed: {error}"
            own = find_own(seen, self.recorder.run, name, intent)
            if own is not None:
                await self.recorder.insist([self._launched(name, own, adopted=True)])
                return
            if self.clock.now() >= end:
                break
            await self.clock.sleep(SEARCH_EVERY_SECONDS)
        similar = similar_jobs(seen, intent, self.recorder.run)
        if intent.held_by_own and not similar and not trouble:
            # DRS refused that call, and no copy of it came through: it goes again, guards first.
            words = "an ended job of this run still held the servers"
            await self.recorder.insist([self._refused(name, words, retry_seconds=0.0)])
            return
        known = self.recorder.run.waves[name].intent
        why = known.why.rstrip(". ") if known is not None else ""
        words = (
            f"StartRecovery was sent once, and whether it launched is not known: {why}. No job "
            f"with this launch's token showed within {SEARCH_SECONDS:.0f} s{trouble}"
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

    async def _guard(
        self, name: str, server_ids: Sequence[str], launching: Sequence[Launching]
    ) -> Points | Shortage:
        """What to launch, by all that can be known of the servers now; nothing: no launch now.

        Where only room is lacking, that is given, and nothing recorded.
        """
        looked: LaunchSurvey | None = None
        trouble = ""
        for tries_left in reversed(range(GUARD_TRIES)):
            try:
                if await self._found_launched(name, server_ids):
                    return {}
                looked = await self._survey(name, server_ids, launching)
            except AwsError as error:
                trouble = f"the guards could not look: {error}"
            else:
                if not looked.may_clear_up:
                    break
            if tries_left:
                await self.clock.sleep(SEARCH_EVERY_SECONDS)
        if looked is None:
            await self._guarded(name, Verdict.BLOCKS, trouble, Report(()), {})
            return {}
        report = looked.report
        unacknowledged = report.unacknowledged(self.recorder.run.acknowledged)
        if report.verdict is Verdict.BLOCKS:
            verdict, found = Verdict.BLOCKS, report.blocks
        elif unacknowledged:
            verdict, found = Verdict.WARNS, unacknowledged
        else:
            verdict, found = Verdict.PASSES, ()
        if looked.shortage is not None and verdict is not Verdict.BLOCKS:
            return looked.shortage
        words = "; ".join(f"{f.thing}: {f.reason}" for f in found)
        await self._guarded(name, verdict, words, report, looked.lags)
        if verdict is not Verdict.PASSES:
            return {}
        return {i: looked.points.get(i) for i in server_ids if i not in report.left_out}

    async def _survey(
        self, name: str, server_ids: Sequence[str], launching: Sequence[Launching]
    ) -> LaunchSurvey:
        """What stands in the way of any launch, and only then of this one's servers."""
        run = self.recorder.run
        bounds = Report(tuple(await self.bounds.check(run, name)))
        if bounds.blocks:
            return LaunchSurvey(bounds, {}, may_clear_up=False)
        return await survey_launch(self.aws, run, run.plan.wave(name), server_ids, launching)

    async def _found_launched(self, name: str, server_ids: Sequence[str]) -> bool:
        """Adopt what a driver that was overtaken launched of this wave, unknown to the store."""
        run = self.recorder.run
        if not run.take_overs or run.created_at is None:
            return False
        wave = run.waves[name]
        jobs = await self._jobs_since(run.created_at)
        strays = [j for j in jobs if j.id not in run.jobs and _is_launch_of(j, run, wave)]
        if not strays:
            return False
        job = strays[-1]
        known = {server.server_id for server in job.servers}
        servers = [i for i in server_ids if i in known] or list(server_ids)
        tagged = job.tags.get(ATTEMPT_TAG, "")
        attempt = max(wave.attempt + 1, int(tagged) if tagged.isdecimal() else 0)
        about: dict[str, Json] = {"wave": name, "attempt": attempt}
        intended: dict[str, Json] = {
            **about,
            "servers": list(servers),
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
        return True

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
            left_out=sorted(report.left_out),
            lag_ms=dict(lags),
        )

    async def _send_once(self, name: str, intent: LaunchIntent) -> None:
        """Send the call and write down how it ended, even when cancelled: it can't be called back.

        A disk that takes nothing is waited for; the job id is in the log by then, and the intent's
        token finds it if this process ends before.
        """
        sending = asyncio.ensure_future(self._send(name, intent))
        try:
            ended = await asyncio.shield(sending)
        except asyncio.CancelledError:
            await self.recorder.record([await sending])
            raise
        await self.recorder.insist([ended])

    async def _send(self, name: str, intent: LaunchIntent) -> Draft:
        """How the call ended."""
        run = self.recorder.run
        wave = run.waves[name]
        tags = {} if wave.untagged else launch_tags(run, wave, intent)
        ids = intent.server_ids
        try:
            job = await self.aws.drs.start_recovery(
                [(i, point.id if (point := intent.points.get(i)) else None) for i in ids],
                is_drill=run.mode is Mode.DRILL,
                tags=tags,
                account=run.target_of(name).account,
                last_check=self.recorder.assert_lease,
            )
        except LeaseLapsed as error:
            return self._refused(name, f"nothing was sent: {error}", retry_seconds=RETRY_SECONDS)
        except AwsUnclear as error:
            return self._unknown(name, str(error))
        except AwsThrottled as error:
            wait = max(error.retry_after_seconds or 0.0, RETRY_SECONDS)
            return self._refused(name, str(error), code=error.code, retry_seconds=wait)
        except AwsRefused as error:
            return await self._explain_refusal(name, intent, error, tagged=bool(tags))
        except AwsNotSent as error:
            return self._refused(name, str(error), code=error.code)
        _log.info("%s: wave %s, attempt %s, is job %s", run.run_id, name, intent.attempt, job.id)
        return self._launched(name, job, adopted=False)

    async def _explain_refusal(
        self, name: str, intent: LaunchIntent, error: AwsRefused, *, tagged: bool
    ) -> Draft:
        if error.code == "ConflictException":
            return await self._explain_conflict(name, intent, error)
        if error.code == QUOTA_CODE and JOB_SIZE_QUOTA not in str(error):
            # Somebody else was quicker than the look: there will be room when a job ends.
            return self._refused(
                name, str(error), code=error.code, retry_seconds=QUOTA_RETRY_SECONDS
            )
        if tagged and error.code in _TAG_REFUSALS and "tag" in str(error).lower():
            return self._refused(
                name, str(error), code=error.code, retry_seconds=0.0, tags_refused=True
            )
        return self._refused(name, str(error), code=error.code)

    async def _explain_conflict(self, name: str, intent: LaunchIntent, error: AwsRefused) -> Draft:
        """A server is in a job: ours, if a proxy sent the call twice, or somebody else's."""
        try:
            jobs = await self._jobs_since(intent.at - timedelta(days=1))
        except AwsError as failure:
            words = f"{error} Whose job it is could not be asked: {failure}"
            return self._unknown(name, words)
        own = find_own(jobs, self.recorder.run, name, intent)
        if own is not None:
            return self._launched(name, own, adopted=True)
        holding = [j for j in jobs if not j.is_ended and _shares_server(j, intent.server_ids)]
        if not holding:
            # What holds the servers does not show yet; it may be our own call, sent twice on the
            # way, so that it has to be looked for.
            words = f"{error} No job that DRS lists holds the servers."
            held = any(self._holds_on(job, intent.server_ids) for job in jobs)
            return self._unknown(name, words, held_by_own=held)
        run = self.recorder.run
        if all(job.id in run.cleanup.job_ids for job in holding):
            return self._refused(name, str(error), code=error.code, retry_seconds=RETRY_SECONDS)
        whose = ", ".join(f"{job.id} ({job.initiated_by or job.type})" for job in holding)
        words = f"{error} The servers are in: {whose}."
        return self._refused(name, words, code=error.code)

    def _holds_on(self, job: Job, server_ids: Sequence[str]) -> bool:
        """Whether a job of this run has only just ended, and may hold servers for a while yet."""
        recent = job.ended_at is not None and self.aws.drs.aws_now() - job.ended_at < LINGERS
        is_own = job.is_ended and job.id in self.recorder.run.jobs
        return is_own and recent and _shares_server(job, server_ids)

    async def _jobs_since(self, moment: datetime) -> list[Job]:
        # The moment may be another machine's, whose clock this one's age is not to be reckoned by.
        doubt = CLOCKS_DIFFER if self.recorder.run.take_overs else timedelta()
        return await recent_jobs(self.aws, self.clock.now() - moment + doubt)

    # How a call ended ---------------------------------------------------------------------------

    def _launched(self, name: str, job: Job, *, adopted: bool) -> Draft:
        return self._about(EventType.WAVE_LAUNCHED, name, job_id=job.id, adopted=adopted)

    def _unknown(self, name: str, message: str, *, held_by_own: bool = False) -> Draft:
        return self._about(
            EventType.WAVE_LAUNCH_UNKNOWN,
            name,
            message=message,
            settled=False,
            held_by_own=held_by_own,
        )

    def _refused(
        self,
        name: str,
        message: str,
        *,
        code: str = "",
        retry_seconds: float | None = None,
        tags_refused: bool = False,
    ) -> Draft:
        retry: dict[str, Json] = {}
        if retry_seconds is not None:
            retry["retry_after_ms"] = int(retry_seconds * 1000)
        if tags_refused:
            retry["tags_refused"] = True
        return self._about(EventType.WAVE_LAUNCH_REFUSED, name, code=code, message=message, **retry)

    def _about(self, event: EventType, name: str, **data: Json) -> Draft:
        """An event about the newest attempt of a wave."""
        attempt = self.recorder.run.waves[name].attempt
        return Draft(event, self.clock.now(), DRIVER, {"wave": name, "attempt": attempt, **data})

    async def _record(self, event: EventType, **data: Json) -> None:
        await self.recorder.record([Draft(event, self.clock.now(), DRIVER, data)])


_TAG_REFUSALS = frozenset({"AccessDeniedException", "ValidationException"})


def launch_tags(run: Run, wave: WaveState, intent: LaunchIntent) -> dict[str, str]:
    """The tags by which people and this program recognise the job of a launch."""
    change = {CHANGE_TAG: run.change[:256]} if run.change else {}
    return {
        **change,
        RUN_TAG: run.run_id,
        f"{TAG_PREFIX}plan": run.plan.name,
        WAVE_TAG: wave.name[:256],
        ATTEMPT_TAG: str(intent.attempt),
        TOKEN_TAG: intent.token,
    }


def find_own(jobs: Sequence[Job], run: Run, wave_name: str, intent: LaunchIntent) -> Job | None:
    """The job of a launch: the one with its token, else one of an earlier attempt at the same.

    Whose answer was lost, and which somebody had sent again before its job showed.
    """
    by_token = (job for job in jobs if job.tags.get(TOKEN_TAG) == intent.token)
    wanted, wave = set(intent.server_ids), run.waves[wave_name]
    earlier = (
        job
        for job in jobs
        if job.id not in run.jobs
        and _is_launch_of(job, run, wave)
        and wanted <= {server.server_id for server in job.servers}
    )
    return next(by_token, None) or next(earlier, None)


def _is_launch_of(job: Job, run: Run, wave: WaveState) -> bool:
    tagged = (job.tags.get(RUN_TAG), job.tags.get(WAVE_TAG))
    return job.type == "LAUNCH" and tagged == (run.run_id, wave.name[:256])


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
