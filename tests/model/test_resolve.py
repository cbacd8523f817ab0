"""From what a plan names to the source servers it means."""

from __future__ import annotations

import pytest

from drs_tui.model.observed import SourceServer
from drs_tui.model.plan import Impact, Plan, PlanServer, Selector, Wave
from drs_tui.model.readiness import Verdict
from drs_tui.model.resolve import concerns, resolve

INVENTORY = [
    SourceServer("s-1", "orders-db", "db01.local", tags={"App": "orders", "Role": "db"}),
    SourceServer("s-2", "orders-web", "web01.local", tags={"App": "orders", "Role": "web"}),
    SourceServer("s-3", "twin", "web02.local", tags={"App": "orders", "Role": "web"}),
    SourceServer("s-4", "twin", "", tags={"App": "stock"}),
]


def resolved(*waves: Wave) -> tuple[list[list[tuple[str | None, str | None]]], list[str]]:
    """Ids and names of each wave, and the reasons of what was found."""
    plan, found = resolve(Plan("p", waves), INVENTORY)
    meant = filter(concerns(Plan("p", waves)), INVENTORY)
    assert resolve(Plan("p", waves), meant) == (plan, found), "the others change nothing"
    assert all(finding.verdict is Verdict.BLOCKS for finding in found)
    assert all(wave.select is None for wave in plan.waves)
    servers = [[(s.id, s.name) for s in wave.servers] for wave in plan.waves]
    return servers, [f"{finding.thing}: {finding.reason}" for finding in found]


@pytest.mark.parametrize(
    "named",
    [PlanServer(id="s-1"), PlanServer(name="orders-db"), PlanServer(id="s-1", name="old name")],
)
def test_a_server_gets_the_id_and_the_name_it_lacks(named: PlanServer) -> None:
    assert resolved(Wave("db", (named,))) == ([[("s-1", "orders-db")]], [])


def test_a_host_name_will_do() -> None:
    assert resolved(Wave("db", (PlanServer(name="web01.local"),)))[0] == [[("s-2", "web01.local")]]


def test_an_unknown_name_blocks() -> None:
    servers, found = resolved(Wave("db", (PlanServer(name="gone"),)))
    assert servers == [[]]
    assert found == ["gone: no source server has this name"]


def test_an_unknown_id_stays_for_preflight_to_find_missing() -> None:
    assert resolved(Wave("db", (PlanServer(id="s-9"),))) == ([[("s-9", "s-9")]], [])


def test_a_name_that_several_have_blocks_and_names_them() -> None:
    servers, found = resolved(Wave("db", (PlanServer(name="twin"),)))
    assert servers == [[]]
    assert found == ["twin: several source servers have this name: s-3, s-4"]


def test_a_selector_takes_all_servers_with_all_its_tags() -> None:
    select = Selector({"App": "orders", "Role": "web"}, Impact.OPTIONAL)
    plan, found = resolve(Plan("p", (Wave("web", select=select),)), INVENTORY)
    assert found == []
    assert [(s.id, s.impact) for s in plan.waves[0].servers] == [
        ("s-2", Impact.OPTIONAL),
        ("s-3", Impact.OPTIONAL),
    ]


def test_a_selector_that_matches_nothing_blocks() -> None:
    _, found = resolved(Wave("web", select=Selector({"App": "none"})))
    assert found == ["web: no source server has the tags App=none"]


def test_a_listed_server_that_the_selector_also_takes_is_there_once_as_listed() -> None:
    listed = PlanServer(id="s-2", impact=Impact.OPTIONAL)
    wave = Wave("web", (listed,), select=Selector({"Role": "web"}))
    plan, found = resolve(Plan("p", (wave,)), INVENTORY)
    assert found == []
    assert [(s.id, s.impact) for s in plan.waves[0].servers] == [
        ("s-2", Impact.OPTIONAL),
        ("s-3", Impact.CRITICAL),
    ]


def test_a_server_in_two_waves_blocks_and_stays_in_the_first() -> None:
    servers, found = resolved(
        Wave("db", (PlanServer(id="s-2"),)), Wave("web", select=Selector({"Role": "web"}))
    )
    assert servers == [[("s-2", "orders-web")], [("s-3", "twin")]]
    assert found == ["orders-web: it is in wave db and in wave web"]


def test_a_plan_concerns_those_that_it_names_and_those_with_a_tag_that_it_selects_by() -> None:
    named = Plan("p", (Wave("db", (PlanServer(name="db01.local"), PlanServer(id="s-4"))),))
    assert [s.id for s in filter(concerns(named), INVENTORY)] == ["s-1", "s-4"]
    chosen = Plan("p", (Wave("web", select=Selector({"App": "orders", "Role": "web"})),))
    assert [s.id for s in filter(concerns(chosen), INVENTORY)] == ["s-1", "s-2", "s-3"]
