"""Instances: what still bills, since when, and which run launched it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from textual import work
from textual.message import Message

from drs_tui.audit.store import StoreError
from drs_tui.driver.orders import DriverError
from drs_tui.model.events import Json
from drs_tui.model.keeping import Prices
from drs_tui.model.termination import RUN_TAG
from drs_tui.model.times import clock_time
from drs_tui.tui.actions import Where, bindings
from drs_tui.tui.billing import (
    Bill,
    Landscape,
    bills,
    elsewhere,
    hours_of,
    recorded,
)
from drs_tui.tui.cells import Row
from drs_tui.tui.dialogs.ask import confirmation
from drs_tui.tui.dialogs.reading import Reading
from drs_tui.tui.filters import Fields
from drs_tui.tui.history import Past
from drs_tui.tui.keys import offered
from drs_tui.tui.reads import ReadError
from drs_tui.tui.rows.instances import (
    INSTANCE_COLUMNS,
    INSTANCE_SORTS,
    instance_fields,
    instance_lines,
    instance_row,
    terminate_lines,
    why_not_alone,
    why_not_terminated,
)
from drs_tui.tui.screens.base import OpenRun
from drs_tui.tui.screens.listing import ListScreen
from drs_tui.tui.session import Session
from drs_tui.tui.text import Line, line

RUNS_LOOKED_AT = 50
"""Of the newest runs; the run of an older instance is found by its job's tags."""

LOOK_SECONDS = 60.0
"""Real seconds between two looks while the list is in front."""


