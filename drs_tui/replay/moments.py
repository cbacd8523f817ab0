"""Moments of a run as people write them: `+12m`, `-30s`, `22:14`, `22:14:07`, `50%`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_SINCE = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?Z?")
_SHARE = re.compile(r"(\d{1,3})%")

ALLOWED = "+12m (after the start), -5m (before the end), 22:14 or 22:14:07 (UTC), 50%"


class BadMoment(ValueError):
    """What was written is no moment of the run; the message says why and what is."""


def moment_named(text: str, start: datetime, end: datetime) -> datetime:
    """The moment that `text` names in a run that lasted from `start` to `end`.

    `+` counts from the start and `-` from the end; a time of day is UTC, the first of its kind in
    the run.

    Raises:
        BadMoment: it names none, or one outside of the run.
    """
    wanted = "".join(text.split())
    found = _named(wanted, start, end)
    if found is None:
        raise BadMoment(f"{text!r} is no moment; allowed: {ALLOWED}")
    if not start <= found <= end:
        raise BadMoment(
            f"{text!r} is outside of the run, {start:%H:%M:%S}Z to {end:%H:%M:%S}Z, "
            f"{_minutes(end - start)}"
        )
    return found


def _named(wanted: str, start: datetime, end: datetime) -> datetime | None:
    if wanted[:1] in ("+", "-"):
        passed = _duration(wanted[1:])
        if passed is None:
            return None
        return start + passed if wanted[0] == "+" else end - passed
    if share := _SHARE.fullmatch(wanted):
        return start + (end - start) * int(share[1]) / 100
    if clock := _CLOCK.fullmatch(wanted):
        return _time_of_day(int(clock[1]), int(clock[2]), clock[3], start)
    return None


def _duration(text: str) -> timedelta | None:
    parts = _SINCE.fullmatch(text)
    if not text or parts is None:
        return None
    hours, minutes, seconds = (min(int(part or 0), 10**6) for part in parts.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _time_of_day(hour: int, minute: int, second: str | None, start: datetime) -> datetime | None:
    if hour > 23 or minute > 59 or int(second or 0) > 59:
        return None
    moment = start.replace(hour=hour, minute=minute, second=int(second or 0), microsecond=0)
    unit = timedelta(seconds=1) if second else timedelta(minutes=1)
    if moment + unit <= start:
        return moment + timedelta(days=1)
    # 22:14 is a whole minute: in a run that began at 22:14:07 it is the moment of the beginning.
    return max(moment, start)


def _minutes(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    return f"{seconds // 60} min {seconds % 60} s long"
