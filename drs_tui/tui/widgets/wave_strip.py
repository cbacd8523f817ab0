"""The strip of waves: state, servers launched of all, how far along, time taken."""

from __future__ import annotations

from datetime import datetime

from drs_tui.model.expectation.estimates import Estimates
from drs_tui.model.state.run import Run
from drs_tui.tui.rows.run import WAVE_COLUMNS, wave_rows
from drs_tui.tui.widgets.line_table import LineTable


class WaveStrip(LineTable):
    """One line a wave; with more waves than lines it shows those that go on."""

    def __init__(self) -> None:
        """Begin without waves."""
        super().__init__(WAVE_COLUMNS, heading=False, cursor=False)

    def show_run(self, run: Run, now: datetime, expected: Estimates) -> None:
        """Show the waves as they stand."""
        self.show(wave_rows(run, now, expected))
        current = next(
            (n for n, wave in enumerate(run.waves.values()) if not wave.status.is_final), 0
        )
        top = min(max(0, current - 1), max(0, len(self.rows) - self.size.height))
        if len(self.rows) > self.size.height > 0 and round(self.scroll_y) != top:
            self.scroll_to(y=top, animate=False, force=True)
