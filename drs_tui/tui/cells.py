"""Tables as values: columns, rows with a key, and how columns share a width."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar, overload

from drs_tui.tui.text import Line, Span, fit, line

Item = TypeVar("Item")

GAP = 2
"""Cells between two columns."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table."""

    title: str
    width: int
    grow: int = 0
    """Its share of the width that is left over."""

    right: bool = False
    from_width: int = 0
    """The table's width from which on it is shown."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table; two rows with the same key are the same thing at two moments."""

    key: str
    cells: tuple[Line, ...]

    @property
    def said(self) -> str:
        """All that it says, and its key."""
        return " ".join([self.key, *(span.text for cell in self.cells for span in cell)])


class Rows(Sequence[Row], Generic[Item]):
    """Rows that are made when they are looked at: of thousands a table shows forty."""

    def __init__(self, items: Mapping[str, Item], make: Callable[[Item], Row]) -> None:
        """Have one for each item, under its key."""
        self.keys = list(items)
        self._items = list(items.values())
        self._make = make
        self._made: dict[int, Row] = {}

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> list[Row]: ...

    def __getitem__(self, place: int | slice) -> Row | list[Row]:
        """The row at a place, the same one each time; or those of a slice."""
        if isinstance(place, slice):
            return [self[each] for each in range(*place.indices(len(self)))]
        if place not in self._made:
            self._made[place] = self._make(self._items[place])
        return self._made[place]


def keys_of(rows: Sequence[Row]) -> list[str]:
    """The keys of rows; those that need not be made for it are not."""
    return rows.keys if isinstance(rows, Rows) else [row.key for row in rows]


def widths(columns: Sequence[Column], width: int) -> list[int]:
    """How wide each column is in a table of `width` cells; 0: not shown."""
    shown = [column for column in columns if width >= column.from_width]
    taken = sum(column.width for column in shown) + GAP * max(0, len(shown) - 1)
    left = max(0, width - taken)
    shares = sum(column.grow for column in shown)
    found: list[int] = []
    for column in columns:
        if width < column.from_width:
            found.append(0)
            continue
        extra = left * column.grow // shares if shares else 0
        left -= extra
        shares -= column.grow
        found.append(column.width + extra)
    return found


def headings(columns: Sequence[Column], marks: Mapping[str, str]) -> Row:
    """The row that names the columns, some with a sign behind their title."""
    return Row("", tuple(_heading(column.title, marks.get(column.title)) for column in columns))


def _heading(title: str, mark: str | None) -> Line:
    return line((f"{title}{mark}", "strong")) if mark else line((title, "dim"))


def row_line(columns: Sequence[Column], row: Row, width: int) -> list[Span]:
    """A row laid out in exactly `width` cells."""
    spans: list[Span] = []
    room = width
    for column, cell, cells in zip(columns, row.cells, widths(columns, width), strict=True):
        if not cells or room <= 0:
            continue
        if spans:
            spans.append(Span(" " * min(GAP, room)))
            room -= GAP
        taken = min(cells, max(0, room))
        spans += fit(cell, taken, right=column.right)
        room -= taken
    if room > 0:
        spans.append(Span(" " * room))
    return spans
