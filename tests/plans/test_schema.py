"""The JSON schema of plan files."""

from __future__ import annotations

import json
import re

import pytest

from drs_tui.documents.shape import Shape
from drs_tui.plans import plan_schema


def test_the_schema_names_every_key_and_forbids_the_rest() -> None:
    schema = plan_schema()
    assert schema["required"] == ["name", "waves"]
    for shape in [schema, *schema["$defs"].values()]:
        if shape.get("type") == "object":
            assert shape["additionalProperties"] is False
    json.dumps(schema)


def test_a_server_is_a_text_or_a_mapping() -> None:
    servers = plan_schema()["$defs"]["WaveShape"]["properties"]["servers"]["anyOf"][0]
    assert [kind.get("type", kind.get("$ref")) for kind in servers["items"]["anyOf"]] == [
        "string",
        "#/$defs/ServerShape",
    ]
    assert servers["maxItems"] == 100


@pytest.mark.parametrize(
    ("written", "fits"),
    [("90s", True), ("1h30m", True), ("10m", True), ("0m", False), ("", False), ("12:30", False)],
)
def test_the_schema_of_durations_agrees_with_the_reader(written: str, fits: bool) -> None:
    pattern = plan_schema()["properties"]["rto"]["anyOf"][0]["pattern"]
    assert bool(re.search(pattern, written)) is fits


def test_every_key_has_a_description_since_error_messages_show_it() -> None:
    shapes = Shape.__subclasses__()
    assert shapes
    for shape in shapes:
        for name, field in shape.model_fields.items():
            assert field.description, f"{shape.__name__}.{name}"
