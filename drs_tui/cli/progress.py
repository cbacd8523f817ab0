"""Events of a run as they come, for people or for programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from drs_tui.cli.news import news
from drs_tui.cli.say import say, tell, tell_stored
from drs_tui.cli.summary import summary
from drs_tui.model.events import Event
from drs_tui.model.run import apply
from drs_tui.model.state.run import Run


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

    def conclude(self) -> None:
        """Print what became of the run, for people."""
        if self.run is None or self.run.last_at is None or self._as_json:
            return
        for line in summary(self.run, self.run.last_at):
            tell(line)


def clock_time(moment: datetime) -> str:
    """A moment of the day with its zone, such as 22:14:07Z."""
    return f"{moment:%H:%M:%S}Z"
