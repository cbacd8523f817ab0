"""Servers that belong to what a plan recovers and stand in none of its waves."""

from __future__ import annotations

from drs_tui.model.checks.fleet import check_fleet
from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Plan, PlanServer, Selector, Wave
from drs_tui.model.readiness import Verdict
from drs_tui.model.resolve import concerns, resolve


def server(name: str, application: str, role: str) -> SourceServer:
    return SourceServer(f"s-{name}", name, tags={"Application": application, "Role": role})


FLEET = [
    server("orders-db", "orders", "db"),
    server("orders-app", "orders", "app"),
    server("orders-mail", "orders", "mail"),
    server("billing-app", "billing", "app"),
]
APP = Wave("app", select=Selector({"Application": "orders", "Role": "app"}))


def left_out(*waves: Wave) -> list[str]:
    plan = Plan("orders", waves)
    found = check_fleet(plan, resolve(plan, FLEET)[0], FLEET)
    meant = [*filter(concerns(plan), FLEET)]
    assert check_fleet(plan, resolve(plan, meant)[0], meant) == found, "the others change nothing"
    assert {finding.verdict for finding in found} <= {Verdict.WARNS}
    return [finding.reason for finding in found]


def test_what_has_the_tags_that_all_servers_of_the_plan_share_is_named() -> None:
    db = Wave("db", (PlanServer(id="s-orders-db"),))
    assert left_out(db, APP) == ["1 server with Application=orders in no wave: orders-mail"]


def test_a_plan_that_has_all_of_its_fleet_says_nothing() -> None:
    rest = Wave("rest", (PlanServer(id="s-orders-db"), PlanServer(name="orders-mail")))
    assert left_out(rest, APP) == []


def test_a_plan_without_selectors_or_without_a_tag_in_common_names_no_fleet() -> None:
    assert left_out(Wave("db", (PlanServer(id="s-orders-db"),))) == []
    billing = Wave("billing", (PlanServer(id="s-billing-app"),))
    db = Wave("db", (PlanServer(id="s-orders-db"),))
    assert left_out(billing, db, APP) == []
