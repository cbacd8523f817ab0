from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.documents.shape import Shape
from drs_tui.simulator.fleet import FLEET, Direction, FleetServer, Platform
from drs_tui.simulator.names import scenario_file
from drs_tui.simulator.scenarios import SCENARIOS, RegionStart, Scenario, scenario_named
from drs_tui.simulator.scenarios.builtin import find_scenario
from drs_tui.simulator.scenarios.reading import ScenarioError, parse_scenario, read_scenario
from drs_tui.simulator.scenarios.rules import LaunchFault, RequestFault, StateFault
from drs_tui.simulator.scenarios.shapes import scenario_schema
from drs_tui.simulator.timings import LINUX, Phase

FULL = """\
summary: a little of everything
account: "210987654321"
fleet:
  - examples
  - name: "erp-{n:03}"
    count: 12
    tags: {Application: erp, Role: app}
    platform: windows
    origin: ON_PREMISES
    instance_type: r5.xlarge
    cpus: 4
    ram_gib: 32
    disks_gib: [40, 500]
    replication_state: BACKLOG
    lag: 1h30m
    staging_account: "109876543210"
    direction: FAILBACK
    launch: {into_instance_id: i-0a1b2c3d, disposition: STOPPED, subnet_id: subnet-0a1b2c3d,
             security_group_ids: [sg-0a1b2c3d]}
    past: {age: 2d, is_drill: true, is_protected: true}
  - {name: alone, id: s-00000000000000001, address: 10.0.0.9}
servers:
  - {servers: ["erp-00*"], tags: {Role: web}, past: {is_protected: false}}
regions:
  eu-west-1: {fleet: [{name: other}]}
  eu-west-2: {start: uninitialised}
  eu-west-3: {servers: [{servers: [alone], replication_state: STALLED, stalled_for: 10m}]}
other_regions: not-opted-in
timings:
  linux: {conversion: 10s, launch: {median: 1m, spread: 0.4}}
  cleanup: 1m
  unreachable: 30s
quotas: {concurrent_jobs: 3}
jobs_show_late: 1.5s
first_launches_fail: true
faults:
  - {kind: throttle, operations: ["Describe*", "ec2:*"], retry_after: 5s, probability: 0.5}
  - {kind: stuck, in: conversion, lasts: 10m, servers: [erp-001], count: 2, from: 1m, until: 2h}
  - {kind: error, status: 503, takes_effect: true, regions: [eu-west-1]}
  - {kind: stalled-replication, servers: [alone]}
"""


def read(text: str) -> Scenario:
    return parse_scenario(text, "mine.yaml", name="mine")


def problems(text: str) -> list[str]:
    with pytest.raises(ScenarioError) as error:
        read(text)
    return str(error.value).splitlines()


def named(fleet: tuple[FleetServer, ...], name: str) -> FleetServer:
    return next(server for server in fleet if server.name == name)


# Built in ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SCENARIOS)
def test_help_shows_the_summary_that_the_file_has(name: str) -> None:
    scenario = scenario_named(name)

    assert (scenario.name, scenario.summary) == (name, SCENARIOS[name])
    assert len(scenario.summary) <= 100


def test_there_are_no_files_that_nobody_can_name() -> None:
    folder = scenario_file("calm").parent
    assert {file.stem for file in folder.iterdir()} == set(SCENARIOS)


def test_calm_is_what_the_example_plans_are_about_and_nothing_else() -> None:
    calm = scenario_named("calm")

    assert calm.fleet == FLEET
    assert calm == Scenario("calm", calm.summary, others=calm.others)


def test_a_live_recovery_is_of_one_server_of_orders_and_one_of_billing() -> None:
    fleet = scenario_named("live-recovery").fleet
    with_past = {server.name: server.past for server in fleet if server.past}

    assert set(with_past) == {"orders-db-1", "billing-db-1"}
    assert not any(past.is_drill for past in with_past.values())


def test_a_large_account_is_as_large_as_drs_allows() -> None:
    fleet = scenario_named("large").fleet

    assert len(fleet) == len({server.source_server_id for server in fleet}) == 4000
    assert set(FLEET) < set(fleet)


# Files ------------------------------------------------------------------------------------------


