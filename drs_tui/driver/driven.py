"""A run under way in this process, and what it tells its watchers of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import PlacePulse, Pulse
from drs_tui.clock import Clock
from drs_tui.driver.expiring import Expiring
from drs_tui.driver.past_runs import PastRuns
from drs_tui.driver.poller import Poller
from drs_tui.driver.sealing import Sealing
from drs_tui.engine.drill import Drill
from drs_tui.model.state.targets import RunTarget


@dataclass(slots=True)
class Driven:
    """A run under way in this process."""

    recorder: Recorder
    drill: Drill
    pollers: Sequence[Poller]
    """One of each of its targets, in their order."""

    sealing: Sealing
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

    @property
    def trouble(self) -> str:
        """Why something can't be written, stored or seen, or soon not; empty when all is well."""
        polled = dict.fromkeys(poller.trouble for poller in self.pollers)
        beside = (self.sealing.trouble, self.expiring.trouble)
        return "; ".join(filter(None, (self.recorder.trouble, *polled, *beside)))

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
