"""From AWS's answers to model values: pure, and content with whatever it is given.

Members may be missing, null or of another type, and statuses may be new: what can't be
read is left empty, what is unknown passes through, and nothing here raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache

from drs_tui.aws.picked import Picked, Picking
from drs_tui.model.events import Json
from drs_tui.model.machines import LaunchSettings, PointInTime
from drs_tui.model.observed import (
    CallerIdentity,
    Job,
    LaunchAction,
    ParticipatingServer,
    PlanExecution,
    RecoveryInstance,
    SourceServer,
)

LONGEST_TEXT = 20_000
"""Letters of one string that are kept: nothing that AWS says may be too long to be recorded."""

_WORDS_OF_A_CUT = 40
"""Letters that say how much was cut: a text that was cut stays as it is when it is read again."""

_SURROGATES = re.compile("[\ud800-\udfff]")
_NUMBER = r"(\d+(?:[.,]\d+)?)"
_DURATION = re.compile(
    rf"P(?:{_NUMBER}W)?(?:{_NUMBER}D)?(?:T(?:{_NUMBER}H)?(?:{_NUMBER}M)?(?:{_NUMBER}S)?)?",
    re.ASCII,
)
_LONGEST_DURATION = 64
"""Letters of a duration in DRS's service model."""
_MILLISECONDS = (604_800_000, 86_400_000, 3_600_000, 60_000, 1_000)


_HOSTNAME = "sourceProperties.identificationHints.hostname"
_OS = "sourceProperties.os.fullString"
_TYPE = "sourceProperties.recommendedInstanceType"
_CARDS = "sourceProperties.networkInterfaces"
_STATE = "dataReplicationInfo.dataReplicationState"
_LAG = "dataReplicationInfo.lagDuration"
_ERROR = "dataReplicationInfo.dataReplicationError"
_LAUNCH = "lifeCycle.lastLaunch.initiated"

OF_SOURCE_SERVER = Picking(
    (
        "sourceServerID",
        "recoveryInstanceId",
        "replicationDirection",
        "lastLaunchResult",
        "stagingArea",
        "tags",
        *(_HOSTNAME, _OS, _TYPE, _CARDS, _STATE, _LAG, _ERROR, _LAUNCH),
    )
)
"""What is looked at of an item of DescribeSourceServers."""


def source_server(item: object) -> SourceServer:
    """Read one item of DescribeSourceServers, or what was picked from one."""
    if isinstance(item, Picked):
        found, raw = item
    else:
        found, raw = OF_SOURCE_SERVER.of_item(item), as_sent(item)
    server_id = text(found["sourceServerID"])
    tags = _tags(found)
    hostname = text(found[_HOSTNAME])
    launch = found[_LAUNCH]
    return SourceServer(
        id=server_id,
        name=tags.get("Name", "").strip() or hostname.strip() or server_id,
        hostname=hostname,
        os=text(found[_OS]),
        addresses=_addresses(found[_CARDS]),
        tags=tags,
        replication_state=text(found[_STATE]),
        lag_ms=duration_ms(found[_LAG]),
        replication_error=_replication_error(found[_ERROR]) if found[_ERROR] else "",
        replication_direction=text(found["replicationDirection"]),
        last_launch_result=text(found["lastLaunchResult"]),
        last_launch_type=text(member(launch, "type")) if launch else "",
        last_launch_job=text(member(launch, "jobID")) if launch else "",
        last_launch_at=moment(member(launch, "apiCallDateTime")) if launch else None,
        recovery_instance_id=text(found["recoveryInstanceId"]),
        recommended_type=text(found[_TYPE]),
        extension_error=_extension_error(found["stagingArea"]),
        raw=raw,
    )


def job(item: object) -> Job:
    """Read one item of DescribeJobs, or the job in an answer to a changing call."""
    return Job(
        id=text(member(item, "jobID")),
        type=text(member(item, "type")),
        status=text(member(item, "status")),
        initiated_by=text(member(item, "initiatedBy")),
        servers=tuple(_participant(server) for server in sequence(item, "participatingServers")),
        created_at=moment(member(item, "creationDateTime")),
        ended_at=moment(member(item, "endDateTime")),
        tags=_tags(item),
    )


