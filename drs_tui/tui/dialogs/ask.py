"""A question with a few answers, the harmless one focused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button

from drs_tui.tui.dialogs.dialog import Question
from drs_tui.tui.dialogs.fields import AnswerButton
from drs_tui.tui.text import Line, line
from drs_tui.tui.widgets.prose import Prose

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """An answer that can be given."""

    label: str
    value: T
    dangerous: bool = False


class Ask(Question[T | None]):
    """Asks; its result is the chosen value, or None for Cancel, which has the focus."""

    BINDINGS = [
        Binding("left,up,h,k", "app.focus_previous", show=False),
        Binding("right,down,l,j", "app.focus_next", show=False),
    ]

    def __init__(
        self,
        title: str,
        body: Sequence[Line],
        answers: Sequence[Answer[T]],
        *,
        cancel: str = "Cancel",
    ) -> None:
        """Ask `title`, with what there is to know about it in `body`."""
        super().__init__()
        self._title = title
        self._body = body
        self._answers = answers
        self._cancel = cancel

    def compose(self) -> ComposeResult:
        """Title, body, answers."""
        dangerous = any(answer.dangerous for answer in self._answers)
        with Vertical(classes="dialog dangerous" if dangerous else "dialog"):
            yield Prose([line((self._title, "strong"))], classes="dialog-title")
            with VerticalScroll(classes="dialog-body", can_focus=False):
                yield Prose(self._body)
            yield from self.between()
            with Horizontal(classes="dialog-buttons"):
                yield AnswerButton(self._cancel, "cancel")
                for index, answer in enumerate(self._answers):
                    variant: Literal["error", "primary"] = (
                        "error" if answer.dangerous else "primary"
                    )
                    yield AnswerButton(answer.label, f"answer-{index}", variant)

    def between(self) -> ComposeResult:
        """What stands between what there is to know and the answers."""
        yield from ()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """End with the answer of the pressed button."""
        event.stop()
        name = event.button.id or ""
        index = name.removeprefix("answer-")
        self.dismiss(self.result_of(self._answers[int(index)]) if index.isdigit() else None)

    def result_of(self, answer: Answer[T]) -> T:
        """What the dialog ends with when an answer is given."""
        return answer.value


def confirmation(
    title: str, body: Sequence[Line], label: str, *, cancel: str = "Cancel"
) -> Ask[bool]:
    """A question of yes or no about something dangerous."""
    return Ask(title, body, [Answer(label, True, dangerous=True)], cancel=cancel)
