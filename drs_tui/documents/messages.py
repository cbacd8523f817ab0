"""Pydantic's findings in our words: what was found, and what is allowed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drs_tui.documents.problems import listed, quoted, suggestion
from drs_tui.documents.tree import BLANK, Plain

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo
    from pydantic_core import ErrorDetails

    from drs_tui.documents.shape import Shape

Shapes = dict[int, "type[Shape]"]
"""What each mapping of the file was read as, by the mapping's `id()`."""

_KINDS = {"string_type": "a text", "list_type": "a list", "dict_type": "a mapping"}


def message(details: ErrorDetails, data: Plain, shapes: Shapes) -> str:
    """The line for one finding in `data`."""
    location, found, context = details["loc"], details["input"], details.get("ctx", {})
    label = _label(location)
    match details["type"]:
        case "missing":
            return f"{label} is missing{_meaning(location, data, shapes)}"
        case _ if found is BLANK:
            return f"{label} has no value{_meaning(location, data, shapes)}"
        case "extra_forbidden":
            keys = list(_fields(location, data, shapes))
            hint = suggestion(str(location[-1]), keys)
            return f"{label} is not a key here{hint}; allowed: {', '.join(keys)}"
        case "too_long":
            allowed = f"at most {context['max_length']}"
            return f"{label} has {context['actual_length']} items; allowed: {allowed}"
        case "too_short":
            return f"{label} is empty; allowed: at least one item"
        case "value_error":
            allowed = str(context["error"])
        case "enum":
            allowed = context["expected"].replace("'", "")
        case "kind":
            allowed = f"a mapping with one of the keys {context['kinds']}"
        case "values":
            allowed = f"a mapping whose key {context['key']} is one of {context['values']}"
        case kind:
            allowed = _KINDS[kind]
    return f"{label} is {_found(found)}; allowed: {allowed}"


def _label(location: tuple[str | int, ...]) -> str:
    if isinstance(location[-1], str):
        return quoted(location[-1])
    return f"an item of {quoted(str(location[-2]))}"


def _found(value: Plain) -> str:
    match value:
        case str():
            return quoted(value)
        case dict():
            return f"a mapping with the keys {listed(list(value))}" if value else "an empty mapping"
        case list():
            return "a list" if value else "an empty list"
        case _:
            return "nothing"


def _meaning(location: tuple[str | int, ...], data: Plain, shapes: Shapes) -> str:
    """What is wanted where nothing stands, as the file's shape describes it."""
    if isinstance(location[-1], int):
        return "; leave it out, or write one"
    field = _fields(location, data, shapes).get(location[-1])
    return f"; it is {field.description}" if field else "; an empty text is written ''"


def _fields(location: tuple[str | int, ...], data: Plain, shapes: Shapes) -> dict[str, FieldInfo]:
    """The keys of the mapping around a value; none where any may stand, as in tags."""
    for part in location[:-1]:
        if isinstance(data, dict) and part in data:
            data = data[str(part)]
        elif isinstance(data, list) and isinstance(part, int):
            data = data[part]
    shape = shapes.get(id(data))
    return shape.keys() if shape else {}
