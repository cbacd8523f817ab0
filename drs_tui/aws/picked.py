"""Members picked out of JSON by their paths, without making what lies beside them.

A source server is 2.5 KB of JSON of which a twentieth is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pydantic_core import CoreSchema, SchemaValidator
from pydantic_core.core_schema import (
    any_schema,
    list_schema,
    typed_dict_field,
    typed_dict_schema,
    with_default_schema,
)

from drs_tui.model.events import Json

Members = Mapping[str, object]


class Picked(NamedTuple):
    """An item of an answer."""

    members: Members
    """By their paths, such as `sourceProperties.os.fullString`; None where one ends early."""

    raw: Mapping[str, Json]
    """All of it."""


class Picking:
    """What is picked out of the items of an answer."""

    def __init__(self, paths: Iterable[str]) -> None:
        """Pick the members at these paths: the names of members inwards, with dots between."""
        item = _members(paths)
        items = with_default_schema(
            list_schema(with_default_schema(item, default=None, on_error="default")),
            default=None,
            on_error="default",
        )
        page = typed_dict_schema(
            {
                "items": typed_dict_field(items),
                "nextToken": typed_dict_field(_ANYTHING),
            }
        )
        self._item = SchemaValidator(item)
        self._page = SchemaValidator(page)
        self._nothing: Members = self._item.validate_python({})

    def of_item(self, item: object) -> Members:
        """Pick from one item; nothing is found in what is no object."""
        return self._item.validate_python(item) if isinstance(item, dict) else self._nothing

    def of_page(self, body: bytes) -> tuple[list[Members] | None, object]:
        """Pick from each of a page's `items`, None if it has no such list, and its `nextToken`.

        Raises:
            ValueError: It is no JSON object, or has lone surrogates.
        """
        page = self._page.validate_json(body)
        items = page["items"]
        found = items and [item or self._nothing for item in items]
        return found, page["nextToken"]


_ANYTHING = with_default_schema(any_schema(), default=None)


def _members(paths: Iterable[str]) -> CoreSchema:
    fields = {}
    for path in paths:
        inwards: list[str | int] = [*path.split(".")]
        fields[path] = typed_dict_field(_ANYTHING, validation_alias=inwards)
    return typed_dict_schema(fields, extra_behavior="ignore")
