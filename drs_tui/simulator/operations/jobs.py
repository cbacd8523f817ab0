"""Launching, terminating, and the jobs that do it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from drs_tui.simulator.admission import (
    point_asked_for,
    refuse_duplicates,
    refuse_reversed,
    refuse_shared_instances,
)
from drs_tui.simulator.answers.job import job_answer, log_item
from drs_tui.simulator.errors import conflict, invalid, not_found
from drs_tui.simulator.jobs import Job
from drs_tui.simulator.launching import launch, terminate
from drs_tui.simulator.operations.filters import moment_of
from drs_tui.simulator.paging import page
from drs_tui.simulator.region import Region


def start_recovery(region: Region, parameters: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Launch the named servers with one job, or refuse them all."""
    asked = parameters["sourceServers"]
    refuse_duplicates("sourceServers", [each["sourceServerID"] for each in asked])
    points = {
        each["sourceServerID"]: point_asked_for(region, f"sourceServers.{index}.member", each, now)
        for index, each in enumerate(asked, start=1)
    }
    refuse_shared_instances(region, points)
    region.admit(list(points), now)
    is_drill = bool(parameters.get("isDrill"))
    job = launch(region, points, now, is_drill=is_drill, tags=parameters.get("tags") or {})
    return {"job": job_answer(region, job, now)}


def terminate_recovery_instances(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """Remove the named recovery instances with one job, or refuse them all."""
    ids = parameters["recoveryInstanceIDs"]
    refuse_duplicates("recoveryInstanceIDs", ids)
    doomed = []
    for index, instance_id in enumerate(ids, start=1):
        instance = region.instance(instance_id, now)
        if instance is None:
            raise invalid(
                f"Recovery instance {instance_id} does not exist",
                (f"recoveryInstanceIDs.{index}.member", "does not exist"),
            )
        doomed.append(instance)
    refuse_reversed(doomed)
    region.admit(list({instance.source_server_id: None for instance in doomed}), now)
    job = terminate(region, doomed, now)
    return {"job": job_answer(region, job, now)}


def describe_jobs(region: Region, parameters: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """List jobs, newest first."""
    filters = parameters.get("filters") or {}
    since = moment_of(filters, "fromDate", datetime.min.replace(tzinfo=UTC))
    until = moment_of(filters, "toDate", datetime.max.replace(tzinfo=UTC))
    wanted = set(filters.get("jobIDs") or ())
    matching = (
        job
        for job in reversed(region.jobs)
        if job.is_shown(now)
        and (not wanted or job.job_id in wanted)
        and job.job_id not in region.changes.deleted
        and since <= job.created_at <= until
    )
    jobs, more = page("DescribeJobs", parameters, matching, _newest_first)
    return {"items": [job_answer(region, job, now) for job in jobs], **more}


def describe_job_log_items(
    region: Region, parameters: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    """List what has been logged of a job so far, oldest first."""
    job = _job(region, parameters["jobID"])
    logged = [(f"{i:06d}", item) for i, item in enumerate(job.timeline.log) if item.at <= now]
    items, more = page("DescribeJobLogItems", parameters, logged, lambda pair: pair[0])
    return {"items": [log_item(item) for _, item in items], **more}


def delete_job(region: Region, parameters: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Forget a job that has ended."""
    job = _job(region, parameters["jobID"])
    if job.is_running(now):
        raise conflict("job", job.job_id, f"Job {job.job_id} is {job.status(now)}")
    region.changes.delete(job.job_id)
    return {}


def _job(region: Region, job_id: str) -> Job:
    for job in region.jobs:
        if job.job_id == job_id and job_id not in region.changes.deleted:
            return job
    raise not_found("job", job_id, "Job")


def _newest_first(job: Job) -> str:
    return f"{10**12 - job.number:012d}"
