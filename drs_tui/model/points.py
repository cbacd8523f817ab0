"""Which point in time each server of a wave is launched from, by the rule that its plan names."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from drs_tui.model.events import Json
from drs_tui.model.machines import PointInTime
from drs_tui.model.times import format_time, parse_time

LATEST = "latest"
"""No point that there is: DRS takes a snapshot on demand once the job has begun."""

NEWEST = "newest-existing"
COMMON = "common"

SAME_MOMENT = timedelta(minutes=5)
"""How far the points of servers may lie apart and still count as of one moment.

DRS takes a point of each server every ten minutes, and not of all at once (DRS user guide).
"""


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a rule makes of the points that there are."""

    points: Mapping[str, PointInTime] = field(default_factory=dict)
    """By source server id; empty where DRS is to take a snapshot on demand."""

    lacking: Mapping[str, str] = field(default_factory=dict)
    """Why none fits, by the ids of the servers that have to be launched from one and have none."""


def choose(
    rule: str,
    points: Mapping[str, Sequence[PointInTime]],
    held: Mapping[str, PointInTime] | None = None,
) -> Chosen:
    """Choose a point for each server.

    Args:
        rule: As a plan has it: a word, or a moment with offset.
        points: Every point of each server, in any order; unfinished ones count for nothing.
        held: The points of other servers that have to be of the same moment if it is a common one:
            they are launched already.
    """
    if rule == LATEST:
        return Chosen()
    dated = {server: _oldest_first(of_server) for server, of_server in points.items()}
    lacking = {
        i: "DRS has no finished point in time of it" for i, found in dated.items() if not found
    }
    usable = {server: found for server, found in dated.items() if found}
    if rule == NEWEST:
        return Chosen({server: found[-1] for server, found in usable.items()}, lacking)
    if rule == COMMON:
        return _common(usable, held or {}, lacking)
    return _not_after(datetime.fromisoformat(rule), usable, lacking)


_Usable = Mapping[str, Sequence[PointInTime]]
"""The finished points of each server, oldest first; at least one."""


def _oldest_first(points: Sequence[PointInTime]) -> list[PointInTime]:
    return sorted((point for point in points if point.at is not None), key=_moment)


def _moment(point: PointInTime) -> datetime:
    assert point.at is not None
    return point.at


def _last(points: Sequence[PointInTime], moment: datetime) -> PointInTime | None:
    """The newest point at or before a moment."""
    place = bisect_right(points, moment, key=_moment)
    return points[place - 1] if place else None


def _not_after(moment: datetime, usable: _Usable, lacking: dict[str, str]) -> Chosen:
    found = {}
    for server, points in usable.items():
        point = _last(points, moment)
        if point is not None:
            found[server] = point
        else:
            lacking[server] = f"its oldest point in time is of {written(_moment(points[0]))}"
    return Chosen(found, lacking)


def _common(usable: _Usable, held: Mapping[str, PointInTime], lacking: dict[str, str]) -> Chosen:
    """The newest moment of which all have a point: each its last one in the minutes up to it."""
    sought = {**usable, **{i: [point] for i, point in held.items() if point.at is not None}}
    ends = sorted({_moment(point) for points in sought.values() for point in points})
    while ends:
        found = {server: _last(points, ends[-1]) for server, points in sought.items()}
        last = [point for point in found.values() if point is not None]
        if len(last) < len(found):
            break
        oldest = min(map(_moment, last))
        if ends[-1] - oldest <= SAME_MOMENT:
            return Chosen(
                {i: p for i, p in found.items() if p is not None and i in usable}, lacking
            )
        # Whoever was last then has nothing newer for any moment that is further ahead of it.
        del ends[bisect_right(ends, oldest + SAME_MOMENT) :]
    others = "those that are launched" if held else "the wave's others"
    for server, points in usable.items():
        newest = written(_moment(points[-1]))
        lacking[server] = f"it has no point of one moment with {others}; its newest is of {newest}"
    return Chosen({}, lacking)


def written(moment: datetime) -> str:
    """A point's moment for people, with its zone."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def span_words(moments: Sequence[datetime]) -> str:
    """From which to which moment, for people; the moments in order."""
    oldest, newest = moments[0], moments[-1]
    if newest - oldest < timedelta(seconds=1):
        return written(oldest)
    is_one_day = oldest.astimezone(UTC).date() == newest.astimezone(UTC).date()
    end = f"{newest.astimezone(UTC):%H:%M:%SZ}" if is_one_day else written(newest)
    return f"{written(oldest)} to {end}"


def rule_words(rule: str) -> str:
    """What a rule asks for, in words."""
    return _WORDS.get(rule, f"{rule}: the newest point of each server at or before it")


_WORDS = {
    LATEST: "latest: an on-demand snapshot, taken when its job begins",
    NEWEST: "newest-existing: the newest point that each server has before its launch",
    COMMON: "common: the newest moment of which every server of the wave has a point",
}


def points_to_data(points: Mapping[str, PointInTime]) -> dict[str, Json]:
    """Chosen points as event data."""
    return {
        server: {"id": point.id, "at": format_time(point.at)}
        for server, point in points.items()
        if point.at is not None
    }


def points_from_data(data: Mapping[str, Json]) -> dict[str, PointInTime]:
    """Chosen points as event data has them; what can't be read is left out."""
    found = {}
    for server, point in data.items():
        members = point if isinstance(point, Mapping) else {}
        identity, at = members.get("id"), members.get("at")
        if isinstance(identity, str) and isinstance(at, str):
            found[server] = PointInTime(identity, server, parse_time(at))
    return found
