"""The lease from its holder's side: taking it, and knowing how old it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from drs_tui.audit.store import Lease, LeaseHeld, LeaseLost, RunStore
from drs_tui.clock import Clock

TERM_SECONDS = 30
LOOK_SECONDS = 1.0
"""Between two looks at a lease that is waited out."""


class LeaseLapsed(LeaseLost):
    """Ours as far as we know, but not renewed for so long that somebody may have taken it.

    The next renewal brings it back, or says whose it is now.
    """


def boot_seconds() -> float:
    """Seconds since the machine started, those asleep included."""
    # macOS has no CLOCK_BOOTTIME, and its CLOCK_MONOTONIC goes on while asleep.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment by three clocks: a machine can sleep or be set, but not fool all of them."""

    monotonic: float
    boot: float
    wall: datetime


class LeaseTimer:
    """Reads the three clocks by which a lease ages."""

    def __init__(self, real: Clock, boot: Callable[[], float] = boot_seconds) -> None:
        """Use `real` for monotonic and wall time."""
        self._real = real
        self._boot = boot

    def moment(self) -> Moment:
        """Now."""
        return Moment(self._real.monotonic(), self._boot(), self._real.now())

    def age_seconds(self, since: Moment) -> float:
        """Real seconds since a moment, by the clock that says the most."""
        now = self.moment()
        return max(
            now.monotonic - since.monotonic,
            now.boot - since.boot,
            (now.wall - since.wall).total_seconds(),
        )


async def wait_out(store: RunStore, run_id: str, real: Clock) -> Lease | None:
    """Return the lease once it may be taken: none, released, or seen unchanged for a whole term.

    Raises:
        LeaseHeld: it moved meanwhile, so its holder is alive.
    """
    seen = await store.lease(run_id)
    if seen is None or not seen.holder:
        return seen
    began = real.monotonic()
    while True:
        left = seen.term_seconds - (real.monotonic() - began)
        await real.sleep(max(0.0, min(LOOK_SECONDS, left)))
        standing = await store.lease(run_id)
        if standing is None or not standing.holder:
            return standing
        if standing != seen:
            raise LeaseHeld(f"{standing.holder} drives run {run_id}", standing)
        if left <= 0:
            return standing
