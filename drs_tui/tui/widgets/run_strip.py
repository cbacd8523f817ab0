"""The strip of the runs under way, below the status line of every screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events

from drs_tui.tui.rows.strip import strip_line
from drs_tui.tui.widgets.lines import Panel

if TYPE_CHECKING:
    from drs_tui.tui.active import ActiveRun


class RunStrip(Panel):
    """One line while there is a run to go to; no line else."""

    DEFAULT_CSS = "RunStrip { height: auto; max-height: 1; background: $surface; }"

    def __init__(self) -> None:
        """Begin without runs."""
        super().__init__()
        self._runs: Sequence[ActiveRun] = ()
        self._shown: str | None = None

    def show_runs(self, runs: Sequence[ActiveRun], shown: str | None) -> None:
        """Show the runs under way; `shown` is the one whose screen this is."""
        self._runs, self._shown = runs, shown
        self.show(strip_line(runs, shown, self.screen.size.width))

    def on_resize(self) -> None:
        """Choose anew what fits."""
        self.show(strip_line(self._runs, self._shown, self.screen.size.width))

    async def on_click(self, event: events.Click) -> None:
        """Go to the next run."""
        event.stop()
        await self.app.run_action("next_run")
