"""The points in time of a source server, by the schedule that DRS takes and drops them.

Every ten minutes for an hour, every hour for a day, every day for a week, as the service's
default point in time policy has it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from drs_tui.simulator.hardware import stable_id, stable_number
from drs_tui.simulator.replication import Replication

INTERVAL = timedelta(minutes=10)

_KEPT = ((1, 6), (6, 24), (144, 7))
"""Of every so many intervals, how many points are kept."""

_TAKES_SECONDS = (45, 150)
"""How long a point is listed before it is finished, at least and at most."""


@dataclass(frozen=True, slots=True)
class PointInTime:
    """A RecoverySnapshot."""

    snapshot_id: str
    expected_at: datetime
    taken_at: datetime
    """The moment of its data."""
    finished_at: datetime

    def is_finished(self, now: datetime) -> bool:
        """Whether it can be launched from."""
        return now >= self.finished_at


def points_in_time(
    server_id: str, replication: Replication, *, salt: str, now: datetime, speed: float
) -> list[PointInTime]:
    """The points that are listed now, oldest first; `salt` tells Regions and seeds apart."""
    since, until = replication.points_since, replication.points_until or now
    if since is None:
        return []
    interval = INTERVAL.total_seconds() / speed
    newest = math.floor(now.timestamp() / interval)
    wanted = {
        newest - newest % step - index * step for step, kept in _KEPT for index in range(kept)
    }
    listed = []
    for number in sorted(wanted):
        expected_at = datetime.fromtimestamp(number * interval, UTC)
        if since < expected_at <= until:
            listed.append(_point(server_id, expected_at, salt, speed))
    return listed


def _point(server_id: str, expected_at: datetime, salt: str, speed: float) -> PointInTime:
    moment = expected_at.isoformat()
    noise = stable_number(salt, server_id, moment)
    least, most = _TAKES_SECONDS
    taken_at = expected_at + timedelta(seconds=(noise % 10_000) / 1_000 / speed)
    takes = timedelta(seconds=(least + noise % (most - least)) / speed)
    return PointInTime(
        stable_id("pit-", salt, server_id, moment), expected_at, taken_at, expected_at + takes
    )
