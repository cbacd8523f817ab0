"""What watchers ask of a run, read from its store beside everything else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from drs_tui.audit.store import Request, RunStore, StoreUnavailable, UnsupportedStore

READ_SECONDS = 0.5
"""How long a read may hold up the rest, in real time."""


class Inbox:
    """Reads the requests of one run; one read at a time."""

    def __init__(self, store: RunStore, run_id: str, arrived: Callable[[], object]) -> None:
        """Read nothing yet; `arrived` is called when a read that took long has ended."""
        self._store = store
        self._run_id = run_id
        self._arrived = arrived
        self._reading: asyncio.Task[Sequence[Request]] | None = None

    @property
    def is_reading(self) -> bool:
        """Whether an answer that was given in time may not be here yet."""
        return self._reading is not None

    async def requests(self) -> Sequence[Request]:
        """What the store has, or nothing while that takes longer than `READ_SECONDS`.

        Raises:
            StoreError: what is stored is not what it should be.
        """
        if self._reading is None:
            self._reading = asyncio.create_task(self._read())
        done, _ = await asyncio.wait((self._reading,), timeout=READ_SECONDS)
        if not done:
            self._reading.add_done_callback(self._read_late)
            return ()
        reading, self._reading = self._reading, None
        return reading.result()

    def _read_late(self, reading: asyncio.Task[Sequence[Request]]) -> None:
        if not reading.cancelled():
            self._arrived()

    async def _read(self) -> Sequence[Request]:
        try:
            return await self._store.requests(self._run_id)
        except (StoreUnavailable, UnsupportedStore):
            # They wait where they are, and watching goes on; the recorder says what the trouble is.
            return ()

    async def aclose(self) -> None:
        """End what is being read."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
            self._reading = None
