"""What dialogs are answered with; the focus is shown by a mark, never by colour alone."""

from __future__ import annotations

from collections.abc import Sequence

from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Input
from textual.widgets.button import ButtonVariant

from drs_tui.tui.text import plain


class AnswerButton(Button):
    """A button whose label stands between marks while it has the focus."""

    def __init__(
        self,
        label: str,
        name: str,
        variant: ButtonVariant = "default",
        *,
        disabled: bool = False,
    ) -> None:
        """Show `label`, which is data; `name` is its id."""
        self._words = plain(label)
        super().__init__(
            self._marked(" ", " "), id=name, variant=variant, compact=True, disabled=disabled
        )

    def on_focus(self) -> None:
        """Mark it."""
        self.label = self._marked(">", "<")

    def on_blur(self) -> None:
        """Take the mark away."""
        self.label = self._marked(" ", " ")

    def _marked(self, before: str, after: str) -> Content:
        return Content(f"{before} {self._words} {after}")


class Acknowledgement(Checkbox):
    """A box that shows by its mark, not by its colour alone, whether it is ticked."""

    BUTTON_LEFT = "["
    BUTTON_RIGHT = "]"
    BUTTON_INNER = " "

    def watch_value(self) -> None:
        """Draw the mark."""
        self.BUTTON_INNER = "x" if self.value else " "
        super().watch_value()


class Field(Input):
    """A line of text; the cursor in it shows the focus, and does not blink."""

    def __init__(self, hint: str, name: str, longest: int = 500, *, value: str = "") -> None:
        """Say by `hint` what belongs in it; `name` is its id, `longest` counts characters."""
        super().__init__(value, placeholder=hint, id=name, max_length=longest, compact=True)
        self.cursor_blink = False


LONGEST_REMARK = 2000
"""Characters of a remark for the record."""


class Options(Widget, can_focus=True):
    """One of a few values, moved by left and right."""

    BINDINGS = [
        Binding("left,h", "choose(-1)", show=False),
        Binding("right,l,space", "choose(1)", show=False),
    ]
    DEFAULT_CSS = "Options { height: auto; }"

    def __init__(self, title: str, options: Sequence[tuple[str, str]], name: str) -> None:
        """Offer `options`, each a value and its words; the first is chosen."""
        super().__init__(id=name)
        self._title = title
        self._options = options
        self._place = 0

    @property
    def value(self) -> str:
        """The value that is chosen."""
        return self._options[self._place][0]

    def render(self) -> Content:
        """All of them on a line, the chosen one marked."""
        mark = ">" if self.has_focus else " "
        parts = [Content.styled(f"{mark} {self._title}", "bold" if self.has_focus else "")]
        for place, (_, words) in enumerate(self._options):
            chosen = place == self._place
            dot = "(x)" if chosen else "( )"
            parts.append(Content.styled(f"  {dot} {words}", "bold" if chosen else ""))
        return Content.assemble(*parts)

    def action_choose(self, step: int) -> None:
        """Choose the next one, or the one before; at either end it stays."""
        self._place = min(len(self._options) - 1, max(0, self._place + step))
        self.refresh()
