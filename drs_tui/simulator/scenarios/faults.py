"""The shape of the faults in a scenario file."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, Tag

from drs_tui.documents.shape import Shape, by_value
from drs_tui.simulator.scenarios.rules import FaultKind, FaultRule
from drs_tui.simulator.scenarios.values import (
    Count,
    Flag,
    Line,
    OperationPattern,
    Pattern,
    Probability,
    RegionName,
    Seconds,
    Status,
)


class MalformedBody(StrEnum):
    """What a malformed answer holds."""

    TRUNCATED = "truncated"
    HTML = "html"
    EMPTY = "empty"


class StuckPhase(StrEnum):
    """Where a server of a job is stuck."""

    CONVERSION = "conversion"
    LAUNCH = "launch"


_KINDS: Mapping[str, tuple[FaultKind, ...]] = {
    "<request>": (
        FaultKind.LOST_REQUEST,
        FaultKind.LOST_ANSWER,
        FaultKind.CONFLICT,
        FaultKind.QUOTA,
        FaultKind.ACCESS_DENIED,
        FaultKind.EXPIRED_CREDENTIALS,
        FaultKind.DUPLICATE,
    ),
    "<throttle>": (FaultKind.THROTTLE,),
    "<error>": (FaultKind.ERROR,),
    "<delay>": (FaultKind.DELAY,),
    "<hang>": (FaultKind.HANG,),
    "<malformed>": (FaultKind.MALFORMED,),
    "<outage>": (FaultKind.OUTAGE,),
    "<launch>": (
        FaultKind.NO_EC2_RIGHTS,
        FaultKind.SNAPSHOT_FAILURE,
        FaultKind.SKIPPED,
        FaultKind.POST_LAUNCH_FAILURE,
        FaultKind.NO_BOOT,
    ),
    "<failure>": (FaultKind.CONVERSION_FAILURE, FaultKind.LAUNCH_FAILURE),
    "<stuck>": (FaultKind.STUCK,),
    "<silent>": (FaultKind.NO_SERVICE,),
    "<vanishing>": (FaultKind.VANISHING_INSTANCE,),
    "<state>": (FaultKind.STALLED_REPLICATION,),
}
"""The kinds of fault by the tag of the shape that they have."""


def _kind(tag: str) -> Any:
    return Field(
        description="what goes wrong",
        json_schema_extra={"enum": [kind.value for kind in _KINDS[tag]]},
    )


class FaultShape(Shape):
    """What every fault has."""

    kind: FaultKind = _kind("<state>")
    regions: list[RegionName] | None = Field(
        None, min_length=1, description="the Regions in which it strikes; absent: all"
    )
    servers: list[Pattern] | None = Field(
        None, min_length=1, description="source servers, by name or id; * for any letters"
    )
    from_: Seconds | None = Field(
        None, alias="from", description="drill time since the account began, such as 5m"
    )
    until: Seconds | None = Field(None, description="drill time at which it ends; absent: never")


class OccasionalShape(FaultShape):
    """A fault that strikes now and then."""

    kind: FaultKind = _kind("<launch>")
    count: Count | None = Field(
        None, description="how often it strikes at most: requests, or servers of launches"
    )
    probability: Probability = Field(1.0, description="how likely it strikes each time, 0 to 1")


class RequestFaultShape(OccasionalShape):
    """A fault of requests that needs no more to be said."""

    kind: FaultKind = _kind("<request>")
    operations: list[OperationPattern] | None = Field(
        None,
        min_length=1,
        description="such as StartRecovery, Describe*, ec2:DescribeInstances or *:*",
    )


class ThrottleShape(RequestFaultShape):
    """Requests are throttled."""

    kind: FaultKind = _kind("<throttle>")
    retry_after: Seconds | None = Field(None, description="what Retry-After says; absent: nothing")


class ErrorShape(RequestFaultShape):
    """Requests are answered with a server's error."""

    kind: FaultKind = _kind("<error>")
    status: Status = Field(500, description="500 in DRS's own words, else a gateway's page")
    takes_effect: Flag = Field(False, description="whether the request is carried out all the same")


