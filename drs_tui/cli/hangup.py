"""Losing the terminal: runs go on by themselves, or are paused if the settings say so."""

from __future__ import annotations

import asyncio
import logging
import os

from drs_tui.audit.requests import new_request, requester
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.driver.client import DriverClient
from drs_tui.driver.orders import DriverError
from drs_tui.driver.running import running_driver

PAUSE_SECONDS = 5.0
"""How long a process without a terminal tries to have its runs paused, in real time."""

REASON = "the terminal of the app was lost"

_log = logging.getLogger(__name__)


def pause_runs(settings: Settings) -> None:
    """Ask that the runs of this user's driver be paused, if the settings want that.

    Works in any thread, on connections of its own: the app's loop may be stuck. What comes of it
    can only be logged, there is nobody to tell.
    """
    if settings.on_hangup != "stop" or settings.read_only:
        return
    try:
        asyncio.run(_pause_runs(settings))
    except (DriverError, TimeoutError):
        _log.exception("the terminal was lost, and runs could not be paused")


async def _pause_runs(settings: Settings) -> None:
    async with asyncio.timeout(PAUSE_SECONDS):
        driver = await running_driver(settings)
        # Of AWS nobody is asked: there is no time for it.
        who = requester(os.environ)
        for run_id in driver.active_runs if driver is not None else ():
            # Of the driver itself: a store that is slow or out of reach must not stand between.
            now = SystemClock().now()
            pause = new_request(run_id, who, "pause", {"text": REASON}, now)
            await DriverClient(settings).request(pause)
            _log.info("the terminal was lost: asked for a pause of %s", run_id)
