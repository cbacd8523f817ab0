"""The values of a plan file: what each may be, how it is written, what it becomes.

A check that fails raises ValueError with what is allowed; what was found, and where, is added
by the reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from drs_tui.model.points import COMMON, LATEST, NEWEST

NAME = r"[a-z0-9]([a-z0-9-]{0,62}[a-z0-9])?"
SOURCE_SERVER_ID = r"s-[0-9a-f]{17}"
POINTS_IN_TIME = (LATEST, NEWEST, COMMON)

_DURATION = re.compile(r"(?:([0-9]{1,5})h)?(?:([0-9]{1,5})m)?(?:([0-9]{1,5})s)?")
_DURATION_SCHEMA = r"^(?=.*[1-9])([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,5}s)?$"


class Excluded(StrEnum):
    """Who may not approve a gate."""

    STARTER = "starter"


def duration_seconds(value: object) -> int:
    """Seconds of a duration such as 90s, 15m or 1h30m.

    Raises:
        ValueError: it is no duration, or no time at all.
    """
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0)
    total = hours * 3600 + minutes * 60 + seconds
    if not total:
        raise ValueError("a duration above zero such as 90s, 15m or 1h30m")
    return total


def moment_or_point(value: str) -> str:
    """The text itself, if it says which point in time to recover.

    Raises:
        ValueError: it is neither one of `POINTS_IN_TIME` nor a time with offset.
    """
    allowed = f"{', '.join(POINTS_IN_TIME)} or a time with offset such as 2026-03-01T04:30:00+00:00"
    if value in POINTS_IN_TIME:
        return value
    try:
        moment = datetime.fromisoformat(value)
        moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(allowed) from None
    if moment.tzinfo is None:
        raise ValueError(allowed)
    return value


def source_server_id(value: str) -> str:
    """The text itself, if it has the form of a source server's id.

    Raises:
        ValueError: it hasn't.
    """
    if not re.fullmatch(SOURCE_SERVER_ID, value):
        raise ValueError(
            "an id of s- and 17 hexadecimal digits "
            "(a server whose name begins with s- is written {name: …})"
        )
    return value


def regular_expression(value: str) -> str:
    """The text itself, if it is a regular expression.

    Raises:
        ValueError: it is none.
    """
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"a regular expression ({error})") from None
    return value


def _matching(pattern: str, allowed: str) -> Callable[[str], str]:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(allowed)
        return value

    return check


def _whole_number(low: int, high: int) -> Callable[[object], int]:
    def check(value: object) -> int:
        if isinstance(value, str) and re.fullmatch("[0-9]{1,9}", value):
            number = int(value)
            if low <= number <= high:
                return number
        raise ValueError(f"a whole number from {low} to {high}")

    return check


def _true_or_false(value: object) -> bool:
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("true or false")


def _one_line(value: str) -> str:
    if not value.strip() or any(character in value for character in "\t\r\n"):
        raise ValueError("a text on one line, not empty")
    return value


def _prose(value: str) -> str:
    """Folded and multi-line texts become one line, as the screen shows them."""
    return " ".join(value.split())


def _of_form(pattern: str, allowed: str) -> tuple[AfterValidator, object]:
    return AfterValidator(_matching(pattern, allowed)), Field(
        json_schema_extra={"pattern": f"^{pattern}$"}
    )


Text = Annotated[str, AfterValidator(_one_line)]
TagValue = Annotated[
    str, AfterValidator(_matching(r"[^\t\r\n]{0,256}", "a text of at most 256 characters"))
]
Prose = Annotated[str, AfterValidator(_prose), AfterValidator(_one_line)]

Name = Annotated[
    str,
    *_of_form(NAME, "up to 64 of a-z, 0-9 and hyphen, not beginning or ending with a hyphen"),
]
ServerId = Annotated[
    str,
    AfterValidator(source_server_id),
    Field(json_schema_extra={"pattern": f"^{SOURCE_SERVER_ID}$"}),
]
ServerName = Annotated[
    str, *_of_form(r"\S([^\t\r\n]{0,254}\S)?", "a name of at most 256 characters")
]
Account = Annotated[str, *_of_form(r"[0-9]{12}", "12 digits")]
Region = Annotated[
    str, *_of_form(r"[a-z]{2,8}(-[a-z]{2,16}){1,3}-[0-9]{1,2}", "a Region such as us-east-1")
]
RoleArn = Annotated[
    str,
    *_of_form(
        r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[A-Za-z0-9_+=,.@/-]{1,512}",
        "a role's ARN such as arn:aws:iam::123456789012:role/drills",
    ),
]
VpcId = Annotated[str, *_of_form(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})", "an id such as vpc-0a1b2c3d")]
SubnetId = Annotated[
    str, *_of_form(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})", "an id such as subnet-0a1b2c3d")
]
SecurityGroupId = Annotated[
    str, *_of_form(r"sg-([0-9a-f]{8}|[0-9a-f]{17})", "an id such as sg-0a1b2c3d")
]
InstanceId = Annotated[
    str, *_of_form(r"i-([0-9a-f]{8}|[0-9a-f]{17})", "an id such as i-0a1b2c3d4e5f60718")
]
Duration = Annotated[
    int,
    BeforeValidator(
        duration_seconds, json_schema_input_type=Annotated[str, Field(pattern=_DURATION_SCHEMA)]
    ),
]
Flag = Annotated[
    bool, BeforeValidator(_true_or_false, json_schema_input_type=Literal["true", "false"] | bool)
]
Port = Annotated[int, Field(ge=1, le=65535), BeforeValidator(_whole_number(1, 65535))]
Approvals = Annotated[int, Field(ge=1, le=100), BeforeValidator(_whole_number(1, 100))]
HttpStatus = Annotated[int, Field(ge=100, le=599), BeforeValidator(_whole_number(100, 599))]
HttpPath = Annotated[
    str, *_of_form(r"/[!-~]{0,2000}", "a path such as /health, of letters that a URL can hold")
]
HostName = Annotated[
    str, *_of_form(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", "a host name")
]
RegularExpression = Annotated[str, AfterValidator(_one_line), AfterValidator(regular_expression)]
Vantage = Annotated[
    str,
    *_of_form(
        r"bastion|ssm(:[^\t\r\n ]([^\t\r\n]{0,254}[^\t\r\n ])?)?", "bastion, ssm or ssm:NAME"
    ),
]
PointInTime = Annotated[str, AfterValidator(moment_or_point)]
