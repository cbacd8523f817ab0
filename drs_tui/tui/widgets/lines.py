"""The widget under all others here: lines of toned text on Textual's line API.

Only lines that changed are drawn again, so that a screen where nothing happens sends no bytes and
one changed cell costs one line.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from drs_tui.tui.text import Line, Span, Tone, difference, fit

_TONES: tuple[Tone, ...] = (
    "plain",
    "dim",
    "strong",
    "good",
    "warn",
    "bad",
    "work",
    "badge",
    "alarm",
)


class Lines(ScrollView, can_focus=False):
    """Draws lines; what they are is a subclass's matter."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {f"lines--{tone}" for tone in _TONES} | {"lines--cursor"}
    DEFAULT_CSS = """
    Lines {
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
        & > .lines--dim { color: $text-muted; }
        & > .lines--strong { text-style: bold; }
        & > .lines--good { color: $text-success; }
        & > .lines--warn { color: $text-warning; }
        & > .lines--bad { color: $text-error; text-style: bold; }
        & > .lines--work { color: $text-accent; }
        & > .lines--badge { text-style: bold reverse; }
        & > .lines--alarm { color: $error; background: $background; text-style: bold reverse; }
        & > .lines--cursor { background: $boost; }
        &:focus > .lines--cursor {
            background: $block-cursor-background;
            color: $block-cursor-foreground;
            text-style: bold;
        }
        &:ansi > .lines--dim { text-style: dim; }
        &:ansi > .lines--cursor { text-style: underline; }
        &:ansi:focus > .lines--cursor {
            background: ansi_default;
            color: ansi_default;
            text-style: bold reverse;
        }
    }
    """

    def __init__(self) -> None:
        """Begin without lines."""
        super().__init__()
        self._styles: dict[str, Style] = {}

    @property
    def room(self) -> int:
        """How many cells a line has."""
        return self.scrollable_content_region.width

    def notify_style_update(self) -> None:
        """Forget the styles of the former theme."""
        self._styles.clear()
        super().notify_style_update()

    def draw(self, spans: Sequence[Span], *, cursor: bool = False) -> Strip:
        """The strip of a line: cleaned, and cut or filled to the widget's width."""
        base = self.rich_style
        if cursor:
            base += self._style("cursor")
        segments = [
            Segment(text, base if cursor and tone in _UNDER_CURSOR else base + self._style(tone))
            for text, tone in fit(spans, self.room)
        ]
        return Strip(segments, self.room).simplify()

    def refresh_line_at(self, y: int) -> None:
        """Draw the line at `y`, counted from the top of what is visible, again."""
        self.refresh(Region(0, y, self.room, 1))

    def refresh_change_at(self, y: int, before: Sequence[Span], after: Sequence[Span]) -> None:
        """Draw the cells of the line at `y` in which it differs from what it was.

        A line in which a clock ticks would be most of what goes to the terminal.
        """
        changed = difference(before, after, self.room)
        if changed is not None:
            start, end = changed
            self.refresh(Region(start, y, end - start, 1))

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            style = self.get_component_rich_style(f"lines--{name}", partial=True)
            self._styles[name] = style
        return style


_UNDER_CURSOR = frozenset({"plain", "dim", "good", "warn", "bad", "work", "strong"})
"""Tones whose colour gives way to the cursor's: the signs still tell the state."""


class Panel(Lines):
    """A few lines that are replaced as a whole; only those that differ are drawn."""

    def __init__(self) -> None:
        """Begin without lines."""
        super().__init__()
        self.lines: list[Line] = []

    def show(self, lines: Sequence[Line]) -> None:
        """Show these lines."""
        before, self.lines = self.lines, list(lines)
        if len(before) != len(self.lines):
            self.virtual_size = Size(self.room, len(self.lines))
            self.refresh()
            return
        top = round(self.scroll_y)
        for index, (old, new) in enumerate(zip(before, self.lines, strict=True)):
            if old != new and 0 <= index - top < self.size.height:
                self.refresh_change_at(index - top, old, new)

    def render_line(self, y: int) -> Strip:
        """The line at `y` of what is visible."""
        index = y + round(self.scroll_y)
        return self.draw(self.lines[index] if index < len(self.lines) else ())
