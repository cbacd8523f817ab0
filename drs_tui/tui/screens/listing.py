"""What the list screens share: tabs, a table, and a line for when there is nothing to list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.widget import Widget

from drs_tui.tui.cells import Column, Row
from drs_tui.tui.keys import keys_in_use
from drs_tui.tui.screens.base import DrsScreen
from drs_tui.tui.session import Session
from drs_tui.tui.text import Line, Span, line
from drs_tui.tui.widgets.line_table import LineTable
from drs_tui.tui.widgets.lines import Panel
from drs_tui.tui.widgets.server_table import contains

_TABS = ("Plans", "Runs", "Servers")


class Tabs(Panel):
    """Which list this is, and the keys of the others."""


class Notice(Panel):
    """A few lines below a table: what is loading, what went wrong, what to do."""


class ListScreen(DrsScreen):
    """A table that fills the screen."""

    TAB = ""
    COLUMNS: Sequence[Column] = ()

    def __init__(self, session: Session) -> None:
        """Begin with nothing to list."""
        super().__init__(session)
        self.notice: list[Line] = []

    def parts(self) -> Iterable[Widget]:
        """Tabs, table, notice."""
        yield Tabs()
        yield LineTable(self.COLUMNS)
        yield Notice()

    def rows(self) -> list[Row]:
        """All rows there are."""
        return []

    def headline(self) -> str:
        """What the tabs' line says at its end."""
        return ""

    def show(self) -> None:
        """Show the rows that contain the wanted text."""
        super().show()
        rows = self.rows()
        shown = [row for row in rows if contains(row, self.wanted)]
        self.query_one(LineTable).show(shown)
        self.query_one(Tabs).show([self._tabs(len(shown), len(rows))])
        hidden = len(rows) - len(shown)
        filtered = [line((f"{hidden} hidden by the filter, esc shows all", "warn"))]
        self.query_one(Notice).show([*self.notice, *(filtered if hidden else [])])

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

    @property
    def selected(self) -> str | None:
        """The key of the row under the cursor."""
        return self.query_one(LineTable).selected
