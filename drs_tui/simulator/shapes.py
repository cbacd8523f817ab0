"""Input checked against the service model, as strictly as the service does it.

botocore's own client checks little more than types and minimum lengths, so what reaches
the wire can break every other limit the model states.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from drs_tui.simulator.errors import ApiError

if TYPE_CHECKING:
    from botocore.model import Shape

_PYTHON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "integer": (int,),
    "long": (int,),
    "boolean": (bool,),
}


def validate(shape: Shape, value: Any) -> None:
    """Check an operation's parsed input.

    Raises:
        ApiError: a ValidationException that lists every constraint broken.
    """
    broken = list(_broken(shape, value, ""))
    if not broken:
        return
    count = f"{len(broken)} validation error{'s' if len(broken) > 1 else ''} detected: "
    raise ApiError(
        "ValidationException",
        count + "; ".join(f"Value at '{path}' {problem}" for path, problem in broken),
        reason="fieldValidationFailed",
        fieldList=[{"name": path, "message": problem} for path, problem in broken],
    )


def _broken(shape: Shape, value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Each broken constraint: where, and what must hold there."""
    expected = _PYTHON_TYPES[shape.type_name]
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        yield path, f"failed to satisfy constraint: Member must be a {shape.type_name}"
        return
    yield from _CHECKS.get(shape.type_name, _nothing)(shape, value, path)


def _nothing(_shape: Shape, _value: Any, _path: str) -> Iterator[tuple[str, str]]:
    yield from ()


def _structure(shape: Shape, value: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield _join(path, name), "failed to satisfy constraint: Member must not be null"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _broken(member, value[name], _join(path, name))


def _list(shape: Shape, value: list[Any], path: str) -> Iterator[tuple[str, str]]:
    yield from _size(shape, len(value), path, "length")
    for index, each in enumerate(value, start=1):
        yield from _broken(shape.member, each, f"{path}.{index}.member")


def _map(shape: Shape, value: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    yield from _size(shape, len(value), path, "length")
    for key, each in value.items():
        yield from _broken(shape.key, key, f"{path}.{key}.key")
        yield from _broken(shape.value, each, f"{path}.{key}.value")


def _string(shape: Shape, value: str, path: str) -> Iterator[tuple[str, str]]:
    yield from _size(shape, len(value), path, "length")
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield (
            path,
            (
                "failed to satisfy constraint: Member must satisfy regular expression pattern: "
                + pattern
            ),
        )
    if shape.metadata.get("enum") and value not in shape.metadata["enum"]:
        allowed = ", ".join(shape.metadata["enum"])
        yield path, f"failed to satisfy constraint: Member must satisfy enum value set: [{allowed}]"


def _number(shape: Shape, value: int, path: str) -> Iterator[tuple[str, str]]:
    yield from _size(shape, value, path, "value")


def _size(shape: Shape, size: int, path: str, what: str) -> Iterator[tuple[str, str]]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield (
            path,
            (
                f"failed to satisfy constraint: Member must have {what} greater than or equal to "
                f"{least}"
            ),
        )
    if most is not None and size > most:
        yield (
            path,
            (f"failed to satisfy constraint: Member must have {what} less than or equal to {most}"),
        )


_CHECKS: dict[str, Callable[[Any, Any, str], Iterator[tuple[str, str]]]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _string,
    "integer": _number,
    "long": _number,
}
_CLASSES = {r"\p{L}": r"\w", r"\p{N}": r"\d", r"\p{Z}": r"\s"}
"""Classes of letters, numbers and separators in the models' patterns, and what Python has."""


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    for java, python in _CLASSES.items():
        pattern = pattern.replace(java, python)
    return re.compile(pattern)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
