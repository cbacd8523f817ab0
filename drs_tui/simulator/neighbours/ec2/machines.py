"""Every instance that DRS runs in a simulated Region, as EC2 knows it at a moment.

Nothing is kept here: what DRS's jobs did decides what runs, and ids decide the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from string import ascii_lowercase

from drs_tui.simulator.changes import Steering
from drs_tui.simulator.fleet import FleetServer, Platform
from drs_tui.simulator.hardware import (
    device_names,
    launch_template_id,
    private_address,
    stable_id,
    stable_number,
    volume_id,
)
from drs_tui.simulator.instances import RecoveryInstance
from drs_tui.simulator.jobs import Job
from drs_tui.simulator.launch_settings import instance_to_launch_into
from drs_tui.simulator.neighbours.ec2.network import (
    Subnet,
    recovery_subnet,
    security_group_id,
    staging_subnet,
)
from drs_tui.simulator.neighbours.modelled import Call

TERMINATED_STAYS = timedelta(hours=1)
"""How long EC2 lists an instance that is terminated."""

DISKS_PER_REPLICATION_SERVER = 15

_TARGET = {"AWSDRS": "AllowLaunchingIntoThisInstance"}
"""Without which DRS launches into no existing instance."""
_MANAGED = {"AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com"}
_STAGED_BEFORE = timedelta(days=41)
_PENDING = timedelta(seconds=12)
_SHUTTING_DOWN = timedelta(seconds=25)
_BOOT = {Platform.LINUX: timedelta(seconds=75), Platform.WINDOWS: timedelta(minutes=11)}
"""From the end of a launch to the status check of the instance itself."""
_FAILED_CHECK_AFTER = timedelta(minutes=15)
_AGENT_AFTER_CHECK = timedelta(seconds=40)
_SMALLEST_BOOT = 0.7
_LAUNCH_TO_EC2 = timedelta(seconds=35)
"""How much of DRS's launch phase passes before the instance exists in EC2."""


@dataclass(frozen=True, slots=True)
class Volume:
    """An EBS volume; it lives as long as the instance that it is attached to."""

    volume_id: str
    device: str
    size_gib: int
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Machine:
    """An EC2 instance."""

    instance_id: str
    platform: Platform
    instance_type: str
    launched_at: datetime
    running_at: datetime
    subnet: Subnet
    security_group_ids: tuple[str, ...]
    address: str
    tags: Mapping[str, str]
    volumes: tuple[Volume, ...]
    name: str
    """Of its host."""
    system_ok_at: datetime | None = None
    """When its system status check passes; None: never."""
    instance_ok_at: datetime | None = None
    """When its instance status check passes; None: never."""
    checks_fail_at: datetime | None = None
    """When checks that haven't passed count as failed."""
    serves_at: datetime | None = None
    """When its applications first answer over the network; None: never."""
    agent_online_at: datetime | None = None
    """When its Systems Manager agent first reports; None: never."""
    stopped_at: datetime | None = None
    shutting_down_at: datetime | None = None
    terminated_at: datetime | None = None
    is_protected: bool = False
    """Whether it has termination protection."""
    profile: str = "AWSElasticDisasterRecoveryRecoveryInstanceRole"

    def state(self, now: datetime) -> str:
        """The instance state that EC2 names."""
        for state, since in (
            ("terminated", self.terminated_at),
            ("shutting-down", self.shutting_down_at),
            ("stopped", self.stopped_at),
            ("running", self.running_at),
        ):
            if since is not None and now >= since:
                return state
        return "pending"

    def is_listed(self, now: datetime, stays: timedelta) -> bool:
        """Whether EC2 has it, or had it until `stays` ago."""
        return self.launched_at <= now and (
            self.terminated_at is None or now < self.terminated_at + stays
        )


def machines(call: Call) -> list[Machine]:
    """All instances of the Region that is called, by id."""
    fleet = _Machines(call)
    stays = TERMINATED_STAYS / call.region.speed
    listed = {
        machine.instance_id: machine
        for machine in fleet.all()
        if machine.is_listed(call.now, stays)
    }
    return [listed[instance_id] for instance_id in sorted(listed)]


