"""Whether the caller may launch and terminate, as far as IAM can tell without trying."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from drs_tui.model.readiness import Finding, Unread, Verdict

_SESSION = re.compile(r"(arn:[a-z-]+):sts::(\d{12}):assumed-role/([^/]+)/[^/]+")
_USER = re.compile(r"arn:[a-z-]+:iam::\d{12}:user/.+")

_BY_DRS = {
    "aws:ViaAWSService": "true",
    "aws:RequestTag/AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com",
    "aws:ResourceTag/AWSElasticDisasterRecoveryManaged": "drs.amazonaws.com",
}
"""How DRS's calls to EC2 in the caller's name look to policies."""

_ROLES = (
    "AWSElasticDisasterRecoveryConversionServerRole",
    "AWSElasticDisasterRecoveryRecoveryInstanceRole",
)


class Right(StrEnum):
    """What IAM says of an action."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Question:
    """Some actions on some resources, asked about at once."""

    actions: tuple[str, ...]
    resources: tuple[str, ...]
    context: Mapping[str, str] = field(default_factory=dict)
    """Values of condition keys; those that nobody gives leave an answer unknown."""


def role_of(arn: str) -> str:
    """The name of the role that a caller's ARN is a session of; empty: of none."""
    session = _SESSION.fullmatch(arn)
    return session[3] if session else ""


def policy_source(arn: str) -> str:
    """The user, or the role without its path, whose policies a caller has; empty: nobody's.

    A session's ARN does not have the path of its role.
    """
    session = _SESSION.fullmatch(arn)
    if session is not None:
        return f"{session[1]}:iam::{session[2]}:role/{session[3]}"
    return arn if _USER.fullmatch(arn) else ""


def questions(source: str, region: str, server_id: str) -> list[Question]:
    """What a launch of a source server and its clean-up take, beside what any reads show."""
    partition, account = source.split(":")[1], source.split(":")[4]
    drs = f"arn:{partition}:drs:{region}:{account}"
    ec2 = f"arn:{partition}:ec2:{region}:{account}"
    here = {"aws:RequestedRegion": region}
    by_drs = {**here, **_BY_DRS}
    passed = tuple(f"arn:{partition}:iam::{account}:role/service-role/{name}" for name in _ROLES)
    return [
        Question(
            ("drs:StartRecovery", "drs:CreateRecoveryInstanceForDrs"),
            (f"{drs}:source-server/{server_id}",),
            here,
        ),
        Question(("drs:TerminateRecoveryInstances",), (f"{drs}:recovery-instance/*",), here),
        Question(
            ("ec2:RunInstances", "ec2:StartInstances", "ec2:TerminateInstances"),
            (f"{ec2}:instance/*",),
            by_drs,
        ),
        Question(
            ("ec2:AttachVolume", "ec2:CreateVolume", "ec2:DeleteVolume"),
            (f"{ec2}:volume/*",),
            by_drs,
        ),
        Question(("ec2:CreateLaunchTemplateVersion",), (f"{ec2}:launch-template/*",), by_drs),
        Question(("iam:PassRole",), passed, {**here, "iam:PassedToService": "ec2.amazonaws.com"}),
    ]


def right_of(decisions: Iterable[str], missing: Iterable[str]) -> Right:
    """What IAM's decisions on an action add up to, where it missed the values of some keys.

    A refusal counts only if no missing value could turn it: it is no reason to alarm anybody.
    """
    said = set(decisions)
    if said == {"allowed"}:
        return Right.ALLOWED
    return Right.DENIED if said and not set(missing) else Right.UNKNOWN


def check_rights_to_launch(rights: Mapping[str, Right] | Unread) -> Finding:
    """Say whether a launch and its clean-up are allowed; IAM's word alone blocks nothing."""
    thing = "launching"
    if isinstance(rights, Unread):
        return Finding(
            Verdict.UNKNOWN,
            "permissions",
            thing,
            f"whether launching and terminating are allowed is not known: {rights.words}",
            "let the caller ask (iam:SimulatePrincipalPolicy, iam:GetRole), or go by an earlier "
            "drill",
        )
    named = {right: [action for action, each in rights.items() if each is right] for right in Right}
    words = "; ".join(f"{right}: {', '.join(names)}" for right, names in named.items() if names)
    by = f"by IAM's own simulation, {words}"
    remedy = "compare with `drs-tui iam-policy`; what is missing shows as FAILED after minutes"
    if named[Right.DENIED]:
        return Finding(Verdict.WARNS, "permissions", thing, by, remedy)
    if named[Right.UNKNOWN]:
        return Finding(Verdict.UNKNOWN, "permissions", thing, by, remedy)
    return Finding(Verdict.PASSES, "permissions", thing, by)
