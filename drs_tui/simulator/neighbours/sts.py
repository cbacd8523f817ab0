"""STS: who is calling, and roles that anybody may assume."""

from __future__ import annotations

import re
from datetime import timedelta

from drs_tui.simulator.account import Account, session_key
from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.hardware import stable_number
from drs_tui.simulator.neighbours.modelled import Answer, Call, ModelledService
from drs_tui.simulator.neighbours.query import QueryForm

ROLE = "DrillOperator"
"""Everybody's."""

_SESSION = "simulator"
_SESSION_SECONDS = 3600
_ROLE_ARN = re.compile(r"arn:aws[\w-]*:iam::(\d{12}):role/(?:[\x21-\x7e]+/)?([\w+=,.@-]+)")


def service(account: Account) -> ModelledService:
    """STS of an account."""
    return ModelledService("sts", account, QueryForm(), OPERATIONS)


def get_caller_identity(call: Call) -> Answer:
    """One role for everybody: whose credentials sign a request isn't looked at."""
    account = call.account.scenario.account
    return {
        "UserId": f"{role_id(ROLE)}:{_SESSION}",
        "Account": account,
        "Arn": f"arn:aws:sts::{account}:assumed-role/{ROLE}/{_SESSION}",
    }


def assume_role(call: Call) -> Answer:
    """Credentials that open nothing, for as long as was asked."""
    arn, session = call.parameters["RoleArn"], call.parameters["RoleSessionName"]
    role = _ROLE_ARN.fullmatch(arn)
    if role is None:
        raise ApiError("ValidationError", f"{arn} is invalid")
    account, name = role.groups()
    seconds = call.parameters.get("DurationSeconds", _SESSION_SECONDS)
    number = stable_number(arn, session, call.now.isoformat())
    return {
        "Credentials": {
            "AccessKeyId": session_key(account, number),
            "SecretAccessKey": "simulated" * 4,
            "SessionToken": f"simulated-{number:08x}",
            "Expiration": call.now + timedelta(seconds=seconds),
        },
        "AssumedRoleUser": {
            "AssumedRoleId": f"{role_id(name)}:{session}",
            "Arn": f"arn:aws:sts::{account}:assumed-role/{name}/{session}",
        },
    }


def role_id(name: str) -> str:
    """A role's unique id."""
    return f"AROASIMULATED{stable_number(name):010d}"


OPERATIONS = {"AssumeRole": assume_role, "GetCallerIdentity": get_caller_identity}
