"""The launches that this process has under way and that DRS may not list yet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from drs_tui.clock import Clock
from drs_tui.model.readiness import Launching

SHOWS_WITHIN_SECONDS = 180.0
"""Drill seconds after which a job that DRS does not list is not counted any more."""

Key = tuple[str, str]
"""A run and its wave."""


@dataclass(frozen=True, slots=True)
class _Held:
    launching: Launching
    until: float


class Room:
    """What the launches of all runs of a process take up of one account's quotas.

    Each counts those that came before it, so that of two which don't both fit one goes.
    """

    def __init__(self, clock: Clock) -> None:
        """Hold nothing yet; `clock` is drill time."""
        self._clock = clock
        self._held: dict[Key, _Held] = {}

    @contextmanager
    def held(self, key: Key, servers: int) -> Iterator[tuple[Launching, ...]]:
        """Hold room for a launch while it is guarded and sent; gives those that came before it."""
        now = self._clock.monotonic()
        self._held = {k: held for k, held in self._held.items() if held.until > now and k != key}
        before = tuple(held.launching for held in self._held.values())
        self._held[key] = _Held(Launching("", servers), float("inf"))
        try:
            yield before
        finally:
            if not self._held[key].launching.job_id:
                del self._held[key]

    def launched(self, key: Key, job_id: str, servers: int) -> None:
        """Hold it on until DRS lists its job, or should."""
        until = self._clock.monotonic() + SHOWS_WITHIN_SECONDS
        self._held[key] = _Held(Launching(job_id, servers), until)