def plan_execution(item: object, steps: Sequence[object]) -> PlanExecution:
    """Read one item of ListRecoveryPlanExecutions, with its ListRecoveryPlanExecutionSteps."""
    waiting = []
    for step in steps:
        servers = sequence(
            member(step, "configuration", "executionServerStepConfiguration"), "servers"
        )
        ids = [
            text(member(server, "serverArn")).rpartition("/")[2]
            for server in servers
            if not text(member(server, "jobID"))
        ]
        if ids and text(member(step, "status")) not in _STEP_IS_OVER:
            waiting.append(tuple(ids))
    arn = text(member(item, "recoveryPlanExecutionArn"))
    return PlanExecution(arn, text(member(item, "mode")), tuple(waiting))


_STEP_IS_OVER = frozenset({"COMPLETED", "FAILED", "SKIPPED", "TIMED_OUT"})


def recovery_instance(item: object) -> RecoveryInstance:
    """Read one item of DescribeRecoveryInstances."""
    return RecoveryInstance(
        id=text(member(item, "recoveryInstanceID")),
        server_id=text(member(item, "sourceServerID")),
        ec2_instance_id=text(member(item, "ec2InstanceID")),
        ec2_state=text(member(item, "ec2InstanceState")),
        is_drill=_flag(item, "isDrill"),
        job_id=text(member(item, "jobID")),
        point_in_time=moment(member(item, "pointInTimeSnapshotDateTime")),
        failback_state=text(member(item, "failback", "state")),
        replication_state=text(member(item, "dataReplicationInfo", "dataReplicationState")),
        volume_ids=tuple(
            volume
            for disk in sequence(member(item, "recoveryInstanceProperties"), "disks")
            if (volume := text(member(disk, "ebsVolumeID")))
        ),
        tags=_tags(item),
        raw=as_sent(item),
    )


def launch_settings(answer: object) -> LaunchSettings:
    """Read the answer to GetLaunchConfiguration."""
    into = member(answer, "launchIntoInstanceProperties", "launchIntoEC2InstanceID")
    return LaunchSettings(
        server_id=text(member(answer, "sourceServerID")),
        template_id=text(member(answer, "ec2LaunchTemplateID")),
        into_instance_id=text(into),
        copies_private_ip=_flag(answer, "copyPrivateIp"),
        copies_tags=_flag(answer, "copyTags"),
        has_post_launch_actions=_flag(answer, "postLaunchEnabled"),
        disposition=text(member(answer, "launchDisposition")),
        right_sizing=text(member(answer, "targetInstanceTypeRightSizingMethod")),
        recovery_mode=text(member(answer, "recoveryMode")),
        raw={
            name: value for name, value in json_object(answer).items() if name != "ResponseMetadata"
        },
    )


def point_in_time(item: object) -> PointInTime:
    """Read one item of DescribeRecoverySnapshots."""
    return PointInTime(
        id=text(member(item, "snapshotID")),
        server_id=text(member(item, "sourceServerID")),
        at=moment(member(item, "timestamp")),
    )


def caller_identity(answer: object) -> CallerIdentity:
    """Read the answer to GetCallerIdentity."""
    return CallerIdentity(
        account=text(member(answer, "Account")),
        arn=text(member(answer, "Arn")),
        user_id=text(member(answer, "UserId")),
    )


def as_sent(item: object) -> Mapping[str, Json]:
    """Keep an item of an answer that is canonical JSON already; empty when it is no object."""
    return item if isinstance(item, dict) else {}


def json_object(item: object) -> Mapping[str, Json]:
    """Keep an item as AWS gave it, fit for canonical JSON; empty when it is no object."""
    value = to_json(item)
    return value if isinstance(value, Mapping) else {}


