"""What past runs in the store teach of a target: read once, a bounded number, beside the rest."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from drs_tui.audit.store import RunStore, StoreError
from drs_tui.model.expectation.past import PastRun
from drs_tui.model.expectation.usual import NO_HISTORY, Duration, History, learn
from drs_tui.model.header import RunHeader
from drs_tui.model.state.run import Run

MOST_RUNS = 10
"""Runs that are read, those of the same plan before others; more would change little."""

MOST_HEADERS = 50
EVENTS_AT_ONCE = 100
"""Events that are taken in before others have their turn: a large run has thousands."""

_log = logging.getLogger(__name__)


class PastRuns:
    """The history that a run's servers have."""

    def __init__(self, store: RunStore, run: Run) -> None:
        """Read, in time, the runs of `store` that were where `run` is."""
        self._store = store
        self._run = run
        self.history: History | None = None
        """None until it has been read."""

    async def read(self) -> None:
        """Read what there is; a store that can't be read teaches nothing, and stops nobody."""
        try:
            durations: list[Duration] = []
            async for header in self._alike():
                durations += await self._durations_of(header)
            self.history = learn(durations)
        except StoreError as error:
            self.history = NO_HISTORY
            _log.warning("no past runs were read for %s: %s", self._run.run_id, error)

    async def _alike(self) -> AsyncIterator[RunHeader]:
        """Ended runs of the same account and Region, the same plan's first, then the newest."""
        run = self._run
        own = await self._store.list(active=False, plan_id=run.plan.name, limit=MOST_HEADERS)
        others = await self._store.list(active=False, limit=MOST_HEADERS)
        headers = {header.run_id: header for header in (*own.headers, *others.headers)}
        here = [h for h in headers.values() if (h.account, h.region) == (run.account, run.region)]
        for header in [h for h in here if h.simulated == run.simulated][:MOST_RUNS]:
            yield header

    async def _durations_of(self, header: RunHeader) -> list[Duration]:
        past = PastRun()
        count = 0
        async for event in self._store.events(header.run_id):
            past.see(event)
            count += 1
            if count % EVENTS_AT_ONCE == 0:
                await asyncio.sleep(0)
        # Another endpoint can be a simulator of another speed.
        return past.durations if past.endpoint == self._run.endpoint_url else []
