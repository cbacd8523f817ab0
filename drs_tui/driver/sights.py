"""What the poller knows of each job it watches: what is expected of it, and so when to look."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial

from drs_tui.engine.pace import (
    CEILING_SECONDS,
    FLOOR_SECONDS,
    LOG_CEILING_SECONDS,
    Unseen,
    seconds_to_next,
    unseen_after,
)
from drs_tui.model.expectation.outlook import Outlook, Part, aged, rate

_LOG_PACE = 4.0
"""How much more seldom than its status the log of a job is read that nothing is expected of."""


LATE_SECONDS = 3 * FLOOR_SECONDS
"""A first look that comes later after a launch has missed the beginning."""


class Sight:
    """One job: its outlook as of the last look, and what has probably happened since.

    Moments are seconds of the drill clock's monotonic time.
    """

    def __init__(self, now: float) -> None:
        """Begin with a job that nobody has looked at yet."""
        self.status_at = self.log_at = self._at = now
        self._outlook = Outlook()
        self._in_status = self._in_log = Unseen()
        self._is_new = self._is_unread = True
        self.log_due = now + FLOOR_SECONDS

    @property
    def is_new(self) -> bool:
        """Whether its status has never been read."""
        return self._is_new

    def status_read(self, now: float) -> None:
        """Its launch statuses are known as of now."""
        self.pass_to(now)
        self.status_at, self._in_status, self._is_new = now, Unseen(), False

    def log_read(self, now: float) -> None:
        """Its log is known as of now, and with it all that launch statuses can tell."""
        self.pass_to(now)
        self.log_at, self._in_log, self._in_status = now, Unseen(), Unseen()
        self._is_unread = False

    def expect(self, outlook: Outlook | None, pace_seconds: float, now: float) -> None:
        """Take in what is expected from now on; None: nothing is, and `pace_seconds` says when."""
        self.pass_to(now)
        self._outlook = outlook or Outlook()
        if self._is_unread and now - self.log_at > LATE_SECONDS:
            # Nobody reckoned until now what has happened since its launch.
            self.log_due = now
            return
        ceiling = LOG_CEILING_SECONDS if outlook is not None else pace_seconds * _LOG_PACE
        left = max(self.log_at + ceiling - now, 0.0)
        wait = seconds_to_next(partial(rate, self._outlook.log), self._in_log, ceiling=left)
        self.log_due = max(now + wait, self.log_at + FLOOR_SECONDS)

    def pass_to(self, now: float) -> None:
        """Let time pass without a look."""
        late = now - self._at
        if late > 0:
            status, log = self._outlook.status, self._outlook.log
            self._in_status = unseen_after(partial(rate, status), late, self._in_status)
            self._in_log = unseen_after(partial(rate, log), late, self._in_log)
            self._outlook = Outlook((*aged(status, late),), (*aged(log, late),))
            self._at = now

    @property
    def in_status(self) -> tuple[Unseen, Iterable[Part]]:
        """What its status would probably show, and is expected to."""
        return self._in_status, self._outlook.status


def status_due(sights: Collection[Sight], last: float, pace_seconds: float, now: float) -> float:
    """When one DescribeJobs for all of these jobs is worth its price.

    Args:
        sights: The jobs.
        last: When the last was.
        pace_seconds: The longest that any run wants to wait.
        now: The moment.
    """
    parts: list[Part] = []
    unseen = Unseen()
    ceiling = min(CEILING_SECONDS, pace_seconds)
    for sight in sights:
        sight.pass_to(now)
        seen, expected = sight.in_status
        unseen += seen
        parts += expected
    wait = seconds_to_next(partial(rate, parts), unseen, ceiling=max(last + ceiling - now, 0.0))
    soonest = min((sight.status_at for sight in sights if sight.is_new), default=now + wait)
    return max(min(now + wait, soonest + FLOOR_SECONDS), last + FLOOR_SECONDS)
