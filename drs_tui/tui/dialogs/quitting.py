"""Quitting while runs go on: what becomes of them."""

from __future__ import annotations

from drs_tui.tui.dialogs.ask import Answer, Ask
from drs_tui.tui.text import line


class QuitDialog(Ask[str]):
    """Asks what becomes of the runs that go on."""

    def __init__(self, count: int, *, read_only: bool) -> None:
        """Ask about `count` runs."""
        runs = "1 run is" if count == 1 else f"{count} runs are"
        body = [
            line(f"{runs} under way. The driver goes on without this window;"),
            line("`drs-tui` shows it again. ctrl+q once more leaves it running."),
        ]
        answers = [Answer("Leave it running", "leave")]
        if not read_only:
            answers.append(Answer("Cancel further waves", "cancel", dangerous=True))
        super().__init__("Quit?", body, answers, cancel="Stay")
