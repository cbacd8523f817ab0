"""What jobs do to a Region: the instances that they bring up and remove."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.instances import RecoveryInstance
from drs_tui.simulator.jobs import Job, Timeline, new_id
from drs_tui.simulator.launch_settings import instance_to_launch_into
from drs_tui.simulator.mishaps import NO_MISHAP, Mishap
from drs_tui.simulator.snapshots import PointInTime
from drs_tui.simulator.timelines import Launch, lay_out_launch, lay_out_termination

if TYPE_CHECKING:
    from drs_tui.simulator.region import Region

Points = Mapping[str, PointInTime | None]
"""The source servers of a launch in order, each with the point in time it is launched from; None
means its newest data."""


def launch(
    region: Region, points: Points, now: datetime, *, is_drill: bool, tags: Mapping[str, str]
) -> Job:
    """Begin a LAUNCH job."""
    number, random = region.next_job()
    servers = [region.fleet[server_id] for server_id in points]
    mishaps = region.faults.mishaps(region.name, servers, region.jobs, random, now)
    return _Launching(region, points, now, mishaps).begin(number, random, is_drill, tags)


def terminate(region: Region, instances: Sequence[RecoveryInstance], now: datetime) -> Job:
    """Begin a TERMINATE job."""
    number, random = region.next_job()
    doomed = {each.source_server_id: each.recovery_instance_id for each in instances}
    unprotected = {each.source_server_id for each in instances if not each.is_protected}
    timeline = lay_out_termination(
        doomed,
        now,
        region.speed,
        random,
        region.scenario.timings,
        protected=doomed.keys() - unprotected,
    )
    for instance in instances:
        _remove(region, instance, timeline, gone_at=timeline.ended_at)
    job_id = new_id(random, "drsjob-")
    job = Job(number, job_id, "TERMINATE", "TERMINATE_RECOVERY_INSTANCES", now, {}, timeline)
    region.jobs.append(job)
    return job


def live_through_the_past(region: Region) -> None:
    """Launch what the scenario says was launched before the Region began."""
    batches: dict[tuple[timedelta, bool], list[str]] = defaultdict(list)
    for server in region.fleet.values():
        if server.past is not None:
            batches[server.past.age, server.past.is_drill].append(server.source_server_id)
    for (age, is_drill), servers in sorted(batches.items(), reverse=True):
        number, random = region.next_job()
        launching = _Launching(region, dict.fromkeys(servers), region.created_at - age, {})
        launching.begin(number, random, is_drill, {})
    for identity, instance in region.instances.items():
        past = region.fleet[instance.source_server_id].past
        assert past is not None
        let_go_at = region.created_at - past.age / 2 if past.is_disconnected else None
        region.instances[identity] = replace(
            instance,
            is_protected=past.is_protected,
            disconnected_at=let_go_at,
            gone_at=let_go_at,
        )


class _Launching:
    """One LAUNCH job in the making."""

    def __init__(
        self, region: Region, points: Points, now: datetime, mishaps: Mapping[str, Mishap]
    ) -> None:
        self._region = region
        self._points = points
        self._now = now
        self._mishaps = mishaps
        self._earlier: dict[str, list[RecoveryInstance]] = defaultdict(list)
        """What EC2 still has of each source server: instances that DRS has forgotten as well."""
        for instance in region.instances.values():
            if instance.exists(now):
                self._earlier[instance.source_server_id].append(instance)

    def begin(self, number: int, random: Random, is_drill: bool, tags: Mapping[str, str]) -> Job:
        region, now = self._region, self._now
        launches = [self._launch_of(region.fleet[each], random) for each in self._points]
        timeline = lay_out_launch(launches, now, region.speed, random, region.scenario.timings)
        initiated_by = "START_DRILL" if is_drill else "START_RECOVERY"
        job_id = new_id(random, "drsjob-")
        late = random.uniform(0, region.scenario.shows_late_seconds) / region.speed
        shows_at = now + timedelta(seconds=late) if late else None
        job = Job(number, job_id, "LAUNCH", initiated_by, now, dict(tags), timeline, shows_at)
        region.jobs.append(job)
        for server_id in self._points:
            for instance in self._earlier[server_id]:
                _remove(region, instance, timeline)
            self._add_instance(job, region.fleet[server_id], is_drill=is_drill)
        return job

    def _launch_of(self, server: FleetServer, random: Random) -> Launch:
        """What the job is to do with one server."""
        server_id = server.source_server_id
        mishap = self._mishaps.get(server_id, NO_MISHAP)
        configuration = self._region.launch_configuration(server)
        fresh_id = new_id(random, "i-")
        instance_id = instance_to_launch_into(configuration) or fresh_id
        others = [
            each for each in self._earlier[server_id] if each.recovery_instance_id != instance_id
        ]
        is_reachable = self._region.replication(server, self._now).is_reachable
        return Launch(
            server_id,
            recovery_instance_id=instance_id,
            conversion_server_id=new_id(random, "i-"),
            platform=server.platform,
            replaces_instance=any(not each.is_protected for each in others),
            keeps_instance=any(each.is_protected for each in others),
            reachable=self._points[server_id] is not None or (mishap.has_snapshot and is_reachable),
            converts=configuration["recoveryMode"] != "FAST",
            fault=mishap.fault,
            stuck_in=mishap.stuck_in,
            stuck_seconds=mishap.stuck_seconds,
        )

    def _add_instance(self, job: Job, server: FleetServer, *, is_drill: bool) -> None:
        region, server_id = self._region, server.source_server_id
        part = job.participant(server_id)
        if part.recovery_instance_id is None or part.final_at is None:
            return
        point = self._points[server_id]
        mishap = self._mishaps.get(server_id, NO_MISHAP)
        silent = timedelta(seconds=mishap.silent_seconds / region.speed)
        instance = RecoveryInstance(
            recovery_instance_id=part.recovery_instance_id,
            source_server_id=server_id,
            job_id=job.job_id,
            is_drill=is_drill,
            point_in_time=point.taken_at if point else self._newest_data_at(job, server),
            launched_at=part.final_at,
            is_protected=server.launch.is_protected,
            is_stopped=region.launch_configuration(server)["launchDisposition"] == "STOPPED",
            boots=mishap.boots,
            serves_at=part.final_at + silent if silent else None,
        )
        after = mishap.vanishes_after_seconds
        if after is not None:
            at = part.final_at + timedelta(seconds=after / region.speed)
            instance = replace(instance, shutting_down_at=at, terminated_at=at, gone_at=at)
        region.instances[part.recovery_instance_id] = instance

    def _newest_data_at(self, job: Job, server: FleetServer) -> datetime:
        """The moment of the data that a launch of a server's newest data takes."""
        snapshot_at = job.timeline.moment("SNAPSHOT_END", server.source_server_id)
        if snapshot_at is not None:
            return snapshot_at
        stopped_at = self._region.replication(server, self._now).points_until
        if stopped_at is not None:
            return stopped_at
        points = self._region.points_in_time(server, self._now)
        finished = [each.taken_at for each in points if each.is_finished(self._now)]
        return max(finished, default=self._now)


def _remove(
    region: Region,
    instance: RecoveryInstance,
    timeline: Timeline,
    gone_at: datetime | None = None,
) -> None:
    """Have a job's clean-up end an instance, if it comes to that; forget it then or later."""
    terminated_at = timeline.moment("CLEANUP_END", instance.source_server_id)
    if terminated_at is None or instance.is_protected:
        return
    region.instances[instance.recovery_instance_id] = replace(
        instance,
        shutting_down_at=timeline.moment("CLEANUP_START", instance.source_server_id),
        terminated_at=terminated_at,
        gone_at=instance.gone_at or gone_at or terminated_at,
    )
