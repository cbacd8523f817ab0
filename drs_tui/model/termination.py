"""What a clean-up may terminate, and what it has to leave, of all that AWS shows of a drill."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from drs_tui.model.machines import Ec2Instance, Volume
from drs_tui.model.observed import Job, RecoveryInstance
from drs_tui.model.plan import Mode
from drs_tui.model.state.cleanup import Refusal
from drs_tui.model.state.launches import InstanceState
from drs_tui.model.state.run import Run

RUN_TAG = "drs-tui:run"
"""On each job that a run starts: the run's id."""

KEEP_TAG = "drs-tui:keep"
"""Whoever wants a drill instance to stay tags it so, in EC2 or in DRS, with any value."""

LAUNCH_TARGET_TAG = "AWSDRS"
"""DRS launches into an existing instance only if it has this tag (DRS user guide)."""

JOB_TAG = "drs.amazonaws.com-job"
"""On what DRS launches, where it says so at all: the job."""

GONE_STATES = frozenset({"TERMINATED", "NOT_FOUND"})
"""`ec2InstanceState` of an instance that is there no more."""

_NOT_FAILED_BACK = frozenset({"FAILBACK_NOT_STARTED"})
_NOT_REPLICATING = frozenset({"", "NOT_STARTED", "STOPPED", "DISCONNECTED"})
"""`dataReplicationState` of an instance that does not replicate back."""

_LAUNCH_TIMES_DIFFER = timedelta(minutes=5)
_VOLUMES_GONE = frozenset({"deleting", "deleted"})


@dataclass(frozen=True, slots=True)
class Sight:
    """What DRS and EC2 answered, one directly after the other."""

    listed: Sequence[RecoveryInstance]
    """Every recovery instance of the run's servers that DRS lists, of whichever job."""

    machines: Mapping[str, Ec2Instance]
    """By id, those of the run, asked for after `listed`; who is absent is not known to EC2."""

    volumes: Sequence[Volume] = ()
    """Of those that instances of the run were seen with, whatever EC2 still has."""


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What is left of a drill, by what can be done about it."""

    free: tuple[RecoveryInstance, ...] = ()
    """May be terminated, unless EC2 protects them, which nobody has asked yet."""

    refused: tuple[Refusal, ...] = ()
    ending: tuple[str, ...] = ()
    """On their way out, by EC2's word."""

    volumes: tuple[str, ...] = ()
    """Of instances that are gone."""

    @property
    def instance_ids(self) -> tuple[str, ...]:
        """Every instance that is not gone."""
        return (*(i.id for i in self.free), *(r.instance_id for r in self.refused), *self.ending)

    @property
    def is_nothing(self) -> bool:
        """Whether EC2 says that all of it is gone, with its volumes."""
        return not (self.instance_ids or self.volumes)

    @property
    def words(self) -> str:
        """What is left and why, and what to do about it."""
        said = [refusal.words for refusal in self.refused]
        if self.free or self.ending:
            ids = (*(instance.id for instance in self.free), *self.ending)
            said.append(f"not terminated yet: {', '.join(ids)}")
        if self.volumes:
            said.append(f"volumes left, delete them in EC2: {', '.join(self.volumes)}")
        return "; ".join(said)

    def refusing(self, refusals: Mapping[str, Refusal]) -> Leftovers:
        """The same once some of what is free is refused, by instance id."""
        found = tuple(refusals[each.id] for each in self.free if each.id in refusals)
        free = tuple(instance for instance in self.free if instance.id not in refusals)
        return replace(self, free=free, refused=(*self.refused, *found))

    def of(self, ids: Collection[str], volumes: Collection[str]) -> Leftovers:
        """That part of it which is about some instances and their volumes."""
        return Leftovers(
            tuple(instance for instance in self.free if instance.id in ids),
            tuple(refusal for refusal in self.refused if refusal.instance_id in ids),
            tuple(instance_id for instance_id in self.ending if instance_id in ids),
            tuple(volume for volume in self.volumes if volume in volumes),
        )


def leftovers(run: Run, sight: Sight) -> Leftovers:
    """Sort everything that AWS shows of a run's instances."""
    listed = {each.id: each for each in sight.listed if each.job_id in run.jobs}
    free: list[RecoveryInstance] = []
    refused: list[Refusal] = []
    ending: list[str] = []
    for instance_id in dict.fromkeys((*listed, *run.instances)):
        instance, known = listed.get(instance_id), run.instances.get(instance_id)
        machine = sight.machines.get(machine_id(instance, known))
        if is_gone(instance, machine):
            continue
        if machine is not None and machine.state == "shutting-down":
            ending.append(instance_id)
        elif instance is None:
            refused.append(_unlisted(instance_id, known))
        elif refusal := refusal_of(run, instance, machine):
            refused.append(refusal)
        else:
            free.append(instance)
    alive = {volume for m in sight.machines.values() if not m.is_gone for volume in m.volume_ids}
    volumes = [v.id for v in sight.volumes if v.state not in _VOLUMES_GONE and v.id not in alive]
    return Leftovers(tuple(free), tuple(refused), tuple(ending), tuple(volumes))


