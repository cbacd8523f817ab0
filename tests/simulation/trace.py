"""All that happened in a simulation, line by line."""

from __future__ import annotations

import asyncio
import hashlib


class Trace:
    """Lines with their virtual time; two runs of one seed give the same."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.lines: list[str] = []
        self._loop = loop

    def add(self, line: str) -> None:
        """Note what happens now."""
        self.lines.append(f"{self._loop.time():12.6f} {line}")

    def digest(self) -> str:
        """A short name of the whole."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()[:16]
