"""The timeline of a run: which server was in which phase when."""

from __future__ import annotations

from datetime import datetime

from drs_tui.model.state.run import Run
from drs_tui.tui.rows.timeline import COLUMNS, timeline_rows
from drs_tui.tui.widgets.line_table import LineTable


class Timeline(LineTable):
    """A bar a server over one scale."""

    def __init__(self) -> None:
        """Begin without bars."""
        super().__init__(COLUMNS, heading=False)

    def show_run(self, run: Run, now: datetime) -> None:
        """Show the bars up to now; nothing is drawn until a bar is longer by a cell."""
        if self.is_on_screen and self.display:
            self.show(timeline_rows(run, now, self.room))
