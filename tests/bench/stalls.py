"""How long an event loop is held up by one thing it does: a key has to wait for so long."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Stalls:
    """What took an event loop long, in seconds."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    """Of the same, what the thread computed: other processes don't count."""

    @property
    def worst(self) -> float:
        """The longest, by the clock."""
        return max(self.wall, default=0.0)

    @property
    def worst_cpu(self) -> float:
        """The longest, by what was computed."""
        return max(self.cpu, default=0.0)


@contextmanager
def watched(above_seconds: float = 0.002) -> Iterator[Stalls]:
    """Note what any event loop of this process does that takes longer."""
    stalls = Stalls()
    run = asyncio.Handle._run

    def timed(handle: Any) -> None:
        cpu, wall = time.thread_time(), time.perf_counter()
        run(handle)
        took = time.perf_counter() - wall
        if took > above_seconds:
            stalls.wall.append(took)
            stalls.cpu.append(time.thread_time() - cpu)

    asyncio.Handle._run = timed  # type: ignore[method-assign,assignment]
    try:
        yield stalls
    finally:
        asyncio.Handle._run = run  # type: ignore[method-assign]
