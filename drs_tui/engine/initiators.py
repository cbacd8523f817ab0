"""Whether a job is what was asked for, by who DRS says began it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from drs_tui.model.events import Draft, EventType
from drs_tui.model.observed import Job
from drs_tui.model.plan import Mode
from drs_tui.model.state.run import Run

_LAUNCHES = {Mode.DRILL: "START_DRILL", Mode.RECOVERY: "START_RECOVERY"}
_TERMINATES = "TERMINATE_RECOVERY_INSTANCES"


def wrong_launch(run: Run, drafts: Iterable[Draft]) -> str:
    """What is wrong with a job of the run, by drafts that are not recorded yet; empty: nothing.

    Said once: whoever looked at it and goes on is not stopped again by each look.
    """
    expected = _LAUNCHES[run.mode]
    for draft in drafts:
        if draft.type != EventType.JOB_OBSERVED:
            continue
        initiated_by = draft.data.get("initiated_by") or expected
        known = run.jobs.get(str(draft.data["job_id"]))
        is_news = known is None or known.initiated_by != initiated_by
        if is_news and initiated_by != expected:
            return (
                f"job {draft.data['job_id']} says {initiated_by}, and {expected} was asked "
                "for: look at it in DRS before you go on"
            )
    return ""


def wrong_termination(run: Run, jobs: Sequence[Job]) -> str:
    """What is wrong with a job of the run's clean-up, by what DRS says of it; empty: nothing."""
    for job in jobs:
        initiator = job.initiated_by or _TERMINATES
        if job.id in run.cleanup.job_ids and initiator != _TERMINATES:
            return (
                f"job {job.id} says {initiator}, and {_TERMINATES} was asked for: look at it in DRS"
            )
    return ""
