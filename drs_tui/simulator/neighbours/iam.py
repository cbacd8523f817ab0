"""IAM, as far as it tells what the caller may do: everything, but for what faults refuse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.neighbours.modelled import Answer, Call, ModelledService
from drs_tui.simulator.neighbours.query import QueryForm
from drs_tui.simulator.neighbours.sts import ROLE, role_id
from drs_tui.simulator.scenarios.rules import LaunchFault, RequestFault

if TYPE_CHECKING:
    from drs_tui.simulator.account import Account

_MADE_AT = datetime(2025, 1, 15, 9, 30, tzinfo=UTC)


class _IamForm(QueryForm):
    statuses: Mapping[str, int] = {**QueryForm.statuses, "NoSuchEntity": 404}


def service(account: Account) -> ModelledService:
    """IAM of an account."""
    return ModelledService("iam", account, _IamForm(), OPERATIONS)


def get_role(call: Call) -> Answer:
    """The one role that there is."""
    name = call.parameters["RoleName"]
    if name != ROLE:
        raise ApiError("NoSuchEntity", f"The role with name {name} cannot be found.")
    return {
        "Role": {
            "Path": "/",
            "RoleName": ROLE,
            "RoleId": role_id(ROLE),
            "Arn": _arn(call),
            "CreateDate": _MADE_AT,
        }
    }


def simulate_principal_policy(call: Call) -> Answer:
    """Each action on each resource: the policies are what the scenario's faults leave."""
    source = call.parameters["PolicySourceArn"]
    if source != _arn(call):
        raise ApiError("NoSuchEntity", f"The principal {source} cannot be found.")
    resources = call.parameters.get("ResourceArns", ["*"])
    return {
        "EvaluationResults": [
            {
                "EvalActionName": action,
                "EvalResourceName": resources[0],
                "EvalDecision": _decision(call, action),
                "MatchedStatements": [],
                "MissingContextValues": [],
                "ResourceSpecificResults": [
                    {
                        "EvalResourceName": resource,
                        "EvalResourceDecision": _decision(call, action),
                        "MatchedStatements": [],
                        "MissingContextValues": [],
                    }
                    for resource in resources
                ],
            }
            for action in call.parameters["ActionNames"]
        ],
        "IsTruncated": False,
    }


def _decision(call: Call, action: str) -> str:
    of_service, _, operation = action.partition(":")
    faults = call.account.faults
    for rule in call.account.scenario.rules:
        if not rule.is_open(faults.elapsed_seconds(call.now)):
            continue
        if rule.kind is LaunchFault.NO_EC2_RIGHTS and of_service == "ec2":
            return "implicitDeny"
        if rule.kind is RequestFault.ACCESS_DENIED and rule.is_of_operation(of_service, operation):
            return "implicitDeny"
    return "allowed"


def _arn(call: Call) -> str:
    return f"arn:aws:iam::{call.account.scenario.account}:role/{ROLE}"


OPERATIONS = {"GetRole": get_role, "SimulatePrincipalPolicy": simulate_principal_policy}
