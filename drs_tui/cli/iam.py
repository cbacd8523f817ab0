"""`drs-tui iam-policy`: the least that an IAM policy has to allow, and why."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeAlias

from drs_tui.audit.address import DynamoDbAddress, parse_store
from drs_tui.cli.say import say, tell
from drs_tui.cli.stores import check_address
from drs_tui.config import SealSettings, Settings
from drs_tui.model.exit_codes import SUCCEEDED

Statement: TypeAlias = dict[str, Any]


class Role(StrEnum):
    """What somebody does with drs-tui."""

    DRIVE = "drive"
    """Starts drills, decides, cleans up."""

    WATCH = "watch"
    """Follows drills, looks at servers, and asks the driver for things: approvals above all."""

    AUDIT = "audit"
    """Lists, reads and verifies what was recorded, and how it is kept."""


_READ_TRAIL = ("dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:Query")
_WRITE_TRAIL = ("dynamodb:PutItem", "dynamodb:UpdateItem")
_LOOK_AT_TABLE = (
    "dynamodb:DescribeContinuousBackups",
    "dynamodb:DescribeTable",
    "dynamodb:DescribeTimeToLive",
)
_READ_DRS = (
    "drs:DescribeJobs",
    "drs:DescribeRecoveryInstances",
    "drs:DescribeRecoverySnapshots",
    "drs:DescribeSourceServers",
    "drs:GetLaunchConfiguration",
    "drs:ListRecoveryPlanExecutionSteps",
    "drs:ListRecoveryPlanExecutions",
)
_READ_WHAT_LAUNCHES_MEET = (
    *("ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ec2:DescribeLaunchTemplates"),
    *("ec2:DescribeLaunchTemplateVersions", "ec2:DescribeSubnets"),
    *("servicequotas:GetServiceQuota", "servicequotas:ListServiceQuotas"),
)
_ASK_ABOUT_RIGHTS = ("iam:GetRole", "iam:SimulatePrincipalPolicy")
_TRY_CHECKS = ("ec2:DescribeInstanceStatus",)
_LOOK_AT_WHAT_IS_LEFT = ("ec2:DescribeInstanceAttribute", "ec2:DescribeVolumes")

CALLS: Mapping[Role, frozenset[str]] = {
    Role.DRIVE: frozenset(
        {
            *_READ_TRAIL,
            *_WRITE_TRAIL,
            *_READ_DRS,
            *_READ_WHAT_LAUNCHES_MEET,
            *_TRY_CHECKS,
            *_ASK_ABOUT_RIGHTS,
            "drs:DescribeJobLogItems",
            "drs:StartRecovery",
            "drs:TerminateRecoveryInstances",
            *_LOOK_AT_WHAT_IS_LEFT,
        }
    ),
    Role.WATCH: frozenset(
        {
            *_READ_TRAIL,
            "dynamodb:PutItem",
            *_READ_DRS,
            *_READ_WHAT_LAUNCHES_MEET,
            *_TRY_CHECKS,
            *_ASK_ABOUT_RIGHTS,
        }
    ),
    Role.AUDIT: frozenset({*_READ_TRAIL, *_LOOK_AT_TABLE}),
}
"""What drs-tui itself calls in each role; STS GetCallerIdentity is allowed to everybody."""

_CHECK_BY_AGENT = ("ssm:DescribeInstanceInformation", "ssm:GetCommandInvocation")
_SCRIPTS = ("AWS-RunPowerShellScript", "AWS-RunShellScript")

_PUT_SEALS = ("s3:PutObject", "s3:PutObjectRetention")
_GET_SEALS = ("s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectRetention")

_AUTOMATE = ("ssm:GetAutomationExecution", "ssm:StartAutomationExecution")
_AUTOMATION_KINDS = ("automation-definition", "automation-execution", "document")

_IN_YOUR_NAME = (
    *("ec2:AttachVolume", "ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress"),
    *("ec2:CreateLaunchTemplate", "ec2:CreateLaunchTemplateVersion", "ec2:CreateNetworkInterface"),
    *("ec2:CreateSecurityGroup", "ec2:CreateSnapshot", "ec2:CreateTags", "ec2:CreateVolume"),
    *("ec2:DeleteLaunchTemplate", "ec2:DeleteLaunchTemplateVersions"),
    *("ec2:DeleteNetworkInterface", "ec2:DeleteSnapshot", "ec2:DeleteVolume"),
    *("ec2:Describe*", "ec2:DetachVolume"),
    *("ec2:GetEbsDefaultKmsKeyId", "ec2:GetEbsEncryptionByDefault"),
    *("ec2:ModifyInstanceAttribute", "ec2:ModifyLaunchTemplate", "ec2:ModifyVolume"),
    *("ec2:RevokeSecurityGroupEgress", "ec2:RunInstances", "ec2:StartInstances"),
    *("ec2:StopInstances", "ec2:TerminateInstances"),
)
"""What DRS does at EC2 with the rights of whoever starts or ends a recovery."""

_PASSED_ROLES = (
    "AWSElasticDisasterRecoveryConversionServerRole",
    "AWSElasticDisasterRecoveryRecoveryInstanceRole",
    "AWSElasticDisasterRecoveryRecoveryInstanceWithLaunchActionsRole",
)

_EXPLANATION = {
    Role.DRIVE: """\
