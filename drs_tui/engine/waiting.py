"""Waiting: for whichever of several things comes first, and until something may be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from drs_tui.audit.lease import LeaseLapsed
from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import StoreUnavailable
from drs_tui.clock import Clock
from drs_tui.model.state.run import Run

RETRY_SECONDS = 15.0
"""Drill seconds until what could not be sent is tried again."""


async def first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Return when one of `waits` does; the others are cancelled, and a failure is raised."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def is_off(run: Run) -> bool:
    """Whether nothing of a run is begun any more, or for now."""
    return run.stopping or run.paused


async def in_reach(recorder: Recorder, clock: Clock, given_up: Callable[[Run], bool]) -> bool:
    """Wait until the store has every event and the lease is fresh; False: it is given up.

    Else each try to send something would leave its beginning and its refusal in the journal.
    `clock` is drill time.

    Raises:
        LeaseLost, NotTheWriter: somebody else drives the run now.
    """
    while not given_up(recorder.run):
        try:
            await recorder.settle()
            recorder.assert_lease()
        except (StoreUnavailable, LeaseLapsed):
            await clock.sleep(RETRY_SECONDS)
        else:
            return True
    return False
