"""Running what waits, until it is done or a signal ends it."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from drs_tui.cli.say import questions_withdrawn
from drs_tui.signals import BY_SIGNAL, SignalThread

_ENDING = (signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C is asyncio's own: it cancels, and becomes a KeyboardInterrupt."""

STUCK_SECONDS = 3.0
"""How long the loop may be blocked before a signal ends the process all the same, in real time."""

_LOOK_SECONDS = 0.5


def run_async(work: Coroutine[Any, Any, int]) -> int:
    """Run `work` to its exit code; a signal lets it clean up and makes that 128 and its number.

    Where it can't clean up, as its output is written to something that nobody reads, the signal
    ends the process without.
    """
    try:
        return asyncio.run(_until_signal(work))
    finally:
        questions_withdrawn.clear()


async def _until_signal(work: Coroutine[Any, Any, int]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)

    def end(_number: int) -> None:
        loop.call_soon_threadsafe(task.cancel)
        while not signals.left_within(_LOOK_SECONDS):
            turned = threading.Event()
            with suppress(RuntimeError):  # it was left, and closed, just now
                loop.call_soon_threadsafe(turned.set)
            if not turned.wait(STUCK_SECONDS):
                signals.leave()

    # A signal that is ignored, as nohup has it, stays ignored.
    numbers = [n for n in _ENDING if signal.getsignal(n) is not signal.SIG_IGN]
    with SignalThread(numbers, end) as signals:
        try:
            return await task
        except asyncio.CancelledError:
            if signals.number is not None:
                return BY_SIGNAL + signals.number
            raise
        finally:
            questions_withdrawn.set()
