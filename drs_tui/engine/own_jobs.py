"""Which of DRS's jobs are launches of a run: by the tags that it gives them, never by guessing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from drs_tui.aws.connection import Aws
from drs_tui.aws.looking import recent_jobs
from drs_tui.model.observed import Job
from drs_tui.model.state.launches import LaunchIntent
from drs_tui.model.state.run import Run
from drs_tui.model.state.waves import WaveState
from drs_tui.model.termination import RUN_TAG

_PREFIX = "drs-tui:"
PLAN_TAG = f"{_PREFIX}plan"
WAVE_TAG = f"{_PREFIX}wave"
ATTEMPT_TAG = f"{_PREFIX}attempt"
TOKEN_TAG = f"{_PREFIX}token"
CHANGE_TAG = f"{_PREFIX}change"

SEARCH_SECONDS = 180.0
"""How long a lost launch is looked for, in drill time: new jobs may show late."""

_LONGEST_TAG = 256
"""Letters that the value of a tag may have."""

_CLOCKS_DIFFER = timedelta(hours=2)
"""How far the clocks of two machines that drove a run may be apart."""


def launch_tags(run: Run, wave: WaveState, intent: LaunchIntent) -> dict[str, str]:
    """The tags by which people and this program recognise the job of a launch."""
    change = {CHANGE_TAG: run.change[:_LONGEST_TAG]} if run.change else {}
    return {
        **change,
        RUN_TAG: run.run_id,
        PLAN_TAG: run.plan.name,
        WAVE_TAG: wave.name[:_LONGEST_TAG],
        ATTEMPT_TAG: str(intent.attempt),
        TOKEN_TAG: intent.token,
    }


async def jobs_since(aws: Aws, run: Run, moment: datetime, now: datetime) -> list[Job]:
    """The jobs of the account and Region that were created since a moment of the run.

    Raises:
        AwsError: DRS does not tell.
    """
    # The moment may be another machine's, whose clock this one's age is not to be reckoned by.
    doubt = _CLOCKS_DIFFER if run.take_overs else timedelta()
    return await recent_jobs(aws, now - moment + doubt)


def own_job(jobs: Sequence[Job], run: Run, wave_name: str, intent: LaunchIntent) -> Job | None:
    """The job of a launch: the one with its token, else one of an earlier attempt at the same.

    Whose answer was lost, and which somebody had sent again before its job showed.
    """
    by_token = (job for job in jobs if job.tags.get(TOKEN_TAG) == intent.token)
    wanted = set(intent.server_ids)
    earlier = (
        job
        for job in unknown_launches(jobs, run, run.waves[wave_name])
        if wanted <= {server.server_id for server in job.servers}
    )
    return next(by_token, None) or next(earlier, None)


def unknown_launches(jobs: Iterable[Job], run: Run, wave: WaveState) -> list[Job]:
    """The jobs that are tagged as launches of a wave of the run, and of which it does not know."""
    tagged = (run.run_id, wave.name[:_LONGEST_TAG])
    return [
        job
        for job in jobs
        if job.type == "LAUNCH"
        and job.id not in run.jobs
        and (job.tags.get(RUN_TAG), job.tags.get(WAVE_TAG)) == tagged
    ]


def similar_jobs(jobs: Sequence[Job], intent: LaunchIntent, run: Run) -> list[str]:
    """Ids of jobs that might be a lost launch by their servers alone: to be shown, not adopted."""
    return [
        job.id
        for job in jobs
        if job.type == "LAUNCH" and job.id not in run.jobs and has_any(job, intent.server_ids)
    ]


def has_any(job: Job, server_ids: Iterable[str]) -> bool:
    """Whether a job is at work, or was, on any of these source servers."""
    return not {server.server_id for server in job.servers}.isdisjoint(server_ids)
