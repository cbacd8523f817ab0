"""From the journal to a store that may be out of reach: in order, each event once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from drs_tui.audit.store import (
    Journal,
    NotTheWriter,
    RunStore,
    StoreError,
    StoreUnavailable,
    UnsupportedStore,
)
from drs_tui.clock import Clock
from drs_tui.model.counts import counted
from drs_tui.model.events import Event
from drs_tui.model.run import Run, apply, header_of

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0
BATCH_BYTES = 1_000_000
"""About how much is read from the journal and sent at once: what waits fills no memory."""

_log = logging.getLogger(__name__)


class Outbox:
    """Appends to the store what was journalled, and tries again for as long as it must."""

    def __init__(
        self, store: RunStore, journal: Journal, run: Run, epoch: int, real: Clock
    ) -> None:
        """Begin behind the last event of `run`, which the store has; append under `epoch`."""
        self.trouble = ""
        """Why the store is behind; empty when it isn't."""
        self.broken: StoreError | None = None
        """What ended the sending for good, NotTheWriter above all."""
        self._store = store
        self._journal = journal
        self._epoch = epoch
        self._real = real
        self._stored = run
        self._journalled = run
        self._filled = asyncio.Event()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def put(self, run: Run) -> None:
        """Send what is in the journal up to the last event of `run`."""
        self._journalled = run
        self._filled.set()

    async def settle(self) -> None:
        """Return when all that was put in before is in the store.

        Raises:
            StoreUnavailable: the next attempt to send it failed; it is tried again later.
            StoreError: nothing is sent any more; NotTheWriter when another driver has written.
        """
        if self.broken is not None:
            raise self.broken
        if self._behind == 0:
            return
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._journalled.seq, sent))
        await sent

    async def run(self) -> None:
        """Send until cancelled, or until the store says that somebody else writes."""
        try:
            await self._keep_sending()
        except asyncio.CancelledError:
            self._break(StoreUnavailable("the driver ended before all of it was sent"))
            raise

    async def _keep_sending(self) -> None:
        pause = FIRST_PAUSE_SECONDS
        while self.broken is None:
            await self._filled.wait()
            try:
                await self._send()
            except (StoreUnavailable, UnsupportedStore) as error:
                self._fail(StoreUnavailable(str(error)))
                await self._real.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            except StoreError as error:
                self._break(error)
            except Exception as error:
                # Whatever it is, whoever waits must hear of it instead of waiting for ever.
                _log.exception("sending to %s ended", self._store.address)
                words = f"sending to {self._store.address} ended: {type(error).__name__}: {error}"
                self._break(StoreError(words))
            else:
                pause = FIRST_PAUSE_SECONDS
                self._done()

    @property
    def _behind(self) -> int:
        return self._journalled.seq - self._stored.seq

    async def _send(self) -> None:
        batch = await self._next_batch()
        run = self._stored
        for event in batch:
            run = apply(run, event)
        await self._store.append(run.run_id, self._stored.seq, self._epoch, batch, header_of(run))
        self._stored = run

    async def _next_batch(self) -> Sequence[Event]:
        """The first of what the store lacks.

        Raises:
            NotTheWriter: what the journal has is not what was put in.
        """
        last, head_hash = self._journalled, self._stored.head_hash
        batch: list[Event] = []
        size = 0
        async for event in self._journal.events(last.run_id, self._stored.seq):
            if event.prev_hash != head_hash:
                break
            batch.append(event)
            size, head_hash = size + len(event.text), event.hash
            if size >= BATCH_BYTES or event.seq == last.seq:
                break
        if not batch or (batch[-1].seq == last.seq and head_hash != last.head_hash):
            raise NotTheWriter(
                f"run {last.run_id} was gone on with by another driver on this machine"
            )
        return batch

    def _done(self) -> None:
        self.trouble = ""
        if self._behind == 0:
            self._filled.clear()
        waiting, self._waiting = self._waiting, []
        for seq, sent in waiting:
            if seq > self._stored.seq:
                self._waiting.append((seq, sent))
            elif not sent.done():
                sent.set_result(None)

    def _break(self, error: StoreError) -> None:
        self.broken = error
        self._fail(error)

    def _fail(self, error: StoreError) -> None:
        self.trouble = f"{counted(self._behind, 'event')} not in the audit store yet: {error}"
        waiting, self._waiting = self._waiting, []
        for _, sent in waiting:
            if not sent.done():
                sent.set_exception(error)
