"""The servers of a run, one line each."""

from __future__ import annotations

from datetime import datetime

from drs_tui.model.expectation.estimates import Estimates
from drs_tui.model.state.run import Run
from drs_tui.tui.cells import Row
from drs_tui.tui.rows.run import SERVER_COLUMNS, server_rows
from drs_tui.tui.widgets.line_table import LineTable


class ServerTable(LineTable):
    """Where each server of the run is."""

    def __init__(self) -> None:
        """Begin without servers."""
        super().__init__(SERVER_COLUMNS)

    def show_run(self, run: Run, now: datetime, expected: Estimates, wanted: str) -> None:
        """Show the servers as they stand, those that contain `wanted`."""
        self.show([row for row in server_rows(run, now, expected) if contains(row, wanted)])


def contains(row: Row, wanted: str) -> bool:
    """Whether a row has a text somewhere, in any case of letters."""
    return wanted.casefold() in row.said.casefold()
