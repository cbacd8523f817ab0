"""The keys in use: those of the table of actions, as the user changed them.

What the settings call an action is its title in lower case, with an underscore between words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import replace
from difflib import get_close_matches
from itertools import combinations
from string import punctuation

from textual.binding import Binding, BindingsMap
from textual.keys import format_key

from drs_tui.config import KeySetting
from drs_tui.config_file import ConfigError
from drs_tui.tui.actions import ACTIONS, Action, Effect, Where, find
from drs_tui.tui.text import Line, line

CONFIRMING = frozenset(
    {"space", "enter", "tab", "escape", "backspace", "delete"}
    | {"up", "down", "left", "right", "pageup", "pagedown", "home", "end"}
)
"""Keys that people press to page, to confirm or to get away: nothing dangerous sits on them."""

_NAMED = CONFIRMING | {"insert", "shift+tab"} | {f"f{number}" for number in range(1, 13)}
_WRITTEN = {
    " ": "space",
    "esc": "escape",
    "pgup": "pageup",
    "pgdn": "pagedown",
    "return": "enter",
}
_SHOWN = {
    "space": "space",
    "enter": "enter",
    "tab": "tab",
    "escape": "esc",
    "backspace": "backspace",
    "delete": "del",
    "pageup": "pgup",
    "pagedown": "pgdn",
}
_SIGNS = {
    sign: "comma" if sign == "," else next(iter(BindingsMap([Binding(sign, "")])))[0]
    for sign in punctuation
}
"""What Textual calls the signs on a keyboard."""

_MODIFIED = re.compile(r"ctrl\+[a-z]|alt\+[a-z0-9]")
_TAKEN_BY_TERMINALS = {"ctrl+c", "ctrl+i", "ctrl+j", "ctrl+m", "ctrl+q"}
"""They interrupt, arrive as tab and enter, or always quit."""


def setting_name(action: Action) -> str:
    """What the settings call an action."""
    return re.sub(r"\W+", "_", action.title.lower()).strip("_")


class Keys:
    """Which keys do what, and which actions there are at all."""

    def __init__(
        self, changes: Mapping[str, KeySetting] | None = None, *, read_only: bool = False
    ) -> None:
        """Take the table's keys but for `changes`; when read-only, nothing that changes anything.

        Raises:
            ConfigError: a change names no action or no key, or one that does something else.
        """
        self._keys = {
            action.call: tuple(action.keys.split(","))
            for action in ACTIONS
            if not (read_only and action.is_forbidden_when_read_only)
        }
        named = {setting_name(action): action for action in ACTIONS}
        places: dict[str, str] = {}
        for name, setting in (changes or {}).items():
            if name not in named:
                raise ConfigError(f"{setting.place}: {_unknown(name, named)}")
            action = named[name]
            places[action.call] = setting.place
            keys = tuple(dict.fromkeys(_key(written, setting.place) for written in setting.keys))
            _refuse_careless(action, keys, setting.place)
            if action.call in self._keys:
                self._keys[action.call] = keys
        self._refuse_shared(places)

    def has(self, call: str) -> bool:
        """Whether there is such an action."""
        return call in self._keys

    def of(self, call: str) -> tuple[str, ...]:
        """The keys of an action, as Textual calls them; none when it is not there."""
        return self._keys.get(call, ())

    def shown(self, call: str) -> str:
        """The first key of an action, as people write it; empty when it is not there."""
        return next(iter(self.all_shown(call)), "")

    def all_shown(self, call: str) -> list[str]:
        """All keys of an action, as people write them."""
        return [_shown(key) for key in self.of(call)]

    def bound(self, declared: BindingsMap) -> BindingsMap:
        """The bindings of a class with these keys, and without what is not there."""
        by_action = {binding.action: binding for _, binding in declared}
        return BindingsMap(self._rebound(by_action.values(), declared))

    def _rebound(self, first: Iterable[Binding], declared: BindingsMap) -> Iterator[Binding]:
        for binding in first:
            action = find(binding.action, ())
            if action is not None and self.has(action.call):
                yield replace(binding, key=",".join(self._keys[action.call]))
        for _, binding in declared:
            if find(binding.action, ()) is None:
                yield binding

    def _refuse_shared(self, places: Mapping[str, str]) -> None:
        there = [action for action in ACTIONS if self.has(action.call)]
        for one, other in combinations(there, 2):
            place = places.get(other.call) or places.get(one.call)
            if place is None or not _meet(one, other) or _share_by_design(one, other):
                continue
            for key in self._keys[one.call]:
                if key in self._keys[other.call]:
                    raise ConfigError(
                        f"{place}: the key {_shown(key)} would be both "
                        f"{setting_name(one)} and {setting_name(other)}"
                    )


def _meet(one: Action, other: Action) -> bool:
    """Whether both can be there at once."""
    places = {*one.where, *other.where}
    return (
        Where.APP in places
        or bool({*one.where} & {*other.where})
        or bool({Where.RUN, Where.REPLAY} <= places)
    )


def _share_by_design(one: Action, other: Action) -> bool:
    """Whether they share a key in the table: never wanted at once, or the first goes first."""
    return bool({*one.keys.split(",")} & {*other.keys.split(",")})


def _key(written: str, place: str) -> str:
    """Textual's name of a key."""
    name = _WRITTEN.get(written, written)
    if len(name) == 1 and name.isascii() and name.isprintable():
        return _SIGNS.get(name, name)
    if name in _TAKEN_BY_TERMINALS:
        raise ConfigError(f"{place}: {written} is taken: it interrupts, confirms or quits")
    if name in _NAMED or name in _SIGNS.values() or _MODIFIED.fullmatch(name):
        return name
    raise ConfigError(
        f"{place}: {written!r} is not a key; allowed are single characters, ctrl+x, alt+x, "
        f"{', '.join(sorted(_NAMED))}"
    )


def _shown(key: str) -> str:
    """A key as people write it."""
    modifiers, plus, name = key.rpartition("+")
    return f"{modifiers}{plus}{_SHOWN.get(name) or format_key(name)}"


def _refuse_careless(action: Action, keys: tuple[str, ...], place: str) -> None:
    if not keys:
        raise ConfigError(f"{place}: {setting_name(action)} needs at least one key")
    careless = sorted(CONFIRMING & set(keys)) if action.effect is Effect.DANGEROUS else []
    if careless:
        raise ConfigError(
            f"{place}: {setting_name(action)} cannot sit on {careless[0]}, which people press to "
            "page or to confirm"
        )


def _unknown(name: str, named: Iterable[str]) -> str:
    known = sorted(named)
    close = ", ".join(get_close_matches(name, known, 3) or known)
    return f"{name} is no action that has keys; perhaps {close}"


_IN_USE: ContextVar[Keys] = ContextVar("keys in use")


def use(keys: Keys) -> None:
    """Have these keys shown by whatever runs from here on."""
    _IN_USE.set(keys)


def keys_in_use() -> Keys:
    """The user's keys; the table's own outside of an app."""
    return _IN_USE.get(_TABLE_S_OWN)


_TABLE_S_OWN = Keys()


def offer(call: str, words: str) -> Line:
    """A key and what it does here; nothing where the action is not there."""
    key = keys_in_use().shown(call)
    return line((f"[{key}]", "strong"), f" {words}") if key else ()


def offered(call: str, words: str) -> str:
    """The same, for the middle of a sentence."""
    return "".join(span.text for span in offer(call, words))
