"""The event log: one sentence an event, following the newest until somebody scrolls up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import events
from textual.strip import Strip

from drs_tui.model.events import Event
from drs_tui.model.times import clock_time
from drs_tui.tui.sentences import sentence
from drs_tui.tui.text import Span
from drs_tui.tui.widgets.lines import Lines

WHEEL_LINES = 3


class EventLog(Lines, can_focus=True):
    """Events as sentences; only those on screen are ever put into words.

    It keeps its own place instead of a virtual size: a growing virtual size lays the whole screen
    out anew with each event, which costs a full repaint.
    """

    def __init__(self) -> None:
        """Begin without events."""
        super().__init__()
        self._events: Sequence[Event] = ()
        self._count = 0
        self._names: Mapping[str, str] = {}
        self._top = 0
        self._follows = True

    def show(self, happened: Sequence[Event], count: int, names: Mapping[str, str]) -> None:
        """Show the first `count` of the events, with servers by their `names`."""
        same = happened is self._events and len(names) == len(self._names)
        if same and count == self._count:
            return
        self._events, self._count, self._names = happened, count, names
        self._go_to(self._last_top if self._follows else self._top)
        self._say_place()
        self.refresh()

    def move_cursor(self, where: str) -> None:
        """Scroll `up`, `down`, by a `page_…`, to `top` or `bottom`; the bottom follows again."""
        page = max(1, self.size.height - 1)
        self._move_to(
            {
                "up": self._top - 1,
                "down": self._top + 1,
                "page_up": self._top - page,
                "page_down": self._top + page,
                "top": 0,
                "bottom": self._last_top,
            }[where]
        )

    def on_mouse_scroll_up(self) -> None:
        """Scroll towards the oldest."""
        self._move_to(self._top - WHEEL_LINES)

    def on_mouse_scroll_down(self) -> None:
        """Scroll towards the newest."""
        self._move_to(self._top + WHEEL_LINES)

    def on_resize(self, _event: events.Resize) -> None:
        """Keep the newest in sight, if it was."""
        self._go_to(self._last_top if self._follows else self._top)
        self._say_place()
        # The new size was painted before this is called, from the former place.
        self.refresh()

    def _move_to(self, top: int) -> None:
        self._go_to(top)
        self._follows = self._top == self._last_top
        self._say_place()
        self.refresh()

    def _go_to(self, top: int) -> None:
        self._top = min(self._last_top, max(0, top))

    @property
    def _last_top(self) -> int:
        return max(0, self._count - self.size.height)

    def _say_place(self) -> None:
        last = min(self._count, self._top + self.size.height)
        below = self._count - last
        title = f"Events, {below} newer below" if below else f"Events, {self._count}"
        if title != self.border_title:
            self.border_title = title

    def render_line(self, y: int) -> Strip:
        """The event at `y` of what is visible."""
        index = y + self._top
        if index >= self._count:
            return self.draw(())
        event = self._events[index]
        at = Span(f"{clock_time(event.at)}  ", "dim")
        return self.draw((at, *sentence(event, self._names)))
