"""How `cleanup.*` events change a run."""

from __future__ import annotations

from drs_tui.model.events import Event
from drs_tui.model.folding.reading import (
    read_mappings,
    read_text,
    read_texts,
    with_item,
)
from drs_tui.model.replacing import replace
from drs_tui.model.state.cleanup import Refusal
from drs_tui.model.state.launches import JobState
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus


def cleanup_intended(run: Run, event: Event) -> Run:
    """Apply `cleanup.intended`."""
    before = run.cleanup
    if "only" in event.data:  # What a driver intends within a clean-up says nothing of it.
        asked = read_texts(event.data, "only")
        before = replace(before, only=asked, before=before.status, refused=(), volumes=())
    cleanup = replace(
        before,
        status=CleanupStatus.RUNNING,
        intended=tuple(dict.fromkeys((*before.intended, *read_texts(event.data, "instances")))),
        remaining=(),
        words="",
    )
    return replace(run, cleanup=cleanup)


def cleanup_started(run: Run, event: Event) -> Run:
    """Apply `cleanup.started`."""
    job_id = read_text(event.data, "job_id")
    cleanup = replace(
        run.cleanup,
        job_ids=(*run.cleanup.job_ids, job_id),
        instances_of=with_item(
            run.cleanup.instances_of, job_id, read_texts(event.data, "instances")
        ),
    )
    jobs = run.jobs
    if job_id not in jobs:
        jobs = with_item(jobs, job_id, JobState(job_id, "", 0))
    return replace(run, cleanup=cleanup, jobs=jobs)


def cleanup_observed(run: Run, event: Event) -> Run:
    """Apply `cleanup.observed`."""
    cleanup = replace(
        run.cleanup,
        words=read_text(event.data, "words", ""),
        remaining=read_texts(event.data, "remaining"),
        refused=_refused(event),
    )
    return replace(run, cleanup=cleanup)


def cleanup_finished(run: Run, event: Event) -> Run:
    """Apply `cleanup.finished`."""
    remaining = read_texts(event.data, "remaining")
    outcome = read_text(event.data, "outcome")
    status = CleanupStatus.FAILED
    if outcome == CleanupStatus.DONE and not remaining:
        status = CleanupStatus.DONE
    elif outcome == CleanupStatus.DUE and run.cleanup.only:
        status = run.cleanup.before
    cleanup = replace(
        run.cleanup,
        status=status,
        only=(),
        remaining=remaining,
        refused=_refused(event),
        volumes=read_texts(event.data, "volumes"),
        words=read_text(event.data, "words", ""),
    )
    return replace(run, cleanup=cleanup)


def _refused(event: Event) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(
            read_text(each, "instance"),
            read_text(each, "server", ""),
            read_text(each, "why", ""),
            read_text(each, "remedy", ""),
        )
        for each in read_mappings(event.data, "refused")
    )
