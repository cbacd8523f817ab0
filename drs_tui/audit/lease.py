"""The lease from its holder's side: taking it, renewing it, and knowing how old it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from drs_tui.audit.store import (
    Lease,
    LeaseHeld,
    LeaseLost,
    Pulse,
    RunStore,
    StoreUnavailable,
    UnsupportedStore,
)
from drs_tui.clock import Clock

LOOK_SECONDS = 1.0
"""Between two looks at a lease that is waited out."""

RENEWALS_IN_A_TERM = 3
LOOKS_IN_A_RENEWAL = 10
"""Where looking is cheap, renewing is: watchers get a fresher pulse."""

RETRIES_IN_A_TERM = 10
MARGIN_SHARE = 4
"""The last quarter of a term is for the send that the lease was checked for."""


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


class HeldLease:
    """The lease of a run that is driven here."""

    def __init__(self, store: RunStore, lease: Lease, timer: LeaseTimer, renewed: Moment) -> None:
        """Hold `lease`, which was taken at `renewed` or later; use `take`."""
        self.lease = lease
        self.lost: LeaseLost | None = None
        """That it has another holder; None as far as is known."""

        self.trouble = ""
        """Why it could not be renewed; empty when it could."""

        self._store = store
        self._timer = timer
        self._renewed = renewed

    @classmethod
    async def take(
        cls,
        store: RunStore,
        run_id: str,
        holder: str,
        term_seconds: int,
        *,
        timer: LeaseTimer,
        before: Lease | None = None,
    ) -> Self:
        """Take the lease of a run if it is free, released, or still as `before`.

        Raises:
            LeaseHeld: somebody holds it.
            RunNotFound: no such run.
            StoreUnavailable: the store is out of reach.
        """
        # Before it is sent: nobody knows when the store counts from.
        sent = timer.moment()
        return cls(store, await store.acquire(run_id, holder, term_seconds, before), timer, sent)

    @property
    def age_seconds(self) -> float:
        """Real seconds since the last renewal that came through was sent."""
        return self._timer.age_seconds(self._renewed)

    @property
    def pause_seconds(self) -> float:
        """Real seconds until it is to be renewed, after a renewal or a try."""
        share = RETRIES_IN_A_TERM if self.trouble else RENEWALS_IN_A_TERM
        return min(self.lease.term_seconds / share, LOOKS_IN_A_RENEWAL * self._store.look_seconds)

    async def renew(self, pulse: Pulse) -> bool:
        """Prolong it, and say whether that came through; `lost` and `trouble` say why not."""
        sent = self._timer.moment()
        try:
            self.lease = await self._store.renew(self.lease, pulse)
        except LeaseLost as error:
            self.lost = error
            return False
        except (StoreUnavailable, UnsupportedStore) as error:
            self.trouble = str(error)
            # This beat may be in the store: the next must differ from it, or somebody who waits
            # for a change since then would take a lease that we count from later.
            self.lease = replace(self.lease, beat=self.lease.beat + 1)
            return False
        self._renewed = sent
        self.trouble = ""
        return True

    def assert_fresh(self) -> None:
        """Be sure that nobody can have taken it yet, nor while a call is sent.

        Raises:
            LeaseLapsed: it could not be renewed for too long; it may come back.
        """
        age, term = self.age_seconds, self.lease.term_seconds
        if age > term * (1 - 1 / MARGIN_SHARE):
            raise LeaseLapsed(
                f"the lease of run {self.lease.run_id} was last renewed {age:.0f} s ago, of "
                f"{term} s: another driver may take over"
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