class DelayShape(RequestFaultShape):
    """Answers come late."""

    kind: FaultKind = _kind("<delay>")
    by: Seconds = Field(description="how much later, in drill time")


class HangShape(RequestFaultShape):
    """Answers never come, and the connection stays open."""

    kind: FaultKind = _kind("<hang>")
    takes_effect: Flag = Field(False, description="whether the request is carried out")


class MalformedShape(RequestFaultShape):
    """Answers can't be read."""

    kind: FaultKind = _kind("<malformed>")
    body: MalformedBody = Field(
        MalformedBody.TRUNCATED, description="what they hold: truncated, html or empty"
    )


class OutageShape(RequestFaultShape):
    """Nothing of a Region answers."""

    kind: FaultKind = _kind("<outage>")
    status: Status | None = Field(
        None, description="answer with this status; absent: connections close"
    )


class FailureShape(OccasionalShape):
    """A server's launch fails."""

    kind: FaultKind = _kind("<failure>")
    raw_error: Line | None = Field(None, description="what the job log quotes as rawError")


class StuckShape(OccasionalShape):
    """A server's launch stands still."""

    kind: FaultKind = _kind("<stuck>")
    in_: StuckPhase = Field(
        StuckPhase.LAUNCH, alias="in", description="the phase: conversion or launch"
    )
    lasts: Seconds | None = Field(None, description="how long; absent: it never goes on")


class SilentShape(OccasionalShape):
    """A recovery instance boots, and its applications don't answer."""

    kind: FaultKind = _kind("<silent>")
    lasts: Seconds | None = Field(
        None, description="how long after its launch; absent: they never answer"
    )


class VanishingShape(OccasionalShape):
    """A recovery instance is gone, and no job did it."""

    kind: FaultKind = _kind("<vanishing>")
    after: Seconds | None = Field(None, description="how long after its launch; absent: at once")


Fault = Annotated[
    Annotated[RequestFaultShape, Tag("<request>")]
    | Annotated[ThrottleShape, Tag("<throttle>")]
    | Annotated[ErrorShape, Tag("<error>")]
    | Annotated[DelayShape, Tag("<delay>")]
    | Annotated[HangShape, Tag("<hang>")]
    | Annotated[MalformedShape, Tag("<malformed>")]
    | Annotated[OutageShape, Tag("<outage>")]
    | Annotated[OccasionalShape, Tag("<launch>")]
    | Annotated[FailureShape, Tag("<failure>")]
    | Annotated[StuckShape, Tag("<stuck>")]
    | Annotated[SilentShape, Tag("<silent>")]
    | Annotated[VanishingShape, Tag("<vanishing>")]
    | Annotated[FaultShape, Tag("<state>")],
    by_value("kind", {kind.value: tag for tag, kinds in _KINDS.items() for kind in kinds}),
]
"""A fault, as its kind shapes it."""

_DEFAULT_OPERATIONS = {
    FaultKind.CONFLICT: ("StartRecovery", "TerminateRecoveryInstances"),
    FaultKind.DUPLICATE: ("StartRecovery",),
    FaultKind.EXPIRED_CREDENTIALS: ("*:*",),
    FaultKind.OUTAGE: ("*:*",),
    FaultKind.QUOTA: ("StartRecovery",),
}


def rule_of(shape: FaultShape) -> FaultRule:
    """The rule that a fault of the file lays down."""
    given = shape.model_dump(exclude_none=True)
    seconds = next(
        (given[key] for key in ("retry_after", "by", "lasts", "after") if key in given), None
    )
    operations = given.get("operations") or _DEFAULT_OPERATIONS.get(shape.kind, ("*",))
    return FaultRule(
        shape.kind,
        operations=tuple(operations),
        regions=tuple(shape.regions or ()),
        servers=tuple(shape.servers or ()),
        count=given.get("count"),
        probability=given.get("probability", 1.0),
        from_seconds=shape.from_ or 0.0,
        until_seconds=shape.until,
        seconds=seconds,
        status=given.get("status"),
        takes_effect=given.get("takes_effect", False),
        body=given.get("body", MalformedBody.TRUNCATED).value,
        phase=given.get("in_", StuckPhase.LAUNCH).value,
        raw_error=given.get("raw_error", ""),
    )