def reason_to_stay(
    instance: RecoveryInstance, machine: Ec2Instance | None
) -> tuple[str, str] | None:
    """Why a drill instance has become more than that, and what to do first; None: it has not."""
    if KEEP_TAG in instance.tags or (machine is not None and KEEP_TAG in machine.tags):
        return f"it is tagged {KEEP_TAG}", "remove the tag first"
    failed_back = instance.failback_state not in _NOT_FAILED_BACK | {""}
    if failed_back or instance.replication_state not in _NOT_REPLICATING:
        said = instance.failback_state if failed_back else instance.replication_state
        return f"it replicates back or failed back ({said})", "stop that in DRS first"
    return None


def refusal_of(run: Run, instance: RecoveryInstance, machine: Ec2Instance | None) -> Refusal | None:
    """Why a clean-up of a run must not name an instance that DRS lists; None: it may.

    Unless EC2 protects it, which is asked apart.
    """

    def refuse(why: str, remedy: str, *, is_settled: bool = True) -> Refusal:
        return Refusal(instance.id, instance.server_id, why, remedy, is_settled)

    if run.mode is not Mode.DRILL or instance.job_id not in run.jobs:
        return refuse("this drill did not launch it", "leave it")
    if instance.is_drill is not True:
        return refuse("DRS does not call it a drill's", "it may be a live recovery: look in DRS")
    if {instance.id, instance.ec2_instance_id} & run.never_terminate:
        return refuse("it was there before, and was launched into", "it stays")
    if machine is None:
        return refuse("EC2 does not know it", "look at it in EC2", is_settled=False)
    if LAUNCH_TARGET_TAG in machine.tags:
        return refuse(f"its tag {LAUNCH_TARGET_TAG} says that it is launched into", "it stays")
    stays = reason_to_stay(instance, machine)
    if stays is not None:
        return refuse(*stays)
    if not instance.failback_state:
        return refuse("DRS does not say whether it is failed back", "look in DRS", is_settled=False)
    return None


def refusal_by_protection(
    instance: RecoveryInstance, *, is_protected: bool | None
) -> Refusal | None:
    """Why a clean-up must not name an instance, by EC2's word on termination protection."""
    if is_protected is False:
        return None
    why, remedy = "its termination protection is on", "turn it off in EC2 first"
    if is_protected is None:
        why, remedy = "EC2 does not say whether it is protected", "look at it in EC2"
    return Refusal(instance.id, instance.server_id, why, remedy, is_settled=bool(is_protected))


def is_gone(instance: RecoveryInstance | None, machine: Ec2Instance | None) -> bool:
    """Whether an instance is there no more; `instance` is None when DRS lists it no longer.

    That DRS lists it no longer says nothing about it: only EC2 does.
    """
    if machine is not None:
        return machine.is_gone
    # EC2 lists a terminated instance for about an hour.
    return instance is None or instance.ec2_state in GONE_STATES


def machine_id(instance: RecoveryInstance | None, known: InstanceState | None) -> str:
    """What EC2 calls an instance."""
    if instance is not None:
        return instance.ec2_instance_id or instance.id
    return known.machine_id if known is not None else ""


def job_of_stray(run: Run, machine: Ec2Instance, jobs: Sequence[Job]) -> str:
    """The job of the run that launched an instance which DRS does not list; empty: none did.

    Its tag says so, or DRS once named it, or EC2 launched it from a server while one of `jobs`
    had that server, which DRS lets only one job have at a time.
    """
    if machine.is_helper:
        return ""
    tagged = machine.tags.get(JOB_TAG, "")
    if tagged:
        return tagged if tagged in run.jobs else ""
    server = run.servers.get(machine.server_id)
    if server is None:
        return ""
    if server.instance_id == machine.id and server.job_id:
        return server.job_id
    if machine.launched_at is None:
        return ""
    for job in jobs:
        held = server.id in {s.server_id for s in job.servers} or server.job_id == job.id
        if not held or job.id not in run.jobs or job.created_at is None:
            continue
        began = job.created_at - _LAUNCH_TIMES_DIFFER <= machine.launched_at
        if began and (
            job.ended_at is None or machine.launched_at <= job.ended_at + _LAUNCH_TIMES_DIFFER
        ):
            return job.id
    return ""


def _unlisted(instance_id: str, known: InstanceState | None) -> Refusal:
    return Refusal(
        instance_id,
        known.server_id if known is not None else "",
        "EC2 runs it, and DRS lists it no more",
        "terminate it in EC2 unless somebody needs it",
        is_settled=False,
    )
