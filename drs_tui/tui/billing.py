"""Recovery instances that still bill: what DRS lists, and what the record knows of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from drs_tui.model.events import Json
from drs_tui.model.header import RunHeader
from drs_tui.model.observed import Job, RecoveryInstance
from drs_tui.model.termination import GONE_STATES
from drs_tui.tui.history import Past

RUN_TAG = "drs-tui:run"
"""The job tag that carries the id of the run it was launched by."""

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
    is_listed: bool = True
    """False: the record knows it, and DRS lists it no more, which does not say that it is gone."""

    point_in_time: datetime | None = None
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
        if instance.ec2_state in GONE_STATES:
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
                instance.ec2_state,
                instance.is_drill,
                since or (job.created_at if job is not None else None),
                past.header if past is not None else None,
                past.header.run_id if past is not None else run_id,
                instance.job_id,
                point_in_time=instance.point_in_time,
                raw=instance.raw,
            )
        )
    listed = {instance.id for instance in seen.instances}
    found += [
        bill
        for past in pasts
        if (past.header.account, past.header.region) == (seen.account, seen.region)
        for bill in recorded(past)
        if bill.id not in listed
    ]
    return sorted(found, key=lambda bill: (bill.since or _LONG_AGO, bill.server, bill.id))


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
            is_listed=False,
        )
