"""A job and its log, as DRS tells of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from drs_tui.simulator.answers.forms import time_text
from drs_tui.simulator.hardware import stable_number
from drs_tui.simulator.jobs import Job, LogItem, Participant
from drs_tui.simulator.region import Region

_ACTIONS_TAKE = timedelta(minutes=4)


def job_answer(region: Region, job: Job, now: datetime) -> dict[str, Any]:
    """A Job."""
    arn = region.arn("job", job.job_id)
    answer: dict[str, Any] = {
        "arn": arn,
        "creationDateTime": time_text(job.created_at),
        "initiatedBy": job.initiated_by,
        "jobID": job.job_id,
        "participatingServers": [
            _participant(region, each, now) for each in job.timeline.participants
        ],
        "status": job.status(now),
        "tags": region.tags(arn, job.tags),
        "type": job.type,
    }
    if not job.is_running(now):
        answer["endDateTime"] = time_text(job.timeline.ended_at)
        if job.type == "TERMINATE":
            # As recorded: a finished TERMINATE job no longer names its servers.
            answer["participatingServers"] = []
    return answer


def _participant(region: Region, part: Participant, now: datetime) -> dict[str, Any]:
    status = part.launch_status(now)
    answer: dict[str, Any] = {"launchStatus": status, "sourceServerID": part.source_server_id}
    identity = part.recovery_instance_id
    if identity and (part.final_status != "LAUNCHED" or _is_named(region, part, identity, now)):
        answer["recoveryInstanceID"] = identity
    if status == "LAUNCHED" and identity is not None:
        answer |= _launch_actions(region, part, identity, now)
    return answer


def _launch_actions(
    region: Region, part: Participant, identity: str, now: datetime
) -> dict[str, Any]:
    """The post-launch actions of a launched server, one that stands for all, if it has any."""
    server, instance = region.server(part.source_server_id), region.instances.get(identity)
    if server is None or instance is None or part.final_at is None:
        return {}
    if not region.launch_configuration(server)["postLaunchEnabled"]:
        return {}
    action = {
        "actionCode": "AWS-ValidateProcessStatus",
        "actionId": str(UUID(int=stable_number("action"), version=4)),
        "active": True,
        "name": "Process status validation",
        "optional": False,
        "order": 2,
        "type": "SSM_COMMAND",
    }
    run_id = str(UUID(int=stable_number(identity, "action"), version=4))
    run = {"action": action, "runId": run_id, "status": "IN_PROGRESS"}
    if now >= part.final_at + _ACTIONS_TAKE / region.speed:
        run["status"] = "SUCCEEDED" if instance.boots else "FAILED"
        run |= {} if instance.boots else {"failureReason": "The agent did not answer in time"}
    return {"launchActionsStatus": {"runs": [run]}}


def _is_named(region: Region, part: Participant, identity: str, now: datetime) -> bool:
    """Whether the job knows already what a server was launched into: it may be late to."""
    late = region.scenario.shows_late_seconds * (stable_number(identity) % 100) / 100
    return part.final_at is not None and now >= part.final_at + timedelta(
        seconds=late / region.speed
    )


def log_item(item: LogItem) -> dict[str, Any]:
    """A JobLog."""
    return {"event": item.event, "eventData": dict(item.data), "logDateTime": time_text(item.at)}
