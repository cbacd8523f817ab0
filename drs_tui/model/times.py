"""Moments and durations as text: how AWS writes them and how people read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})\Z")


def parse_time(text: str) -> datetime | None:
    """Read a moment as DRS writes it, or return None when it is not one.

    The service model's pattern ends in `Z`; real answers end in `+00:00` or `+0000`.
    """
    if _TIME.match(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def format_time(moment: datetime) -> str:
    """Write an aware moment in UTC with six decimals and a `Z`, so that texts sort as times do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ").rjust(27, "0")


def clock_time(moment: datetime) -> str:
    """Write a moment of the day with its zone: `22:14:07Z`."""
    return f"{moment:%H:%M:%SZ}"


def day_time(moment: datetime) -> str:
    """Write a moment with its day and zone: `2026-11-23 22:14Z`."""
    return f"{moment:%Y-%m-%d %H:%MZ}"


def format_duration(seconds: float) -> str:
    """Write a duration the way a plan does: `42s`, `9m 05s`, `1h 07m`, `2d 03h`."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes_left = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        return f"{days}d {hours_left:02d}h"
    if hours:
        return f"{hours}h {minutes_left:02d}m"
    if minutes:
        return f"{minutes}m {rest:02d}s"
    return f"{rest}s"


def round_duration(seconds: float) -> str:
    """Write a duration that somebody chose, without the zeros: `45m`, `1h 30m`."""
    return format_duration(seconds).replace(" 00s", "").replace(" 00m", "")
