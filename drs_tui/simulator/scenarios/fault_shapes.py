"""The shape of the faults in a scenario file."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field, Tag, WithJsonSchema

from drs_tui.documents.shape import Shape, by_value
from drs_tui.simulator.scenarios.rules import (
    FaultKind,
    FaultRule,
    LaunchFault,
    RequestFault,
    StateFault,
)
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


_OWN_SHAPES: Mapping[FaultKind, str] = {
    RequestFault.EXPIRED_CREDENTIALS: "<expired>",
    RequestFault.THROTTLE: "<throttle>",
    RequestFault.ERROR: "<error>",
    RequestFault.DELAY: "<delay>",
    RequestFault.HANG: "<hang>",
    RequestFault.MALFORMED: "<malformed>",
    RequestFault.OUTAGE: "<outage>",
    LaunchFault.CONVERSION_FAILURE: "<failure>",
    LaunchFault.LAUNCH_FAILURE: "<failure>",
    LaunchFault.STUCK: "<stuck>",
    LaunchFault.NO_SERVICE: "<silent>",
    LaunchFault.VANISHING_INSTANCE: "<vanishing>",
}
"""The tag of the shape of each kind of fault that needs more to be said than others of its sort."""

_TAGS: Mapping[FaultKind, str] = {
    **dict.fromkeys(RequestFault, "<request>"),
    **dict.fromkeys(LaunchFault, "<launch>"),
    **dict.fromkeys(StateFault, "<state>"),
    **_OWN_SHAPES,
}


Kind = Annotated[FaultKind, WithJsonSchema({"type": "string"})]
"""What each shape narrows, for its schema, to the kinds that it is the shape of."""


def _kind(tag: str) -> Any:
    return Field(
        description="what goes wrong",
        json_schema_extra={"enum": [kind.value for kind in _TAGS if _TAGS[kind] == tag]},
    )


class FaultShape(Shape):
    """What every fault has."""

    kind: Kind = _kind("<state>")
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

    kind: Kind = _kind("<launch>")
    count: Count | None = Field(
        None, description="how often it strikes at most: requests, or servers of launches"
    )
    probability: Probability = Field(1.0, description="how likely it strikes each time, 0 to 1")


class RequestFaultShape(OccasionalShape):
    """A fault of requests that needs no more to be said."""

    kind: Kind = _kind("<request>")
    operations: list[OperationPattern] | None = Field(
        None,
        min_length=1,
        description="such as StartRecovery, Describe*, ec2:DescribeInstances or *:*",
    )


class ExpiredShape(RequestFaultShape):
    """Credentials have ended."""

    kind: Kind = _kind("<expired>")
    access_keys: list[Pattern] | None = Field(
        None, min_length=1, description="the access keys that have, * for any letters; absent: all"
    )


class ThrottleShape(RequestFaultShape):
    """Requests are throttled."""

    kind: Kind = _kind("<throttle>")
    retry_after: Seconds | None = Field(None, description="what Retry-After says; absent: nothing")


class ErrorShape(RequestFaultShape):
    """Requests are answered with a server's error."""

    kind: Kind = _kind("<error>")
    status: Status = Field(500, description="500 in DRS's own words, else a gateway's page")
    takes_effect: Flag = Field(False, description="whether the request is carried out all the same")


class DelayShape(RequestFaultShape):
    """Answers come late."""

    kind: Kind = _kind("<delay>")
    by: Seconds = Field(description="how much later, in drill time")


class HangShape(RequestFaultShape):
    """Answers never come, and the connection stays open."""

    kind: Kind = _kind("<hang>")
    takes_effect: Flag = Field(False, description="whether the request is carried out")


class MalformedShape(RequestFaultShape):
    """Answers can't be read."""

    kind: Kind = _kind("<malformed>")
    body: MalformedBody = Field(
        MalformedBody.TRUNCATED, description="what they hold: truncated, html or empty"
    )


class OutageShape(RequestFaultShape):
    """Nothing of a Region answers."""

    kind: Kind = _kind("<outage>")
    status: Status | None = Field(
        None, description="answer with this status; absent: connections close"
    )


class FailureShape(OccasionalShape):
    """A server's launch fails."""

    kind: Kind = _kind("<failure>")
    raw_error: Line | None = Field(None, description="what the job log quotes as rawError")


class StuckShape(OccasionalShape):
    """A server's launch stands still."""

    kind: Kind = _kind("<stuck>")
    in_: StuckPhase = Field(
        StuckPhase.LAUNCH, alias="in", description="the phase: conversion or launch"
    )
    lasts: Seconds | None = Field(None, description="how long; absent: it never goes on")


class SilentShape(OccasionalShape):
    """A recovery instance boots, and its applications don't answer."""

    kind: Kind = _kind("<silent>")
    lasts: Seconds | None = Field(
        None, description="how long after its launch; absent: they never answer"
    )


class VanishingShape(OccasionalShape):
    """A recovery instance is gone, and no job did it."""

    kind: Kind = _kind("<vanishing>")
    after: Seconds | None = Field(None, description="how long after its launch; absent: at once")


Fault = Annotated[
    Annotated[RequestFaultShape, Tag("<request>")]
    | Annotated[ExpiredShape, Tag("<expired>")]
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
    by_value("kind", {kind.value: tag for kind, tag in _TAGS.items()}),
]
"""A fault, as its kind shapes it."""

_DEFAULT_OPERATIONS: Mapping[FaultKind, tuple[str, ...]] = {
    RequestFault.CONFLICT: ("StartRecovery", "TerminateRecoveryInstances"),
    RequestFault.DUPLICATE: ("StartRecovery",),
    RequestFault.EXPIRED_CREDENTIALS: ("*:*",),
    RequestFault.OUTAGE: ("*:*",),
    RequestFault.QUOTA: ("StartRecovery",),
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
        access_keys=tuple(given.get("access_keys", ())),
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
