"""A plan in a run's record: nothing is lost, and nothing unknown is fatal."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drs_tui.model.launch_checks import (
    Check,
    CommandCheck,
    HttpCheck,
    PlainCheck,
    TcpCheck,
)
from drs_tui.model.plan import (
    CommandStep,
    FailurePolicy,
    Gate,
    Impact,
    Isolation,
    ManualStep,
    Mode,
    ObjectivesPolicy,
    Overdue,
    Plan,
    PlanServer,
    Selector,
    SsmStep,
    Target,
    Wave,
)
from drs_tui.model.plan_data import plan_from_data, plan_to_data

texts = st.text(max_size=8)
maybe = st.none() | texts
seconds = st.integers(min_value=0, max_value=10**6)
impacts = st.sampled_from(Impact)
policies = st.sampled_from(FailurePolicy)
modes = st.lists(st.sampled_from(Mode), max_size=2).map(tuple)


def tuples(items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(items, max_size=3).map(tuple)


targets = st.builds(Target, account=maybe, region=maybe, profile=maybe, role_arn=maybe)
steps = st.one_of(
    st.builds(ManualStep, texts, texts),
    st.builds(CommandStep, tuples(texts), modes, seconds, policies, st.booleans()),
    st.builds(
        SsmStep, texts, modes, st.dictionaries(texts, tuples(texts), max_size=2), seconds, policies
    ),
)
within = st.none() | seconds
ports = st.integers(1, 65535)
vantages = st.sampled_from(("bastion", "ssm", "ssm:web-1", "ssm:i-0a1b2c3d"))
kinds_of_checks: dict[type[Check], st.SearchStrategy[Check]] = {
    **{plain: st.builds(plain, within) for plain in get_args(PlainCheck)},
    TcpCheck: st.builds(TcpCheck, ports, within, vantages, st.booleans()),
    CommandCheck: st.builds(CommandCheck, tuples(texts), within, vantages, st.booleans()),
    HttpCheck: st.builds(
        HttpCheck,
        *(ports, within, vantages, st.booleans(), st.text(min_size=1, max_size=8)),
        *(st.integers(100, 599), texts, texts, st.booleans(), st.booleans()),
    ),
}
checks = st.one_of(*kinds_of_checks.values())
waves = st.builds(
    Wave,
    name=texts,
    servers=tuples(st.builds(PlanServer, maybe, maybe, impacts, maybe)),
    select=st.none() | st.builds(Selector, st.dictionaries(texts, texts, max_size=2), impacts),
    after=tuples(texts),
    gate=st.none()
    | st.builds(
        Gate,
        texts,
        st.integers(1, 9),
        within_seconds=st.none() | seconds,
        then=st.sampled_from(Overdue),
    ),
    before=tuples(steps),
    afterwards=tuples(steps),
    checks=st.none() | tuples(checks),
    timeout_seconds=seconds,
    max_lag_seconds=seconds,
    on_failure=policies,
    point_in_time=st.text(min_size=1, max_size=8),
    target=st.none() | targets,
)
plans = st.builds(
    Plan,
    name=texts,
    waves=tuples(waves),
    title=texts,
    target=targets,
    rto_seconds=st.none() | seconds,
    rpo_seconds=st.none() | seconds,
    objectives=st.sampled_from(ObjectivesPolicy),
    isolation=st.builds(Isolation, tuples(texts), tuples(texts), tuples(texts), texts),
    folder=texts,
)


def test_each_kind_of_check_is_tried() -> None:
    assert set(kinds_of_checks) == set(get_args(Check))


@settings(deadline=None)
@given(plans)
def test_a_plan_comes_back_from_its_record_as_it_was(plan: Plan) -> None:
    assert plan_from_data(json.loads(json.dumps(plan_to_data(plan)))) == plan


def floats_and_nones(value: object) -> bool:
    match value:
        case dict():
            return any(map(floats_and_nones, value.values()))
        case list():
            return any(map(floats_and_nones, value))
        case _:
            return value is None or isinstance(value, float | tuple)


@settings(deadline=None)
@given(plans)
def test_the_record_has_no_floats_and_no_nulls(plan: Plan) -> None:
    assert not floats_and_nones(plan_to_data(plan))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@settings(deadline=None)
@given(json_values)
def test_any_json_value_is_a_plan_or_a_value_error(data: Any) -> None:
    try:
        plan_from_data(data)
    except ValueError as error:
        assert "plan" in str(error)  # noqa: PT017


@settings(deadline=None)
@given(plans, st.data())
def test_a_record_damaged_anywhere_is_a_plan_or_a_value_error(
    plan: Plan, data: st.DataObject
) -> None:
    record = plan_to_data(plan)
    place: Any = record
    while isinstance(place, dict | list) and place:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            place[key] = data.draw(json_values)
            break
        place = place[key]
    try:
        assert isinstance(plan_from_data(record), Plan)
    except ValueError as error:
        assert "plan" in str(error)  # noqa: PT017


def test_unknown_choices_are_read_as_the_careful_one() -> None:
    wave = {
        "name": "web",
        "servers": [{"id": "s-1", "impact": "cosmetic"}],
        "select": {"tags": {}, "impact": "cosmetic"},
        "on_failure": "improvise",
    }
    [read] = plan_from_data({"name": "demo", "waves": [wave]}).waves
    assert read.servers[0].impact is Impact.CRITICAL
    assert read.select == Selector({}, Impact.CRITICAL)
    assert read.on_failure is FailurePolicy.PAUSE


def test_unknown_members_steps_checks_and_modes_are_passed_over() -> None:
    wave = {
        "name": "web",
        "colour": "green",
        "before": [{"kind": "dance"}, {"kind": "run", "argv": ["ls"], "modes": ["dream", "drill"]}],
        "checks": [{"kind": "smell"}, {"kind": "tcp", "port": 80}],
    }
    assert plan_from_data({"name": "demo", "waves": [wave], "extra": [1]}) == Plan(
        name="demo",
        waves=(Wave("web", before=(CommandStep(("ls",), (Mode.DRILL,)),), checks=(TcpCheck(80),)),),
    )


def test_missing_members_take_their_defaults() -> None:
    assert plan_from_data({"name": "demo", "waves": [{"name": "web"}]}) == Plan(
        name="demo", waves=(Wave("web"),)
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], "plan is a list; it should be a mapping"),
        ({}, "plan.name is missing"),
        ({"name": 1}, "plan.name is a int; it should be a text"),
        ({"name": "a", "waves": {}}, "plan.waves is a dict; it should be a list"),
        (
            {"name": "a", "waves": [{"name": "b", "gate": "yes"}]},
            "plan.waves[0].gate is a str; it should be a mapping",
        ),
        (
            {"name": "a", "waves": [{"name": "b", "gate": {"prompt": "Go?", "approvals": True}}]},
            "plan.waves[0].gate.approvals is a bool; it should be a whole number",
        ),
        (
            {"name": "a", "waves": [{"name": "b", "after": ["c", 1]}]},
            "plan.waves[0].after[1] is a int; it should be a text",
        ),
        (
            {"name": "a", "waves": [{"name": "b", "checks": [{"kind": "tcp"}]}]},
            "plan.waves[0].checks[0].port is missing",
        ),
    ],
)
def test_a_wrong_member_is_named(data: Any, message: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011
        plan_from_data(data)
    assert str(raised.value) == message
