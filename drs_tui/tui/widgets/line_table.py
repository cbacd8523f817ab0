"""A table on the line API whose cursor stays on a key, whatever happens to the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events
from textual.cache import LRUCache
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from drs_tui.tui.cells import Column, Row, Rows, headings, keys_of, row_line
from drs_tui.tui.widgets.lines import Lines

_STRIPS = 256
"""Rows that are kept as they were drawn: those of a high terminal, with and without cursor."""


class LineTable(Lines, can_focus=True):
    """Rows by key; `show` replaces them and draws only what differs.

    The cursor is the key of a row, not its place: rows may come, go and change order, and what is
    selected stays selected. It moves to another row only if its own is gone.
    """

    COMPONENT_CLASSES = {"lines--cursor"}

    class CursorMoved(Message):
        """The cursor is on another row now."""

        def __init__(self, table: LineTable, key: str | None) -> None:
            """Say which table and which row."""
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> LineTable:
            """The table."""
            return self.table

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        heading: bool = True,
        cursor: bool = True,
    ) -> None:
        """Begin without rows; without a cursor it can't be focused either."""
        super().__init__()
        self.columns = columns
        self.rows: Sequence[Row] = ()
        self.selected: str | None = None
        """The key of the row under the cursor."""

        self._marks: dict[str, str] = {}
        self._places: dict[str, int] = {}
        self._strips: LRUCache[tuple[object, ...], Strip] = LRUCache(_STRIPS)
        """Rows as they were drawn: scrolling by a line draws all but one of them again."""

        self._heading = 1 if heading else 0
        self.can_focus = cursor

    def show(self, rows: Sequence[Row]) -> None:
        """Show these rows; keys must differ."""
        before, self.rows = self.rows, rows if isinstance(rows, Rows) else tuple(rows)
        keys = keys_of(self.rows)
        if keys_of(before) == keys:
            for place in self._in_sight():
                if before[place] != self.rows[place]:
                    self._draw_change(place, before[place], self.rows[place])
            return
        old_place = self.place
        self._places = {key: place for place, key in enumerate(keys)}
        self._resize()
        if self.selected not in self._places:
            fallback = min(old_place or 0, len(self.rows) - 1)
            self._select(self.rows[fallback].key if self.rows else None)
        self._scroll_to_cursor()
        self.refresh()

    def mark(self, marks: Mapping[str, str]) -> None:
        """Put a sign behind some headings, by the column's title: what the rows are sorted by."""
        if dict(marks) != self._marks:
            self._marks = dict(marks)
            self.refresh_line_at(0)

    @property
    def place(self) -> int | None:
        """Where the selected row stands, from 0; None without rows."""
        return None if self.selected is None else self._places.get(self.selected)

    def select(self, key: str) -> None:
        """Put the cursor on a row, if it is there."""
        if key in self._places:
            self._move_to(self._places[key])

    # Moving -------------------------------------------------------------------------------------

    def move_cursor(self, where: str) -> None:
        """Move the cursor `up`, `down`, by a `page_…`, to `top` or `bottom`."""
        if not self.rows or not self.can_focus:
            return
        page = max(1, self.size.height - self._heading - 1)
        place = self.place or 0
        last = len(self.rows) - 1
        target = {
            "up": place - 1,
            "down": place + 1,
            "page_up": place - page,
            "page_down": place + page,
            "top": 0,
            "bottom": last,
        }[where]
        self._move_to(min(last, max(0, target)))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where the mouse clicked."""
        at = event.get_content_offset(self)
        if at is None or at.y < self._heading or not self.can_focus:
            return
        place = at.y - self._heading + round(self.scroll_y)
        if place < len(self.rows):
            self._move_to(place)

    def _move_to(self, place: int) -> None:
        before = self.place
        self._select(self.rows[place].key)
        for changed in {before, place} - {None}:
            self._draw_row(changed or 0)
        self._scroll_to_cursor()

    def _select(self, key: str | None) -> None:
        if key != self.selected:
            self.selected = key
            self.post_message(self.CursorMoved(self, key))

    def _scroll_to_cursor(self) -> None:
        place, room = self.place, self.size.height - self._heading
        if place is None or room <= 0 or not self.can_focus:
            return
        top = round(self.scroll_y)
        if place < top:
            self.scroll_to(y=place, animate=False, force=True)
        elif place >= top + room:
            self.scroll_to(y=place - room + 1, animate=False, force=True)

    # Drawing ------------------------------------------------------------------------------------

    def on_resize(self) -> None:
        """Lay the rows out anew."""
        self._resize()
        self._scroll_to_cursor()

    def _resize(self) -> None:
        self.virtual_size = Size(self.room, len(self.rows) + self._heading)

    def _draw_row(self, place: int) -> None:
        y = self._line_of(place)
        if y is not None:
            self.refresh_line_at(y)

    def _draw_change(self, place: int, old: Row, new: Row) -> None:
        y, width = self._line_of(place), self.room
        if y is not None:
            before, after = (row_line(self.columns, row, width) for row in (old, new))
            self.refresh_change_at(y, before, after)

    def _in_sight(self) -> range:
        """The places of the rows that can be seen."""
        top = round(self.scroll_y)
        return range(top, min(len(self.rows), top + max(0, self.size.height - self._heading)))

    def _line_of(self, place: int) -> int | None:
        """Where a row stands, from the top of what is visible; None where it can't be seen."""
        y = place - round(self.scroll_y) + self._heading
        return y if self._heading <= y < self.size.height else None

    def render_line(self, y: int) -> Strip:
        """The heading, or the row at `y` of what is visible."""
        width = self.room
        if y < self._heading:
            return self.draw(row_line(self.columns, headings(self.columns, self._marks), width))
        place = y - self._heading + round(self.scroll_y)
        if place >= len(self.rows):
            return self.draw(())
        row = self.rows[place]
        cursor = self.can_focus and row.key == self.selected
        drawn = (row, cursor, width, self.base_style)
        strip = self._strips.get(drawn)
        if strip is None:
            strip = self.draw(row_line(self.columns, row, width), cursor=cursor)
            self._strips[drawn] = strip
        return strip

    def notify_style_update(self) -> None:
        """Draw anew in the styles of another theme."""
        self._strips.clear()
        super().notify_style_update()
