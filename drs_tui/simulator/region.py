"""A simulated DRS Region: what it holds, and what it answers at a given moment.

Pure: no network, no event loop, no wall clock. Every operation takes its parameters, already
validated against the service model, and the moment it happens at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from drs_tui.simulator import answers
from drs_tui.simulator.admission import (
    refuse_busy,
    refuse_duplicates,
    refuse_over_quota,
    refuse_unlaunchable,
)
from drs_tui.simulator.errors import ApiError, invalid
from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.instances import RecoveryInstance
from drs_tui.simulator.jobs import (
    Job,
    Launch,
    Timeline,
    lay_out_launch,
    lay_out_termination,
    new_id,
)
from drs_tui.simulator.paging import page
from drs_tui.simulator.scenarios import Scenario

LIVE_RECOVERY_AGE = timedelta(hours=26)
"""How long ago a scenario's live recoveries were launched."""

Parameters = Mapping[str, Any]
Answer = dict[str, Any]


class Region:
    """One Region of one account."""

    def __init__(
        self, name: str, scenario: Scenario, *, created_at: datetime, seed: int, speed: float
    ) -> None:
        """Begin at `created_at`, with the scenario's past; jobs take 1/`speed` of their time."""
        self.name = name
        self.scenario = scenario
        self.created_at = created_at
        self.fleet = {server.source_server_id: server for server in scenario.fleet}
        self.jobs: list[Job] = []
        self.instances: dict[str, RecoveryInstance] = {}
        self._seed = seed
        self._speed = speed
        if scenario.live_recoveries:
            before = created_at - LIVE_RECOVERY_AGE
            self._launch(scenario.live_recoveries, before, is_drill=False, tags={})

    def arn(self, kind: str, identity: str) -> str:
        """The ARN of one of this Region's resources."""
        return f"arn:aws:drs:{self.name}:{self.scenario.account}:{kind}/{identity}"

    def start_recovery(self, parameters: Parameters, now: datetime) -> Answer:
        """Launch the named servers with one job, or refuse them all."""
        asked = parameters["sourceServers"]
        servers = [each["sourceServerID"] for each in asked]
        refuse_duplicates("sourceServers", servers)
        for index, each in enumerate(asked):
            refuse_unlaunchable(f"sourceServers.{index + 1}.member", each, self.fleet)
        self._admit(servers, now)
        is_drill = bool(parameters.get("isDrill"))
        job = self._launch(servers, now, is_drill=is_drill, tags=parameters.get("tags") or {})
        return {"job": answers.job(job, self.arn("job", job.job_id), now)}

    def terminate_recovery_instances(self, parameters: Parameters, now: datetime) -> Answer:
        """Remove the named recovery instances with one job, or refuse them all."""
        ids = parameters["recoveryInstanceIDs"]
        refuse_duplicates("recoveryInstanceIDs", ids)
        doomed = {}
        for index, instance_id in enumerate(ids):
            instance = self.instances.get(instance_id)
            if instance is None or not instance.is_listed(now):
                raise invalid(
                    f"Recovery instance {instance_id} does not exist",
                    (f"recoveryInstanceIDs.{index + 1}.member", "does not exist"),
                )
            doomed[instance.source_server_id] = instance_id
        self._admit(list(doomed), now)
        number, random = self._next_job()
        timeline = lay_out_termination(doomed, now, self._speed, random)
        for instance_id in doomed.values():
            self._remove_instance(instance_id, timeline, gone_at=timeline.ended_at)
        job_id = new_id(random, "drsjob-")
        job = Job(number, job_id, "TERMINATE", "TERMINATE_RECOVERY_INSTANCES", now, {}, timeline)
        self.jobs.append(job)
        return {"job": answers.job(job, self.arn("job", job.job_id), now)}

    def describe_jobs(self, parameters: Parameters, now: datetime) -> Answer:
        """List jobs, newest first."""
        filters = parameters.get("filters") or {}
        since = _moment(filters, "fromDate", datetime.min.replace(tzinfo=UTC))
        until = _moment(filters, "toDate", datetime.max.replace(tzinfo=UTC))
        wanted = set(filters.get("jobIDs") or ())
        matching = (
            job
            for job in reversed(self.jobs)
            if job.is_shown(now)
            and (not wanted or job.job_id in wanted)
            and since <= job.created_at <= until
        )
        jobs, more = page("DescribeJobs", parameters, matching, _newest_first)
        return {"items": [answers.job(j, self.arn("job", j.job_id), now) for j in jobs], **more}

    def describe_job_log_items(self, parameters: Parameters, now: datetime) -> Answer:
        """List what has been logged of a job so far, oldest first."""
        job_id = parameters["jobID"]
        job = next((job for job in self.jobs if job.job_id == job_id), None)
        if job is None:
            raise ApiError(
                "ResourceNotFoundException",
                f"Job {job_id} does not exist",
                resourceId=job_id,
                resourceType="job",
            )
        logged = [(f"{i:06d}", item) for i, item in enumerate(job.timeline.log) if item.at <= now]
        items, more = page("DescribeJobLogItems", parameters, logged, lambda pair: pair[0])
        return {"items": [answers.log_item(item) for _, item in items], **more}

    def describe_source_servers(self, parameters: Parameters, now: datetime) -> Answer:
        """List source servers with their replication as it is now."""
        filters = parameters.get("filters") or {}
        matching = (
            self.fleet[key] for key in sorted(self.fleet) if self._matches(self.fleet[key], filters)
        )
        servers, more = page(
            "DescribeSourceServers", parameters, matching, lambda server: server.source_server_id
        )
        last_launches = self._last_launches()
        listed = self._listed_instances(now)
        items = []
        for server in servers:
            server_id = server.source_server_id
            items.append(
                answers.source_server(
                    server,
                    arn=self.arn("source-server", server_id),
                    account=self.scenario.account,
                    replicating_since=self.created_at,
                    last_launch=last_launches.get(server_id),
                    recovery_instance_id=listed.get(server_id),
                    now=now,
                )
            )
        return {"items": items, **more}

    def describe_recovery_instances(self, parameters: Parameters, now: datetime) -> Answer:
        """List the recovery instances that DRS knows now."""
        filters = parameters.get("filters") or {}
        instance_ids = set(filters.get("recoveryInstanceIDs") or ())
        servers = set(filters.get("sourceServerIDs") or ())
        matching = (
            instance
            for _, instance in sorted(self.instances.items())
            if instance.is_listed(now)
            and (not instance_ids or instance.recovery_instance_id in instance_ids)
            and (not servers or instance.source_server_id in servers)
        )
        found, more = page(
            "DescribeRecoveryInstances", parameters, matching, lambda i: i.recovery_instance_id
        )
        items = [
            answers.recovery_instance(
                instance,
                self.fleet[instance.source_server_id],
                arn=self.arn("recovery-instance", instance.recovery_instance_id),
                region=self.name,
                now=now,
            )
            for instance in found
        ]
        return {"items": items, **more}

    def _matches(self, server: FleetServer, filters: Mapping[str, Any]) -> bool:
        ids = filters.get("sourceServerIDs")
        accounts = filters.get("stagingAccountIDs")
        hardware = filters.get("hardwareId")
        return (
            (not ids or server.source_server_id in ids)
            and (not accounts or self.scenario.account in accounts)
            and (not hardware or hardware in answers.identification_hints(server).values())
        )

    def _listed_instances(self, now: datetime) -> dict[str, str]:
        """The recovery instance that each source server has now."""
        return {
            instance.source_server_id: instance.recovery_instance_id
            for instance in self.instances.values()
            if instance.is_listed(now)
        }

    def _last_launches(self) -> dict[str, Job]:
        return {
            part.source_server_id: job
            for job in self.jobs
            if job.type == "LAUNCH"
            for part in job.timeline.participants
        }

    def _admit(self, servers: Sequence[str], now: datetime) -> None:
        """Refuse a job that would need a busy server or break a quota."""
        running = [job for job in self.jobs if job.is_running(now)]
        refuse_busy(servers, running)
        refuse_over_quota(len(servers), running, self.scenario.account)

    def _next_job(self) -> tuple[int, Random]:
        """A number and a random source of its own, so that a restart changes no later job."""
        number = len(self.jobs) + 1
        return number, Random(f"{self._seed}/{self.name}/{number}")

    def _launch(
        self, servers: Sequence[str], now: datetime, *, is_drill: bool, tags: Mapping[str, str]
    ) -> Job:
        number, random = self._next_job()
        faults = self.scenario.faults(servers, self.jobs, random)
        earlier = self._listed_instances(now)
        launches = [
            Launch(
                server,
                recovery_instance_id=new_id(random, "i-"),
                conversion_server_id=new_id(random, "i-"),
                platform=self.fleet[server].platform,
                replaces_instance=server in earlier,
                reachable=self.fleet[server].is_reachable,
                fault=faults.get(server),
            )
            for server in servers
        ]
        timeline = lay_out_launch(launches, now, self._speed, random)
        initiated_by = "START_DRILL" if is_drill else "START_RECOVERY"
        job_id = new_id(random, "drsjob-")
        late = random.uniform(0, self.scenario.shows_late_seconds) / self._speed
        shows_at = now + timedelta(seconds=late) if late else None
        job = Job(number, job_id, "LAUNCH", initiated_by, now, dict(tags), timeline, shows_at)
        self.jobs.append(job)
        for launch in launches:
            server = launch.source_server_id
            if server in earlier:
                self._remove_instance(earlier[server], timeline)
            self._add_instance(job, server, is_drill=is_drill)
        return job

    def _add_instance(self, job: Job, server: str, *, is_drill: bool) -> None:
        part = job.participant(server)
        if part.recovery_instance_id is None or part.final_at is None:
            return
        snapshot = job.timeline.moment("SNAPSHOT_END", server)
        self.instances[part.recovery_instance_id] = RecoveryInstance(
            recovery_instance_id=part.recovery_instance_id,
            source_server_id=server,
            job_id=job.job_id,
            is_drill=is_drill,
            point_in_time=snapshot or answers.stalled_since(self.created_at),
            launched_at=part.final_at,
        )

    def _remove_instance(
        self, instance_id: str, timeline: Timeline, gone_at: datetime | None = None
    ) -> None:
        """Have a job's clean-up end an instance, if it comes to that; forget it then or later."""
        instance = self.instances[instance_id]
        terminated_at = timeline.moment("CLEANUP_END", instance.source_server_id)
        self.instances[instance_id] = replace(
            instance,
            shutting_down_at=timeline.moment("CLEANUP_START", instance.source_server_id),
            terminated_at=terminated_at,
            gone_at=gone_at or terminated_at,
        )


def _newest_first(job: Job) -> str:
    return f"{10**12 - job.number:012d}"


def _moment(filters: Mapping[str, Any], member: str, default: datetime) -> datetime:
    """A filter's time, which can match the model's pattern and still be none, as 31 February."""
    text = filters.get(member)
    if text is None:
        return default
    try:
        return datetime.fromisoformat(text)
    except ValueError as impossible:
        raise invalid(f"{text} is not a time", (f"filters.{member}", str(impossible))) from None


OPERATIONS: Mapping[str, Callable[[Region, Parameters, datetime], Answer]] = {
    "StartRecovery": Region.start_recovery,
    "TerminateRecoveryInstances": Region.terminate_recovery_instances,
    "DescribeJobs": Region.describe_jobs,
    "DescribeJobLogItems": Region.describe_job_log_items,
    "DescribeSourceServers": Region.describe_source_servers,
    "DescribeRecoveryInstances": Region.describe_recovery_instances,
}
"""The DRS operations that are built, by the name they have in the service model."""
