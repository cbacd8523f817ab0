"""Runs: what was drilled and what goes on, newest first."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from textual import work
from textual.message import Message

from drs_tui.audit.address import open_store
from drs_tui.audit.store import StoreError
from drs_tui.driver.orders import DriverError
from drs_tui.model.header import RunHeader
from drs_tui.replay.playing import Replay
from drs_tui.tui.actions import Where, bindings
from drs_tui.tui.beat import DrillClock
from drs_tui.tui.cells import Row
from drs_tui.tui.keys import offer
from drs_tui.tui.rows.lists import RUN_COLUMNS, is_over, run_row
from drs_tui.tui.screens.base import OpenReplay, OpenRun
from drs_tui.tui.screens.listing import ListScreen
from drs_tui.tui.session import Session
from drs_tui.tui.text import Span, line

LISTED = 100
LOOK_SECONDS = 2.0

_log = logging.getLogger(__name__)


class RunsScreen(ListScreen):
    """The runs of the store."""

    TAB = "Runs"
    PLACES = (Where.RUNS, Where.APP)
    COLUMNS = RUN_COLUMNS
    BINDINGS = bindings(Where.RUNS)

    class Listed(Message):
        """The store was asked for its runs."""

        def __init__(
            self,
            headers: Sequence[RunHeader],
            clocks: Mapping[str, DrillClock],
            more: bool,
            trouble: str,
        ) -> None:
            """Carry what came, or why nothing did."""
            super().__init__()
            self.headers = headers
            self.clocks = clocks
            self.more = more
            self.trouble = trouble

        def can_replace(self, message: Message) -> bool:
            """A newer list replaces one that nobody has shown yet."""
            return isinstance(message, RunsScreen.Listed)

    def __init__(self, session: Session) -> None:
        """Begin without runs."""
        super().__init__(session)
        self._headers: dict[str, RunHeader] = {}
        self._clocks: Mapping[str, DrillClock] = {}
        self._only_active = False
        self._more = False
        self.notice = [line(("Reading runs…", "dim"))]

    def on_screen_resume(self) -> None:
        """List while this screen is in front."""
        self._follow()

    def on_screen_suspend(self) -> None:
        """Ask the store for nothing that nobody sees."""
        self.workers.cancel_node(self)

    @work(name="list runs", exclusive=True)
    async def _follow(self) -> None:
        clocks: dict[str, DrillClock] = {}
        while True:
            try:
                await self._list(clocks)
                wait = (await self.session.store()).look_seconds
            except StoreError as error:
                headers = await self._driven_here(clocks)
                self.post_message(self.Listed(headers, clocks, False, str(error)))
                wait = 0.0
            await self.session.clock.sleep(max(LOOK_SECONDS, wait))

    async def _list(self, clocks: dict[str, DrillClock]) -> None:
        store = await self.session.store()
        page = await store.list(active=True if self._only_active else None, limit=LISTED)
        for header in page.headers:
            if not is_over(header):
                clock = clocks.setdefault(header.run_id, DrillClock(self.session.clock))
                clock.see_lease(await store.lease(header.run_id))
        self.post_message(self.Listed(page.headers, clocks, page.next_page is not None, ""))

    async def _driven_here(self, clocks: dict[str, DrillClock]) -> list[RunHeader]:
        """What there is to list without the store: the runs of the driver here, by its journal."""
        headers: list[RunHeader] = []
        try:
            for run_id, standing in await self.session.driven_here():
                clock = clocks.setdefault(run_id, DrillClock(self.session.clock))
                clock.see_lease(standing.lease, is_fresh=True)
                journal = await open_store(standing.journal)
                try:
                    headers.append(await journal.header(run_id))
                finally:
                    await journal.close()
        except (StoreError, DriverError) as error:
            _log.warning("what the driver here drives is not listed: %s", error)
        return headers

    def on_runs_screen_listed(self, event: Listed) -> None:
        """Show the runs; after trouble those that were known."""
        event.stop()
        if event.trouble:
            self.notice = [line(("▲ ", "warn"), event.trouble)]
            self._headers |= {header.run_id: header for header in event.headers}
            self._clocks = event.clocks
        else:
            self._headers = {header.run_id: header for header in event.headers}
            self._clocks = event.clocks
            self._more = event.more
            self.notice = [] if self._headers else [self._nothing()]
        self.show()

    def _nothing(self) -> tuple[Span, ...]:
        if self._only_active:
            return line("No run is under way. ", *offer("toggle_active", "shows all"))
        return line("Nothing was run yet. ", *offer("mode('plans')", "shows the plans"))

    def headline(self) -> str:
        """Which runs are listed."""
        which = ["only those under way"] if self._only_active else []
        return ", ".join([*which, f"the newest {LISTED}"] if self._more else which)

    def rows(self) -> list[Row]:
        """A row a run; only those under way tick."""
        return [run_row(header, self._now(header)) for header in self._headers.values()]

    def _now(self, header: RunHeader) -> datetime | None:
        clock = self._clocks.get(header.run_id)
        return clock.now() if clock is not None and clock.beat().is_driven else None

    # Actions ------------------------------------------------------------------------------------

    def action_toggle_active(self) -> None:
        """Only those under way, or all."""
        self._only_active = not self._only_active
        self._follow()

    def action_open(self) -> None:
        """Open the run under the cursor."""
        if self.selected is not None:
            self.post_message(OpenRun(self.selected))

    def action_replay(self) -> None:
        """Replay the run under the cursor."""
        if self.selected is not None:
            self._read(self.selected)

    @work(name="read a run", group="replay")
    async def _read(self, run_id: str) -> None:
        try:
            store = await self.session.store()
            events = [event async for event in store.events(run_id)]
        except StoreError as error:
            self.notify(str(error), severity="error", markup=False)
            return
        self.post_message(OpenReplay(Replay(events, store.address)))