For whoever starts drills. Reads at EC2 are what tells whether a launch would end a live recovery,
or go into a network where drills must not be: without them nothing is launched. Of DynamoDB it
allows no DeleteItem and no Scan: drs-tui never deletes, and its lists read indexes. Nobody needs a
right for STS GetCallerIdentity.
DRS converts and launches with the rights of its caller, not with its own. What it does at EC2 in
your name is in the statement WhatDrsDoesInYourName, which holds only for calls that an AWS service
makes for you (aws:ViaAWSService): you can't run instances yourself with it, and a dry run at EC2
is refused though a drill would work. Where one of these is missing StartRecovery is accepted all
the same; minutes later the snapshot is done, nothing is launched and the server is FAILED.
AskAboutRights is for preflight, which has IAM tell whether launching is allowed: name your own
role in it, or leave it out, and preflight says that this is not known.
CheckByAgent and RunChecks are for plans with checks that Systems Manager makes.
RunAutomations is for plans with `ssm:` steps: leave it out, or name your documents in it.
A plan whose waves act in several accounts takes this in each: on the role that a target names by
role_arn, which whoever starts the run has to be allowed to take on (sts:AssumeRole), and with the
role's own trust.
Add iam:PassRole for the role of any other instance profile that your launch templates name, and
the use of your KMS keys where volumes are encrypted with them.""",
    Role.WATCH: """\
For whoever follows drills and approves: reads the trail and the servers, and leaves requests, each
an item of its own that nothing but its keys and its text is in. IAM can't tell items of one run
apart by their sort key; a request in the place of another item would be found by `runs verify`.""",
    Role.AUDIT: """\
For whoever lists, reads, verifies and exports, and looks at how the table is kept (`store check`).
It allows no change, and nothing at DRS.""",
}


def policy(
    role: Role, table: DynamoDbAddress | None, region: str | None, seal: SealSettings
) -> dict[str, Any]:
    """The policy of a role: for the store in `table`, if any, and for DRS in one Region or all.

    And for where `seal` says that hashes go, to put them there or to look at them.
    """
    statements = _trail(role, table) if table is not None else []
    if role is not Role.AUDIT:
        statements += _drs(role, region)
    if role is not Role.WATCH:
        statements += _seals(role, seal)
    return {"Version": "2012-10-17", "Statement": statements}


def print_policy(settings: Settings, role: Role) -> int:
    """Print a role's policy on stdout, and what is to be known about it on stderr."""
    check_address(settings)
    address = parse_store(settings.store)
    table = address if isinstance(address, DynamoDbAddress) else None
    say(_EXPLANATION[role])
    if table is None:
        say(f"The audit store is {address}, which takes no rights at AWS; --store names a table.")
    document = policy(role, table, settings.region, settings.seal)
    for line in json.dumps(document, indent=2).splitlines():
        tell(line)
    return SUCCEEDED


def _trail(role: Role, table: DynamoDbAddress) -> list[Statement]:
    arn = f"arn:{_partition(table.region)}:dynamodb:{table.region or '*'}:*:table/{table.table}"
    statements = [_allow("ReadTheTrail", _READ_TRAIL, [arn, f"{arn}/index/*"])]
    if role is Role.DRIVE:
        statements.append(_allow("WriteTheTrail", _WRITE_TRAIL, arn))
    elif role is Role.WATCH:
        attributes = {"dynamodb:Attributes": ["run_id", "item", "request"]}
        condition = {"ForAllValues:StringEquals": attributes}
        statements.append(_allow("LeaveRequests", ("dynamodb:PutItem",), arn, condition))
    else:
        statements.append(_allow("LookAtTheTable", _LOOK_AT_TABLE, arn))
    return statements


