"""Whether each server has a point in time to launch from, as its wave's plan asks for one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from drs_tui.model.machines import PointInTime
from drs_tui.model.plan import PlanServer, Wave
from drs_tui.model.points import COMMON, LATEST, NEWEST, Chosen, choose, rule_words, span_words
from drs_tui.model.readiness import NOT_ASKED, Facts, Finding, Unread, Verdict
from drs_tui.model.times import format_duration

_CHECK = "point in time"


def choose_points(wave: Wave, facts: Facts) -> Chosen:
    """The point of each server of a resolved wave, by what was read; what was not fits nothing."""
    if wave.point_in_time == LATEST:
        return Chosen()
    ids = [server.id for server in wave.servers if server.id in facts.servers]
    read = {i: facts.points.get(i, NOT_ASKED) for i in ids if i}
    known = {i: points for i, points in read.items() if not isinstance(points, Unread)}
    unread = {
        i: f"its points in time could not be read: {points.words}"
        for i, points in read.items()
        if isinstance(points, Unread)
    }
    chosen = choose(wave.point_in_time, known, facts.held_points)
    return Chosen(chosen.points, {**chosen.lacking, **unread})


def check_point(
    planned: PlanServer, name: str, wave: Wave, facts: Facts, chosen: Chosen
) -> Iterator[Finding]:
    """What speaks against launching one server from what was chosen for it."""
    why = chosen.lacking.get(planned.id or "")
    if why is not None:
        yield Finding(
            Verdict.BLOCKS,
            _CHECK,
            name,
            f"no point in time of it fits `{wave.point_in_time}`: {why}",
            "name another point_in_time in the plan, or check again once there is a point",
        )
        return
    point = chosen.points.get(planned.id or "")
    gap = _gap(point, wave, facts) if point is not None else None
    limit = wave.max_lag_seconds
    if gap is not None and gap > timedelta(seconds=limit):
        than = "now" if wave.point_in_time in (NEWEST, COMMON) else "the time that is asked for"
        yield Finding(
            Verdict.WARNS,
            _CHECK,
            name,
            f"its point in time is {format_duration(gap.total_seconds())} older than {than}, above "
            f"the plan's limit of {format_duration(limit)}",
            "wait for a newer point, raise max_lag, or acknowledge that older data will do",
        )


def _gap(point: PointInTime, wave: Wave, facts: Facts) -> timedelta | None:
    """How much older a point is than what was asked for; None while that is not known.

    Whatever age the rest of a wave was launched at has been accepted.
    """
    held = [each.at for each in facts.held_points.values() if each.at is not None]
    wanted = max(held, default=facts.as_of)
    if wave.point_in_time not in (NEWEST, COMMON):
        wanted = datetime.fromisoformat(wave.point_in_time)
    return wanted - point.at if wanted is not None and point.at is not None else None


def say_points(waves: Sequence[Wave], facts: Facts) -> list[Finding]:
    """What the servers of each wave are launched from, as things are now."""
    return [
        Finding(Verdict.PASSES, _CHECK, wave.name, _words(wave, choose_points(wave, facts), facts))
        for wave in waves
        if wave.servers
    ]


def _words(wave: Wave, chosen: Chosen, facts: Facts) -> str:
    rule = rule_words(wave.point_in_time)
    moments = sorted(point.at for point in chosen.points.values() if point.at is not None)
    if not moments:
        return rule
    old = ""
    if facts.as_of is not None:
        old = f", {format_duration((facts.as_of - moments[0]).total_seconds())} old"
    return f"{span_words(moments)}{old}; {rule}"
