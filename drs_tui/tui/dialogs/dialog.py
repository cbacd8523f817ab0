"""What all dialogs have: esc leaves them, and ctrl+c says how to leave the app."""

from __future__ import annotations

from typing import TypeVar

from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from drs_tui.tui.later import DIALOG_STYLES

Result = TypeVar("Result")


class Dialog(ModalScreen[Result]):
    """Lies over a screen until it is answered or left."""

    CSS_PATH = DIALOG_STYLES

    BINDINGS = [
        Binding("escape", "dismiss(None)", "Cancel"),
        # Textual's own: without this, it is not looked for behind a dialog.
        Binding("ctrl+c", "app.help_quit", show=False, system=True),
    ]


class Question(Dialog[Result]):
    """Is answered by buttons, of which the harmless one has the focus from the beginning."""

    AUTO_FOCUS = "#cancel"
    VERTICAL_BREAKPOINTS = [(0, "-low"), (24, "-high")]
    BINDINGS = [
        Binding("pageup", "scroll(-1)", show=False),
        Binding("pagedown", "scroll(1)", show=False),
    ]

    def action_scroll(self, pages: int) -> None:
        """Scroll what is asked about."""
        body = self.query_one(".dialog-body", VerticalScroll)
        body.scroll_relative(y=pages * max(1, body.size.height - 1), animate=False)
