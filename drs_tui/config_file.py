"""The configuration file, read key by key."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

_Value = TypeVar("_Value")


class ConfigError(Exception):
    """A setting makes no sense; the message says which, where it stands and what is allowed."""


class ConfigFile:
    """A TOML file, or a table of it; without a file every key is absent."""

    def __init__(
        self,
        path: Path | None,
        allowed: Sequence[str] | None,
        values: Mapping[str, object] | None = None,
        prefix: str = "",
    ) -> None:
        """Read the file, or take the `values` of one of its tables.

        Raises:
            ConfigError: it can't be read, or has other keys than `allowed`, if only some are.
        """
        self._path = path
        self._prefix = prefix
        self._values = _read_toml(path) if values is None else values
        for key in self._values:
            if allowed is not None and key not in allowed:
                raise ConfigError(
                    f"{self.name_of(key)} is not a setting; allowed: {', '.join(allowed)}"
                )

    @property
    def folder(self) -> Path:
        """What paths in the file are relative to."""
        return self._path.parent if self._path else Path.cwd()

    def name_of(self, key: str) -> str:
        """A key as errors call it."""
        return f"{self._path}: {self._prefix}{key}"

    def __iter__(self) -> Iterator[str]:
        """The keys that are there."""
        return iter(self._values)

    def place_of(self, key: str) -> str:
        """The file, and the line on which a key of a table stands: the TOML reader doesn't say."""
        table = self._prefix.removesuffix(".")
        given = re.compile(rf"""(?:{table}\s*\.\s*)?["']?{re.escape(key)}["']?\s*=""")
        here = ""
        for number, text in enumerate(_read_text(self._path).splitlines(), 1):
            line = text.strip()
            if line.startswith("["):
                here = line.partition("#")[0].strip(" []\t")
            elif given.match(line) and (here == table or line.startswith(table)):
                return f"{self._path}, line {number}"
        return f"{self._path}"

    def text(self, key: str) -> str | None:
        """A text; None when it is absent, as with every other type here.

        Raises:
            ConfigError: it is of another type.
        """
        return self._typed(key, self._values.get(key), str, "a text")

    def flag(self, key: str) -> bool | None:
        """True or false."""
        return self._typed(key, self._values.get(key), bool, "true or false")

    def number(self, key: str) -> int | None:
        """A whole number."""
        if isinstance(self._values.get(key), bool):  # which is an int in Python
            raise ConfigError(f"{self.name_of(key)} must be a whole number, not true or false")
        return self._typed(key, self._values.get(key), int, "a whole number")

    def texts(self, key: str, one: str, many: str) -> tuple[str, ...] | None:
        """A list of texts, in words for errors: what `one` of them is, and what `many` are."""
        listed = self._typed(key, self._values.get(key), list, f"a list of {many}")
        if listed is None:
            return None
        texts = (self._typed(key, text, str, one) for text in listed)
        return tuple(text for text in texts if text is not None)

    def one_or_more(self, key: str, words: str) -> tuple[str, ...]:
        """A text or a list of texts, in `words` for errors."""
        value = self._values.get(key)
        listed = value if isinstance(value, list) else [value]
        texts = (self._typed(key, text, str, words) for text in listed)
        return tuple(text for text in texts if text is not None)

    def table(self, key: str, allowed: Sequence[str] | None = None) -> ConfigFile:
        """A table, empty when it is absent, with any keys unless only some are `allowed`."""
        values: dict[str, object] | None
        values = self._typed(key, self._values.get(key), dict, "a table")
        return ConfigFile(self._path, allowed, values or {}, f"{self._prefix}{key}.")

    def _typed(self, key: str, value: object, kind: type[_Value], words: str) -> _Value | None:
        if value is not None and not isinstance(value, kind):
            raise ConfigError(f"{self.name_of(key)} must be {words}, not {value!r}")
        return value


def _read_toml(path: Path | None) -> Mapping[str, object]:
    if path is None:
        return {}
    import tomllib

    try:
        return tomllib.loads(_read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def _read_text(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error
