"""Runs: what was drilled and what goes on, newest first."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence

from textual import work
from textual.message import Message

from drs_tui.audit.opening import open_store
from drs_tui.audit.store import StoreError
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
from drs_tui.tui.rows.lists import RUN_COLUMNS, is_over, run_row, run_sign, started, took_seconds
from drs_tui.tui.screens.base import OpenReplay, OpenRun
from drs_tui.tui.screens.listing import ListScreen
from drs_tui.tui.session import Session
from drs_tui.tui.text import Line, line

LISTED = 100
LOOK_SECONDS = 2.0

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
        self._only_plan = ""
        self._only_outcome = ""
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
        # An outcome is asked of all runs that have ended: the store knows no more of it.
        active = True if self._only_active else False if self._only_outcome else None
        page = await store.list(active=active, plan_id=self._only_plan or None, limit=LISTED)
        going_on = [header.run_id for header in page.headers if not is_over(header)]
        leases = await store.leases(going_on)
        for run_id in going_on:
            clock = clocks.setdefault(run_id, DrillClock(self.session.clock))
            clock.see_lease(leases.get(run_id))
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
            self.notice = self.wrapped_trouble(event.trouble)
            self._headers |= {header.run_id: header for header in event.headers}
            self._clocks = event.clocks
        else:
            self._headers = {header.run_id: header for header in event.headers}
            self._clocks = event.clocks
            self._more = event.more
            self.notice = [] if self.items() else [self._nothing()]
        self.show()

    def _nothing(self) -> Line:
        if self._narrowed:
            return line("No run of these. ", ("esc", "strong"), " shows all")
        return line("Nothing was run yet. ", *offer("mode('plans')", "shows the plans"))

    @property
    def _narrowed(self) -> list[str]:
        """Which runs are left out, in words."""
        return [
            *(["only those under way"] if self._only_active else []),
            *([f"only {self._only_plan}"] if self._only_plan else []),
            *([f"only {self._only_outcome}"] if self._only_outcome else []),
        ]

    def headline(self) -> str:
        """Which runs are listed."""
        which = [*self._narrowed, *([f"the newest {LISTED}"] if self._more else [])]
        shown = self.items().values()
        if unreal := sum(not header.evidence for header in shown):
            which.append(f"{unreal} of {len(shown)} {NOT_EVIDENCE}")
        return ", ".join(which)

    def items(self) -> Mapping[str, RunHeader]:
        """The runs that are asked for: what came before the question changed may be others."""
        return {run_id: header for run_id, header in self._headers.items() if self._keeps(header)}

    def _keeps(self, header: RunHeader) -> bool:
        return (
            not (self._only_active and is_over(header))
            and self._only_plan in ("", header.plan_id)
            and self._only_outcome in ("", header.status)
        )

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
        self._narrow(active=not self._only_active, plan=self._only_plan)

    def action_only_plan(self) -> None:
        """Only runs of the plan under the cursor, or of all plans."""
        plan = "" if self._only_plan or self.item is None else self.item.plan_id
        self._narrow(active=self._only_active, plan=plan, outcome=self._only_outcome)

    def action_next_outcome(self) -> None:
        """Only runs that ended in the next way, after the last all runs."""
        outcome = OUTCOMES[(OUTCOMES.index(self._only_outcome) + 1) % len(OUTCOMES)]
        self._narrow(plan=self._only_plan, outcome=outcome)

    def _narrow(self, *, active: bool = False, plan: str = "", outcome: str = "") -> None:
        self._only_active, self._only_plan, self._only_outcome = active, plan, outcome
        self.notice = [line(("Reading runs…", "dim"))]
        self.show()
        self._follow()

    def clear_filter(self) -> bool:
        """Show everything again; False if everything was shown."""
        if super().clear_filter():
            return True
        if not self._narrowed:
            return False
        self._narrow()
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
