"""Servers: what DRS replicates in this account and Region, and how well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual import work
from textual.message import Message

from drs_tui.audit.store import StoreError
from drs_tui.model.times import clock_time
from drs_tui.tui.actions import Where, bindings
from drs_tui.tui.cells import Row, Rows
from drs_tui.tui.dialogs.server import ServerDetails
from drs_tui.tui.filters import Fields
from drs_tui.tui.history import Past
from drs_tui.tui.reads import Inventory, ReadError
from drs_tui.tui.rows.fleet import (
    FLEET_SORTS,
    SOURCE_COLUMNS,
    FleetServer,
    fleet_fields,
    fleet_row,
    with_last_runs,
)
from drs_tui.tui.screens.base import DrsScreen
from drs_tui.tui.screens.listing import ListScreen
from drs_tui.tui.session import Session
from drs_tui.tui.text import Line, line

RUNS_LOOKED_AT = 50
"""Of the newest stored runs: which of them launched a server last."""

FRESH_SECONDS = 60.0
"""Real seconds after which coming back to the list asks DRS again."""


class ServersScreen(ListScreen[FleetServer]):
    """The inventory."""

    TAB = "Servers"
    PLACES = (Where.SERVERS, Where.APP)
    COLUMNS = SOURCE_COLUMNS
    SORTS = FLEET_SORTS
    BINDINGS = bindings(Where.SERVERS)

    class Read(Message):
        """DRS was asked for its source servers."""

        def __init__(self, found: Inventory | None, trouble: str) -> None:
            """Carry what came, or why nothing did."""
            super().__init__()
            self.found = found
            self.trouble = trouble

    class LookedBack(Message):
        """The store was asked for its newest runs."""

        def __init__(self, pasts: Sequence[Past], trouble: str) -> None:
            """Carry what they came to, or why that is not known."""
            super().__init__()
            self.pasts = pasts
            self.trouble = trouble

    def __init__(self, session: Session) -> None:
        """Begin without servers."""
        super().__init__(session)
        self._found: Inventory | None = None
        self._pasts: Sequence[Past] = ()
        self._fleet: dict[str, FleetServer] = {}
        self._asked_at: float | None = None

    def on_screen_resume(self) -> None:
        """Ask when what is known is old; again by key."""
        now = self.session.clock.monotonic()
        if self._asked_at is None or now - self._asked_at > FRESH_SECONDS:
            self.action_reload()
        else:
            self.show()

    def action_reload(self) -> None:
        """Ask DRS."""
        self._asked_at = self.session.clock.monotonic()
        self.notice = [line(("Asking DRS for its source servers…", "dim"))]
        self.show()
        self._read()

    @work(name="read source servers", exclusive=True)
    async def _read(self) -> None:
        try:
            self.post_message(self.Read(await self.session.reads.servers(), ""))
        except ReadError as error:
            self.post_message(self.Read(None, str(error)))
        try:
            self.post_message(
                self.LookedBack(await (await self.session.history()).newest(RUNS_LOOKED_AT), "")
            )
        except StoreError as error:
            self.post_message(self.LookedBack((), f"when each was drilled is not known: {error}"))

    def on_servers_screen_read(self, event: Read) -> None:
        """Show the servers; after trouble those that were known."""
        event.stop()
        if event.found is None:
            self.notice = self.wrapped_trouble(event.trouble)
        else:
            self._found = event.found
            self.notice = [] if event.found.servers else self._nothing()
        self._join()

    def on_servers_screen_looked_back(self, event: LookedBack) -> None:
        """Show when each server was drilled."""
        event.stop()
        if event.trouble:
            self.notice += self.wrapped_trouble(event.trouble)
        else:
            self._pasts = event.pasts
        self._join()

    def _join(self) -> None:
        listed = self._found.servers if self._found is not None else ()
        servers = sorted(listed, key=lambda server: (server.name, server.id))
        found = with_last_runs(servers, self._pasts)
        self._fleet = {item.server.id: item for item in found}
        self.show()

    def _nothing(self) -> list[Line]:
        around = self.session.surroundings
        where = f"account {around.account or 'unknown'}, {around.region or 'Region unknown'}"
        return [
            line(f"DRS replicates no server in {where}."),
            line(
                ("Another Region? Start with --region. Else install the replication agent", "dim")
            ),
            line(("on the servers; the DRS console says how.", "dim")),
        ]

    def show_news(self) -> None:
        """Show it around the list: to make thousands of rows anew would hold up the keys."""
        DrsScreen.show(self)

    def headline(self) -> str:
        """How fresh it is."""
        return f"as of {clock_time(self._found.as_of)}" if self._found is not None else ""

    def items(self) -> Mapping[str, FleetServer]:
        """The servers by id."""
        return self._fleet

    def row(self, item: FleetServer) -> Row:
        """A row a server."""
        return fleet_row(item)

    def rows(self, items: Sequence[FleetServer]) -> Sequence[Row]:
        """Only rows that are looked at: to make thousands holds up the keys; a filter needs all."""
        if self.wanted:
            return super().rows(items)
        return Rows({item.server.id: item for item in items}, fleet_row)

    def fields(self, item: FleetServer) -> Fields:
        """State, lag, tags, operating system, last launch and plan."""
        return fleet_fields(item)

    def action_details(self) -> None:
        """All that is known of the server under the cursor, and how DRS would launch it."""
        if self.item is not None:
            self.app.push_screen(ServerDetails(self.item, self.session.reads.launch_settings))

    def raw(self) -> tuple[str, object] | None:
        """DRS's answer about the server under the cursor."""
        server = self.item.server if self.item is not None else None
        return (server.id, server.raw) if server is not None else None
