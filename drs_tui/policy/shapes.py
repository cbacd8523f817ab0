"""The shape of a policy file: which keys stand where, and what each holds."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field

from drs_tui.documents.shape import Shape
from drs_tui.plans.shapes import NetworksShape
from drs_tui.plans.values import Account, Approvals, Region, RegularExpression, Text

_CLOCK = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


class Permission(StrEnum):
    """Whether something may be done."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"


class Weekday(StrEnum):
    """A day of the week."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


def _clock(value: str) -> str:
    if not _CLOCK.fullmatch(value):
        raise ValueError("a time of day from 00:00 to 24:00")
    return value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError):  # unknown, a folder of zones, no name of one
        words = "a time zone such as Europe/Berlin or UTC that this machine knows"
        raise ValueError(words) from None
    return value


def _isolation(value: NetworksShape) -> NetworksShape:
    if not (value.vpcs or value.subnets or value.security_groups):
        raise ValueError("at least one of vpcs, subnets and security_groups")
    return value


Clock = Annotated[str, AfterValidator(_clock)]
Zone = Annotated[Text, AfterValidator(_zone)]


Isolation = Annotated[NetworksShape, AfterValidator(_isolation)]


class HoursShape(Shape):
    """Hours of some weekdays."""

    days: list[Weekday] = Field(min_length=1, description="weekdays: mon, tue, wed, thu, …")
    start: Clock = Field(alias="from", description="when they begin, such as 08:00")
    end: Clock = Field(
        alias="until", description="when they end; before the start, it is on the next day"
    )


class ChangeWindowShape(Shape):
    """When drills may launch."""

    zone: Zone = Field(description="the time zone of the hours, such as Europe/Berlin")
    hours: list[HoursShape] = Field(min_length=1, description="hours of some weekdays, a list")


class PolicyShape(Shape):
    """A policy file; what is absent is allowed."""

    accounts: list[Account] | None = Field(
        None, min_length=1, description="the accounts in which runs may launch, 12 digits each"
    )
    regions: list[Region] | None = Field(
        None, min_length=1, description="the Regions in which runs may launch"
    )
    stores: list[Text] | None = Field(
        None, min_length=1, description="the audit stores that runs may be recorded in"
    )
    change: RegularExpression | None = Field(
        None,
        description="a regular expression that the whole of a change ticket matches, such as "
        "CHG[0-9]{7}",
    )
    change_window: ChangeWindowShape | None = Field(
        None, description="when drills may launch; a recovery may at any time"
    )
    least_approvers: Approvals | None = Field(
        None, description="how many people must have approved before anything launches"
    )
    recovery: Permission = Field(
        Permission.ALLOWED, description="whether real recoveries may be run: allowed or forbidden"
    )
    local_commands: Permission = Field(
        Permission.ALLOWED, description="whether plans may run commands: allowed or forbidden"
    )
    isolation: Isolation | None = Field(
        None, description="where drill instances may live: vpcs, subnets, security_groups"
    )
