"""A run under way in this process, and what it tells its watchers of itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field

from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import PlacePulse, Pulse
from drs_tui.clock import Clock
from drs_tui.driver.expiring import Expiring
from drs_tui.driver.past_runs import PastRuns
from drs_tui.driver.poller import Poller
from drs_tui.driver.renewals import Held
from drs_tui.driver.sealing import Sealing
from drs_tui.driver.signing import Place
from drs_tui.engine.drill import Drill
from drs_tui.model.decisions import Wanted
from drs_tui.model.state.targets import RunTarget

LAST_EVENTS_SECONDS = 3600.0
"""How long a driver stays to send the last events of a run to a store out of reach, in real time.

Afterwards they are in the journal, and the next driver of the run on this machine sends them."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Driven:
    """A run under way in this process."""

    recorder: Recorder
    drill: Drill
    places: Sequence[Place]
    """Its targets, in their order."""

    pollers: Sequence[Poller]
    """One of each of them."""

    sealing: Sealing | None
    """None where nobody seals."""

    past: PastRuns
    expiring: Expiring
    task: asyncio.Task[None] = field(init=False)

    @property
    def watched(self) -> list[tuple[RunTarget, Poller]]:
        """The targets in which something is looked for now."""
        targets = zip(self.recorder.run.targets, self.pollers, self.drill.watches, strict=True)
        return [
            (target, poller)
            for target, poller, watch in targets
            if watch.job_ids() or watch.server_ids()
        ]

    def renewed(self) -> None:
        """Look at once at what credentials that were at their end kept from being seen."""
        self.expiring.renewed()
        for poller in self.pollers:
            poller.try_again()
        self.drill.wake()

    def lacking(self, held: Held) -> list[Wanted]:
        """The questions of waves that wait because these credentials had ended."""
        run = self.recorder.run
        return [
            wanted
            for wanted in run.wanted
            if wanted.lacks_credentials and self._at(wanted.wave).signs_with(held.profile)
        ]

    def _at(self, wave: str) -> Place:
        run = self.recorder.run
        return self.places[run.targets.index(run.target_of(wave))]

    @property
    def trouble(self) -> str:
        """Why something can't be written, stored or seen, or soon not; empty when all is well."""
        polled = dict.fromkeys(poller.trouble for poller in self.pollers)
        # Credentials that have ended are why nothing can be polled.
        first = (self.recorder.trouble, self.expiring.trouble)
        sealed = self.sealing.trouble if self.sealing is not None else ""
        return "; ".join(filter(None, (*first, *polled, sealed)))

    def pulse(self, clock: Clock) -> Pulse:
        """What goes with the lease now; `clock` is drill time."""
        polled = [poller.polled_at for _, poller in self.watched if poller.polled_at is not None]
        last = [poller.polled_at for poller in self.pollers if poller.polled_at is not None]
        places = [PlacePulse(t.words, p.polled_at, p.unanswered) for t, p in self.watched]
        return Pulse(
            drill_now=clock.now(),
            speed_percent=int(clock.speed * 100),
            polled_at=min(polled, default=None) or max(last, default=None),
            trouble=self.trouble,
            places=tuple(p for p in places if self.recorder.run.several or p.trouble),
        )

    async def drive(self, drill_clock: Clock) -> None:
        """Drive it to its end, with all that goes on beside, and give its lease back.

        Raises:
            StoreError: its events cannot be written, or somebody else drives it.
        """
        run_id = self.recorder.run.run_id
        for poller, watch in zip(self.pollers, self.drill.watches, strict=True):
            poller.add(watch)
        keeping = self.recorder.keep(lambda: self.pulse(drill_clock))
        beside = [
            asyncio.create_task(keeping, name=f"{run_id} lease"),
            asyncio.create_task(self._learn(), name=f"{run_id} history"),
            asyncio.create_task(self.expiring.run(), name=f"{run_id} credentials"),
        ]
        if self.sealing is not None:
            beside.append(asyncio.create_task(self.sealing.run(), name=f"{run_id} seals"))
        try:
            await self.drill.drive()
            while not await self._is_delivered():
                await self.drill.drive()
            if self.sealing is not None:
                await self.sealing.catch_up()
                await self.recorder.deliver(LAST_EVENTS_SECONDS)
        finally:
            for poller, watch in zip(self.pollers, self.drill.watches, strict=True):
                poller.remove(watch)
            for task in beside:
                task.cancel()
            for ended in await asyncio.gather(*beside, return_exceptions=True):
                if isinstance(ended, Exception):
                    _log.error("beside the driving of %s: %s", run_id, ended, exc_info=ended)
            await self.recorder.release()

    async def _learn(self) -> None:
        await self.past.read()
        self.drill.wake()

    async def _is_delivered(self) -> bool:
        """Send the last events; False: somebody asked for something meanwhile."""
        asked = asyncio.ensure_future(self.drill.woken())
        delivering = asyncio.ensure_future(self.recorder.deliver(LAST_EVENTS_SECONDS))
        try:
            await asyncio.wait((delivering, asked), return_when=asyncio.FIRST_COMPLETED)
            if not delivering.done():
                return False
            delivering.result()
            return True
        finally:
            for task in (asked, delivering):
                task.cancel()
            await asyncio.gather(asked, delivering, return_exceptions=True)
