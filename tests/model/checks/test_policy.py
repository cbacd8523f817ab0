"""What a site's policy stands in the way of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from drs_tui.model.checks.policy import (
    check_policy,
    check_policy_of_wave,
    is_about_the_place,
    local_commands_forbidden,
)
from drs_tui.model.launch_checks import CommandCheck
from drs_tui.model.plan import CommandStep, Gate, Isolation, Mode, Plan, PlanServer, Wave
from drs_tui.model.policy import ChangeWindow, Hours, Policy, Site
from drs_tui.model.readiness import Finding, Verdict
from drs_tui.model.state.run import Run
from drs_tui.model.state.waves import WaveState

SUNDAY_NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SERVER = (PlanServer("s-1a2b3c4d5e6f70001", "db"),)
PLAN = Plan("orders", (Wave("db", SERVER), Wave("app", SERVER, after=("db",))))
STORE = "dynamodb:drills?region=eu-central-1&profile=audit"


def site(ticket: str | None = "CHG0000001", **rules: Any) -> Site:
    return Site(SUNDAY_NOON, STORE, ticket, Policy("/etc/policy.yaml", "ab" * 32, **rules))


def found(site: Site, plan: Plan = PLAN, mode: Mode = Mode.DRILL) -> list[Finding]:
    return check_policy(site, plan, mode, "123456789012", "us-east-1")


def blocked(site: Site, plan: Plan = PLAN, mode: Mode = Mode.DRILL) -> list[str]:
    """What stands in the way, by the things; every one says why and what to do."""
    findings = found(site, plan, mode)
    assert all(f.verdict in (Verdict.BLOCKS, Verdict.PASSES) for f in findings)
    assert all(f.check == "policy" and f.reason for f in findings)
    assert all(f.remedy for f in findings if f.verdict is Verdict.BLOCKS)
    return [f.thing for f in findings if f.verdict is Verdict.BLOCKS]


def test_where_a_site_has_no_policy_nothing_is_found() -> None:
    assert found(Site(SUNDAY_NOON, STORE)) == []


def test_a_policy_that_cannot_be_told_stands_in_the_way() -> None:
    assert blocked(Site(SUNDAY_NOON, STORE, trouble="policy.yaml: is not a file")) == ["site"]


def test_what_a_policy_allows_passes_and_says_by_which() -> None:
    rules = site(accounts=("123456789012",), regions=("us-east-1",), stores=(STORE,))
    [finding] = found(rules)
    assert finding.verdict is Verdict.PASSES
    assert "/etc/policy.yaml" in finding.reason


CLOSED = ChangeWindow((Hours(frozenset({5}), 0, 1440),))


@pytest.mark.parametrize(
    ("rules", "thing"),
    [
        ({"accounts": ("999999999999",)}, "account"),
        ({"regions": ("eu-west-1",)}, "region"),
        ({"stores": ("dynamodb:drills",)}, "store"),
        ({"stores": ("dynamodb:other?region=eu-central-1&profile=audit",)}, "store"),
        ({"change": "INC[0-9]+"}, "change"),
        ({"change": "CHG[0-9]{6}"}, "change"),
        ({"change_window": CLOSED}, "window"),
        ({"isolation": Isolation(("vpc-1",))}, "isolation"),
    ],
)
def test_what_a_policy_does_not_allow_stands_in_the_way(rules: dict[str, Any], thing: str) -> None:
    assert blocked(site(**rules), mode=Mode.DRILL) == [thing]


@pytest.mark.parametrize(
    ("thing", "at_the_place"), [("account", True), ("region", True), ("store", False)]
)
def test_it_is_the_account_and_the_region_that_make_the_place(
    thing: str, at_the_place: bool
) -> None:
    blocks = Finding(Verdict.BLOCKS, "policy", thing, "")
    assert is_about_the_place(blocks) is at_the_place
    assert not is_about_the_place(replace(blocks, verdict=Verdict.PASSES))


def test_a_stores_settings_stand_in_any_order() -> None:
    same = "dynamodb:drills?profile=audit&region=eu-central-1"
    assert blocked(site(stores=(same,))) == []


def test_what_is_said_of_a_store_has_no_password_in_it() -> None:
    store = "dynamodb:drills?endpoint=https://me:secret@db.test"
    [finding] = found(replace(site(stores=("dynamodb:drills",)), store=store))
    assert "secret" not in finding.reason


def test_a_change_ticket_that_nobody_was_asked_for_yet_is_announced() -> None:
    rules = site(None, change="CHG[0-9]+")
    announced = found(rules)[-1]
    assert announced.verdict is Verdict.PASSES
    assert "asks for a change ticket of the form CHG[0-9]+" in announced.reason
    forbidden = found(site(None, change="CHG[0-9]+", regions=("eu-west-1",)))
    assert [finding.thing for finding in forbidden] == ["region", "change"]
    assert blocked(replace(rules, change="")) == ["change"]


def test_recoveries_are_forbidden_where_a_policy_says_so() -> None:
    rules = site(allows_recovery=False)
    assert blocked(rules, mode=Mode.RECOVERY) == ["recovery"]
    assert blocked(rules, mode=Mode.DRILL) == []


def test_a_recovery_keeps_no_hours_and_has_its_own_networks() -> None:
    rules = site(change_window=CLOSED, isolation=Isolation(("vpc-1",)))
    assert blocked(rules, mode=Mode.RECOVERY) == []


def test_local_commands_are_forbidden_where_a_policy_says_so() -> None:
    step = CommandStep(("./dns",), (Mode.DRILL,))
    app = PLAN.waves[1]
    for wave in (replace(app, before=(step,)), replace(app, afterwards=(step,))):
        plan = replace(PLAN, waves=(PLAN.waves[0], wave))
        assert blocked(site(allows_commands=False), plan) == ["wave app"]
        assert blocked(site(allows_commands=False), plan, Mode.RECOVERY) == []
        assert blocked(site(), plan) == []


def test_no_command_starts_where_the_policy_forbids_it_or_cannot_be_told() -> None:
    assert local_commands_forbidden(site()) == ""
    assert local_commands_forbidden(Site(SUNDAY_NOON, STORE, "")) == ""
    assert "forbids local commands" in local_commands_forbidden(site(allows_commands=False))
    broken = Site(SUNDAY_NOON, STORE, "", trouble="line 1: what is this?")
    assert "line 1: what is this?" in local_commands_forbidden(broken)


def test_a_check_by_a_local_command_is_one_too() -> None:
    for vantage, expected in (("bastion", ["wave app"]), ("ssm", []), ("ssm:db", [])):
        check = CommandCheck(("./ask",), vantage=vantage)
        plan = replace(PLAN, waves=(PLAN.waves[0], replace(PLAN.waves[1], checks=(check,))))
        assert blocked(site(allows_commands=False), plan) == expected


def test_networks_that_a_policy_does_not_list_stand_in_the_way() -> None:
    rules = site(isolation=Isolation(("vpc-1",)))
    assert blocked(rules, replace(PLAN, isolation=Isolation(("vpc-1",)))) == []
    assert blocked(rules, replace(PLAN, isolation=Isolation(("vpc-1", "vpc-2")))) == ["isolation"]


# Approvers --------------------------------------------------------------------------------------

GATED = replace(PLAN, waves=(replace(PLAN.waves[0], gate=Gate("Go?", 2)), PLAN.waves[1]))


def test_each_wave_needs_a_gate_for_enough_people_before_it() -> None:
    rules = site(least_approvers=2)
    assert blocked(rules, GATED) == []
    assert blocked(rules) == ["wave db", "wave app"]
    assert blocked(site(least_approvers=3), GATED) == ["wave db", "wave app"]


def test_a_gate_beside_a_wave_does_not_count_for_it() -> None:
    beside = replace(GATED, waves=(GATED.waves[0], replace(GATED.waves[1], after=())))
    assert blocked(site(least_approvers=2), beside) == ["wave app"]


def run_of(plan: Plan, **approvals: tuple[str, ...]) -> Run:
    waves = {
        wave.name: WaveState(wave.name, (), approvals=approvals.get(wave.name, ()))
        for wave in plan.waves
    }
    return Run("r", plan, account="123456789012", region="us-east-1", waves=waves)


@pytest.mark.parametrize(
    ("approvals", "things"),
    [
        ({"db": ("anna", "ben")}, []),
        ({"db": ("anna",), "app": ("ben",)}, []),
        ({"db": ("anna",)}, ["wave app"]),
        ({"db": ("anna",), "app": ("anna",)}, ["wave app"]),
        # Its gate was skipped with its wave.
        ({}, ["wave app"]),
    ],
)
def test_before_a_launch_those_who_have_approved_are_counted(
    approvals: dict[str, tuple[str, ...]], things: list[str]
) -> None:
    run = run_of(GATED, **approvals)
    found = check_policy_of_wave(site(least_approvers=2), run, "app")
    assert [finding.thing for finding in found] == things


# Before a launch --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "thing"),
    [
        ({"accounts": ("999999999999",)}, "account"),
        ({"regions": ("eu-west-1",)}, "region"),
        ({"stores": ("sqlite:/x",)}, "store"),
        ({"change": "INC[0-9]+"}, "change"),
        ({"change_window": CLOSED}, "window"),
        ({"isolation": Isolation(("vpc-1",))}, "isolation"),
    ],
)
def test_a_policy_that_was_changed_since_holds_for_the_next_wave(
    rules: dict[str, Any], thing: str
) -> None:
    assert check_policy_of_wave(site(), run_of(PLAN), "db") == []
    [finding] = check_policy_of_wave(site(**rules), run_of(PLAN), "db")
    assert (finding.verdict, finding.thing) == (Verdict.BLOCKS, thing)


def test_a_policy_that_can_be_told_no_more_stops_the_next_wave() -> None:
    broken = Site(SUNDAY_NOON, STORE, "", trouble="policy.yaml: is not a file")
    [finding] = check_policy_of_wave(broken, run_of(PLAN), "db")
    assert finding.verdict is Verdict.BLOCKS
    assert check_policy_of_wave(Site(SUNDAY_NOON, STORE, ""), run_of(PLAN), "db") == []
