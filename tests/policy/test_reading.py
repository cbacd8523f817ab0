"""What a policy file says, and what is wrong with one, by line and column."""

from __future__ import annotations

import pytest

from drs_tui.model.plan import Isolation
from drs_tui.policy.problems import PolicyError
from drs_tui.policy.reading import parse_policy

WHOLE = b"""\
accounts: [123456789012, "012345678901"]
regions: [us-east-1, eu-central-1]
stores: ["dynamodb:drills?region=eu-central-1"]
change: "CHG[0-9]{7}"
change_window:
  zone: Europe/Berlin
  hours:
    - {days: [sat, sun], from: "08:00", until: "20:00"}
    - {days: [tue], from: "22:00", until: "02:00"}
least_approvers: 2
recovery: forbidden
local_commands: forbidden
isolation: {vpcs: [vpc-0a1b2c3d], subnets: [subnet-0a1b2c3d], security_groups: [sg-0a1b2c3d]}
"""


def test_a_policy_says_all_that_it_can() -> None:
    policy = parse_policy(WHOLE, "/etc/policy.yaml")
    assert policy.accounts == ("123456789012", "012345678901")
    assert policy.regions == ("us-east-1", "eu-central-1")
    assert policy.stores == ("dynamodb:drills?region=eu-central-1",)
    assert policy.change == "CHG[0-9]{7}"
    assert str(policy.change_window) == ("sat, sun 08:00-20:00; tue 22:00-02:00 (Europe/Berlin)")
    assert policy.least_approvers == 2
    assert not policy.allows_recovery
    assert not policy.allows_commands
    assert policy.isolation == Isolation(("vpc-0a1b2c3d",), ("subnet-0a1b2c3d",), ("sg-0a1b2c3d",))


def test_what_is_absent_is_allowed() -> None:
    policy = parse_policy(b"regions: [us-east-1]\n", "policy.yaml")
    assert policy.accounts == ()
    assert policy.change_window is None
    assert policy.allows_recovery
    assert policy.allows_commands


def test_it_tells_in_words_what_it_says() -> None:
    words = "; ".join(parse_policy(WHOLE, "policy.yaml").words())
    for part in (
        "accounts 123456789012, 012345678901",
        "Regions us-east-1, eu-central-1",
        "stores dynamodb:drills?region=eu-central-1",
        "change tickets CHG[0-9]{7}",
        "drills launch sat, sun 08:00-20:00",
        "at least 2 approvers",
        "no recoveries",
        "no local commands",
        "VPCs vpc-0a1b2c3d",
        "subnets subnet-0a1b2c3d",
        "security groups sg-0a1b2c3d",
    ):
        assert part in words


WRONG = {
    "empty": ("", 1, 1, "is empty"),
    "misspelt": ("region: [us-east-1]", 1, 1, "did you mean 'regions'?"),
    "no list": ("regions: us-east-1", 1, 10, "'us-east-1'; allowed: a list"),
    "empty list": ("accounts: []", 1, 1, "'accounts' is empty"),
    "account": ("accounts: [\n  1234]", 2, 3, "allowed: 12 digits"),
    "pattern": ("change: '['", 1, 9, "a regular expression"),
    "no pattern": ("change: ''", 1, 9, "a text on one line"),
    "zone": ("change_window: {zone: Mars, hours: []}", 1, 23, "a time zone such as"),
    "zones": ("change_window: {zone: Europe, hours: []}", 1, 23, "a time zone such as"),
    "elsewhere": ("change_window: {zone: ../x, hours: []}", 1, 23, "a time zone such as"),
    "no hours": ("change_window: {zone: UTC}", 1, 1, "'hours' is missing"),
    "day": (
        "change_window: {zone: UTC, hours: [{days: [dom], from: '1', until: '2'}]}",
        *(1, 44, "mon, tue"),
    ),
    "clock": (
        "change_window:\n  zone: UTC\n  hours:\n    - {days: [mon], from: 8:00, until: '24:30'}",
        *(4, 27, "a time of day from 00:00 to 24:00"),
    ),
    "approvers": ("least_approvers: 0", 1, 18, "a whole number from 1 to 100"),
    "recovery": ("recovery: false", 1, 11, "allowed: allowed or forbidden"),
    "no networks": ("isolation: {}", 1, 1, "at least one of vpcs, subnets and security_groups"),
    "waived": ("isolation: {waived: why not}", 1, 13, "'waived' is not a key here"),
    "vpc": ("isolation: {vpcs: [vpc-1]}", 1, 20, "an id such as vpc-0a1b2c3d"),
}


@pytest.mark.parametrize(("text", "line", "column", "words"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_by_line_and_column(
    text: str, line: int, column: int, words: str
) -> None:
    with pytest.raises(PolicyError) as raised:
        parse_policy(text.encode(), "policy.yaml")
    first = raised.value.problems[0]
    assert (first.line, first.column) == (line, column)
    assert words in first.message