def _drs(role: Role, region: str | None) -> list[Statement]:
    # DescribeJobs and its like take no resource.
    log = ("drs:DescribeJobLogItems",) if role is Role.DRIVE else ()
    partition = _partition(region or "")
    principals = [f"arn:{partition}:iam::*:{kind}/*" for kind in ("role", "user")]
    statements = [
        _allow("ReadDrs", (*_READ_DRS, *log), "*"),
        _allow("ReadWhatLaunchesMeet", (*_READ_WHAT_LAUNCHES_MEET, *_TRY_CHECKS), "*"),
        _allow("AskAboutRights", _ASK_ABOUT_RIGHTS, principals),
    ]
    if role is not Role.DRIVE:
        return statements
    drs = f"arn:{partition}:drs:{region or '*'}:*"
    servers, instances, jobs = (
        f"{drs}:{kind}/*" for kind in ("source-server", "recovery-instance", "job")
    )
    roles = [f"arn:{partition}:iam::*:role/service-role/{name}" for name in _PASSED_ROLES]
    scripts = [f"arn:{partition}:ec2:{region or '*'}:*:instance/*"]
    scripts += [f"arn:{partition}:ssm:{region or '*'}::document/{name}" for name in _SCRIPTS]
    launch = ("drs:StartRecovery", "drs:CreateRecoveryInstanceForDrs")
    ssm = f"arn:{partition}:ssm:{region or '*'}"
    documents = [f"{ssm}:*:{kind}/*" for kind in _AUTOMATION_KINDS]
    return [
        *statements,
        _allow("Launch", launch, servers),
        _allow("CheckByAgent", _CHECK_BY_AGENT, "*"),
        _allow("RunChecks", ("ssm:SendCommand",), scripts),
        _allow("RunAutomations", _AUTOMATE, documents),
        _allow("CleanUp", ("drs:TerminateRecoveryInstances",), instances),
        _allow("LookAtWhatIsLeft", _LOOK_AT_WHAT_IS_LEFT, "*"),
        _allow("TagWhatIsLaunched", ("drs:TagResource",), [servers, instances, jobs]),
        _allow(
            "WhatDrsDoesInYourName", _IN_YOUR_NAME, "*", {"Bool": {"aws:ViaAWSService": "true"}}
        ),
        _allow(
            "PassDrsRoles",
            ("iam:PassRole",),
            roles,
            {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
        ),
    ]


def _seals(role: Role, seal: SealSettings) -> list[Statement]:
    statements: list[Statement] = []
    partition = _partition(seal.region or "")
    if seal.s3:
        bucket, _, prefix = seal.s3.partition("/")
        objects = f"arn:{partition}:s3:::{bucket}/{prefix and prefix + '/'}*"
        put = _PUT_SEALS if role is Role.DRIVE else ()
        statements += [
            _allow("SealInS3", (*put, *_GET_SEALS), objects),
            _allow("FindSealsInS3", ("s3:ListBucketVersions",), f"arn:{partition}:s3:::{bucket}"),
        ]
    if seal.kms:
        sign = ("kms:Sign",) if role is Role.DRIVE else ()
        key, condition = seal.kms, None
        if seal.kms.startswith("alias/"):
            key, condition = "*", {"StringEquals": {"kms:RequestAlias": seal.kms}}
        elif not seal.kms.startswith("arn:"):
            key = f"arn:{partition}:kms:{seal.region or '*'}:*:key/{seal.kms}"
        actions = (*sign, "kms:DescribeKey", "kms:Verify")
        statements.append(_allow("SealByKms", actions, key, condition))
    return statements


def _allow(
    sid: str,
    actions: tuple[str, ...],
    resource: str | list[str],
    condition: dict[str, Any] | None = None,
) -> Statement:
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": resource,
    }
    return statement if condition is None else {**statement, "Condition": condition}


def _partition(region: str) -> str:
    prefixes = {"us-gov-": "aws-us-gov", "cn-": "aws-cn"}
    return next((name for prefix, name in prefixes.items() if region.startswith(prefix)), "aws")
