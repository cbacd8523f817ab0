"""What the list screens share: tabs, a table that is filtered and sorted, and a line below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import ClassVar, Generic, TypeVar

from textual.widget import Widget

from drs_tui.tui.cells import Column, Row, widths
from drs_tui.tui.filters import Fields, fits, unclear
from drs_tui.tui.keys import keys_in_use, offered
from drs_tui.tui.screens.base import DrsScreen
from drs_tui.tui.session import Session
from drs_tui.tui.text import Line, Span, line, plain, wrapped
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.lines import Panel
from drs_tui.tui.widgets.status_bar import StatusBar

_TABS = ("Plans", "Runs", "Servers", "Instances")

Item = TypeVar("Item")


class Tabs(Panel):
    """Which list this is, and the keys of the others."""


class Notice(Panel):
    """A few lines below a table: what is loading, what went wrong, what to do."""


class ListScreen(DrsScreen, Generic[Item]):
    """A table that fills the screen."""

    TAB = ""
    COLUMNS: Sequence[Column] = ()
    TICKS = False
    """Whether rows change as time passes, with nothing else happening."""

    SORTS: ClassVar[Mapping[str, Callable[..., str | float | None]]] = {}
    """How an item compares, by the title of a column; None, what is not known, comes last."""

    def __init__(self, session: Session) -> None:
        """Begin with nothing to list."""
        super().__init__(session)
        self.notice: list[Line] = []
        self._sorted_by = ""
        self._is_reversed = False
        self._hint = ""

    def parts(self) -> Iterable[Widget]:
        """Tabs, table, notice."""
        yield Tabs()
        yield LineTable(self.COLUMNS)
        yield Notice()

    # What a list says of its items --------------------------------------------------------------

    def items(self) -> Mapping[str, Item]:
        """All items there are, by the keys of their rows, in the order they have unsorted."""
        return {}

    def row(self, item: Item) -> Row:
        """The row of an item."""
        raise NotImplementedError

    def fields(self, item: Item) -> Fields:  # noqa: ARG002
        """What the words of a filter can ask of an item."""
        return {}

    def raw(self) -> tuple[str, object] | None:
        """A title for what AWS said about the item under the cursor, and that; None: nothing."""
        return None

    def headline(self) -> str:
        """What the tabs' line says at its end."""
        return ""

    # Showing ------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Let a second pass: where rows don't say how long ago, only the status bar moves."""
        if self.TICKS:
            super().tick()
        elif self.app.screen is self:
            # Thousands of rows that say the same as a second ago are not made again.
            self.query_one(StatusBar).show_status(self.status())

    def show(self) -> None:
        """Show the items that fit the filter, in the order that was asked for."""
        super().show()
        items = self.items()
        shown = self.rows(self._in_order(items.values()))
        first = next(iter(items.values()), None)
        self._hint = "" if first is None else unclear(self.wanted, self.fields(first))
        table = self.query_one(LineTable)
        table.mark({self._sorted_by: "▼" if self._is_reversed else "▲"})
        table.show(shown)
        self.query_one(Tabs).show([self._tabs(len(shown), len(items))])
        self.query_one(Notice).show([*self.notice, *self._filtered(len(items) - len(shown))])

    def rows(self, items: Sequence[Item]) -> Sequence[Row]:
        """The rows of those items that fit the filter."""
        return [row for item in items if (row := self._fitting(item))]

    def _fitting(self, item: Item) -> Row | None:
        row = self.row(item)
        if not self.wanted or fits(self.wanted, row.said, self.fields(item)):
            return row
        return None

    def _in_order(self, items: Iterable[Item]) -> list[Item]:
        if not self._sorted_by:
            return list(items)
        value = self.SORTS[self._sorted_by]
        known: list[tuple[str | float, Item]] = []
        unknown: list[Item] = []
        for item in items:
            compared = value(item)
            if compared is None:
                unknown.append(item)
            else:
                known.append((compared, item))
        known.sort(key=lambda pair: pair[0], reverse=self._is_reversed)
        return [item for _, item in known] + unknown

    def _filtered(self, hidden: int) -> list[Line]:
        if self._hint:
            return [line(("▲ ", "warn"), self._hint)]
        if not hidden:
            return []
        return [line((f"{hidden} hidden by the filter, {offered('back', 'shows all')}", "warn"))]

    def _tabs(self, shown: int, count: int) -> Line:
        spans: list[Span] = [Span(" ")]
        for name in _TABS:
            key = keys_in_use().shown(f"mode('{name.lower()}')")
            spans.append(Span(f" {key} {name} ", "badge" if name == self.TAB else "dim"))
        things = self.TAB.lower() if count != 1 else self.TAB.lower().removesuffix("s")
        many = f"{shown} of {count} {things}" if shown != count else f"{count} {things}"
        said = self.headline()
        spans.append(Span(f"  {many}{', ' + said if said else ''}", "dim"))
        return tuple(spans)

    def wrapped_trouble(self, words: str) -> list[Line]:
        """What went wrong, in as many lines as it takes."""
        lines = wrapped(words, max(20, self.size.width - 6))
        return [line(("▲ " if n == 0 else "  ", "warn"), part) for n, part in enumerate(lines)]

    # What the cursor is on ----------------------------------------------------------------------

    @property
    def selected(self) -> str | None:
        """The key of the row under the cursor."""
        return self.query_one(LineTable).selected

    @property
    def item(self) -> Item | None:
        """The item under the cursor."""
        return self.items().get(self.selected or "")

    # Actions ------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Sort by the next column that is shown, after the last one not at all."""
        table = self.query_one(LineTable)
        shown = zip(self.COLUMNS, widths(self.COLUMNS, table.room), strict=True)
        titles = ["", *(c.title for c, width in shown if width and c.title in self.SORTS)]
        place = titles.index(self._sorted_by) if self._sorted_by in titles else 0
        self._sorted_by = titles[(place + 1) % len(titles)]
        self._is_reversed = False
        self.show()

    def action_reverse(self) -> None:
        """Turn the order round."""
        if self._sorted_by:
            self._is_reversed = not self._is_reversed
            self.show()

    def action_raw(self) -> None:
        """Show what AWS said of what the cursor is on."""
        from drs_tui.tui.dialogs.reading import as_json

        found = self.raw()
        if found is not None:
            title, answer = found
            self.app.push_screen(as_json(title, answer))

    def action_copy(self) -> None:
        """Hand the id of what the cursor is on to the terminal's clipboard, and show it."""
        if self.selected is not None:
            # An id is data from outside like any other: nothing in it may steer a terminal.
            text = plain(self.selected)
            self.app.copy_to_clipboard(text)
            self.notify(text, title="Copied, if the terminal allows it", markup=False)
