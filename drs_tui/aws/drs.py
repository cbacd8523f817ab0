"""AWS Elastic Disaster Recovery: starting, watching and ending recoveries."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from drs_tui.aws import parse
from drs_tui.aws.account import LastCheck, Signers
from drs_tui.aws.allowance import AT_ONCE
from drs_tui.aws.errors import AwsNotSent, AwsUnclear
from drs_tui.aws.service import Service
from drs_tui.model.events import Json
from drs_tui.model.machines import LaunchSettings, PointInTime
from drs_tui.model.observed import Job, PlanExecution, RecoveryInstance, SourceServer
from drs_tui.model.plan import MAX_SERVERS_PER_WAVE

# Limits and patterns of botocore's DRS service model, which the SDK doesn't check itself.
SOURCE_SERVER_ID = re.compile(r"s-[0-9a-zA-Z]{17}")
SNAPSHOT_ID = re.compile(r"pit-[0-9a-zA-Z]{17}")
RECOVERY_INSTANCE_ID = re.compile(r"i-[0-9a-fA-F]{8,17}")
MOST_JOB_IDS = 1000
MOST_IDS = 200
"""Source servers or recovery instances that one call can name."""

_LONGEST_TAG_KEY = 128
_LONGEST_TAG_VALUE = 256
_MOST_TAGS = 50
_PAGE_SIZE = 200

T = TypeVar("T")
_EXECUTING = ("CREATED", "IN_PROGRESS")


def _nothing_to_check() -> None:
    """Let every call leave."""


def _each(_server: SourceServer) -> bool:
    return True


class Drs:
    """DRS of one account and Region.

    Every method raises `AwsError`; the changing ones tell its kinds apart, and send once.
    """

    def __init__(self, service: Service, signers: Signers) -> None:
        """Call through `service`; `signers` knows whose its credentials are."""
        self._service = service
        self._signers = signers

    @property
    def is_simulator(self) -> bool | None:
        """Whether what answers calls itself a simulator; None before the first answer."""
        return self._service.is_simulator

    @property
    def is_hurried(self) -> bool:
        """Whether a simulator answers whose jobs take less time than DRS's."""
        return self._service.simulator_speed > 1

    @property
    def calls_left(self) -> int:
        """How many reads may be sent at once, now."""
        allowance = self._service.allowance
        return int(AT_ONCE) if allowance is None else allowance.left

    def aws_now(self) -> datetime:
        """DRS's own time, which `jobs_since` is about."""
        return self._service.aws_now()

    async def start_recovery(
        self,
        servers: Sequence[tuple[str, str | None]],
        *,
        is_drill: bool,
        tags: Mapping[str, str],
        account: str = "",
        last_check: LastCheck = _nothing_to_check,
    ) -> Job:
        """Launch 1 to 100 source servers with one StartRecovery call.

        DRS has no idempotency token, so it is sent exactly once. Cancelling doesn't call
        it back: shield it, and write down the intent before.

        Args:
            servers: Source server id, and a point in time (`pit-…`) or None for the newest data.
            is_drill: Always sent; left out, it would be DRS's to decide.
            tags: How the job is found again when the answer is lost.
            account: Whose credentials it has to be signed with; empty for anybody's. STS is asked
                about those that are new, and nothing is sent with another account's.
            last_check: Called when the request is about to leave; what it raises is raised, and
                nothing was sent.

        Raises:
            AwsRefused: DRS said no and started nothing.
            AwsNotSent: It never left; wrong arguments too.
            AwsUnclear: The job may exist.
        """
        operation = "StartRecovery"
        ids = [server_id for server_id, _ in servers]
        _check_ids(operation, "source server", ids, SOURCE_SERVER_ID, MAX_SERVERS_PER_WAVE)
        _check_tags(operation, tags)
        for _, snapshot_id in servers:
            if snapshot_id is not None and not SNAPSHOT_ID.fullmatch(snapshot_id):
                raise _invalid(operation, f"{snapshot_id!r} is no point in time: pit- and 17 signs")
        return await self._job_from(
            operation,
            account,
            last_check,
            sourceServers=[
                {"sourceServerID": server_id}
                | ({"recoverySnapshotID": snapshot_id} if snapshot_id else {})
                for server_id, snapshot_id in servers
            ],
            isDrill=is_drill,
            tags=dict(tags),
        )

    async def terminate_recovery_instances(
        self,
        instance_ids: Sequence[str],
        *,
        account: str = "",
        last_check: LastCheck = _nothing_to_check,
    ) -> Job:
        """End 1 to 200 recovery instances with one call, sent once.

        `account` and `last_check` are as for a launch.

        Raises:
            AwsRefused: DRS said no and ended nothing.
            AwsNotSent: It never left; wrong arguments too.
            AwsUnclear: The instances may be ending.
        """
        operation = "TerminateRecoveryInstances"
        _check_ids(operation, "recovery instance", instance_ids, RECOVERY_INSTANCE_ID, MOST_IDS)
        ids = list(instance_ids)
        return await self._job_from(operation, account, last_check, recoveryInstanceIDs=ids)

    async def jobs(self, job_ids: Sequence[str]) -> list[Job]:
        """The named jobs, one DescribeJobs for up to 1,000; those DRS doesn't know are absent."""
        return [
            job
            for batch in _batches(job_ids, MOST_JOB_IDS)
            for job in await self._items("DescribeJobs", parse.job, filters={"jobIDs": batch})
        ]

    async def jobs_since(self, since: datetime) -> list[Job]:
        """The jobs created at `since` (aware, in `aws_now` time) or later."""
        written = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return await self._items("DescribeJobs", parse.job, filters={"fromDate": written})

    async def job_log(self, job_id: str) -> list[Mapping[str, Json]]:
        """The whole log of one job, each item as AWS gave it."""
        return await self._items("DescribeJobLogItems", parse.as_sent, jobID=job_id)

    async def source_servers(
        self,
        server_ids: Sequence[str] | None = None,
        *,
        which: Callable[[SourceServer], bool] = _each,
    ) -> list[SourceServer]:
        """The named source servers, or all of the Region; those DRS doesn't know are absent.

        Args:
            server_ids: Those to ask about; None for all.
            which: What is kept of them; the others' memory is free again with each page.
        """

        def read(item: object) -> SourceServer | None:
            server = parse.source_server(item)
            return server if which(server) else None

        return [
            server
            for filters in _filters("sourceServerIDs", server_ids)
            for server in await self._items("DescribeSourceServers", read, filters=filters)
            if server is not None
        ]

    async def recovery_instances(
        self,
        *,
        server_ids: Sequence[str] | None = None,
        instance_ids: Sequence[str] | None = None,
    ) -> list[RecoveryInstance]:
        """The recovery instances of source servers, or by their own ids, or all of the Region.

        Those terminated, or disconnected and deleted from DRS, are absent.
        """
        if instance_ids is None:
            filtered = _filters("sourceServerIDs", server_ids)
        elif server_ids is None:
            filtered = _filters("recoveryInstanceIDs", instance_ids)
        else:
            raise _invalid(
                "DescribeRecoveryInstances", "it takes source servers or instances, not both"
            )
        operation, read = "DescribeRecoveryInstances", parse.recovery_instance
        return [
            instance
            for filters in filtered
            for instance in await self._items(operation, read, filters=filters)
        ]

    async def plan_executions(self) -> list[PlanExecution]:
        """The executions of DRS's own recovery plans that have begun and not ended."""
        found = [
            item
            for status in _EXECUTING
            for item in await self._service.items(
                "ListRecoveryPlanExecutions", {"status": status}, under="recoveryPlanExecutions"
            )
        ]
        return [await self._execution(item) for item in found]

    async def _execution(self, item: object) -> PlanExecution:
        arn = parse.text(parse.member(item, "recoveryPlanExecutionArn"))
        steps = await self._service.items(
            "ListRecoveryPlanExecutionSteps",
            {"recoveryPlanExecutionArn": arn},
            under="recoveryPlanExecutionSteps",
        )
        return parse.plan_execution(item, steps)

    async def launch_settings(self, server_id: str) -> LaunchSettings:
        """How one source server is launched; DRS tells of one at a time."""
        answer = await self._service.read("GetLaunchConfiguration", sourceServerID=server_id)
        return parse.launch_settings(answer)

    async def points_in_time(self, server_id: str) -> list[PointInTime]:
        """The recovery snapshots of one source server, the newest first."""
        operation, read = "DescribeRecoverySnapshots", parse.point_in_time
        return await self._items(operation, read, sourceServerID=server_id, order="DESC")

    async def _items(
        self, operation: str, read: Callable[[object], T], **parameters: object
    ) -> list[T]:
        sized = {"maxResults": _PAGE_SIZE, **parameters}
        return await self._service.items_as(read, operation, sized)

    async def _job_from(
        self, operation: str, account: str, last_check: LastCheck, **parameters: object
    ) -> Job:
        """Send a changing call and read the job that it started."""
        answer = await self._signers.change(
            self._service, operation, account, last_check, **parameters
        )
        job = parse.job(answer.get("job"))
        if not job.id:
            raise AwsUnclear(
                f"{operation} was answered without a job id. It may have taken effect: "
                "find its job before it is sent again.",
                operation=operation,
                code="NoJobId",
            )
        return job


