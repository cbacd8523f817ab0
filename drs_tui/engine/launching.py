"""Launching a wave: one StartRecovery call, whatever breaks around it."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from drs_tui.audit.lease import LeaseLapsed
from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import StoreUnavailable
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError, AwsNotSent, AwsRefused, AwsThrottled, AwsUnclear
from drs_tui.clock import Clock
from drs_tui.engine.guarding import Guards, Points
from drs_tui.engine.news import DRIVER
from drs_tui.engine.own_jobs import (
    SEARCH_SECONDS,
    has_any,
    jobs_since,
    launch_tags,
    own_job,
    similar_jobs,
)
from drs_tui.engine.room import LOOK_EVERY_SECONDS, Place, Room
from drs_tui.engine.waiting import RETRY_SECONDS, in_reach, is_off
from drs_tui.model.checks.headroom import JOB_SIZE_QUOTA, QUOTA_CODE, Shortage
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.observed import Job
from drs_tui.model.plan import Mode
from drs_tui.model.points import points_to_data
from drs_tui.model.state.launches import LaunchIntent
from drs_tui.model.status import WaveStatus

SEARCH_EVERY_SECONDS = 5.0
"""Drill seconds between two looks for it."""

QUOTA_RETRY_SECONDS = 60.0
"""Drill seconds until a launch goes again for which DRS had no room."""

CONFLICTS_SINCE = timedelta(days=1)
"""How long before a launch a job that holds its servers may have been created."""

LINGERS = timedelta(minutes=10)
"""How long after its end a job can hold its servers, so that a launch of them is refused."""

_TAG_REFUSALS = frozenset({"AccessDeniedException", "ValidationException"})

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Launcher:
    """Launches the waves of one run in one of its targets."""

    recorder: Recorder
    aws: Aws
    clock: Clock
    """Drill time."""

    guards: Guards
    room: Room
    """What other launches of this process take up."""

    async def launch(self, name: str, server_ids: tuple[str, ...]) -> None:
        """Look at the servers once more, write down the intent, send the call, write down its end.

        Raises:
            LeaseLost, NotTheWriter: somebody else drives the run now, and finds by its token what
                was sent.
            StoreUnavailable: the run's events cannot be written; nothing was sent.
        """
        if not await in_reach(self.recorder, self.clock, is_off):
            return
        key = (self.recorder.run.run_id, name)
        with self.room.held(key, len(server_ids)) as place:
            launched = await self._admitted(name, server_ids, place)
            if not launched or is_off(self.recorder.run):
                return
            await self._launch(name, launched)
            wave = self.recorder.run.waves[name]
            if wave.status is WaveStatus.IN_PROGRESS:
                self.room.launched(key, wave.job_id, len(launched))

    async def _admitted(self, name: str, server_ids: tuple[str, ...], place: Place) -> Points:
        """What to launch, once DRS's quotas leave room for it; nothing: no launch now."""
        lacking = place.shortage
        while not is_off(self.recorder.run):
            if lacking is None:
                place.waits(so=False)
                found = await self.guards.let_through(name, server_ids, place.before)
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

    # The call -----------------------------------------------------------------------------------

    async def _launch(self, name: str, launched: Points) -> None:
        """Write down the intent, and send the call once the store has it."""
        intent = await self._intend(name, launched)
        try:
            await self.recorder.settle()
        except StoreUnavailable as error:
            await self._not_sent(name, str(error), RETRY_SECONDS)
            return
        if is_off(self.recorder.run):
            await self._not_sent(name, "the run was paused or stopped in between", 0.0)
            return
        await self._send_once(name, intent)

    async def _intend(self, name: str, launched: Points) -> LaunchIntent:
        run = self.recorder.run
        points = {i: point for i, point in launched.items() if point is not None}
        await self._record(
            EventType.WAVE_LAUNCH_INTENDED,
            wave=name,
            attempt=run.waves[name].attempt + 1,
            servers=list(launched),
            token=secrets.token_hex(8),
            is_drill=run.mode is Mode.DRILL,
            **({"points": points_to_data(points)} if points else {}),
        )
        return self._open_intent(name)

    async def _not_sent(self, name: str, why: str, retry_seconds: float) -> None:
        draft = self._refused(name, f"nothing was sent: {why}", retry_seconds=retry_seconds)
        await self.recorder.insist([draft])

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
            jobs = await self._jobs_since(intent.at - CONFLICTS_SINCE)
        except AwsError as failure:
            words = f"{error} Whose job it is could not be asked: {failure}"
            return self._unknown(name, words)
        run = self.recorder.run
        own = own_job(jobs, run, name, intent)
        if own is not None:
            return self._launched(name, own, adopted=True)
        holding = [j for j in jobs if not j.is_ended and has_any(j, intent.server_ids)]
        if not holding:
            # What holds the servers does not show yet; it may be our own call, sent twice on the
            # way, so that it has to be looked for.
            words = f"{error} No job that DRS lists holds the servers."
            held = any(self._holds_on(job, intent.server_ids) for job in jobs)
            return self._unknown(name, words, held_by_own=held)
        if all(job.id in run.cleanup.job_ids for job in holding):
            return self._refused(name, str(error), code=error.code, retry_seconds=RETRY_SECONDS)
        whose = ", ".join(f"{job.id} ({job.initiated_by or job.type})" for job in holding)
        words = f"{error} The servers are in: {whose}."
        return self._refused(name, words, code=error.code)

    def _holds_on(self, job: Job, server_ids: Sequence[str]) -> bool:
        """Whether a job of this run has only just ended, and may hold servers for a while yet."""
        recent = job.ended_at is not None and self.aws.drs.aws_now() - job.ended_at < LINGERS
        return recent and job.id in self.recorder.run.jobs and has_any(job, server_ids)

    # A call whose end is not known --------------------------------------------------------------

    async def reconcile(self, name: str) -> None:
        """Look for the job of a launch whose end nobody recorded, and adopt it if it is there.

        Raises:
            LeaseLost, NotTheWriter: somebody else drives the run now.
            StoreUnavailable: the run's events cannot be written.
        """
        if self._open_intent(name).unknown_at is None:
            # The driver died between writing the intent and writing the call's end.
            draft = self._unknown(name, "the driver ended before it knew the answer")
            await self.recorder.record([draft])
        intent = self._open_intent(name)
        end = self.clock.now() + timedelta(seconds=SEARCH_SECONDS)
        seen: list[Job] = []
        while True:
            trouble = ""
            try:
                seen = await self._jobs_since(intent.at)
            except AwsError as error:
                trouble = f"; the last look failed: {error}"
            own = own_job(seen, self.recorder.run, name, intent)
            if own is not None:
                await self.recorder.insist([self._launched(name, own, adopted=True)])
                return
            if self.clock.now() >= end:
                break
            await self.clock.sleep(SEARCH_EVERY_SECONDS)
        await self._give_up_the_search(name, intent, seen, trouble)

    async def _give_up_the_search(
        self, name: str, intent: LaunchIntent, seen: Sequence[Job], trouble: str
    ) -> None:
        similar = similar_jobs(seen, intent, self.recorder.run)
        if intent.held_by_own and not similar and not trouble:
            # DRS refused that call, and no copy of it came through: it goes again, guards first.
            words = "an ended job of this run still held the servers"
            await self.recorder.insist([self._refused(name, words, retry_seconds=0.0)])
            return
        words = (
            "StartRecovery was sent once, and whether it launched is not known: "
            f"{intent.why.rstrip('. ')}. No job with this launch's token showed within "
            f"{SEARCH_SECONDS:.0f} s{trouble}"
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

    def _open_intent(self, name: str) -> LaunchIntent:
        intent = self.recorder.run.waves[name].intent
        assert intent is not None, "its call has no end on record"
        return intent

    async def _jobs_since(self, moment: datetime) -> list[Job]:
        return await jobs_since(self.aws, self.recorder.run, moment, self.clock.now())

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
