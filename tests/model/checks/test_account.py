"""The account that a plan names, and before a launch still the same one."""

from __future__ import annotations

import pytest

from drs_tui.model.checks.account import check_still_there, check_target_named
from drs_tui.model.endpoints import EMBEDDED, Endpoints
from drs_tui.model.observed import CallerIdentity
from drs_tui.model.plan import Plan, Target
from drs_tui.model.readiness import Verdict
from drs_tui.model.state.run import Run

RUN = Run("r", Plan("p", ()), account="123456789012", region="us-east-1")
CALLER = CallerIdentity("123456789012", "arn:aws:iam::123456789012:user/anna", "AIDA")
OTHER = CallerIdentity("999999999999", "arn:aws:iam::999999999999:user/anna", "AIDA")
URL = "https://drs.test"


def test_a_plan_has_to_name_its_account_and_is_told_which() -> None:
    [finding] = check_target_named(Plan("p", ()), "123456789012", is_required=True)
    assert finding.verdict is Verdict.BLOCKS
    assert 'target: {account: "123456789012"}' in finding.remedy


def test_a_plan_that_names_it_does() -> None:
    plan = Plan("p", (), target=Target(account="123456789012"))
    assert check_target_named(plan, "999999999999", is_required=True) == []


def test_on_this_machine_no_account_has_to_be_named() -> None:
    assert check_target_named(Plan("p", ()), "123456789012", is_required=False) == []


def test_the_same_account_at_the_same_endpoints_is_fine() -> None:
    assert check_still_there(RUN, CALLER, Endpoints()) == []


def run_at(endpoint_url: str, *, simulated: bool) -> Run:
    return Run(
        "r",
        Plan("p", ()),
        account="123456789012",
        endpoint_url=endpoint_url,
        simulated=simulated,
        is_evidence=False,
    )


@pytest.mark.parametrize(
    ("run", "caller", "endpoints", "thing"),
    [
        (RUN, OTHER, Endpoints(), "999999999999"),
        (RUN, CALLER, Endpoints({"drs": URL}, ("drs",)), "drs"),
        (RUN, CALLER, Endpoints(simulated=True), "drs"),
        (run_at(URL, simulated=True), CALLER, Endpoints(), "drs"),
    ],
)
def test_another_account_or_another_endpoint_stands_in_the_way(
    run: Run, caller: CallerIdentity, endpoints: Endpoints, thing: str
) -> None:
    [finding] = check_still_there(run, caller, endpoints)
    assert (finding.verdict, finding.thing) == (Verdict.BLOCKS, thing)
    assert finding.remedy


@pytest.mark.parametrize(
    ("run", "endpoints"),
    [
        (run_at(URL, simulated=False), Endpoints({"drs": URL}, ("drs",))),
        (run_at(URL, simulated=True), Endpoints({"drs": URL}, ("drs",), simulated=True)),
        (run_at(EMBEDDED, simulated=True), Endpoints({"drs": URL}, ("drs",), simulated=True)),
    ],
)
def test_a_run_goes_on_where_it_was_begun(run: Run, endpoints: Endpoints) -> None:
    assert check_still_there(run, CALLER, endpoints) == []
