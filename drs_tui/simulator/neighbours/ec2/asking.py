"""What EC2's Describe operations have in common: ids, filters and pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TypeVar

from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.neighbours.modelled import Answer, Call
from drs_tui.simulator.neighbours.pages import cut

T = TypeVar("T")
Filter = Callable[[T], Iterable[str]]
"""Every value of a resource that one filter is held against."""

_MOST_A_PAGE = 1000


def tags_of(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as EC2 lists them."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def named(
    items: Sequence[T],
    ids: Sequence[str] | None,
    identity: Callable[[T], str],
    *,
    prefix: str,
    kind: str,
    code: str,
) -> list[T]:
    """The resources of these ids, all of them for None.

    Raises:
        ApiError: an id is malformed or belongs to nothing; `code` begins the error's code and
            `kind` says what is missing.
    """
    if ids is None:
        return list(items)
    for each in ids:
        if not re.fullmatch(rf"{prefix}-([0-9a-f]{{8}}|[0-9a-f]{{17}})", each):
            raise ApiError(f"{code}.Malformed", f'Invalid id: "{each}" (expecting "{prefix}-...")')
    found = [item for item in items if identity(item) in ids]
    missing = sorted(set(ids) - {identity(item) for item in found})
    if missing:
        listed = ", ".join(missing)
        ending = ("", "does") if len(missing) == 1 else ("s", "do")
        raise ApiError(
            f"{code}.NotFound", f"The {kind} ID{ending[0]} '{listed}' {ending[1]} not exist"
        )
    return found


def filtered(
    call: Call,
    items: Iterable[T],
    filters: Mapping[str, Filter[T]],
    tags: Callable[[T], Mapping[str, str]],
) -> list[T]:
    """The resources that pass all filters of a call; `*` and `?` are wildcards.

    Raises:
        ApiError: a filter is none of `filters`, `tag-key` or `tag:…`.
    """
    found = list(items)
    for asked in call.parameters.get("Filters", ()):
        name, wanted = asked.get("Name", ""), [_pattern(text) for text in asked.get("Values", ())]
        values = _filter(name, filters, tags)
        found = [
            item
            for item in found
            if any(pattern.fullmatch(value) for value in values(item) for pattern in wanted)
        ]
    return found


def _filter(
    name: str, filters: Mapping[str, Filter[T]], tags: Callable[[T], Mapping[str, str]]
) -> Filter[T]:
    if name in filters:
        return filters[name]
    if name == "tag-key":
        return tags
    if name.startswith("tag:"):
        key = name.removeprefix("tag:")
        return lambda item: [tags(item)[key]] if key in tags(item) else []
    raise ApiError("InvalidParameterValue", f"The filter '{name}' is invalid")


def paged(
    call: Call,
    operation: str,
    items: Sequence[T],
    identity: Callable[[T], str],
    *,
    ids: str = "",
    fewest: int = 5,
) -> tuple[list[T], Answer]:
    """One page, and NextToken when there is more.

    Raises:
        ApiError: the size is below `fewest` or above 1,000, or given beside the parameter `ids`.
    """
    size = call.parameters.get("MaxResults")
    if size is not None and ids in call.parameters:
        raise ApiError(
            "InvalidParameterCombination",
            f"The parameter {ids} cannot be used with the parameter maxResults",
        )
    if size is not None and not fewest <= size <= _MOST_A_PAGE:
        raise ApiError(
            "InvalidParameterValue",
            f"Value ( {size} ) for parameter maxResults is invalid. Expecting a value from "
            f"{fewest} to {_MOST_A_PAGE}",
        )
    ordered = sorted(items, key=identity)
    return cut(operation, {"MaxResults": _MOST_A_PAGE, **call.parameters}, ordered, identity)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    """A filter's value; a backslash takes a wildcard's meaning away."""
    parts = re.findall(r"\\.|.", text, re.DOTALL)
    meanings = {"*": ".*", "?": "."}
    return re.compile(
        "".join(meanings.get(part) or re.escape(part[-1]) for part in parts), re.DOTALL
    )
