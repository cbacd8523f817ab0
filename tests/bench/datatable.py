"""`python -m tests.bench.datatable PATH`: a run's servers in Textual's own DataTable."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from textual import work
from textual.app import App, ComposeResult
from textual.widgets import DataTable

from drs_tui.audit.sqlite import open_sqlite
from drs_tui.model.run import fold
from drs_tui.model.state.run import Run
from drs_tui.tui.rows.run import SERVER_COLUMNS, server_rows
from tests.bench.large_drill import RUN_ID

LOOK_SECONDS = 1.0


class Servers(App[None]):
    """The same rows as the run's screen has, cell by cell where they change."""

    def __init__(self, path: Path) -> None:
        """Watch the run in the store at `path`."""
        super().__init__()
        self._path = path
        self._shown: dict[tuple[str, int], str] = {}

    def compose(self) -> ComposeResult:
        """One table."""
        yield DataTable()

    def on_mount(self) -> None:
        """Begin to watch."""
        table = self.query_one(DataTable)
        for number, column in enumerate(SERVER_COLUMNS):
            table.add_column(column.title, key=str(number), width=max(column.width, 7))
        self._watch()

    @work
    async def _watch(self) -> None:
        store = await open_sqlite(self._path)
        run: Run | None = None
        while True:
            events = [e async for e in store.events(RUN_ID, run.seq if run else 0)]
            run = fold(events, run)
            if run is not None:
                self._show(run)
            await asyncio.sleep(LOOK_SECONDS)

    def _show(self, run: Run) -> None:
        table = self.query_one(DataTable)
        for row in server_rows(run, datetime.now(UTC)):
            cells = ["".join(span.text for span in cell) for cell in row.cells]
            if row.key not in table.rows:
                table.add_row(*cells, key=row.key)
            for number, text in enumerate(cells):
                if self._shown.get((row.key, number), text) != text:
                    table.update_cell(row.key, str(number), text)
                self._shown[row.key, number] = text


if __name__ == "__main__":
    Servers(Path(sys.argv[1])).run()
