"""What stands on a terminal that has no room for anything that decides."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen

from drs_tui.tui.keys import offer
from drs_tui.tui.text import line
from drs_tui.tui.widgets.prose import Prose

SMALLEST = Size(60, 18)
"""Cells; the screens are made for 80 by 24, and below this they could hide an answer's words."""


class TooSmall(Screen[None]):
    """Covers whatever is open, and keeps its keys away, until there is room again."""

    ACTIONS = ("quit", "suspend_process")
    """All that can be done meanwhile."""

    def __init__(self) -> None:
        """Cover what is in front."""
        super().__init__()
        self._is_leaving = False

    def compose(self) -> ComposeResult:
        """How small it is, what is needed, and that nothing is lost."""
        yield Prose([])

    def on_resize(self) -> None:
        """Leave as soon as there is room."""
        self._show()

    def on_screen_resume(self) -> None:
        """Leave at once if there came to be room while another screen was in front."""
        self._show()

    def _show(self) -> None:
        size = self.app.size
        if has_room(size):
            # Only once: what is dismissed is whatever is in front.
            if self.is_current and not self._is_leaving:
                self._is_leaving = True
                self.dismiss()
            return
        self.query_one(Prose).update_lines(
            [
                line((f"This terminal is {size.width} x {size.height} cells,", "warn")),
                line(f"drs-tui needs {SMALLEST.width} x {SMALLEST.height}."),
                line("Nothing is lost: drills go on."),
                offer("quit", "quit"),
            ]
        )


def has_room(size: Size) -> bool:
    """Whether a screen can show everything that decides."""
    return size.width >= SMALLEST.width and size.height >= SMALLEST.height
