"""IAM as boto3 meets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from .neighbourhood import Neighbourhood, neighbourhood

ROLE = "arn:aws:iam::123456789012:role/DrillOperator"


async def decisions(around: Neighbourhood, *actions: str) -> dict[str, str]:
    answer = await around(
        "iam",
        "SimulatePrincipalPolicy",
        PolicySourceArn=ROLE,
        ActionNames=list(actions),
        ContextEntries=[
            {
                "ContextKeyName": "aws:ViaAWSService",
                "ContextKeyValues": ["true"],
                "ContextKeyType": "boolean",
            }
        ],
    )
    return {each["EvalActionName"]: each["EvalDecision"] for each in answer["EvaluationResults"]}


async def test_the_callers_role_is_known_and_may_do_everything(around: Neighbourhood) -> None:
    role = await around("iam", "GetRole", RoleName="DrillOperator")
    assert role["Role"]["Arn"] == ROLE
    assert await decisions(around, "drs:StartRecovery") == {"drs:StartRecovery": "allowed"}


async def test_what_faults_refuse_the_policies_do_not_allow(tmp_path: Path) -> None:
    scenario = tmp_path / "narrow.yaml"
    scenario.write_text(
        "summary: narrow rights\n"
        "faults: [{kind: no-ec2-rights}, {kind: access-denied, operations: [Terminate*]}]\n"
    )
    asked = ("drs:StartRecovery", "drs:TerminateRecoveryInstances", "ec2:RunInstances")
    async with neighbourhood(scenario=str(scenario)) as around:
        found = await decisions(around, *asked)
    assert list(found.values()) == ["allowed", "implicitDeny", "implicitDeny"]


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("GetRole", {"RoleName": "Nobody"}),
        (
            "SimulatePrincipalPolicy",
            {"PolicySourceArn": f"{ROLE}s-of-others", "ActionNames": ["drs:StartRecovery"]},
        ),
    ],
)
async def test_who_does_not_exist_is_not_found(
    around: Neighbourhood, operation: str, parameters: dict[str, object]
) -> None:
    assert await around.refused("iam", operation, **parameters) == (404, "NoSuchEntity")