class _Machines:
    """The instances that a Region's fleet, jobs and recovery instances imply."""

    def __init__(self, call: Call) -> None:
        self._region = call.region
        self._speed = call.region.speed
        self._horizon = call.now - TERMINATED_STAYS / self._speed
        self._jobs = {job.job_id: job for job in self._region.jobs}

        self._targets = {
            identity: server
            for server in self._region.servers()
            if (identity := instance_to_launch_into(self._region.launch_configuration(server)))
        }

    def all(self) -> Iterator[Machine]:
        """Those to come and those long gone among them; of two with one id the later counts."""
        yield from self._replication_servers()
        yield from self._launch_targets()
        for job in self._region.jobs:
            if job.type == "LAUNCH" and job.timeline.ended_at > self._horizon:
                yield from self._conversion_servers(job)
        for instance in self._region.instances.values():
            if instance.terminated_at is None or instance.terminated_at > self._horizon:
                yield self._recovery_instance(instance)

    def _recovery_instance(self, instance: RecoveryInstance) -> Machine:
        server = self._region.fleet[instance.source_server_id]
        identity = instance.recovery_instance_id
        subnet = recovery_subnet(self._region.name, server)
        launched_at = self._launched_at(instance)
        boots = _BOOT[server.platform] * _pace(identity) / self._speed
        ok_at = instance.launched_at + boots if instance.boots and not instance.is_stopped else None
        source = {"AWSElasticDisasterRecoverySourceServerID": server.source_server_id}
        of_job = _of_job(instance.job_id, server)
        template = launch_template_id(self._region.name, server.source_server_id)
        return Machine(
            identity,
            server.platform,
            server.instance_type,
            launched_at,
            running_at=launched_at + _PENDING / self._speed,
            subnet=subnet,
            security_group_ids=server.launch.security_group_ids or (security_group_id(subnet.vpc),),
            address=private_address(server, identity),
            tags=(server.tags if server.launch.copies_tags else {"Name": server.name})
            | _MANAGED
            | source
            | of_job
            | (_TARGET if identity in self._targets else {})
            | {"aws:ec2launchtemplate:id": template, "aws:ec2launchtemplate:version": "2"},
            volumes=tuple(
                Volume(volume_id(identity, device), attached_as(index), size, source | of_job)
                for index, (device, size) in enumerate(
                    zip(device_names(server), server.disks_gib, strict=True)
                )
            ),
            name=server.name,
            system_ok_at=instance.launched_at + boots / 3,
            instance_ok_at=ok_at,
            checks_fail_at=instance.launched_at + boots + _FAILED_CHECK_AFTER / self._speed,
            serves_at=ok_at and max(ok_at, instance.serves_at or ok_at),
            agent_online_at=None if ok_at is None else ok_at + _AGENT_AFTER_CHECK / self._speed,
            stopped_at=instance.launched_at if instance.is_stopped else None,
            shutting_down_at=instance.shutting_down_at,
            terminated_at=instance.terminated_at,
            is_protected=instance.is_protected,
        )

    def _launched_at(self, instance: RecoveryInstance) -> datetime:
        """When EC2 began to launch a recovery instance: some time before DRS calls it launched."""
        part = self._jobs[instance.job_id].participant(instance.source_server_id)
        began = part.in_progress_at or instance.launched_at
        return min(began + _LAUNCH_TO_EC2 / self._speed, instance.launched_at)

    def _conversion_servers(self, job: Job) -> Iterator[Machine]:
        """One for each server of a launch, from CONVERSION_START to CONVERSION_END."""
        began = {}
        for item in job.timeline.log:
            server_id = item.data.get("sourceServerID", "")
            if item.event == "CONVERSION_START":
                began[server_id] = item.at
            elif "conversionServerID" in item.data and server_id in began:
                server = self._region.fleet[server_id]
                yield self._helper(
                    item.data["conversionServerID"],
                    "Conversion Server",
                    "m5.large",
                    began[server_id],
                    _of_job(job.job_id, server),
                    shutting_down_at=item.at,
                )

    def _replication_servers(self) -> Iterator[Machine]:
        """As many as the disks of the fleet need."""
        staged = [
            (server, device, size)
            for server in self._region.servers()
            if self._is_staged(server)
            for device, size in zip(device_names(server), server.disks_gib, strict=True)
        ]
        for first in range(0, len(staged), DISKS_PER_REPLICATION_SERVER):
            disks = staged[first : first + DISKS_PER_REPLICATION_SERVER]
            yield self._helper(
                stable_id("i-", self._region.name, "replication", str(first)),
                "Replication Server",
                "t3.small",
                self._region.created_at - _STAGED_BEFORE,
                {},
                volumes=tuple(
                    Volume(
                        stable_id("vol-", server.source_server_id, device, "staging"),
                        attached_as(index),
                        size,
                        _MANAGED | {"Name": "AWS Elastic Disaster Recovery Replication Volume"},
                    )
                    for index, (server, device, size) in enumerate(disks, start=1)
                ),
            )

    def _is_staged(self, server: FleetServer) -> bool:
        """Whether a source server's disks are copied in this account."""
        steered = self._region.changes.replication.get(server.source_server_id)
        return (
            server.staging_account in (None, self._region.account)
            and server.replication_state != "STOPPED"
            and (steered is None or steered.steering is Steering.STARTED)
        )

    def _helper(
        self,
        instance_id: str,
        kind: str,
        instance_type: str,
        launched_at: datetime,
        tags: Mapping[str, str],
        *,
        volumes: tuple[Volume, ...] = (),
        shutting_down_at: datetime | None = None,
    ) -> Machine:
        """An instance of the staging area, which belongs to DRS and to no drill."""
        subnet = staging_subnet(self._region.name)
        number = stable_number(instance_id)
        ok_at = launched_at + _BOOT[Platform.LINUX] / self._speed
        named = {"Name": f"AWS Elastic Disaster Recovery {kind}"}
        root = Volume(stable_id("vol-", instance_id), attached_as(0), 8, {**_MANAGED, **tags})
        return Machine(
            instance_id,
            Platform.LINUX,
            instance_type,
            launched_at,
            running_at=launched_at + _PENDING / self._speed,
            subnet=subnet,
            security_group_ids=(security_group_id(subnet.vpc),),
            address=f"10.98.{number % 16}.{number // 16 % 250 + 4}",
            tags={**_MANAGED, **named, **tags},
            volumes=(root, *volumes),
            name=instance_id,
            system_ok_at=ok_at,
            instance_ok_at=ok_at,
            shutting_down_at=shutting_down_at,
            terminated_at=shutting_down_at and shutting_down_at + _SHUTTING_DOWN / self._speed,
            profile=f"AWSElasticDisasterRecovery{kind.replace(' ', '')}Role",
        )

    def _launch_targets(self) -> Iterator[Machine]:
        """The instances that launch settings name to launch into, as they are before."""
        for identity, server in self._targets.items():
            yield self._launch_target(identity, server)

    def _launch_target(self, identity: str, server: FleetServer) -> Machine:
        subnet = recovery_subnet(self._region.name, server)
        launched_at = self._region.created_at - _STAGED_BEFORE
        root = Volume(stable_id("vol-", identity), attached_as(0), server.disks_gib[0], {})
        return Machine(
            identity,
            server.platform,
            server.instance_type,
            launched_at,
            running_at=launched_at + _PENDING,
            subnet=subnet,
            security_group_ids=server.launch.security_group_ids or (security_group_id(subnet.vpc),),
            address=private_address(server, identity),
            tags={**_TARGET, "Name": f"{server.name}-target"},
            volumes=(root,),
            name=f"{server.name}-target",
            stopped_at=launched_at + _PENDING,
        )


def attached_as(index: int) -> str:
    """The device name of an instance's volume: the root, b to z, ba to bz, ca and on."""
    if index == 0:
        return "/dev/sda1"
    first, last = divmod(index, len(ascii_lowercase))
    return f"/dev/sd{ascii_lowercase[first] if first else ''}{ascii_lowercase[last]}"


def _of_job(job_id: str, server: FleetServer) -> dict[str, str]:
    return {
        "drs.amazonaws.com-job": job_id,
        "drs.amazonaws.com-source-server": server.source_server_id,
    }


def _pace(identity: str) -> float:
    """How fast a machine boots, between 0.7 and 1.3 times the usual."""
    return _SMALLEST_BOOT + stable_number(identity, "boot") % 601 / 1000