class InstancesScreen(ListScreen[Bill]):
    """What DRS lists, joined with what the store knows of it."""

    TAB = "Instances"
    PLACES = (Where.INSTANCES, Where.APP)
    COLUMNS = INSTANCE_COLUMNS
    SORTS = INSTANCE_SORTS
    BINDINGS = bindings(Where.INSTANCES)

    class Seen(Message):
        """DRS and the store were asked."""

        def __init__(
            self, found: Sequence[Bill], as_of: datetime | None, troubles: Sequence[str]
        ) -> None:
            """Carry what came; `as_of` is None when DRS did not answer."""
            super().__init__()
            self.found = found
            self.as_of = as_of
            self.troubles = troubles

    def __init__(self, session: Session) -> None:
        """Begin without instances."""
        super().__init__(session)
        self._bills: dict[str, Bill] = {}
        self._as_of: datetime | None = None
        self._prices: Prices | None = None
        self.notice = [line(("Asking DRS for its recovery instances…", "dim"))]

    def on_screen_resume(self) -> None:
        """Look while this screen is in front."""
        self._look()

    def on_screen_suspend(self) -> None:
        """Look at nothing that nobody sees; a clean-up that was confirmed is still asked for."""
        self.workers.cancel_group(self, "look")

    def action_reload(self) -> None:
        """Look now."""
        self.notice = [line(("Asking DRS for its recovery instances…", "dim"))]
        self.show()
        self._look()

    @work(name="look at recovery instances", group="look", exclusive=True)
    async def _look(self) -> None:
        while True:
            self.post_message(await self._seen())
            await self.session.clock.sleep(LOOK_SECONDS)

    async def _seen(self) -> Seen:
        troubles = await self._read_prices()
        pasts: list[Past] = []
        try:
            pasts = await (await self.session.history()).newest(RUNS_LOOKED_AT)
        except StoreError as error:
            troubles.append(f"which runs they are of is not known: {error}")
        try:
            left = [launched.machine_id for past in pasts for launched in past.instances]
            seen = await self.session.reads.landscape(left)
        except ReadError as error:
            # What the record says is all there is; it may have been terminated since.
            known = [bill for past in pasts for bill in recorded(past)]
            return self.Seen(known, None, [str(error), *troubles])
        troubles += [seen.trouble] if seen.trouble else []
        try:
            pasts += await self._older(seen, pasts)
        except StoreError as error:
            troubles.append(f"some of their runs cannot be read: {error}")
        troubles += elsewhere(seen, pasts)
        return self.Seen(bills(seen, pasts), seen.as_of, troubles)

    async def _read_prices(self) -> list[str]:
        """Read the user's price file anew, which may have been mended; returns what is wrong."""
        path = self.session.settings.prices
        if path is None:
            return []
        # It brings in what reads files properly, which takes its time.
        from drs_tui.prices import PricesError, read_prices

        try:
            self._prices = await asyncio.to_thread(read_prices, path)
        except PricesError as error:
            self._prices = None
            return [str(error.problems[0])]
        return []

    async def _older(self, seen: Landscape, pasts: Sequence[Past]) -> list[Past]:
        known = {past.header.run_id for past in pasts}
        tagged = {job.tags[RUN_TAG] for job in seen.jobs if RUN_TAG in job.tags}
        found = [
            await (await self.session.history()).find(run_id) for run_id in sorted(tagged - known)
        ]
        return [past for past in found if past is not None]

    def on_instances_screen_seen(self, event: Seen) -> None:
        """Show what was found; without DRS what the record says."""
        event.stop()
        self.notice = [part for trouble in event.troubles for part in self.wrapped_trouble(trouble)]
        if event.as_of is not None or not self._bills:
            self._bills = {bill.id: bill for bill in event.found}
        self._as_of = event.as_of or self._as_of
        if not self._bills and not event.troubles:
            self.notice = [line("✓ Nothing bills: DRS lists no recovery instance here.")]
        self.notice += self._totals()
        self.show()
        self.refresh_bindings()

    def _totals(self) -> list[Line]:
        """What all of it adds up to."""
        used = hours_of(self._bills.values(), self._now())
        if not used:
            return []
        hours = sum(hours for _, hours in used)
        cost = f", {self._prices.words(used)}" if self._prices is not None else ""
        return [line((f"{hours:.1f} instance-hours so far{cost}", "dim"))]

    # Showing ------------------------------------------------------------------------------------

    def headline(self) -> str:
        """How fresh it is."""
        if self._as_of is None:
            return "from the record alone" if self._bills else ""
        return f"as of {clock_time(self._as_of)}"

    def items(self) -> Mapping[str, Bill]:
        """What bills, or may."""
        return self._bills

    def row(self, item: Bill) -> Row:
        """A row an instance."""
        return instance_row(item, self._now())

    def fields(self, item: Bill) -> Fields:
        """State, kind, age, plan and run."""
        return instance_fields(item, self._now())

    def _now(self) -> datetime:
        return self._as_of or self.session.clock.now()

    # Actions ------------------------------------------------------------------------------------

    def action_open(self) -> None:
        """Open the run that launched the instance under the cursor."""
        bill = self.item
        if bill is None:
            return
        if bill.run is None:
            self.notify(why_not_terminated(bill), markup=False)
        else:
            self.post_message(OpenRun(bill.run.run_id))

    def action_details(self) -> None:
        """All that is known of the instance under the cursor."""
        if self.item is not None:
            lines: list[Line] = instance_lines(self.item, self._now())
            self.app.push_screen(Reading(self.item.server, lines))

    def raw(self) -> tuple[str, object] | None:
        """DRS's answer about the instance under the cursor."""
        return (self.item.id, self.item.raw) if self.item is not None else None

    def action_clean_up(self) -> None:
        """Ask, then have the run of the instance under the cursor cleaned up."""
        bill = self.item
        if bill is None or self._is_refused(why_not_terminated(bill)):
            return
        left = [
            other
            for other in self._bills.values()
            if other.run_id == bill.run_id and other.is_drill is not False
        ]
        self._confirm("Clean up?", bill, left, {})

    def action_terminate(self) -> None:
        """Ask, then have the instance under the cursor terminated, and nothing else of its run."""
        bill = self.item
        if bill is None or self._is_refused(why_not_alone(bill)):
            return
        self._confirm(f"Terminate {bill.server}?", bill, [bill], {"instances": [bill.id]})

    def _is_refused(self, why: str) -> bool:
        if why:
            self.notify(why, title="Nothing is terminated", severity="warning", markup=False)
        return bool(why)

    def _confirm(
        self, title: str, bill: Bill, left: Sequence[Bill], asked: dict[str, Json]
    ) -> None:
        run = bill.run
        assert run is not None, "what can be terminated has a run"
        dialog = confirmation(title, terminate_lines(run, left, self._now()), "Terminate")

        def answered(yes: bool | None) -> None:
            if yes:
                self._ask(run.run_id, {"seq": run.seq, **asked})

        self.app.push_screen(dialog, answered)

    @work(name="ask for a clean-up", group="requests")
    async def _ask(self, run_id: str, data: dict[str, Json]) -> None:
        try:
            await self.session.ask(run_id, "cleanup", data, is_driven=False)
        except (StoreError, DriverError) as error:
            self.notify(
                str(error),
                title="the clean-up was not asked for",
                severity="error",
                timeout=10,
                markup=False,
            )
            return
        shows = offered("open", "shows how it goes")
        self.notify(shows, title="Clean-up asked for", markup=False)
        self.action_reload()
