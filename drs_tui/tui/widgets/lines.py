"""The widget under all others here: lines of toned text on Textual's line API.

Only lines that changed are drawn again, so that a screen where nothing happens sends no bytes and
one changed cell costs one line.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.dom import DOMNode
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from drs_tui.tui.text import Line, Span, Tone, difference, fit


class Lines(ScrollView, can_focus=False):
    """Draws lines; what they are is a subclass's matter."""

    ALLOW_SELECT = False
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
        self._styles: dict[Tone, Style] = {}
        self._drawing: tuple[Style, int] | None = None
        """The widget's own style and room while its lines are drawn: reading either is long."""

    @property
    def room(self) -> int:
        """How many cells a line has."""
        drawing = self._drawing
        return self.scrollable_content_region.width if drawing is None else drawing[1]

    @property
    def base_style(self) -> Style:
        """The widget's own style, which what is toned adds to."""
        return self.rich_style if self._drawing is None else self._drawing[0]

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a part, in one style: Textual asks all ancestors for it at each reading."""
        self._drawing = self.rich_style, self.room
        try:
            return super().render_lines(crop)
        finally:
            self._drawing = None

    def move_cursor(self, where: str) -> None:
        """Go `up`, `down`, by a `page_…`, to `top` or `bottom`; lines without a cursor stay."""

    def notify_style_update(self) -> None:
        """Forget the styles of the former theme."""
        self._styles.clear()
        super().notify_style_update()

    def draw(self, spans: Sequence[Span], *, cursor: bool = False) -> Strip:
        """The strip of a line: cleaned, and cut or filled to the widget's width."""
        base, width = self.base_style, self.room
        if cursor:
            base += self.get_component_rich_style("lines--cursor", partial=True)
        segments = [
            Segment(text, base if cursor and tone in _UNDER_CURSOR else base + self._style(tone))
            for text, tone in fit(spans, width)
        ]
        return Strip(segments, width).simplify()

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

    def _style(self, tone: Tone) -> Style:
        """The style of a tone, which the stylesheet has as that of a component class.

        Component classes proper are all styled anew whenever their widget is: of ten tones two or
        three are drawn, and the others took a quarter of the time to the first screen.
        """
        style = self._styles.get(tone)
        if style is None:
            part = DOMNode(classes=f"lines--{tone}")
            part._attach(self)  # noqa: SLF001  as Textual does: a child proper would be laid out
            self.app.stylesheet.apply(part)
            style = self._styles[tone] = part.styles.partial_rich_style
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
