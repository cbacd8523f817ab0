"""What a mapping of a file may hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, Discriminator, Tag, ValidationInfo, model_validator
from pydantic.fields import FieldInfo


class Shape(BaseModel):
    """A mapping of the file; keys that it doesn't name are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _note_shape(cls, data: object, info: ValidationInfo) -> object:
        """Tell the reader, whose messages list the allowed keys, what this mapping is read as."""
        if not isinstance(data, dict):
            raise ValueError(f"a mapping with keys of {', '.join(cls.keys())}")
        if info.context is not None:
            info.context[id(data)] = cls
        return data

    @classmethod
    def keys(cls) -> dict[str, FieldInfo]:
        """Its fields by the keys that they have in a file."""
        return {field.alias or name: field for name, field in cls.model_fields.items()}


def first_key(union: object) -> Discriminator:
    """Tells the members of a union, tagged `<key>`, apart by the key that only they have."""
    notes = [note for member in get_args(union) for note in get_args(member)]
    keys = [note.tag.strip("<>") for note in notes if isinstance(note, Tag)]

    def choose(value: Any) -> str | None:
        return next((f"<{key}>" for key in keys if isinstance(value, dict) and key in value), None)

    return Discriminator(
        choose,
        custom_error_type="kind",
        custom_error_message="kind",
        custom_error_context={"kinds": ", ".join(keys)},
    )


def by_value(key: str, tags: Mapping[str, str]) -> Discriminator:
    """Tells union members apart by what stands under a key; `tags` has the member's of each."""

    def choose(value: Any) -> str | None:
        found = value.get(key) if isinstance(value, dict) else None
        return tags.get(found) if isinstance(found, str) else None

    return Discriminator(
        choose,
        custom_error_type="values",
        custom_error_message="values",
        custom_error_context={"key": key, "values": ", ".join(tags)},
    )
