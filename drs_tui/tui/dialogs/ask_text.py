"""A question answered with a line of text."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input

from drs_tui.tui.dialogs.dialog import Dialog
from drs_tui.tui.dialogs.fields import LONGEST_REMARK, Field
from drs_tui.tui.text import line
from drs_tui.tui.widgets.prose import Prose


class AskText(Dialog[str | None]):
    """Asks for a text; None when it was cancelled or is empty."""

    def __init__(self, title: str, hint: str) -> None:
        """Ask `title`; `hint` says what will become of the text."""
        super().__init__()
        self._title = title
        self._hint = hint

    def compose(self) -> ComposeResult:
        """Title, field, hint."""
        with Vertical(classes="dialog"):
            yield Prose([line((self._title, "strong"))], classes="dialog-title")
            yield Field("", "text", LONGEST_REMARK)
            yield Prose([line((f"{self._hint}  enter: done, esc: cancel", "dim"))])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """End with the text."""
        self.dismiss(event.value.strip() or None)
