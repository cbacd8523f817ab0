"""From the journal to a store that may be out of reach: in order, each event once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from drs_tui.audit.store import RunStore, StoreUnavailable, UnsupportedStore
from drs_tui.clock import Clock
from drs_tui.model.events import Event
from drs_tui.model.header import RunHeader

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 10.0


class Outbox:
    """Appends to the store what was journalled, and tries again for as long as it must."""

    def __init__(self, store: RunStore, run_id: str, epoch: int, sent: int, real: Clock) -> None:
        """Begin behind event `sent`, the last in the store; append under `epoch`."""
        self.trouble = ""
        """Why the store is behind; empty when it isn't."""
        self.broken: Exception | None = None
        """What ended the sending for good, NotTheWriter above all."""
        self._store = store
        self._run_id = run_id
        self._epoch = epoch
        self._sent = sent
        self._real = real
        self._events: list[Event] = []
        self._header: RunHeader | None = None
        self._filled = asyncio.Event()
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []

    def put(self, events: Sequence[Event], header: RunHeader) -> None:
        """Take over journalled events, and the header as of the last of them."""
        self._events += events
        self._header = header
        self._filled.set()

    async def settle(self) -> None:
        """Return when all that was put in before is in the store.

        Raises:
            StoreUnavailable: the next attempt to send it failed; it is tried again later.
            NotTheWriter: another driver has written.
        """
        if self.broken is not None:
            raise self.broken
        if not self._events:
            return
        sent: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self._events[-1].seq, sent))
        await sent

    async def run(self) -> None:
        """Send until cancelled, or until the store says that somebody else writes."""
        failures = 0
        while self.broken is None:
            await self._filled.wait()
            batch, header = tuple(self._events), self._header
            assert header is not None
            try:
                await self._store.append(self._run_id, self._sent, self._epoch, batch, header)
            except (StoreUnavailable, UnsupportedStore) as error:
                self._fail(error)
                pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**failures)
                failures += 1
                await self._real.sleep(pause)
            except Exception as error:
                # Whatever it is, whoever waits must hear of it instead of waiting for ever.
                self.broken = error
                self._fail(error)
            else:
                failures = 0
                self._done(batch)

    def _done(self, batch: Sequence[Event]) -> None:
        del self._events[: len(batch)]
        self._sent = batch[-1].seq
        self.trouble = ""
        if not self._events:
            self._filled.clear()
        waiting, self._waiting = self._waiting, []
        for seq, sent in waiting:
            if seq > self._sent:
                self._waiting.append((seq, sent))
            elif not sent.done():
                sent.set_result(None)

    def _fail(self, error: Exception) -> None:
        behind = len(self._events)
        self.trouble = f"{behind} event{'s' * (behind != 1)} not in the audit store yet: {error}"
        waiting, self._waiting = self._waiting, []
        for _, sent in waiting:
            if not sent.done():
                sent.set_exception(error)