def _batches(ids: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(ids), size):
        yield list(ids[start : start + size])


def _filters(name: str, ids: Sequence[str] | None) -> Iterator[dict[str, list[str]]]:
    """The filters of each call: none for the whole Region, and no call at all for no ids.

    To DRS an empty list of ids would be the whole Region.
    """
    if ids is None:
        yield {}
    else:
        yield from ({name: batch} for batch in _batches(ids, MOST_IDS))


def _check_ids(
    operation: str, kind: str, ids: Sequence[str], pattern: re.Pattern[str], most: int
) -> None:
    if not 1 <= len(ids) <= most:
        raise _invalid(operation, f"it takes 1 to {most} ids, not {len(ids)}")
    for wrong in (one for one in ids if not pattern.fullmatch(one)):
        raise _invalid(operation, f"{wrong!r} is no {kind} id ({pattern.pattern})")
    if len(set(ids)) < len(ids):
        raise _invalid(operation, f"a {kind} is named twice")


def _check_tags(operation: str, tags: Mapping[str, str]) -> None:
    if len(tags) > _MOST_TAGS:
        raise _invalid(operation, f"it takes {_MOST_TAGS} tags at most, not {len(tags)}")
    for key, value in tags.items():
        if not 1 <= len(key) <= _LONGEST_TAG_KEY or key.lower().startswith("aws:"):
            raise _invalid(
                operation, f"{key!r} is no tag key: 1 to {_LONGEST_TAG_KEY} signs, not aws:"
            )
        if len(value) > _LONGEST_TAG_VALUE:
            raise _invalid(operation, f"the tag {key} is over {_LONGEST_TAG_VALUE} signs long")


def _invalid(operation: str, reason: str) -> AwsNotSent:
    return AwsNotSent(
        f"{operation} was not sent: {reason}.", operation=operation, code="InvalidArgument"
    )
