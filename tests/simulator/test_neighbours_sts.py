"""STS as boto3 meets it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from .caller import START
from .neighbourhood import Neighbourhood


async def test_the_caller_belongs_to_the_simulated_account(around: Neighbourhood) -> None:
    caller = await around("sts", "GetCallerIdentity")

    assert caller["Account"] == "123456789012"
    assert caller["Arn"] == "arn:aws:sts::123456789012:assumed-role/DrillOperator/simulator"


async def test_a_role_that_is_assumed_has_credentials_for_as_long_as_was_asked(
    around: Neighbourhood,
) -> None:
    role = "arn:aws:iam::210987654321:role/teams/Recovery"
    answer = await around(
        "sts",
        "AssumeRole",
        RoleArn=role,
        RoleSessionName="drill",
        DurationSeconds=900,
        Tags=[{"Key": "team", "Value": "orders + billing"}],
        PolicyArns=[{"arn": "arn:aws:iam::aws:policy/ReadOnlyAccess"}],
    )

    assert answer["Credentials"]["Expiration"] == START + timedelta(minutes=15)
    assumed = answer["AssumedRoleUser"]["Arn"]
    assert assumed == "arn:aws:sts::210987654321:assumed-role/Recovery/drill"


@pytest.mark.parametrize(
    "parameters",
    [
        {"RoleArn": "Recovery-of-orders-and-all", "RoleSessionName": "drill"},
        {"RoleArn": "arn:aws:iam::210987654321:role/Recovery", "RoleSessionName": "a drill"},
        {
            "RoleArn": "arn:aws:iam::210987654321:role/Recovery",
            "RoleSessionName": "drill",
            "DurationSeconds": 90_000,
        },
    ],
)
async def test_a_role_or_a_session_that_cannot_be_is_refused(
    around: Neighbourhood, parameters: dict[str, object]
) -> None:
    assert await around.refused("sts", "AssumeRole", **parameters) == (400, "ValidationError")


async def test_an_operation_that_is_not_built_says_so(around: Neighbourhood) -> None:
    assert await around.refused("sts", "GetSessionToken") == (400, "UnsupportedOperation")
