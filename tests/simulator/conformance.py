"""Answers held against the service model, member by member."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel, Shape

BEYOND_THE_MODEL = {"JobLogEvent": {"LAUNCH_END"}, "PlatformValues": {"windows"}}
"""Values that AWS answers and the model lacks."""

UNLIKE_THE_MODEL = {"StringDateTime"}
"""Shapes whose pattern AWS's own examples break, as PT0.493S and 2020-02-19T16:18:20.676Z do."""


@cache
def drs_model() -> ServiceModel:
    return ServiceModel(Loader().load_service_model("drs", "service-2"), "drs")


@cache
def output_shape(operation: str) -> Shape | None:
    """What a DRS operation answers; the same object each time, for a shape keeps what it parsed."""
    return drs_model().operation_model(operation).output_shape


def departures(shape: Shape, value: Any, path: str = "answer") -> list[str]:
    """Every way in which a value is not what the model says; empty when it conforms."""
    match shape.type_name:
        case "structure":
            if not isinstance(value, dict):
                return [f"{path} is no structure"]
            found = [f"{path}.{n} is missing" for n in shape.required_members if n not in value]
            for name, member in value.items():
                if name not in shape.members:
                    found.append(f"{path}.{name} is not in the model")
                else:
                    found += departures(shape.members[name], member, f"{path}.{name}")
            return found
        case "list":
            if not isinstance(value, list):
                return [f"{path} is no list"]
            return _size(shape, len(value), path) + [
                line
                for index, each in enumerate(value)
                for line in departures(shape.member, each, f"{path}[{index}]")
            ]
        case "map":
            if not isinstance(value, dict):
                return [f"{path} is no map"]
            return _size(shape, len(value), path) + [
                line
                for key, each in value.items()
                for line in departures(shape.key, key, path)
                + departures(shape.value, each, f"{path}[{key}]")
            ]
        case "string":
            return _string(shape, value, path)
        case "boolean":
            return [] if isinstance(value, bool) else [f"{path} is no boolean"]
        case "integer" | "long":
            is_number = isinstance(value, int) and not isinstance(value, bool)
            return _size(shape, value, path) if is_number else [f"{path} is no integer"]
        case "double" | "float":
            is_number = isinstance(value, float | int) and not isinstance(value, bool)
            return [] if is_number else [f"{path} is no number"]
        case "timestamp":
            return [] if isinstance(value, datetime | float) else [f"{path} is no time"]
        case other:
            return [f"{path} has the unexpected type {other}"]


def _string(shape: Shape, value: Any, path: str) -> list[str]:
    if not isinstance(value, str):
        return [f"{path} is no string"]
    if shape.name == "ISO8601DatetimeString":
        # Recorded answers end in +00:00 where the model's pattern wants a Z.
        if not value.endswith("+00:00"):
            return [f"{path} is not in the recorded form: {value}"]
        value = value.removesuffix("+00:00") + "Z"
    found = _size(shape, len(value), path)
    pattern = shape.metadata.get("pattern")
    keeps_pattern = shape.name not in UNLIKE_THE_MODEL
    if pattern and keeps_pattern and not _in_python(pattern).fullmatch(value):
        found.append(f"{path} doesn't match {pattern}: {value}")
    enum = shape.metadata.get("enum")
    if enum and value not in {*enum, *BEYOND_THE_MODEL.get(shape.name, ())}:
        found.append(f"{path} is none of {enum}: {value}")
    return found


@cache
def _in_python(pattern: str) -> re.Pattern[str]:
    """A model's pattern, which may name classes of letters, numbers and separators as Java does."""
    for java, python in ((r"\p{L}", r"\w"), (r"\p{N}", r"\d"), (r"\p{Z}", r"\s")):
        pattern = pattern.replace(java, python)
    return re.compile(pattern)


def _size(shape: Shape, size: int, path: str) -> list[str]:
    least, most = shape.metadata.get("min", size), shape.metadata.get("max", size)
    return [] if least <= size <= most else [f"{path} is not between {least} and {most}: {size}"]
