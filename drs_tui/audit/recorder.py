"""The single writer of a run: every event is on this machine's disk before anyone acts on it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Self

from drs_tui.audit.chain import ZERO_HASH, seal
from drs_tui.audit.lease import HeldLease, LeaseTimer, boot_seconds, wait_out
from drs_tui.audit.outbox import Outbox
from drs_tui.audit.rejoin import LATE_BYTES, hold, late_bytes, rejoin, run_of, stored_run
from drs_tui.audit.store import (
    Away,
    EventTooLarge,
    Journal,
    Lease,
    LeaseLost,
    NotTheWriter,
    Pulse,
    RunStore,
    StoreError,
    StoreUnavailable,
)
from drs_tui.clock import Clock
from drs_tui.config import LEASE_TERM_SECONDS
from drs_tui.model.events import Draft, Event, EventType, Json
from drs_tui.model.run import Run, apply, header_of

FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 15.0
"""Between two tries to write what has to be written, in real time."""

_log = logging.getLogger(__name__)


class Recorder:
    """Journals first, then stores; knows whether it may still act for its run."""

    def __init__(
        self,
        store: RunStore,
        journal: Journal | None,
        *,
        run: Run,
        held: HeldLease,
        journal_epoch: int,
        real: Clock,
    ) -> None:
        """Begin behind the last event of `run`; use `create` or `take`."""
        self.run = run
        self._held = held
        self._store = store
        self._journal: RunStore = store if journal is None else journal
        self._journal_epoch = journal_epoch
        self._real = real
        self._overtaken: NotTheWriter | None = None
        """That somebody else has written into the journal; None as far as is known."""

        self._write_trouble = ""
        self._detached = asyncio.Event()
        self._turn = asyncio.Lock()
        self._outbox: Outbox | None = None
        self._sending: asyncio.Task[None] | None = None
        if journal is not None:
            self._outbox = Outbox(store, journal, run, held.lease.epoch, real)
            self._sending = asyncio.create_task(self._outbox.run(), name=f"outbox {run.run_id}")

    @classmethod
    async def create(
        cls,
        store: RunStore,
        journal: Journal | None,
        run_id: str,
        drafts: Sequence[Draft],
        holder: str,
        *,
        real: Clock,
        term_seconds: int = LEASE_TERM_SECONDS,
        boot: Callable[[], float] = boot_seconds,
    ) -> Self:
        """Begin a run with its first events, `run.created` before all, and take its lease.

        `journal` is None when `store` is on this machine's own disk; `real` is real time.

        Raises:
            RunExists: the id is taken.
            EventTooLarge: a draft holds more than a store takes; nothing is recorded.
            NotTheWriter: another driver took it up before this one had its lease.
            StoreUnavailable: the store or the journal is out of reach.
        """
        events = _sealed(run_id, 0, ZERO_HASH, drafts)
        run = run_of(events)
        if journal is not None:
            await journal.create(header_of(run), events)
        await store.create(header_of(run), events)
        timer = LeaseTimer(real, boot)
        held = await HeldLease.take(store, run_id, holder, term_seconds, timer=timer)
        if held.lease.epoch != 1:
            # This process stood still in between, and another driver went on and let go.
            await store.release(held.lease)
            raise NotTheWriter(f"another driver has gone on with run {run_id} meanwhile")
        epoch = held.lease.epoch if journal is None else await hold(journal, held.lease)
        return cls(store, journal, run=run, held=held, journal_epoch=epoch, real=real)

    @classmethod
    async def take(
        cls,
        store: RunStore,
        journal: Journal | None,
        run_id: str,
        holder: str,
        *,
        real: Clock,
        drill: Clock,
        reason: str = "",
        actor: str = "driver",
        term_seconds: int = LEASE_TERM_SECONDS,
        boot: Callable[[], float] = boot_seconds,
    ) -> Self:
        """Go on with a run; the lease of a holder who is gone is waited out for a whole term.

        When the holder before did not release it, `run.taken_over` is recorded, with `reason`, at
        drill time, as done by `actor`.

        Raises:
            LeaseHeld: somebody drives the run.
            RunNotFound: no such run.
            BadRecord: what is stored of it does not hang together.
            NotTheWriter: another driver took it meanwhile.
            StoreUnavailable: the store or the journal is out of reach.
        """
        before = await wait_out(store, run_id, real)
        timer = LeaseTimer(real, boot)
        held = await HeldLease.take(store, run_id, holder, term_seconds, timer=timer, before=before)
        if journal is None:
            events, epoch = await stored_run(store, run_id), held.lease.epoch
        else:
            events, epoch = await rejoin(store, journal, held.lease, drill.now())
        run = run_of(events)
        recorder = cls(store, journal, run=run, held=held, journal_epoch=epoch, real=real)
        if before is not None and before.holder:
            data: dict[str, Json] = {
                "from": before.holder,
                "by": holder,
                "epoch": held.lease.epoch,
                "reason": reason,
            }
            at = max(drill.now(), events[-1].at)
            try:
                await recorder.record([Draft(EventType.RUN_TAKEN_OVER, at, actor, data)])
            except StoreError:
                # The lease is left to lapse: whoever takes it then records the take-over, and so
                # looks for what the driver before this one may have launched unseen.
                await recorder._stop_sending()
                raise
        return recorder

    @property
    def lease(self) -> Lease:
        """The lease of the run, as it was taken or renewed last."""
        return self._held.lease

    @property
    def trouble(self) -> str:
        """Why nothing can be written, the store is behind or the lease not renewed; or empty."""
        behind = self._outbox.trouble if self._outbox is not None else ""
        return self._write_trouble or behind or self._held.trouble

    @property
    def away(self) -> Away | None:
        """How long the store is out of reach, and why; None when it isn't, or is a local file."""
        if self._outbox is None or not self._held.trouble:
            return None
        words = self._outbox.trouble or self._held.trouble
        return Away(self._held.age_seconds, words, self._detached.is_set())

    async def record(self, drafts: Sequence[Draft]) -> Sequence[Event]:
        """Add events to the run; they are on this machine's disk when this returns.

        Done to the end even if the caller is cancelled, so that `run` is what is stored.

        Raises:
            NotTheWriter, LeaseLost: somebody else drives the run.
            EventTooLarge: a draft holds more than a store takes; nothing is recorded.
            StoreUnavailable: the disk is full or cannot be written; nothing is recorded.
        """
        writing = asyncio.ensure_future(self._record(drafts))
        # A caller that was cancelled doesn't hear of its end; a loss is remembered for the next.
        writing.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(writing)

    async def insist(self, drafts: Sequence[Draft]) -> Sequence[Event]:
        """Record what has happened and can't be seen again, as often as it takes.

        Raises:
            NotTheWriter, LeaseLost: somebody else drives the run.
            EventTooLarge: a draft holds more than a store takes; nothing is recorded.
        """
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                return await self.record(drafts)
            except StoreUnavailable:
                await self._real.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _record(self, drafts: Sequence[Draft]) -> Sequence[Event]:
        async with self._turn:
            self.check()
            run = self.run
            events = _sealed(run.run_id, run.seq, run.head_hash, drafts)
            if not events:
                return events
            for event in events:
                run = apply(run, event)
            header = header_of(run)
            try:
                await self._journal.append(
                    run.run_id, self.run.seq, self._journal_epoch, events, header
                )
            except NotTheWriter as error:
                self._overtaken = error
                raise
            except StoreUnavailable as error:
                if not self._write_trouble:
                    _log.warning("%s: events can't be written: %s", run.run_id, error)
                self._write_trouble = (
                    f"events can't be written, so that no wave is launched: {error}"
                )
                raise
            self.run = run
            if self._write_trouble:
                _log.warning("%s: events can be written again", run.run_id)
                self._write_trouble = ""
            if self._outbox is not None:
                self._outbox.put(run)
            return events

    async def settle(self) -> None:
        """Return when all that was recorded so far is where it has to be before anything is sent.

        That is the store, or this machine's disk while the run is detached.

        Raises:
            StoreUnavailable: the store is out of reach; sending goes on.
            NotTheWriter, LeaseLost: somebody else drives the run.
        """
        self.check()
        if self._outbox is None or (self._detached.is_set() and self._outbox.trouble):
            return
        if self._detached.is_set():
            # The store takes events again, and the lease will be renewed in a moment.
            await self._outbox.settle()
            return
        settling = asyncio.ensure_future(self._outbox.settle())
        detaching = asyncio.ensure_future(self._detached.wait())
        try:
            await asyncio.wait((settling, detaching), return_when=asyncio.FIRST_COMPLETED)
            if settling.done():
                settling.result()
        finally:
            for task in (settling, detaching):
                task.cancel()
            await asyncio.gather(settling, detaching, return_exceptions=True)

    async def deliver(self, patience_seconds: float = 0.0) -> None:
        """Return when all that was recorded so far is in the store.

        A store out of reach is waited for, within `patience_seconds` of real time.

        Raises:
            StoreUnavailable: the store is out of reach; sending goes on.
            NotTheWriter, LeaseLost: somebody else drives the run.
        """
        began = self._real.monotonic()
        while True:
            self.check()
            try:
                if self._outbox is not None:
                    await self._outbox.settle()
                return
            except StoreUnavailable:
                if self._real.monotonic() - began >= patience_seconds:
                    raise

    async def detach(self, actor: str, at: datetime, text: str = "") -> None:
        """Let the run go on without a store that is out of reach, at drill time `at`.

        From now on this machine's disk is enough for a launch, and the lease is not asked: whoever
        takes the run over meanwhile may launch as well, which `actor` takes upon themselves. It
        ends when the lease is renewed and the store takes events again. What was journalled is sent
        then, in order; if somebody has taken over, this driver stops, and its events are kept as
        late ones.

        Raises:
            StoreError: the store is in reach, or is on this machine.
            StoreUnavailable: nothing can be written on this machine either.
        """
        if self._outbox is None:
            raise StoreError("the audit store is on this machine: there is nothing to detach from")
        if not self._outbox.trouble and not self._held.trouble:
            raise StoreError("the audit store is in reach: there is no need to go on detached")
        if not self._detached.is_set():
            data: dict[str, Json] = {"text": text} if text else {}
            await self.record([Draft(EventType.RUN_DETACHED, at, actor, data)])
            self._detached.set()

    def assert_lease(self) -> None:
        """Be sure that nobody else may act yet; stands directly before a send.

        While detached that nobody else is known to.

        Raises:
            LeaseLost: the lease has another holder.
            LeaseLapsed: it could not be renewed for too long; it may come back.
        """
        if self._lost is not None:
            raise LeaseLost(str(self._lost)) from self._lost
        if not self._detached.is_set():
            self._held.assert_fresh()

    async def keep(self, pulse: Callable[[], Pulse]) -> None:
        """Renew the lease three times a term or oftener, until cancelled or until it is lost."""
        while self._lost is None:
            await self._real.sleep(self._held.pause_seconds)
            is_renewed = await self._held.renew(pulse())
            if is_renewed and (self._outbox is None or not self._outbox.trouble):
                self._detached.clear()

    async def release(self) -> None:
        """Deliver, give the lease back and stop sending; what could not be sent stays journalled.

        Raises:
            StoreUnavailable: the store is out of reach; who takes the run here next sends the rest.
            NotTheWriter, LeaseLost: somebody else drives the run.
        """
        try:
            await self.deliver()
            await self._store.release(self.lease)
        finally:
            await self._stop_sending()

    async def _stop_sending(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            with suppress(asyncio.CancelledError):
                await self._sending

    @property
    def _lost(self) -> StoreError | None:
        return self._overtaken or self._held.lost

    def check(self) -> None:
        """Be sure that, as far as is known here, nobody else drives the run.

        Raises:
            NotTheWriter, LeaseLost: somebody does.
            StoreError: nothing recorded would ever get into the store.
        """
        lost = self._lost or (self._outbox.broken if self._outbox is not None else None)
        if lost is not None:
            raise lost


def _sealed(run_id: str, seq: int, prev_hash: str, drafts: Sequence[Draft]) -> tuple[Event, ...]:
    events: list[Event] = []
    for number, draft in enumerate(drafts, seq + 1):
        event = seal(run_id, number, prev_hash, draft)
        if (size := late_bytes(event.text)) > LATE_BYTES:
            raise EventTooLarge(
                f"{event.type} of run {run_id} would take {size:,} bytes should it come late; "
                f"{LATE_BYTES:,} is the most"
            )
        events.append(event)
        prev_hash = event.hash
    return tuple(events)
