"""What is different since a plan's last successful drill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from drs_tui.model.differences import (
    Difference,
    Since,
    compare,
    difference_findings,
    unknown_differences,
)
from drs_tui.model.launch_traits import Traits, traits_from_data, traits_of, traits_to_data
from drs_tui.model.machines import LaunchTemplate, Networks
from drs_tui.model.plan import Impact, Plan, PlanServer, Selector, Wave
from drs_tui.model.readiness import Unread, Verdict

from .checks.facts import PLAIN, facts_of
from .story import START, Story, wave_of

DB, WEB = wave_of("db", "s-1", "s-2"), wave_of("web", "s-3")
USUAL = {"subnet": "subnet-a", "launch template's data": "0123"}


def since(plan: Plan, was: Mapping[str, Traits], now: Mapping[str, Traits]) -> list[str]:
    """The differences of a plan to a drill of the waves DB and WEB."""
    story = Story(DB, WEB, created={"launch_settings": traits_to_data(was)})
    found = compare(story.run, plan, now)
    assert found
    assert (found.run_id, found.at) == (story.run.run_id, START)
    return [f"{each.thing}: {each.words}" for each in found.differences]


def changes(*waves: Wave) -> list[str]:
    return since(Plan("three-tier", waves), {}, {})


def test_the_same_plan_and_settings_are_no_difference() -> None:
    same = {"s-1": USUAL}
    assert since(Plan("three-tier", (DB, WEB)), same, dict(same)) == []


@pytest.mark.parametrize(
    ("waves", "told"),
    [
        ((wave_of("db", "s-1", "s-2", "s-9"), WEB), ["host-s-9: new: it is in wave db"]),
        ((wave_of("db", "s-1"), WEB), ["host-s-2: gone: it was in wave db"]),
        (
            (wave_of("db", "s-1"), wave_of("web", "s-2", "s-3")),
            ["host-s-2: in wave web, and was in wave db"],
        ),
        (
            (wave_of("db", "s-1", optional=["s-2"]), WEB),
            ["host-s-2: optional, and was critical"],
        ),
        ((DB,), ["host-s-3: gone: it was in wave web", "wave web: gone"]),
        ((DB, WEB, wave_of("mail")), ["wave mail: new"]),
        (
            (DB, replace(WEB, timeout_seconds=60, point_in_time="common")),
            ["wave web: changed: time-out, point in time"],
        ),
    ],
)
def test_servers_and_waves_that_differ_are_named(waves: tuple[Wave, ...], told: list[str]) -> None:
    assert changes(*waves) == told


def test_launch_settings_that_changed_are_told_once_for_all_that_changed_alike() -> None:
    was = dict.fromkeys(("s-1", "s-2", "s-3"), USUAL)
    now = {**was, "s-1": {**USUAL, "subnet": "subnet-b"}}
    now["s-2"] = now["s-1"]
    plan = Plan("three-tier", (DB, WEB))
    assert since(plan, was, now) == [
        "host-s-1, host-s-2: launch settings: subnet subnet-b, was subnet-a"
    ]


def test_of_a_template_whose_other_data_changed_only_that_is_told() -> None:
    plan, was = Plan("three-tier", (DB, WEB)), {"s-1": USUAL}
    now = {"s-1": {**USUAL, "launch template's data": "4567"}}
    assert since(plan, was, now) == [
        "host-s-1: launch settings: launch template's data 4567, was 0123"
    ]
    now = {"s-1": {"subnet": "subnet-b", "launch template's data": "4567"}}
    assert since(plan, was, now) == ["host-s-1: launch settings: subnet subnet-b, was subnet-a"]


def test_what_could_not_be_read_on_either_side_is_not_called_a_difference() -> None:
    plan = Plan("three-tier", (DB, WEB))
    assert since(plan, {}, {"s-1": USUAL}) == since(plan, {"s-1": USUAL}, {}) == []
    assert since(plan, {"s-1": USUAL}, {"s-1": {"right-sizing": "BASIC"}}) == []


def test_traits_are_read_back_as_they_were_written_each_combination_once() -> None:
    traits = {"s-1": USUAL, "s-2": dict(USUAL), "s-3": {"subnet": "subnet-b"}}
    data = traits_to_data(traits)
    assert len(data) == 2
    story = Story(DB, created={"launch_settings": data})
    assert story.run.launch_traits == traits
    assert traits_from_data([{"settings": 1}, {"settings": {"a": "b"}, "servers": [1]}]) == {}


def test_the_template_s_part_is_left_out_where_it_could_not_be_read() -> None:
    known = traits_of(facts_of())["s-1"]
    assert known["subnet"] == "subnet-drill"
    assert known["private address copied"] == "no"
    unread = traits_of(facts_of(networks=Unread("denied", "AccessDenied")))["s-1"]
    assert set(known) - set(unread) == {
        *("instance type", "subnet", "security groups", "launch template's data"),
    }
    assert traits_of(facts_of(settings={"s-1": Unread("denied")})) == {}


def test_a_template_that_names_no_network_says_so() -> None:
    networks = Networks({"lt-1": LaunchTemplate("lt-1", 3, True)}, {})
    [traits] = traits_of(facts_of(settings={"s-1": PLAIN}, networks=networks)).values()
    assert traits["subnet"] == "the default VPC's"


def test_differences_are_told_and_none_has_to_be_acknowledged() -> None:
    plan = Plan("three-tier", (DB, WEB))
    [first] = difference_findings(plan, None)
    [none] = difference_findings(plan, Since("run-1", START, ()))
    [changed] = difference_findings(plan, Since("run-1", START, (Difference("db-9", "new"),)))
    assert {each.verdict for each in (first, none, changed)} == {Verdict.PASSES}
    assert "no successful drill" in first.reason
    assert none.reason == "none since the last successful drill, 2026-11-23 09:00:00Z (run-1)"
    assert changed.thing == "db-9"
    assert unknown_differences(plan, "the table is gone").verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "wave",
    [
        Wave("db", select=Selector({"Role": "db"})),
        Wave("db", (PlanServer(name="orders-db", impact=Impact.OPTIONAL),)),
    ],
)
def test_nothing_is_said_of_servers_that_were_not_looked_up(wave: Wave) -> None:
    assert difference_findings(Plan("three-tier", (wave,)), None) == []
