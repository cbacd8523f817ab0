"""Rights to launch: told where IAM tells them, and no alarm about what it can't know."""

from __future__ import annotations

import pytest

from drs_tui.model.checks.rights import (
    Right,
    check_rights_to_launch,
    policy_source,
    questions,
    right_of,
    role_of,
)
from drs_tui.model.readiness import Unread, Verdict

SESSION = "arn:aws-us-gov:sts::123456789012:assumed-role/DrillOperator/ana"
ROLE = "arn:aws-us-gov:iam::123456789012:role/DrillOperator"
USER = "arn:aws:iam::123456789012:user/ops/ana"


@pytest.mark.parametrize(
    ("arn", "source", "role"),
    [
        (SESSION, ROLE, "DrillOperator"),
        (USER, USER, ""),
        ("arn:aws:iam::123456789012:root", "", ""),
        ("arn:aws:sts::123456789012:federated-user/ana", "", ""),
    ],
)
def test_whose_policies_a_caller_has(arn: str, source: str, role: str) -> None:
    assert (policy_source(arn), role_of(arn)) == (source, role)


@pytest.mark.parametrize(
    ("decisions", "missing", "expected"),
    [
        (["allowed"], [], Right.ALLOWED),
        (["allowed", "allowed"], ["aws:SourceIp"], Right.ALLOWED),
        (["implicitDeny"], [], Right.DENIED),
        (["allowed", "explicitDeny"], [], Right.DENIED),
        (["implicitDeny"], ["aws:ResourceTag/Team"], Right.UNKNOWN),
        ([], [], Right.UNKNOWN),
    ],
)
def test_a_refusal_that_a_missing_value_could_turn_is_none(
    decisions: list[str], missing: list[str], expected: Right
) -> None:
    assert right_of(decisions, missing) is expected


@pytest.mark.parametrize(
    ("rights", "verdict", "words"),
    [
        ({"drs:StartRecovery": Right.ALLOWED}, Verdict.PASSES, "allowed: drs:StartRecovery"),
        (
            {"drs:StartRecovery": Right.ALLOWED, "ec2:RunInstances": Right.DENIED},
            Verdict.WARNS,
            "allowed: drs:StartRecovery; denied: ec2:RunInstances",
        ),
        ({"iam:PassRole": Right.UNKNOWN}, Verdict.UNKNOWN, "unknown: iam:PassRole"),
        (Unread("You may not ask."), Verdict.UNKNOWN, "is not known: You may not ask."),
    ],
)
def test_what_is_not_allowed_is_taken_on_and_never_blocks(
    rights: dict[str, Right] | Unread, verdict: Verdict, words: str
) -> None:
    finding = check_rights_to_launch(rights)
    assert finding.verdict is verdict
    assert words in finding.reason


def test_what_drs_does_in_the_callers_name_is_asked_about_as_done_by_a_service() -> None:
    asked = questions(ROLE, "us-gov-west-1", "s-1")
    by_service = {
        action.partition(":")[0]: question.context.get("aws:ViaAWSService")
        for question in asked
        for action in question.actions
    }
    assert by_service == {"drs": None, "ec2": "true", "iam": None}
    resources = [resource for question in asked for resource in question.resources]
    assert resources[0] == "arn:aws-us-gov:drs:us-gov-west-1:123456789012:source-server/s-1"
    assert all(resource.startswith("arn:aws-us-gov:") for resource in resources)