def test_a_file_is_read_in_full() -> None:
    scenario = read(FULL)

    assert (scenario.name, scenario.summary) == ("mine", "a little of everything")
    assert scenario.account == "210987654321"
    assert len(scenario.fleet) == len(FLEET) + 12 + 1
    erp = named(scenario.fleet, "erp-012")
    assert erp.tags == {"Name": "erp-012", "Application": "erp", "Role": "app"}
    assert (erp.platform, erp.direction) == (Platform.WINDOWS, Direction.FAILBACK)
    assert (erp.cpus, erp.ram_gib, erp.disks_gib) == (4, 32, (40, 500))
    assert (erp.replication_state, erp.lag) == ("BACKLOG", timedelta(minutes=90))
    assert erp.launch.into_instance_id == "i-0a1b2c3d"
    assert erp.launch.disposition == "STOPPED"
    assert erp.launch.security_group_ids == ("sg-0a1b2c3d",)
    assert erp.past
    assert (erp.past.age, erp.past.is_protected) == (timedelta(days=2), True)
    assert named(scenario.fleet, "alone").source_server_id == "s-00000000000000001"
    assert scenario.timings.linux.conversion == Phase(10)
    assert scenario.timings.linux.launch == Phase(60, 0.4)
    assert scenario.timings.linux.wait == LINUX.wait
    assert scenario.timings.unreachable_seconds == 30
    assert (scenario.quotas.concurrent_jobs, scenario.quotas.servers_in_a_job) == (3, 100)
    assert scenario.shows_late_seconds == 1.5
    assert scenario.launches_fail


def test_changes_to_some_servers_leave_what_they_do_not_name() -> None:
    erp = named(read(FULL).fleet, "erp-001")

    assert erp.tags["Role"] == "web"
    assert erp.tags["Application"] == "erp"
    assert erp.past
    assert (erp.past.is_protected, erp.past.age) == (False, timedelta(days=2))


def test_regions_begin_in_their_own_way_or_as_the_others() -> None:
    scenario = read(FULL)

    assert [server.name for server in scenario.region("eu-west-1").fleet] == ["other"]
    assert scenario.region("eu-west-2").start is RegionStart.UNINITIALISED
    stalled = named(scenario.region("eu-west-3").fleet, "alone")
    assert stalled.replication_state == "STALLED"
    assert named(scenario.fleet, "alone").replication_state == "CONTINUOUS"
    assert scenario.region("us-east-1").start is RegionStart.NOT_OPTED_IN
    assert scenario.region("us-east-1").fleet == ()


def test_faults_are_rules_in_the_order_of_the_file() -> None:
    throttle, stuck, error, stalled = read(FULL).rules

    assert (throttle.kind, throttle.seconds) == (RequestFault.THROTTLE, 5)
    assert throttle.operations == ("Describe*", "ec2:*")
    assert (stuck.phase, stuck.stuck_seconds, stuck.count) == ("conversion", 600, 2)
    assert (stuck.from_seconds, stuck.until_seconds) == (60, 7200)
    assert (error.status, error.takes_effect, error.regions) == (503, True, ("eu-west-1",))
    assert (stalled.kind, stalled.servers) == (StateFault.STALLED_REPLICATION, ("alone",))


def test_ids_are_made_of_names_so_that_they_stay() -> None:
    first = read("summary: x\nfleet: [{name: a}, {name: b}]\n").fleet
    second = read("summary: y\nfleet: [{name: b}]\n").fleet

    assert second[0].source_server_id == first[1].source_server_id


def test_a_file_names_its_scenario_and_knows_its_content(tmp_path: Path) -> None:
    path = tmp_path / "bad night.yaml"
    path.write_text("summary: one\n")
    first = find_scenario(str(path))
    path.write_text("summary: two\n")
    second = find_scenario(str(path))

    assert (first.name, second.name) == ("bad-night", "bad-night")
    assert len(first.digest) == 64
    assert first.digest != second.digest
    assert scenario_named("calm").digest == ""


def test_a_word_that_is_neither_name_nor_file_is_answered_with_the_names() -> None:
    with pytest.raises(ValueError, match="unknown scenario 'storm'; choose one of calm, failures"):
        find_scenario("storm")
    with pytest.raises(ScenarioError, match=r"storm\.yaml: can't be read: No such file"):
        find_scenario("storm.yaml")


