"""A simulated DRS Region: what it holds, and what can be told of it at a moment.

Pure: no network, no event loop, no wall clock. A job's whole future is laid out when it is
accepted, and everything else is a function of what is held and of the time, so nothing ticks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import Any

from drs_tui.simulator.admission import refuse_busy, refuse_over_quota
from drs_tui.simulator.changes import Changes
from drs_tui.simulator.faults import Faults
from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.hardware import stable_id
from drs_tui.simulator.instances import RecoveryInstance
from drs_tui.simulator.jobs import Job
from drs_tui.simulator.launch_settings import launch_configuration
from drs_tui.simulator.launching import live_through_the_past
from drs_tui.simulator.replication import Replication, replication_of
from drs_tui.simulator.scenarios import RegionStart, Scenario
from drs_tui.simulator.snapshots import PointInTime, points_in_time
from drs_tui.simulator.staging import extended_server


class Region:
    """One Region of one account."""

    def __init__(
        self,
        name: str,
        scenario: Scenario,
        *,
        created_at: datetime,
        seed: int,
        speed: float,
        faults: Faults | None = None,
        salt: str = "",
    ) -> None:
        """Begin at `created_at`, with the scenario's past; jobs take 1/`speed` of their time.

        `faults` are the account's; None: the Region is its account's only one. `salt` tells ids
        made here from those of another account's Region.
        """
        setup = scenario.region(name)
        self.name = name
        self.scenario = scenario
        self.account = scenario.account
        self.created_at = created_at
        self.speed = speed
        self.fleet: dict[str, FleetServer] = {}
        """By id, in the order of ids; with servers that DRS has forgotten."""
        self.jobs: list[Job] = []
        self.instances: dict[str, RecoveryInstance] = {}
        self.changes = Changes(initialized=setup.start is RegionStart.INITIALISED)
        self._salt = f"{seed}/{salt}{name}"
        self.faults = faults or Faults(scenario, seed=seed, speed=speed)
        self.faults.begin(created_at)
        self._replicate(setup.fleet)
        live_through_the_past(self)

    @property
    def revision(self) -> int:
        """How often anything worth keeping has changed: grows, and never for a read alone."""
        return len(self.jobs) + self.changes.count

    def restore(
        self, jobs: Sequence[Job], instances: Iterable[RecoveryInstance], changes: Changes
    ) -> None:
        """Be as a Region was that was kept."""
        self.jobs = list(jobs)
        self.instances = {instance.recovery_instance_id: instance for instance in instances}
        self.changes = changes
        self._replicate(extended_server(each, arn) for each, arn in changes.extended.items())

    def arn(self, kind: str, identity: str) -> str:
        """The ARN of one of this Region's resources."""
        return f"arn:aws:drs:{self.name}:{self.account}:{kind}/{identity}"

    def tags(self, arn: str, initial: Mapping[str, str]) -> dict[str, str]:
        """The tags of a resource that came with `initial` ones."""
        return dict(self.changes.tags.get(arn, initial))

    # What is there -------------------------------------------------------------------------------

    def server(self, server_id: str) -> FleetServer | None:
        """A source server that DRS knows."""
        return None if server_id in self.changes.deleted else self.fleet.get(server_id)

    def servers(self) -> Iterator[FleetServer]:
        """The source servers that DRS knows, by id."""
        for server_id, server in self.fleet.items():
            if server_id not in self.changes.deleted:
                yield server

    def instance(self, instance_id: str, now: datetime) -> RecoveryInstance | None:
        """A recovery instance that DRS knows."""
        instance = self.instances.get(instance_id)
        return instance if instance is not None and instance.is_listed(now) else None

    def listed_instances(self, now: datetime) -> list[RecoveryInstance]:
        """The recovery instances that DRS knows, by id."""
        listed = (each for each in self.instances.values() if each.is_listed(now))
        return sorted(listed, key=lambda instance: instance.recovery_instance_id)

    def newest_instances(self, now: datetime) -> dict[str, RecoveryInstance]:
        """The recovery instance that each source server has: the last that was launched of it."""
        return {
            instance.source_server_id: instance
            for instance in self.instances.values()
            if instance.is_listed(now)
        }

    def last_launches(self) -> dict[str, Job]:
        """The newest LAUNCH job of each source server."""
        return {
            part.source_server_id: job
            for job in self.jobs
            if job.type == "LAUNCH"
            for part in job.timeline.participants
        }

    def running_jobs(self, now: datetime) -> list[Job]:
        """The jobs that hold their servers now."""
        return [job for job in self.jobs if job.is_running(now)]

    def replication(self, server: FleetServer, now: datetime) -> Replication:
        """How far the copy of a source server is."""
        return replication_of(
            server,
            self.changes.replication.get(server.source_server_id),
            begun_at=self.created_at,
            stalled_since=self.faults.stalled_since(self.name, server, now),
            now=now,
            speed=self.speed,
            salt=self._salt,
        )

    def launch_configuration(self, server: FleetServer) -> dict[str, Any]:
        """How a source server is launched: a LaunchConfiguration."""
        changed = self.changes.launch_settings.get(server.source_server_id, {})
        return launch_configuration(self.name, server, changed)

    def points_in_time(self, server: FleetServer, now: datetime) -> list[PointInTime]:
        """The recovery snapshots of a source server, oldest first."""
        return points_in_time(
            server.source_server_id,
            self.replication(server, now),
            salt=self._salt,
            now=now,
            speed=self.speed,
        )

    # Jobs ----------------------------------------------------------------------------------------

    def admit(self, servers: Sequence[str], now: datetime) -> None:
        """Refuse a job that would need a busy server or break a quota.

        Raises:
            ApiError: ConflictException or ServiceQuotaExceededException.
        """
        running = self.running_jobs(now)
        refuse_busy(servers, running)
        refuse_over_quota(len(servers), running, self.scenario)

    def next_job(self) -> tuple[int, Random]:
        """A number and a random source of its own, so that a restart changes no later job."""
        number = len(self.jobs) + 1
        return number, Random(f"{self._salt}/{number}")

    def keep(self, instance: RecoveryInstance) -> None:
        """Take what a call has made of a recovery instance."""
        self.instances[instance.recovery_instance_id] = instance
        self.changes.count += 1

    def extend(self, arn: str) -> FleetServer:
        """Add a source server that is staged in another account."""
        server_id = stable_id("s-", self.name, self.account, arn)
        self.changes.extended[server_id] = arn
        self.changes.count += 1
        self._replicate([extended_server(server_id, arn)])
        return self.fleet[server_id]

    def _replicate(self, servers: Iterable[FleetServer]) -> None:
        everything = self.fleet | {server.source_server_id: server for server in servers}
        self.fleet = dict(sorted(everything.items()))
