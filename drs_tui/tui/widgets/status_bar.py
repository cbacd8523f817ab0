"""The status line at the top of every screen."""

from __future__ import annotations

from drs_tui.tui.rows.status import Status, status_line
from drs_tui.tui.widgets.lines import Panel


class StatusBar(Panel):
    """One line: mode, account, Region, identity, store, and how fresh what is shown is."""

    DEFAULT_CSS = "StatusBar { dock: top; height: 1; background: $panel; }"

    def __init__(self) -> None:
        """Begin with nothing known."""
        super().__init__()
        self._status = Status()

    def show_status(self, status: Status) -> None:
        """Show what is known now."""
        self._status = status
        self.show([status_line(status, self.room)])

    def on_resize(self) -> None:
        """Choose anew what fits."""
        self.show([status_line(self._status, self.room)])
