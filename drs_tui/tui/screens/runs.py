"""Runs: what was drilled and what goes on, newest first."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from textual import work
from textual.message import Message

from drs_tui.audit.opening import open_store
from drs_tui.audit.store import HeaderPage, StoreError
from drs_tui.driver.orders import DriverError
from drs_tui.model.endpoints import NOT_EVIDENCE
from drs_tui.model.header import RunHeader
from drs_tui.model.status import RunStatus
from drs_tui.replay.playing import Replay
from drs_tui.tui import signs
from drs_tui.tui.actions import Where, bindings
from drs_tui.tui.beat import DrillClock
from drs_tui.tui.cells import Row
from drs_tui.tui.filters import Fields, Seconds
from drs_tui.tui.keys import offer
from drs_tui.tui.narrowing import LISTED, Narrowing, is_older
from drs_tui.tui.rows.lists import RUN_COLUMNS, is_over, run_row, run_sign, started, took_seconds
from drs_tui.tui.screens.base import OpenReplay, OpenRun
from drs_tui.tui.screens.listing import ListScreen
from drs_tui.tui.session import Session
from drs_tui.tui.text import Line, line
from drs_tui.tui.widgets.line_table import LineTable

LOOK_SECONDS = 2.0
OLDER = "older ones come at the end of the list."

_log = logging.getLogger(__name__)


OUTCOMES = ("", *(status.value for status in RunStatus if status.is_final))
"""What `o` goes through: all runs first."""


class RunsScreen(ListScreen[RunHeader]):
    """The runs of the store."""

    TAB = "Runs"
    TICKS = True
    PLACES = (Where.RUNS, Where.APP)
    COLUMNS = RUN_COLUMNS
    SORTS = {
        "Started": lambda header: header.started_at.timestamp(),
        "Plan": lambda header: header.plan_id,
        "State": lambda header: signs.sign_of(signs.RUN, header.status).word,
        "Took": lambda header: took_seconds(header, None),
    }
    BINDINGS = bindings(Where.RUNS)

    class Listed(Message):
        """The store was asked for its newest runs."""

        def __init__(
            self,
            asked: Narrowing,
            page: HeaderPage,
            again: Sequence[RunHeader],
            clocks: Mapping[str, DrillClock],
            trouble: str,
        ) -> None:
            """Carry the newest, and older ones that were read again; or why nothing came."""
            super().__init__()
            self.asked = asked
            self.page = page
            self.again = again
            self.clocks = clocks
            self.trouble = trouble

        def can_replace(self, message: Message) -> bool:
            """A newer list replaces one that nobody has shown yet."""
            return isinstance(message, RunsScreen.Listed)

    class ReadOn(Message):
        """The store was asked for older runs."""

        def __init__(self, asked: Narrowing, page: HeaderPage) -> None:
            """Carry what came."""
            super().__init__()
            self.asked = asked
            self.page = page

    def __init__(self, session: Session) -> None:
        """Begin without runs."""
        super().__init__(session)
        self._headers: dict[str, RunHeader] = {}
        self._clocks: Mapping[str, DrillClock] = {}
        self._asked = Narrowing()
        self._read_for: Narrowing | None = None
        """What the runs that were read were asked for by."""

        self._damaged: set[str] = set()
        """Runs whose headers cannot be read."""

        self._next_page: str | None = None
        self._is_reading_on = False
        self._only_outcome = ""
        self._trouble = ""

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
                page = HeaderPage(tuple(await self._driven_here(clocks)), None)
                self.post_message(self.Listed(self._asked, page, (), clocks, str(error)))
                wait = 0.0
            await self.session.clock.sleep(max(LOOK_SECONDS, wait))

    async def _list(self, clocks: dict[str, DrillClock]) -> None:
        asked = self._asked
        store = await self.session.store()
        page = await asked.page(store)
        newest = {header.run_id for header in page.headers}
        older = [run for run in self._headers.values() if run.run_id not in newest]
        again = [await store.header(run.run_id) for run in older if not is_over(run)]
        headers = (*page.headers, *again)
        going_on = [header.run_id for header in headers if not is_over(header)]
        leases = await store.leases(going_on)
        for run_id in going_on:
            clock = clocks.setdefault(run_id, DrillClock(self.session.clock))
            clock.see_lease(leases.get(run_id))
        self.post_message(self.Listed(asked, page, again, clocks, ""))

    @work(name="read older runs", group="older", exclusive=True)
    async def _read_on(self) -> None:
        self._is_reading_on = True
        asked = self._asked
        try:
            page = await asked.page(await self.session.store(), self._next_page)
        except StoreError as error:
            self.notify(str(error), title="Older runs were not read", severity="error")
        else:
            self.post_message(self.ReadOn(asked, page))
        finally:
            self._is_reading_on = False

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
        if event.asked != self._asked and not event.trouble:
            return
        self._trouble = event.trouble
        self._clocks = event.clocks
        came = {header.run_id: header for header in event.page.headers}
        if event.trouble:
            self._headers |= came
        else:
            if self._read_for != event.asked:
                self._read_for, self._headers = event.asked, {}
                self._damaged = set()
                self._next_page = event.page.next_page
            older = {run.run_id: run for run in self._headers.values() if is_older(run, event.page)}
            self._damaged |= set(event.page.unreadable)
            self._headers = {**came, **older, **{run.run_id: run for run in event.again}}
        self.show()
        self._fill()

    def on_runs_screen_read_on(self, event: ReadOn) -> None:
        """Show the older runs too."""
        event.stop()
        if event.asked == self._read_for:
            self._headers |= {header.run_id: header for header in event.page.headers}
            self._damaged |= set(event.page.unreadable)
            self._next_page = event.page.next_page
            self.show()
            self._fill()

    def _fill(self) -> None:
        """Read on while hardly any run that was read ended in the way that is asked for."""
        if self._only_outcome and len(self.items()) < LISTED:
            self._begin_to_read_on()

    def _begin_to_read_on(self) -> None:
        is_known = self._read_for == self._asked and self._next_page is not None
        if is_known and not self._is_reading_on:
            self._read_on()

    def action_move(self, where: str) -> None:
        """Move the cursor, and read on when it is at the end."""
        super().action_move(where)
        table = self.query_one(LineTable)
        if table.place in (None, len(table.rows) - 1):
            self._begin_to_read_on()

    def show(self) -> None:
        """Show the runs, and below them which and how many they are."""
        self.notice = self._below()
        super().show()

    def _below(self) -> list[Line]:
        if self._trouble:
            return self.wrapped_trouble(self._trouble)
        if self._read_for != self._asked:
            return [line(("Reading runs…", "dim"))]
        damaged = [
            f"{run_id} is left out, its header is damaged: drs-tui runs verify {run_id}"
            for run_id in sorted(self._damaged)
        ]
        return [
            *(each for words in damaged for each in self.wrapped_trouble(words)),
            *self._counted(),
        ]

    def _counted(self) -> list[Line]:
        count, read, are_older = len(self.items()), len(self._headers), bool(self._next_page)
        if self._only_outcome and are_older:
            rest = "reading older ones…" if count < LISTED else OLDER
            return [line((f"{count} of the {read} newest runs ended so; {rest}", "dim"))]
        if self._only_outcome and count:
            return [line((f"{count} of all {read} runs ended so.", "dim"))]
        if are_older:
            return [line((f"The newest {read}; {OLDER}", "dim"))]
        return [] if count else [self._nothing()]

    def _nothing(self) -> Line:
        if self._narrowed:
            return line("No run of these. ", *offer("back", "shows all"))
        return line("Nothing was run yet. ", *offer("mode('plans')", "shows the plans"))

    @property
    def _narrowed(self) -> list[str]:
        """Which runs are left out, in words."""
        return [
            *(["only those under way"] if self._asked.active else []),
            *([f"only {self._asked.plan}"] if self._asked.plan else []),
            *([f"only {self._only_outcome}"] if self._only_outcome else []),
        ]

    def headline(self) -> str:
        """Which runs are listed."""
        which = self._narrowed
        shown = self.items().values()
        if unreal := sum(not header.evidence for header in shown):
            which.append(f"{unreal} of {len(shown)} {NOT_EVIDENCE}")
        return ", ".join(which)

    def items(self) -> Mapping[str, RunHeader]:
        """The runs that are asked for: what came before the question changed may be others."""
        return {
            run_id: header
            for run_id, header in self._headers.items()
            if self._asked.keeps(header) and self._only_outcome in ("", header.status)
        }

    def row(self, item: RunHeader) -> Row:
        """A row a run; only those that somebody drives tick."""
        clock = self._clocks.get(item.run_id)
        is_driven = clock is not None and clock.beat().is_driven
        return run_row(item, clock.stands_at() if clock else None, is_driven=is_driven)

    def fields(self, item: RunHeader) -> Fields:
        """State, plan, kind, who started it, when."""
        return {
            "state": f"{item.status} {run_sign(item, is_driven=True).word}",
            "outcome": item.status if is_over(item) else "",
            "plan": item.plan_id,
            "kind": item.mode,
            "by": item.started_by,
            "started": started(item),
            "took": Seconds(took_seconds(item, None)),
        }

    # Actions ------------------------------------------------------------------------------------

    def action_toggle_active(self) -> None:
        """Only those under way, or all."""
        self._narrow(replace(self._asked, active=not self._asked.active))

    def action_only_plan(self) -> None:
        """Only runs of the plan under the cursor, or of all plans."""
        plan = "" if self._asked.plan or self.item is None else self.item.plan_id
        self._narrow(replace(self._asked, plan=plan), self._only_outcome)

    def action_next_outcome(self) -> None:
        """Only runs that ended in the next way, after the last all runs."""
        outcome = OUTCOMES[(OUTCOMES.index(self._only_outcome) + 1) % len(OUTCOMES)]
        self._narrow(replace(self._asked, active=False), outcome)

    def _narrow(self, asked: Narrowing, outcome: str = "") -> None:
        self._only_outcome = outcome
        if asked != self._asked:
            self._asked = asked
            self._follow()
        self.show()
        self._fill()

    def clear_filter(self) -> bool:
        """Show everything again; False if everything was shown."""
        if super().clear_filter():
            return True
        if not self._narrowed:
            return False
        self._narrow(Narrowing())
        return True

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
