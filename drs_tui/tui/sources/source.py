"""The one thing a run screen needs to know of where its run comes from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from drs_tui.model.events import Event
from drs_tui.model.state.run import Run
from drs_tui.tui.beat import Beat


class Source(Protocol):
    """A run that somebody follows: live, watched or replayed."""

    @property
    def run(self) -> Run | None:
        """The state as of now; None before the first event."""

    @property
    def events(self) -> Sequence[Event]:
        """Its events; a later call may give more."""

    @property
    def count(self) -> int:
        """How many of the events have happened."""

    @property
    def trouble(self) -> str:
        """Why nothing new can be known; empty when all is well."""

    def now(self) -> datetime:
        """The moment in the run."""

    def beat(self) -> Beat:
        """How its driver does."""

    async def follow(self, moved: Callable[[], object]) -> None:
        """Keep `run` up to date and call `moved` after each change, until cancelled."""
