"""What a command writes: results on stdout, words for people on stderr, tables, questions."""

from __future__ import annotations

import json
import os
import select
import shutil
import sys
import threading
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

PIPE_WIDTH = 80
"""Columns of a table that goes to a file or a pipe."""

questions_withdrawn = threading.Event()
"""Set while whoever asks is ending: questions that are open then get no answer."""

_LOOK_SECONDS = 0.2


def tell(line: str = "") -> None:
    """Write a line of the result."""
    print(clean(line), flush=True)


def tell_json(members: Mapping[str, object]) -> None:
    """Write one JSON object as a line of the result."""
    tell_stored(json.dumps(members, ensure_ascii=False, separators=(",", ":")))


def tell_stored(text: str) -> None:
    """Write a line of the result byte for byte, whatever is in it."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape") + b"\n")
    sys.stdout.buffer.flush()


def tell_bytes(data: bytes) -> None:
    """Write the result itself, as it would stand in a file."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def say(words: str) -> None:
    """Write words for people, line by line."""
    for line in words.splitlines():
        print(clean(line), file=sys.stderr, flush=True)


def drop_closed_outputs() -> None:
    """Have what can't be written any more go nowhere, also what the interpreter writes at its end.

    A reader has had enough, as `head` has, or a terminal is gone.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def ask(question: str) -> bool:
    """Ask somebody at the terminal; only a plain yes is one, and no answer is none."""
    say(question)
    print("[y/N] ", end="", file=sys.stderr, flush=True)
    while not questions_withdrawn.is_set():
        # Never just read: the thread that does can't be stopped, and the process waits for it.
        if select.select([sys.stdin], [], [], _LOOK_SECONDS)[0]:
            return sys.stdin.readline().strip().lower() in {"y", "yes"}
    return False


def can_ask() -> bool:
    """Whether somebody at a terminal reads what is said and can answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def has_screen() -> bool:
    """Whether the app has a terminal to open on."""
    return can_ask() and sys.stdout.isatty()


def clean(line: str) -> str:
    """The line with every character that could steer a terminal replaced."""
    if line.isprintable():
        return line
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in line)


# Tables -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    right: bool = False
    shrinks: bool = False
    """Whether it is cut where the table is too wide; the last one that does goes first."""

    keeps_end: bool = False
    """Whether what is cut goes from its middle: the ends of an id tell it apart."""


def table(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows under titles, as wide as the terminal at most if what shrinks can shrink so far."""
    cells = [[clean(cell) for cell in row] for row in rows]
    titles = [column.title for column in columns]
    widths = [max(map(cell_width, texts)) for texts in zip(titles, *cells, strict=True)]
    over = sum(widths) + 2 * (len(widths) - 1) - terminal_width()
    for place in reversed([i for i, column in enumerate(columns) if column.shrinks]):
        least = max(cell_width(titles[place]), 8)
        less = min(max(over, 0), max(widths[place] - least, 0))
        widths[place] -= less
        over -= less
    return [_line(columns, widths, row) for row in [titles, *cells]]


def terminal_width() -> int:
    """Columns of the terminal that stdout is, or of a pipe."""
    if not sys.stdout.isatty():
        return PIPE_WIDTH
    return shutil.get_terminal_size((PIPE_WIDTH, 24)).columns


def cell_width(text: str) -> int:
    """How many cells of a terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(_width(character) for character in text)


def _width(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _line(columns: Sequence[Column], widths: Sequence[int], row: Sequence[str]) -> str:
    parts = []
    for column, width, text in zip(columns, widths, row, strict=True):
        fitting = _cut(text, width, column.keeps_end)
        padding = " " * (width - cell_width(fitting))
        parts.append(padding + fitting if column.right else fitting + padding)
    return "  ".join(parts).rstrip()


def _cut(text: str, width: int, keeps_end: bool) -> str:
    if cell_width(text) <= width:
        return text
    end = _tail(text, width // 2) if keeps_end else ""
    head = ""
    for character in text:
        if cell_width(head) + _width(character) > width - 1 - cell_width(end):
            break
        head += character
    return f"{head}…{end}"


def _tail(text: str, width: int) -> str:
    tail = ""
    for character in reversed(text):
        if cell_width(tail) + _width(character) > width:
            break
        tail = character + tail
    return tail
