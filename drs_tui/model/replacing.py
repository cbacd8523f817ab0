"""A copy of a dataclass with some members changed, as the fold makes several for each event."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, cast

T = TypeVar("T")


def replace(instance: T, **changes: Any) -> T:
    """What `dataclasses.replace` gives, in a fifth of the time for a class of many members.

    That asks each member anew whether it may be given; here a class is asked once.

    Raises:
        TypeError: the class has no such member.
    """
    kind = type(instance)
    places, read = _members(cast(Hashable, kind))
    values = list(read(instance))
    for name, value in changes.items():
        if name not in places:
            raise TypeError(f"{kind.__name__} has no member {name!r}")
        values[places[name]] = value
    return kind(*values)


@cache
def _members(kind: type) -> tuple[dict[str, int], Callable[[object], tuple[object, ...]]]:
    """The places of a class's members among the arguments it takes, and how all are read."""
    members = fields(kind)
    if len(members) < 2 or not all(each.init and not each.kw_only for each in members):
        raise TypeError(f"{kind.__name__} is not made of its members by their places")
    return (
        {each.name: place for place, each in enumerate(members)},
        attrgetter(*(each.name for each in members)),
    )