# What is wrong with a file ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "mine.yaml:1:1: the file is empty; a scenario has at least summary"),
        ("fleet: [examples]\n", "mine.yaml:1:1: 'summary' is missing; it is what happens"),
        ("summary: x\nflet: []\n", "mine.yaml:2:1: 'flet' is not a key here (did you mean 'fleet'"),
        (
            "summary: x\nfaults:\n  - {kind: trottle}\n",
            "mine.yaml:3:5: an item of 'faults' is a mapping with the keys 'kind'; allowed: a",
        ),
        (
            "summary: x\nfaults:\n  - {kind: throttle, by: 5s}\n",
            "mine.yaml:3:22: 'by' is not a key here; allowed: kind, regions, servers, from, until",
        ),
        ("summary: x\nfaults: [{kind: delay}]\n", "mine.yaml:2:10: 'by' is missing; it is how"),
        (
            "summary: x\nfaults: [{kind: delay, by: soon}]\n",
            "mine.yaml:2:28: 'by' is 'soon'; allowed: a duration such as 250ms, 1.5s, 15m",
        ),
        (
            "summary: x\nfaults: [{kind: throttle, probability: 2}]\n",
            "mine.yaml:2:40: 'probability' is '2'; allowed: a number from 0 to 1",
        ),
        (
            "summary: x\nfaults: [{kind: outage, from: 5m, until: 5m}]\n",
            "mine.yaml:2:42: 'until' is not later than 'from'",
        ),
        (
            "summary: x\nfaults: [{kind: skipped, servers: [orders-bd-1]}]\n",
            "mine.yaml:2:36: no server of the fleet is called 'orders-bd-1'",
        ),
        (
            "summary: x\nfleet: [{name: a, count: 2}]\n",
            "mine.yaml:2:1: two servers are called 'a'; allowed: one, or several with {n} in",
        ),
        ("summary: x\nfleet: [{name: 'a{m}'}]\n", "mine.yaml:2:16: 'a{m}' has braces; allowed:"),
        (
            "summary: x\nfleet: [{name: 'a{n}', count: 2, address: 10.0.0.1}]\n",
            "mine.yaml:2:43: 'address' of 2 servers; allowed: of one",
        ),
        (
            "summary: x\nfleet: [{name: a}, {name: a}]\n",
            "mine.yaml:2:1: two servers are called 'a'; allowed: one",
        ),
        (
            "summary: x\nfleet: [example]\n",
            "mine.yaml:2:9: an item of 'fleet' is 'example'; allowed: a mapping with one of the",
        ),
        (
            "summary: x\nservers: [{servers: [nobody], lag: 5m}]\n",
            "mine.yaml:2:22: no server of the fleet is called 'nobody'",
        ),
        (
            "summary: x\nregions: {us-east-1: {start: tomorrow}}\n",
            "mine.yaml:2:30: 'start' is 'tomorrow'; allowed: initialised, uninitialised or not-",
        ),
        ("summary: x\nother: &a 1\n", "mine.yaml:2:8: the anchor &a; a scenario writes everything"),
    ],
)
def test_a_problem_has_its_line_and_column_and_what_is_allowed(text: str, problem: str) -> None:
    [line] = problems(text)

    assert line.startswith(problem)


def test_all_problems_are_told_at_once() -> None:
    lines = problems(
        "summry: x\nquotas: {concurrent_jobs: many}\nfaults: [{kind: hang, from: 1}]\n"
    )

    assert [line.split(": ")[0] for line in lines] == [
        "mine.yaml:1:1",
        "mine.yaml:1:1",
        "mine.yaml:2:27",
        "mine.yaml:3:29",
    ]


WORDS = ["x", "", "~", "5m", "7", "true", "[]", "{}", "[x]", "{x: y}", "examples", "stuck", "'*'"]
KEYS = sorted({word for word in FULL.replace("{", " ").split() if word.endswith(":")})


@given(st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(WORDS)), max_size=6), st.data())
def test_whatever_stands_in_a_file_is_a_scenario_or_a_list_of_problems(
    pairs: list[tuple[str, str]], data: st.DataObject
) -> None:
    inner = ", ".join(f"{key} {word}" for key, word in pairs)
    form = data.draw(
        st.sampled_from(
            [
                "summary: x\nfaults: [{%s}]",
                "summary: x\nfleet: [{%s}]",
                "summary: x\nservers: [{servers: ['*'], %s}]",
                "summary: x\ntimings: {linux: {%s}}",
                "summary: x\nregions: {us-east-1: {%s}}",
                "{%s}",
            ]
        )
    )
    with suppress(ScenarioError):
        assert read(form % inner).summary == "x"


# The schema -------------------------------------------------------------------------------------


def test_the_schema_forbids_what_it_does_not_name() -> None:
    schema = scenario_schema()

    assert schema["required"] == ["summary"]
    for shape in [schema, *schema["$defs"].values()]:
        if shape.get("type") == "object":
            assert shape["additionalProperties"] is False


def test_each_kind_of_fault_has_one_shape() -> None:
    schema = scenario_schema()
    shapes = [
        schema["$defs"][each["$ref"].rpartition("/")[2]]
        for each in schema["properties"]["faults"]["anyOf"][0]["items"]["oneOf"]
    ]
    kinds = [kind for shape in shapes for kind in shape["properties"]["kind"]["enum"]]

    assert sorted(kinds) == sorted([*RequestFault, *LaunchFault, *StateFault])


def test_every_key_has_a_description_since_error_messages_show_it() -> None:
    def shapes(of: type[Shape]) -> list[type[Shape]]:
        return [each for sub in of.__subclasses__() for each in (sub, *shapes(sub))]

    ours = [each for each in shapes(Shape) if "simulator" in each.__module__]
    assert len(ours) > 20
    for shape in ours:
        for name, field in shape.model_fields.items():
            assert field.description, f"{shape.__name__}.{name}"


@pytest.mark.parametrize("read_it", [read_scenario, lambda path: find_scenario(str(path))])
def test_a_file_that_is_no_text_says_so(read_it: Callable[[Path], Any], tmp_path: Path) -> None:
    path = tmp_path / "picture.yaml"
    path.write_bytes(b"summary: \xff\n")

    with pytest.raises(ScenarioError, match=r"picture\.yaml:1:10: the byte 0xFF is not UTF-8"):
        read_it(path)
