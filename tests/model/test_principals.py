"""Whom a caller's ARN stands for."""

from __future__ import annotations

import pytest

from drs_tui.model.principals import LONGEST_MEMBER, Requester, person, principal_of

ACCOUNT = "123456789012"
ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/drills"
SIGNED_ON = (
    f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_Drills_0123456789abcdef/ana@a.example"
)


@pytest.mark.parametrize(
    ("arn", "principal"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/ana", f"arn:aws:iam::{ACCOUNT}:user/ana"),
        (f"arn:aws:iam::{ACCOUNT}:user/dr/ana", f"arn:aws:iam::{ACCOUNT}:user/dr/ana"),
        (f"arn:aws-us-gov:iam::{ACCOUNT}:root", f"arn:aws-us-gov:iam::{ACCOUNT}:root"),
        (f"{ROLE}/ana", ROLE),
        (f"{ROLE}/i-0a1b2c3d4e5f60718", ROLE),
        (SIGNED_ON, SIGNED_ON),
        (
            f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_mine/ana",
            f"arn:aws:sts::{ACCOUNT}:assumed-role/AWSReservedSSO_mine",
        ),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/ana", ""),
        (f"arn:aws:iam::{ACCOUNT}:role/drills", ""),
        ("ana@bastion", ""),
        ("", ""),
    ],
)
def test_a_session_name_that_its_user_chose_tells_nobody_apart(arn: str, principal: str) -> None:
    assert principal_of(arn) == principal


@pytest.mark.parametrize(
    ("named", "counts"),
    [
        ("drills", True),
        (f"arn:aws:iam::{ACCOUNT}:role/drills", True),
        (f"arn:aws:iam::{ACCOUNT}:role/teams/dr/drills", True),
        ("arn:aws:iam::210987654321:role/drills", False),
        ("drill", False),
        ("", False),
    ],
)
def test_a_site_names_roles_whose_session_names_count(named: str, counts: bool) -> None:
    assert principal_of(f"{ROLE}/ana", [named]) == (f"{ROLE}/ana" if counts else ROLE)


def test_a_requester_is_written_down_without_what_is_not_known() -> None:
    requester = Requester(arn="arn:aws:iam::123456789012:user/ana", ssh_from="192.0.2.7")
    assert requester.to_data() == {"arn": requester.arn, "ssh_from": "192.0.2.7"}
    assert Requester.from_data(requester.to_data()) == requester


def test_a_requester_is_called_by_its_arn_else_by_its_user_on_the_machine() -> None:
    assert Requester(arn="arn", os_user="ana", host="bastion").name == "arn"
    assert Requester(os_user="ana", host="bastion").name == "ana@bastion"


def test_what_others_wrote_for_a_requester_is_no_trouble() -> None:
    assert Requester.from_data(None) == Requester()
    assert Requester.from_data({"arn": 7, "os_user": "ana", "odd": "x"}) == Requester(os_user="ana")
    assert len(Requester.from_data({"arn": "x" * 100_000}).arn) == LONGEST_MEMBER


STS = f"arn:aws:sts::{ACCOUNT}:assumed-role"


@pytest.mark.parametrize(
    ("principal", "words"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/operators/eve", "eve"),
        (f"arn:aws:iam::{ACCOUNT}:root", "the root user"),
        (f"{STS}/DrillOperator", "the role DrillOperator"),
        (f"{STS}/DrillOperator/maria", "maria (DrillOperator)"),
        (f"{STS}/AWSReservedSSO_Drills_0123456789abcdef/ben@x.example", "ben@x.example (Drills)"),
        ("maria@bastion", "maria@bastion"),
        ("arn:of:another:kind", "the role kind"),
    ],
)
def test_a_principal_is_called_what_people_call_them(principal: str, words: str) -> None:
    assert person(principal) == words
