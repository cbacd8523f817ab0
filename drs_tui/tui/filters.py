"""Words that pick rows: `stalled`, `state:stalled`, `lag>15m`, `tag:Role=db`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple, TypeAlias


class Seconds(NamedTuple):
    """A duration that `<` and `>` can ask about."""

    value: float | None
    """None when it is not known."""


Field: TypeAlias = "str | Seconds | Mapping[str, str]"
"""What a word can ask about: a text, a duration, or tags."""

Fields: TypeAlias = "Mapping[str, Field]"

_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_ASKING = re.compile(r"([a-z]+)([:<>])(.*)", re.IGNORECASE | re.DOTALL)
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_UNIT_SECONDS = (86_400, 3_600, 60, 1)


def fits(wanted: str, said: str, fields: Fields) -> bool:
    """Whether a row fits every word: a text somewhere in `said`, or what a word asks of a field.

    A duration that is not known is taken for a long one: what may be in trouble is shown.
    """
    return all(_fits(word, said.casefold(), fields) for word in _words(wanted))


def unclear(wanted: str, fields: Fields) -> str:
    """What is wrong with the first word that can't be understood, and how to write it; or nothing.

    Such a word fits no row.
    """
    for word in _words(wanted):
        asked = _asked(word, fields)
        if asked is None:
            continue
        name, sign, value = asked
        if sign != ":" and not isinstance(fields[name], Seconds):
            return f"{name} is no duration: write {name}:text"
        if sign != ":" and _seconds(value) is None:
            return f"{name}{sign} wants a duration: write {name}{sign}15m"
    return ""


@lru_cache(maxsize=8)
def _words(wanted: str) -> tuple[str, ...]:
    return tuple(found[0].replace('"', "").casefold() for found in _WORD.finditer(wanted))


@lru_cache(maxsize=32)
def _parts(word: str) -> tuple[str, str, str] | None:
    found = _ASKING.fullmatch(word)
    return (found[1], found[2], found[3]) if found else None


def _asked(word: str, fields: Fields) -> tuple[str, str, str] | None:
    parts = _parts(word)
    return parts if parts and parts[0] in fields else None


def _fits(word: str, said: str, fields: Fields) -> bool:
    asked = _asked(word, fields)
    if asked is None:
        return word in said
    name, sign, value = asked
    field = fields[name]
    if isinstance(field, Seconds):
        return _fits_duration(field.value, sign, value)
    if sign != ":":
        return False
    if isinstance(field, str):
        return value in field.casefold()
    key, equals, text = value.partition("=")
    tags = {tag.casefold(): content.casefold() for tag, content in field.items()}
    if equals:
        return text in tags[key] if key in tags else False
    return any(key in tag for tag in tags)


def _fits_duration(known: float | None, sign: str, value: str) -> bool:
    if sign == ":":
        return value == "unknown" and known is None
    limit = _seconds(value)
    if limit is None:
        return False
    if known is None:
        return sign == ">"
    return known > limit if sign == ">" else known < limit


@lru_cache(maxsize=32)
def _seconds(written: str) -> float | None:
    found = _DURATION.fullmatch(written)
    if found is None or not written:
        return None
    pairs = zip(found.groups(), _UNIT_SECONDS, strict=True)
    return sum(int(number) * unit for number, unit in pairs if number)
