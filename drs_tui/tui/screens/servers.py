"""Servers: what DRS replicates in this account and Region, and how well."""

from __future__ import annotations

from collections.abc import Sequence

from textual import work
from textual.message import Message

from drs_tui.model.observed import SourceServer
from drs_tui.tui.actions import Where, bindings
from drs_tui.tui.cells import Row
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.reads import ReadError
from drs_tui.tui.rows.details import source_lines
from drs_tui.tui.rows.lists import SOURCE_COLUMNS, source_row
from drs_tui.tui.screens.listing import ListScreen
from drs_tui.tui.session import Session
from drs_tui.tui.text import line, wrapped
from drs_tui.tui.words import clock_time


class ServersScreen(ListScreen):
    """The inventory."""

    TAB = "Servers"
    PLACES = (Where.SERVERS, Where.APP)
    COLUMNS = SOURCE_COLUMNS
    BINDINGS = bindings(Where.SERVERS)

    class Read(Message):
        """DRS was asked for its source servers."""

        def __init__(self, servers: Sequence[SourceServer], trouble: str) -> None:
            """Carry what came, or why nothing did."""
            super().__init__()
            self.servers = servers
            self.trouble = trouble

    def __init__(self, session: Session) -> None:
        """Begin without servers."""
        super().__init__(session)
        self._servers: dict[str, SourceServer] = {}
        self._asked = ""

    def on_mount(self) -> None:
        """Ask once; again by key."""
        self.action_reload()

    def action_reload(self) -> None:
        """Ask DRS."""
        self.notice = [line(("Asking DRS for its source servers…", "dim"))]
        self.show()
        self._read()

    @work(name="read source servers", exclusive=True)
    async def _read(self) -> None:
        try:
            self.post_message(self.Read(await self.session.reads.servers(), ""))
        except ReadError as error:
            self.post_message(self.Read((), str(error)))

    def on_servers_screen_read(self, event: Read) -> None:
        """Show the servers; after trouble those that were known."""
        event.stop()
        if event.trouble:
            words = wrapped(event.trouble, max(20, self.size.width - 6))
            self.notice = [line(("▲ " if n == 0 else "  ", "warn"), w) for n, w in enumerate(words)]
        else:
            self._servers = {
                s.id: s for s in sorted(event.servers, key=lambda server: (server.name, server.id))
            }
            self._asked = clock_time(self.session.clock.now())
            nothing = line("DRS replicates no server in this account and Region.")
            self.notice = [] if self._servers else [nothing]
        self.show()

    def headline(self) -> str:
        """How fresh it is."""
        return f"as of {self._asked}" if self._asked else ""

    def rows(self) -> list[Row]:
        """A row a server."""
        return [source_row(server) for server in self._servers.values()]

    def action_details(self) -> None:
        """All that is known of the server under the cursor."""
        server = self._servers.get(self.selected or "")
        if server is not None:
            self.app.push_screen(Reading(server.name, source_lines(server)))
