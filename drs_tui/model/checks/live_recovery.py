"""A launch ends the server's earlier instances, listed by DRS or not: none may be a live recovery.

AWS cleans them up "regardless if they have been disconnected and deleted from DRS" (DRS user
guide, Preparing for failover), so that DRS's own list is not enough: EC2's tags tell the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Mode
from drs_tui.model.readiness import Facts, Finding, Unread, Verdict
from drs_tui.model.termination import reason_to_stay

CHECK = "live recovery"
ENDS = "ends an instance"
"""What a recovery does to an instance whose id was typed: to be acknowledged."""

SHOWS_WITHIN = timedelta(hours=1)
"""How long after a launch answers that lack its instance may only be late."""

_HARMLESS_LAUNCHES = frozenset({"", "DRILL"})


def check_live_recovery(server: SourceServer, name: str, facts: Facts, mode: Mode) -> list[Finding]:
    """Name what a launch of `server` would end."""
    unread = [
        _unread(name, where, told, mode)
        for where, told in (("DRS", facts.instances), ("EC2", facts.machines))
        if isinstance(told, Unread)
    ]
    live = list(_live_instances(server, facts))
    found = [_endangered(instance_id, why, name, facts, mode) for instance_id, why in live]
    if unread or found:
        return [*unread, *found]
    return [*_last_launch(server, name, facts, mode), *_earlier_drills(server, name, facts, mode)]


def _live_instances(server: SourceServer, facts: Facts) -> Iterator[tuple[str, str]]:
    """Each instance of a server that is not known to be a drill's, by its EC2 id, and why."""
    listed = () if isinstance(facts.instances, Unread) else facts.instances
    mine = [instance for instance in listed if instance.server_id == server.id]
    for instance in mine:
        if instance.is_drill is not True:
            yield (
                instance.ec2_instance_id or instance.id,
                "is a recovery instance of this server and not known to be a drill's",
            )
    known = {instance.ec2_instance_id or instance.id for instance in mine}
    machines = () if isinstance(facts.machines, Unread) else facts.machines
    for machine in machines:
        is_its = machine.server_id == server.id and machine.id not in known
        is_helper = machine.is_helper and machine.tags.get("Name") != server.name
        if is_its and not machine.is_ending and not is_helper:
            state = machine.state or "state unknown"
            why = f"({state}) was launched from this server, and DRS does not list it as a drill's"
            yield machine.id, why


def _endangered(instance_id: str, why: str, name: str, facts: Facts, mode: Mode) -> Finding:
    if mode is Mode.RECOVERY and instance_id in facts.ends:
        return Finding(
            Verdict.WARNS,
            ENDS,
            name,
            f"{instance_id} {why}: this recovery terminates it, as its id was typed",
            "leave its id out if it has to stay",
        )
    remedy = "finish that recovery, or terminate the instance in EC2, before you drill this server"
    if mode is Mode.RECOVERY:
        remedy = (
            "keep it; or, if this recovery has to end it, type its id when you start, here or as "
            f"`drs-tui run --recovery … --end-instance {instance_id}`"
        )
    words = f"{instance_id} {why}: a {mode.value} would terminate it"
    ends = instance_id if mode is Mode.RECOVERY else ""
    return Finding(Verdict.BLOCKS, CHECK, name, words, remedy, ends=ends)


def _unread(name: str, where: str, unread: Unread, mode: Mode) -> Finding:
    return Finding(
        Verdict.BLOCKS,
        CHECK,
        name,
        f"whether a {mode.value} would terminate a live recovery is not known, as {where} does "
        f"not tell its instances: {unread.words}",
        "let the caller read them (`drs-tui iam-policy` has the policy), or look again later",
    )


def _last_launch(server: SourceServer, name: str, facts: Facts, mode: Mode) -> list[Finding]:
    """The trace that a recovery leaves at its source server; its instance was not found."""
    if server.last_launch_type in _HARMLESS_LAUNCHES or server.last_launch_job in facts.own_jobs:
        return []
    if mode is Mode.DRILL and _may_not_show_yet(server, facts):
        words = (
            "its last launch was a real recovery not long ago, and neither DRS nor EC2 shows an "
            "instance of it yet: a drill would terminate it"
        )
        remedy = f"wait: an hour after that launch it counts as gone; or look at {name} in EC2"
        return [Finding(Verdict.BLOCKS, CHECK, name, words, remedy)]
    return [
        Finding(
            Verdict.WARNS,
            "last launch",
            name,
            "its last launch was a real recovery, and neither DRS nor EC2 has that instance any "
            f"more: if it lives without its tags, a {mode.value} may terminate it",
            "make sure that the recovery's instance is gone, or acknowledge it",
        )
    ]


def _may_not_show_yet(server: SourceServer, facts: Facts) -> bool:
    """Whether what a young launch brought up may be missing from answers that lag behind.

    Not if EC2 lists what became of it: it does so for about an hour after a termination.
    """
    launched_at = server.last_launch_at
    if launched_at is None or facts.as_of is None or facts.as_of - launched_at > SHOWS_WITHIN:
        return False
    machines = () if isinstance(facts.machines, Unread) else facts.machines
    return not any(
        machine.server_id == server.id
        and not machine.is_helper
        and machine.launched_at is not None
        and machine.launched_at >= launched_at
        for machine in machines
    )


def _earlier_drills(server: SourceServer, name: str, facts: Facts, mode: Mode) -> Iterator[Finding]:
    """The drill instances that a launch ends: somebody may have come to depend on one."""
    listed = () if isinstance(facts.instances, Unread) else facts.instances
    machines = () if isinstance(facts.machines, Unread) else facts.machines
    by_id = {machine.id: machine for machine in machines}
    for instance in listed:
        if instance.server_id != server.id or instance.is_drill is not True:
            continue
        instance_id = instance.ec2_instance_id or instance.id
        stays = reason_to_stay(instance, by_id.get(instance_id))
        if stays is not None:
            why, remedy = stays
            words = f"is a drill's, and has to stay, as {why}"
            found = _endangered(instance_id, words, name, facts, mode)
            yield replace(found, remedy=remedy) if mode is Mode.DRILL else found
        elif instance.job_id not in facts.own_jobs:
            # By its own id: who takes on the end of one does not take on that of the next.
            yield Finding(
                Verdict.WARNS,
                "earlier drill",
                instance_id,
                f"this drill instance of {name} still runs, and this launch terminates it",
                "clean up the earlier drill, or acknowledge that it ends here",
            )
