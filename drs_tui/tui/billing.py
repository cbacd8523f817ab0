"""Recovery instances that still bill: what DRS lists, and what the record knows of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from drs_tui.model.counts import counted
from drs_tui.model.events import Json
from drs_tui.model.header import RunHeader
from drs_tui.model.machines import Ec2Instance
from drs_tui.model.observed import Job, RecoveryInstance
from drs_tui.model.termination import RUN_TAG, is_gone, machine_id
from drs_tui.tui.history import Past

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Landscape:
    """What DRS lists in an account and Region at a moment."""

    instances: tuple[RecoveryInstance, ...]
    jobs: tuple[Job, ...]
    """Those that launched the instances, as far as DRS still knows them."""

    names: Mapping[str, str]
    """Of the source servers, by id."""

    as_of: datetime
    """By AWS's own clock."""

    account: str
    region: str
    machines: Mapping[str, Ec2Instance] | None = None
    """By id, what EC2 has of them and of what the record knows; None: EC2 did not answer."""

    trouble: str = ""
    """Why EC2 did not."""


@dataclass(frozen=True, slots=True)
class Bill:
    """An instance that bills, or may."""

    id: str
    server_id: str
    server: str
    """The source server's name."""

    state: str
    """`ec2InstanceState` as AWS gives it; empty when it did not say."""

    is_drill: bool | None
    since: datetime | None
    """When it was launched; None when neither record nor DRS says."""

    run: RunHeader | None
    """The run that launched it, if the store has it."""

    run_id: str
    """The run that its job's tags name, even if the store does not have it; may be empty."""

    job_id: str
    type: str = ""
    """The instance type; empty when EC2 did not say."""

    refusal: str = ""
    """Why the last clean-up left it, if it did."""

    is_listed: bool = True
    """False: the record knows it, and DRS lists it no more, which does not say that it is gone."""

    machine_id: str = ""
    """What EC2 calls one that DRS does not list."""

    point_in_time: datetime | None = None
    place: tuple[str, str] = ("", "")
    """Account and Region."""

    raw: Mapping[str, Json] = field(default_factory=dict, repr=False, compare=False)


def bills(seen: Landscape, pasts: Sequence[Past]) -> list[Bill]:
    """Everything that bills or may, what is there longest first.

    A run's instance is looked for in the account and Region where it was launched.
    """
    jobs = {job.id: job for job in seen.jobs}
    runs = {past.header.run_id: past for past in pasts}
    of_job = {job_id: past for past in pasts for job_id in past.job_ids}
    known = {launched.id: launched for past in pasts for launched in past.instances}
    found = []
    for instance in seen.instances:
        machine = (seen.machines or {}).get(machine_id(instance, None))
        if is_gone(instance, machine):
            continue
        job = jobs.get(instance.job_id)
        run_id = job.tags.get(RUN_TAG, "") if job is not None else ""
        past = of_job.get(instance.job_id) or runs.get(run_id)
        launched = known.get(instance.id)
        since = launched.since if launched is not None else None
        found.append(
            Bill(
                instance.id,
                instance.server_id,
                seen.names.get(instance.server_id) or instance.server_id,
                machine.state.upper() if machine is not None else instance.ec2_state,
                instance.is_drill,
                _first(machine.launched_at if machine is not None else None, since, job),
                past.header if past is not None else None,
                past.header.run_id if past is not None else run_id,
                instance.job_id,
                type=machine.type if machine is not None else "",
                refusal=launched.refusal if launched is not None else "",
                point_in_time=instance.point_in_time,
                place=(seen.account, seen.region),
                raw=instance.raw,
            )
        )
    listed = {instance.id for instance in seen.instances}
    found += [
        bill
        for past in pasts
        for bill in _in_ec2(recorded(past), seen)
        if bill.id not in listed and bill.place == (seen.account, seen.region)
    ]
    return sorted(found, key=lambda bill: (bill.since or _LONG_AGO, bill.server, bill.id))


def elsewhere(seen: Landscape, pasts: Sequence[Past]) -> list[str]:
    """What runs that launched here have left in other accounts and Regions, by their record."""
    here = (seen.account, seen.region)
    found = []
    for past in pasts:
        launched_here = here == (past.header.account, past.header.region)
        places = Counter(launched.place for launched in past.instances)
        if not (launched_here or here in places):
            continue
        found += [
            f"{past.header.plan_id} has left {counted(count, 'instance')} in account "
            f"{account}, {region} too: its clean-up ends them there"
            for (account, region), count in places.items()
            if (account, region) != here
        ]
    return found


def _first(by_ec2: datetime | None, by_record: datetime | None, job: Job | None) -> datetime | None:
    """When an instance was launched, by whoever knows it best."""
    return by_ec2 or by_record or (job.created_at if job is not None else None)


def _in_ec2(bills: Iterable[Bill], seen: Landscape) -> Iterable[Bill]:
    """Of what DRS does not list, that which EC2 has; all of it when EC2 was not to be asked."""
    for bill in bills:
        machine = (seen.machines or {}).get(bill.machine_id)
        if seen.machines is None:
            yield bill
        elif machine is not None and not machine.is_gone:
            since = machine.launched_at or bill.since
            yield replace(bill, state=machine.state.upper(), since=since, type=machine.type)


def hours_of(bills: Iterable[Bill], now: datetime) -> list[tuple[str, float]]:
    """The type and the hours so far of each whose launch is known."""
    return [
        (bill.type, max(0.0, (now - bill.since).total_seconds() / 3600))
        for bill in bills
        if bill.since is not None
    ]


def recorded(past: Past) -> Iterable[Bill]:
    """What the record alone says a run has left behind."""
    header = past.header
    for left in past.instances:
        yield Bill(
            left.id,
            left.server_id,
            left.name,
            left.state,
            left.is_drill,
            left.since,
            header,
            header.run_id,
            "",
            refusal=left.refusal,
            is_listed=False,
            machine_id=left.machine_id,
            place=left.place,
        )
