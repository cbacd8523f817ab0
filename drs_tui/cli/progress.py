"""Events of a run as they come, for people or for programs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from drs_tui.cli.news import news
from drs_tui.cli.say import say, tell, tell_stored
from drs_tui.cli.summary import summary
from drs_tui.model.events import Event
from drs_tui.model.expectation.estimates import estimates, minutes_left
from drs_tui.model.run import apply
from drs_tui.model.state.run import Run
from drs_tui.model.times import clock_time

SLOWNESS_EVERY = timedelta(seconds=30)
"""Drill time between two looks at whether anything takes longer than usual."""


class Progress:
    """Prints each event of one run, and knows how the run stands."""

    def __init__(
        self, *, as_json: bool, after: int = 0, write: Callable[[str], None] = say
    ) -> None:
        """Print stored lines on stdout if `as_json`, else words for people by `write`.

        Events up to number `after` are taken in and not printed.
        """
        self.run: Run | None = None
        self._as_json = as_json
        self._after = after
        self._write = write
        self._looked_at: datetime | None = None
        self._slow: frozenset[str] = frozenset()
        """Jobs of which it was said that they take longer than usual."""

    def see(self, event: Event) -> None:
        """Take in the next event and print it."""
        before, self.run = self.run, apply(self.run, event)
        if event.seq <= self._after:
            return
        if self._as_json:
            tell_stored(event.text)
            return
        for line in news(before, self.run):
            self._write(f"{clock_time(event.at)}  {line}")
        for line in self._slowness(self.run, event.at):
            self._write(f"{clock_time(event.at)}  {line}")

    def _slowness(self, run: Run, now: datetime) -> Iterator[str]:
        """Say once of each job that it takes longer than usual."""
        if self._looked_at is not None and now - self._looked_at < SLOWNESS_EVERY:
            return
        self._looked_at = now
        expected = estimates(run, now)
        slow = {name for name, each in expected.waves.items() if each.is_slow}
        for name in sorted(name for name in slow if expected.jobs[name] not in self._slow):
            left = minutes_left(expected.waves[name], now)
            yield f"wave {name}: takes longer than usual, about {left} to go"
        self._slow |= {expected.jobs[name] for name in slow}

    def conclude(self) -> None:
        """Print what became of the run, for people."""
        if self.run is None or self.run.last_at is None or self._as_json:
            return
        for line in summary(self.run, self.run.last_at):
            tell(line)
