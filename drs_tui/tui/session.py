"""What all screens share: settings, store, driver, reads, and what is known of the surroundings."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING

from drs_tui.audit.store import RunStore, StoreUnavailable
from drs_tui.clock import Clock
from drs_tui.config import Settings
from drs_tui.driver.orders import Driver, DriverError
from drs_tui.tui.surroundings import Surroundings

if TYPE_CHECKING:
    from drs_tui.driver.orders import Standing, Welcome
    from drs_tui.model.events import Json
    from drs_tui.model.plan import Mode
    from drs_tui.model.principals import Requester
    from drs_tui.model.readiness import Report
    from drs_tui.tui.active import ActiveRun
    from drs_tui.tui.history import History
    from drs_tui.tui.reads import Reads


@dataclass(slots=True)
class Session:
    """What screens get from the app."""

    settings: Settings
    driver: Driver
    reads: Reads
    clock: Clock
    """Real time."""

    open_store: Callable[[], Awaitable[RunStore]]
    surroundings: Surroundings = field(default_factory=Surroundings)
    welcome: Welcome | None = None
    """What the driver said of itself; None until it has."""

    active: tuple[ActiveRun, ...] = ()
    """The runs under way, oldest first, as far as they are known."""

    preflights: dict[str, Report] = field(default_factory=dict, repr=False)
    """What the newest preflight of each plan found since the app began, by the plan's name."""

    plans_seen: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set once the list of plans is on the screen for the first time."""

    plans_wanted: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    """Set once more is to be known of the plans than their names."""

    _history: History | None = field(default=None, init=False, repr=False)
    _store: asyncio.Task[RunStore] | None = field(default=None, repr=False)

    async def history(self) -> History:
        """What the runs of the session's own store came to."""
        if self._history is None:
            # What runs are made of takes long to import: off the loop, so that keys still work.
            await asyncio.to_thread(import_module, "drs_tui.tui.history")
            from drs_tui.tui.history import History

            self._history = History(self.store)
        return self._history

    async def store(self) -> RunStore:
        """The audit store, opened by the first who asks.

        Raises:
            StoreError: it cannot be opened; the next to ask tries again.
        """
        if self._store is None or (self._store.done() and self._store.exception()):
            self._store = asyncio.create_task(_opened(self.open_store), name="open the store")
        return await asyncio.shield(self._store)

    async def close(self) -> None:
        """Let go of store, driver and connections."""
        await self.reads.close()
        await self.driver.close()
        if self._store is not None and self._store.done() and not self._store.exception():
            await self._store.result().close()

    @property
    def modes(self) -> tuple[Mode, ...]:
        """What may be started, the gravest first: as that plans are shown."""
        from drs_tui.model.plan import Mode

        return (Mode.RECOVERY, Mode.DRILL) if self.settings.recovery else (Mode.DRILL,)

    @property
    def requester(self) -> Requester:
        """Who asks: the caller in AWS, on this machine."""
        from drs_tui.audit.requests import requester

        return requester(os.environ, self.surroundings.caller)

    def drives(self, holder: str) -> bool:
        """Whether a lease's holder is this user's own driver on this host."""
        if self.welcome is None:
            return False
        from drs_tui.audit.holder import Holder

        driver = Holder.read(holder)
        return driver.is_here and driver.pid == str(self.welcome.pid)

    async def driven_here(self) -> list[tuple[str, Standing]]:
        """The runs of this user's driver whose events it journals, and how they stand.

        Raises:
            DriverError: it does not answer.
        """
        if self.welcome is None:  # Nothing is known of a driver, and none is started for this.
            return []
        active = (await self.driver.welcome()).active_runs
        found = [(run_id, await self.driver.standing(run_id)) for run_id in active]
        return [(run_id, stands) for run_id, stands in found if stands and stands.journal]

    async def ask(
        self,
        run_id: str,
        kind: str,
        data: Mapping[str, Json],
        *,
        is_driven: bool,
        is_away: bool = False,
    ) -> None:
        """Leave a request about a run and wake its driver, or find it one.

        The request comes first: a driver that finds nothing to do lets go of a run at once. With
        the store out of reach (`is_away` when that is known) the driver here is handed it instead.

        Raises:
            StoreError: the request could not be stored, and no driver here drives the run.
            DriverError: it is stored, and the driver did not answer; or it was handed over, and
                could not be taken.
        """
        from drs_tui.audit.requests import new_request

        request = new_request(run_id, self.requester, kind, data, self.clock.now())
        if is_away:
            await self.driver.request(request)
            return
        try:
            await (await self.store()).request(request)
        except StoreUnavailable as unavailable:
            # Should it be in the store all the same: the driver knows it again by its id.
            try:
                await self.driver.request(request)
            except DriverError as refused:
                raise unavailable from refused
            return
        if is_driven:
            await self.driver.wake(run_id)
        else:
            await self.driver.drive(run_id)


async def _opened(open_store: Callable[[], Awaitable[RunStore]]) -> RunStore:
    return await open_store()
