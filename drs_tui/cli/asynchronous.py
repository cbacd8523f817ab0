"""Running what waits, until it is done or a signal ends it."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from typing import Any

from drs_tui.cli.say import questions_withdrawn

BY_SIGNAL = 128
"""Added to a signal's number it is the exit code of whatever that signal ended."""

_ENDING = (signal.SIGTERM, signal.SIGHUP)
"""Ctrl-C is asyncio's own: it cancels, and becomes a KeyboardInterrupt."""


def run_async(work: Coroutine[Any, Any, int]) -> int:
    """Run `work` to its exit code; a signal lets it clean up and makes that 128 and its number."""
    try:
        return asyncio.run(_until_signal(work))
    finally:
        questions_withdrawn.clear()


async def _until_signal(work: Coroutine[Any, Any, int]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(work)
    received: list[int] = []

    def end(number: int) -> None:
        received.append(number)
        task.cancel()

    # A signal that is ignored, as nohup has it, stays ignored.
    numbers = [n for n in _ENDING if signal.getsignal(n) is not signal.SIG_IGN]
    for number in numbers:
        loop.add_signal_handler(number, end, number)
    try:
        return await task
    except asyncio.CancelledError:
        if received:
            return BY_SIGNAL + received[0]
        raise
    finally:
        questions_withdrawn.set()
        for number in numbers:
            loop.remove_signal_handler(number)
