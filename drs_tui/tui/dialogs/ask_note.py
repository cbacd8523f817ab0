"""A question of yes or no that takes a note for the record."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.widgets import Button, Input

from drs_tui.tui.dialogs.ask import Answer, Ask
from drs_tui.tui.dialogs.fields import LONGEST_REMARK, Field
from drs_tui.tui.text import Line


class AskNote(Ask[str]):
    """Asks; its result is the note, which may be empty, or None for Cancel, which has the focus."""

    def __init__(self, title: str, body: Sequence[Line], label: str, hint: str) -> None:
        """Ask `title`; `hint` says what belongs into the note."""
        super().__init__(title, body, [Answer(label, "", dangerous=True)])
        self._hint = hint

    def between(self) -> ComposeResult:
        """The note."""
        yield Field(self._hint, "note", LONGEST_REMARK)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the answer; enter alone answers nothing."""
        event.stop()
        self.query_one("#answer-0", Button).focus()

    def result_of(self, answer: Answer[str]) -> str:  # noqa: ARG002
        """The note."""
        return self.query_one("#note", Field).value.strip()
