"""The values of a scenario file: what each may be, how it is written, what it becomes.

A check that fails raises ValueError with what is allowed; what was found, and where, is added
by the reader.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

_DURATION = re.compile(
    r"(?:(\d{1,5})d)?(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,6}(?:\.\d{1,3})?)s)?(?:(\d{1,6})ms)?"
)
_UNITS = (86400.0, 3600.0, 60.0, 1.0, 0.001)
_DURATION_SCHEMA = (
    r"^(?=.)([0-9]{1,5}d)?([0-9]{1,5}h)?([0-9]{1,5}m)?([0-9]{1,6}(\.[0-9]{1,3})?s)?([0-9]{1,6}ms)?$"
)
NUMBER_IN_NAME = re.compile(r"\{n(?::0([1-9]))?\}")


def duration_seconds(value: object) -> float:
    """Seconds of a duration such as 250ms, 1.5s, 15m, 1h30m or 2d.

    Raises:
        ValueError: it is none.
    """
    match = _DURATION.fullmatch(value) if isinstance(value, str) and value else None
    if match is None:
        raise ValueError("a duration such as 250ms, 1.5s, 15m, 1h30m or 2d")
    return sum(float(part or 0) * unit for part, unit in zip(match.groups(), _UNITS, strict=True))


def _number(low: float, high: float, allowed: str) -> Callable[[object], float]:
    def check(value: object) -> float:
        if isinstance(value, str) and re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
            number = float(value)
            if low <= number <= high:
                return number
        raise ValueError(allowed)

    return check


def whole_number(low: int, high: int) -> Callable[[object], int]:
    """A check for a whole number in a range."""

    def check(value: object) -> int:
        if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value):
            number = int(value)
            if low <= number <= high:
                return number
        raise ValueError(f"a whole number from {low} to {high}")

    return check


def _flag(value: object) -> bool:
    if isinstance(value, str) and value in {"true", "false"}:
        return value == "true"
    raise ValueError("true or false")


def _matching(pattern: str, allowed: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(allowed)
        return value

    return AfterValidator(check)


def _form(pattern: str, allowed: str) -> tuple[AfterValidator, object]:
    return _matching(pattern, allowed), Field(json_schema_extra={"pattern": f"^{pattern}$"})


Seconds = Annotated[
    float,
    BeforeValidator(
        duration_seconds, json_schema_input_type=Annotated[str, Field(pattern=_DURATION_SCHEMA)]
    ),
]
Flag = Annotated[bool, BeforeValidator(_flag)]
Probability = Annotated[
    float, Field(ge=0, le=1), BeforeValidator(_number(0, 1, "a number from 0 to 1"))
]
Spread = Annotated[float, Field(ge=0, le=2), BeforeValidator(_number(0, 2, "a number from 0 to 2"))]
Count = Annotated[int, Field(ge=1, le=100_000), BeforeValidator(whole_number(1, 100_000))]
ServerCount = Annotated[int, Field(ge=1, le=20_000), BeforeValidator(whole_number(1, 20_000))]
Quota = Annotated[int, Field(ge=0, le=100_000), BeforeValidator(whole_number(0, 100_000))]
Cpus = Annotated[int, Field(ge=1, le=448), BeforeValidator(whole_number(1, 448))]
Gib = Annotated[int, Field(ge=1, le=24_576), BeforeValidator(whole_number(1, 24_576))]
Status = Annotated[int, Field(ge=500, le=599), BeforeValidator(whole_number(500, 599))]
Line = Annotated[str, *_form(r"\S([^\t\r\n]*\S)?", "a text on one line")]
TagValue = Annotated[str, *_form(r"[^\t\r\n]{0,256}", "a text of at most 256 characters")]
ServerName = Annotated[str, *_form(r"[A-Za-z0-9.{}:_-]{1,128}", "a host name, {n} for a number")]
ServerId = Annotated[str, *_form(r"s-[0-9a-f]{17}", "an id of s- and 17 hexadecimal digits")]
InstanceId = Annotated[str, *_form(r"i-([0-9a-f]{8}|[0-9a-f]{17})", "an id such as i-0a1b2c3d")]
SubnetId = Annotated[
    str, *_form(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})", "an id such as subnet-0a1b2c3d")
]
SecurityGroupId = Annotated[
    str, *_form(r"sg-([0-9a-f]{8}|[0-9a-f]{17})", "an id such as sg-0a1b2c3d")
]
Pattern = Annotated[
    str, *_form(r"[A-Za-z0-9._*?-]{1,128}", "a source server's name or id; * for any letters")
]
AccountId = Annotated[str, *_form(r"[0-9]{12}", "12 digits")]
RegionName = Annotated[
    str, *_form(r"[a-z]{2,8}(-[a-z]{2,16}){1,3}-[0-9]{1,2}", "a Region such as us-east-1")
]
OperationPattern = Annotated[
    str,
    *_form(
        r"(([a-z0-9-]+|\*):)?[A-Za-z*?]+",
        "an operation such as StartRecovery, Describe*, ec2:DescribeInstances or *:*",
    ),
]
Address = Annotated[str, *_form(r"[0-9]{1,3}(\.[0-9]{1,3}){3}", "an address such as 10.0.1.11")]
