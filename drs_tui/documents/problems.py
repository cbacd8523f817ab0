"""What is wrong with a file, and where."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

SHOWN_CHARACTERS = 60
"""Longer values are cut in messages."""

SHOWN_WORDS = 20
"""Longer lists are cut in messages."""

MAX_PROBLEMS = 100
"""Reading stops at so many."""

UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
    r"\ud800-\udfff\ufeff\ufffe\uffff]"
)
"""Control characters, marks that turn the reading direction, lone surrogates.

Tab, carriage return and line feed are not among them: they separate words in a file.
"""


class Mark(NamedTuple):
    """A place in a file, counted from 1; line 0 is the file as a whole."""

    line: int
    column: int


WHOLE_FILE = Mark(0, 0)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a file."""

    path: str
    line: int
    """Counted from 1; 0 when the problem is the file itself, such as one that can't be read."""

    column: int
    message: str
    """What was found, and what is allowed."""

    def __str__(self) -> str:
        place = f":{self.line}:{self.column}" if self.line else ""
        return f"{printable(self.path)}{place}: {self.message}"


class DocumentError(Exception):
    """A file can't be used; the message has one line a problem."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(frozen=True, slots=True)
class Kind:
    """What the files of one kind are called in messages, and how large they may be."""

    noun: str
    """With its article: `a plan`."""
    holds: str
    """The keys that each has: `at least name and waves`."""
    error: type[DocumentError]
    max_bytes: int


class Findings:
    """The problems of one file, collected while it is read."""

    def __init__(self, path: str, kind: Kind) -> None:
        self.path = path
        self.kind = kind
        self._problems: list[Problem] = []

    def add(self, mark: Mark, message: str) -> None:
        """Note a problem at `mark` and read on.

        Raises:
            DocumentError: there are `MAX_PROBLEMS` now, and nobody reads more.
        """
        self._problems.append(Problem(self.path, mark.line, mark.column, message))
        if len(self._problems) == MAX_PROBLEMS:
            raise self.error()

    def fatal(self, mark: Mark, message: str) -> DocumentError:
        """The error to raise when nothing after `mark` can be read."""
        self._problems.append(Problem(self.path, mark.line, mark.column, message))
        return self.error()

    def error(self) -> DocumentError:
        """All problems so far, in the order in which they stand in the file."""
        in_order = sorted(self._problems, key=lambda problem: (problem.line, problem.column))
        return self.kind.error(in_order)

    def __bool__(self) -> bool:
        return bool(self._problems)


def printable(text: str) -> str:
    """`text` with everything that could steer a terminal written as an escape."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def quoted(text: str) -> str:
    """`text` as messages show it: on one line, cut to fit, in quotes."""
    shown = text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
    return f"'{printable(shown)}'"


def listed(words: Sequence[str]) -> str:
    """`words` as messages show them: quoted, with commas, not too many."""
    shown = ", ".join(map(quoted, words[:SHOWN_WORDS]))
    more = len(words) - SHOWN_WORDS
    return f"{shown} and {more} more" if more > 0 else shown or "none"


def suggestion(word: str, allowed: Iterable[str]) -> str:
    """A did-you-mean for a misspelt word, or nothing."""
    close = get_close_matches(word.lower(), list(allowed), n=1)
    return f" (did you mean {quoted(close[0])}?)" if close else ""
