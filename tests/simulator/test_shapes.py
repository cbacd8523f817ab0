from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.model import Shape

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.operations import OPERATIONS
from drs_tui.simulator.shapes import validate

from .caller import DB_1
from .conformance import drs_model


def input_of(operation: str) -> Shape:
    return drs_model().operation_model(operation).input_shape


def named(*servers: object) -> dict[str, Any]:
    return {"sourceServers": [{"sourceServerID": server} for server in servers]}


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("StartRecovery", named(DB_1)),
        ("StartRecovery", {**named(DB_1), "isDrill": None, "tags": {"k": ""}}),
        ("StartRecovery", {**named(DB_1), "aMemberOfTomorrow": 1}),
        ("StartRecovery", named(*[DB_1] * 200)),
        ("DescribeJobs", {}),
        ("DescribeJobs", {"filters": {"fromDate": "2026-03-01T12:00:00.123456Z"}}),
        ("DescribeJobs", {"filters": {"jobIDs": ["drsjob-" + "0" * 17] * 1000}}),
    ],
)
def test_what_the_model_allows_passes(operation: str, parameters: dict[str, Any]) -> None:
    validate(input_of(operation), parameters)


@pytest.mark.parametrize(
    ("operation", "parameters", "path", "problem"),
    [
        ("StartRecovery", {}, "sourceServers", "not be null"),
        ("StartRecovery", named(), "sourceServers", "length greater than or equal to 1"),
        ("StartRecovery", named(*[DB_1] * 201), "sourceServers", "less than or equal to 200"),
        ("StartRecovery", named("s-12"), "sourceServers.1.member.sourceServerID", "equal to 19"),
        (
            "StartRecovery",
            named(DB_1, "x-1a2b3c4d5e6f70001"),
            "sourceServers.2.member.sourceServerID",
            "pattern",
        ),
        ("StartRecovery", named(7), "sourceServers.1.member.sourceServerID", "be a string"),
        ("StartRecovery", {**named(DB_1), "isDrill": "yes"}, "isDrill", "be a boolean"),
        ("StartRecovery", {**named(DB_1), "tags": {"k" * 257: "v"}}, "k.key", "equal to 256"),
        ("StartRecovery", {**named(DB_1), "tags": {"k": "v" * 257}}, "tags.k.value", "to 256"),
        ("StartRecovery", {"sourceServers": {}}, "sourceServers", "be a list"),
        ("StartRecovery", [], "", "be a structure"),
        ("DescribeJobs", {"maxResults": 0}, "maxResults", "value greater than or equal to 1"),
        ("DescribeJobs", {"maxResults": True}, "maxResults", "be a integer"),
        ("DescribeJobs", {"filters": {"fromDate": "yesterday"}}, "filters.fromDate", "pattern"),
        ("DescribeJobs", {"filters": {"jobIDs": ["j"] * 1001}}, "filters.jobIDs", "1000"),
        ("DescribeJobLogItems", {"jobID": "drsjob-1"}, "jobID", "equal to 24"),
        ("TerminateRecoveryInstances", {"recoveryInstanceIDs": []}, "recoveryInstanceIDs", "1"),
    ],
)
def test_what_the_model_forbids_is_refused_with_its_place(
    operation: str, parameters: Any, path: str, problem: str
) -> None:
    with pytest.raises(ApiError) as refused:
        validate(input_of(operation), parameters)

    assert refused.value.code == "ValidationException"
    fields = refused.value.members["fieldList"]
    assert any(field["name"].endswith(path) and problem in field["message"] for field in fields), (
        fields
    )


def test_an_enumeration_is_held_to() -> None:
    with pytest.raises(ApiError, match="enum value set"):
        validate(drs_model().shape_for("JobStatus"), "FAILED")


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ApiError, match=r"^3 validation errors detected: "):
        validate(input_of("DescribeJobs"), {"maxResults": 0, "filters": {"jobIDs": ["short"]}})


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_pattern_of_an_input_is_one_that_python_reads(operation: str) -> None:
    def walk(shape: Shape, within: tuple[str, ...] = ()) -> None:
        if "pattern" in shape.metadata:
            re.compile(shape.metadata["pattern"])
        for member in getattr(shape, "members", {}).values():
            walk(member, (*within, shape.name))
        if shape.type_name == "list":
            walk(shape.member, (*within, shape.name))

    walk(input_of(operation))
