"""What a policy holds plans and moments to."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from drs_tui.model.plan import Isolation, Mode, Plan
from drs_tui.model.policy import ChangeWindow, Hours, Policy, Site

TUESDAY, SATURDAY, SUNDAY = 1, 5, 6
BERLIN = ZoneInfo("Europe/Berlin")
WINDOW = ChangeWindow(
    (
        Hours(frozenset({SATURDAY, SUNDAY}), 8 * 60, 20 * 60),
        Hours(frozenset({TUESDAY}), 22 * 60, 2 * 60),
    ),
    BERLIN,
    "Europe/Berlin",
)


@pytest.mark.parametrize(
    ("there", "is_open"),
    [
        ("2026-11-21T07:59", False),  # a Saturday
        ("2026-11-21T08:00", True),
        ("2026-11-22T19:59", True),
        ("2026-11-22T20:00", False),
        ("2026-11-23T12:00", False),
        ("2026-11-24T21:59", False),  # a Tuesday
        ("2026-11-24T22:00", True),
        ("2026-11-24T01:00", False),  # still of Monday's night
        ("2026-11-25T01:59", True),
        ("2026-11-25T02:00", False),
    ],
)
def test_a_window_is_open_at_its_hours_where_it_is(there: str, is_open: bool) -> None:
    moment = datetime.fromisoformat(there).replace(tzinfo=BERLIN)
    assert WINDOW.is_open(moment.astimezone(UTC)) is is_open


def test_a_window_goes_with_summer_time() -> None:
    morning = (datetime(2026, 7, 4, 6, 30, tzinfo=UTC), datetime(2026, 12, 5, 6, 30, tzinfo=UTC))
    assert [WINDOW.is_open(moment) for moment in morning] == [True, False]


def test_a_whole_day_ends_at_midnight() -> None:
    window = ChangeWindow((Hours(frozenset({SUNDAY}), 0, 24 * 60),))
    assert window.is_open(datetime(2026, 11, 22, 23, 59, tzinfo=UTC))
    assert not window.is_open(datetime(2026, 11, 23, 0, 0, tzinfo=UTC))


def test_a_plan_gets_the_policys_networks_where_it_names_none() -> None:
    policy = Policy("p", "h", isolation=Isolation(("vpc-1", "vpc-2"), ("subnet-1",)))
    plan = Plan("p", (), isolation=Isolation(("vpc-2",), (), ("sg-9",)))
    assert policy.tightened(plan).isolation == Isolation(("vpc-2",), ("subnet-1",), ("sg-9",))


def test_a_site_tightens_drills_alone() -> None:
    site = Site(datetime(2026, 11, 23, tzinfo=UTC), "s", None, Policy("p", "h", isolation=VPC))
    assert site.tightened(Plan("p", ()), Mode.DRILL).isolation == VPC
    assert site.tightened(Plan("p", ()), Mode.RECOVERY) == Plan("p", ())


VPC = Isolation(("vpc-1",))


def test_networks_are_beyond_a_policy_that_lists_others_of_their_kind() -> None:
    policy = Policy("p", "h", isolation=Isolation(("vpc-1",)))
    assert policy.beyond(Isolation(("vpc-1", "vpc-9"), ("subnet-9",))) == ("vpc-9",)


def test_a_policy_says_all_that_it_forbids_and_nothing_of_what_it_allows() -> None:
    strict = Policy(
        "/etc/drs-tui/policy.yaml",
        "",
        accounts=("123456789012",),
        regions=("us-east-1", "eu-west-1"),
        change="CHG[0-9]+",
        change_window=WINDOW,
        least_approvers=2,
        allows_recovery=False,
        allows_commands=False,
        isolation=Isolation(vpcs=("vpc-1",)),
    )

    assert list(strict.words()) == [
        "accounts 123456789012",
        "Regions us-east-1, eu-west-1",
        "VPCs vpc-1",
        "change tickets CHG[0-9]+",
        f"drills launch {WINDOW}",
        "at least 2 approvers",
        "no recoveries",
        "no local commands",
    ]
    assert list(Policy("/etc/drs-tui/policy.yaml", "").words()) == []