def to_json(value: object) -> Json:
    """Rewrite a JSON value without floats and lone surrogates."""
    # What nearly all of an answer is made of comes first: this is most of what reading it takes.
    if type(value) is str:
        return clean(value)
    if type(value) is dict:
        return {clean(str(name)): to_json(inner) for name, inner in value.items()}
    match value:
        case None | bool() | int():
            return value
        case str():
            return clean(value)
        case float():
            return int(value) if value.is_integer() else repr(value)
        case Mapping():
            return {clean(str(name)): to_json(inner) for name, inner in value.items()}
        case list() | tuple():
            return [to_json(inner) for inner in value]
        case _:
            return clean(str(value))


def clean(value: str) -> str:
    """Replace lone surrogates, which JSON may carry and UTF-8 can't, and cut what is endless."""
    if len(value) > LONGEST_TEXT + _WORDS_OF_A_CUT:
        value = f"{value[:LONGEST_TEXT]}… ({len(value) - LONGEST_TEXT:,} letters more)"
    return value if value.isascii() else _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", value)


def text(value: object) -> str:
    """Read a string; anything else but a number is none."""
    if isinstance(value, str):
        return clean(value) if value else ""
    if value is None:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(to_json(value))
    return ""


def member(value: object, *path: str) -> object:
    """Follow member names inwards; None where the path ends early."""
    for name in path:
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value


def sequence(value: object, name: str) -> Sequence[object]:
    """Read a member that is a list; empty when it is none."""
    found = member(value, name)
    return found if isinstance(found, list) else ()


def moment(value: object) -> datetime | None:
    """Read a time of AWS's in UTC, whether it ends in `Z` or in an offset.

    DRS writes all times as text; the SDK reads EC2's itself.
    """
    try:
        read = value if isinstance(value, datetime) else datetime.fromisoformat(text(value))
        return read.replace(tzinfo=read.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def duration_ms(value: object) -> int | None:
    """Read an ISO-8601 duration such as `P0D` or `P1DT2H` in milliseconds.

    Years and months have no fixed length and a negative lag no meaning: both are None.
    """
    return _milliseconds(text(value))


@lru_cache(maxsize=1024)
def _milliseconds(written: str) -> int | None:
    found = _DURATION.fullmatch(written) if len(written) <= _LONGEST_DURATION else None
    if found is None or written.endswith(("P", "T")):
        return None
    total = sum(
        Decimal(number.replace(",", ".")) * unit
        for number, unit in zip(found.groups(), _MILLISECONDS, strict=True)
        if number
    )
    return int(total)


def _participant(server: object) -> ParticipatingServer:
    # All jobs together have hundreds, at each look: a member that is not there is not looked into.
    members = server if isinstance(server, dict) else {}
    actions = members.get("launchActionsStatus")
    return ParticipatingServer(
        server_id=text(members.get("sourceServerID")),
        launch_status=text(members.get("launchStatus")),
        recovery_instance_id=text(members.get("recoveryInstanceID")),
        launch_actions=tuple(map(_action, sequence(actions, "runs"))) if actions else (),
    )


def _action(run: object) -> LaunchAction:
    return LaunchAction(
        name=text(member(run, "action", "name")) or text(member(run, "action", "actionCode")),
        status=text(member(run, "status")),
        reason=text(member(run, "failureReason")),
        is_optional=member(run, "action", "optional") is True,
    )


def _addresses(cards: object) -> tuple[str, ...]:
    found = cards if isinstance(cards, list) else ()
    return tuple(ip for card in found for each in sequence(card, "ips") if (ip := text(each)))


def _flag(item: object, name: str) -> bool | None:
    """A yes or no; None when AWS did not say."""
    value = member(item, name)
    return value if isinstance(value, bool) else None


def _replication_error(error: object) -> str:
    parts = (text(member(error, "error")), text(member(error, "rawError")))
    return ": ".join(part for part in parts if part)


def _extension_error(area: object) -> str:
    status = text(member(area, "status"))
    return text(member(area, "errorMessage")) or (status if status == "EXTENSION_ERROR" else "")


def _tags(item: object) -> Mapping[str, str]:
    tags = member(item, "tags")
    if not isinstance(tags, dict):
        return {}
    return {clean(str(name)): text(value) for name, value in tags.items()}
