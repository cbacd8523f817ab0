"""The forms that recorded answers give to times and durations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


def time_text(moment: datetime) -> str:
    """A time as recorded answers have it: 2025-11-28T22:34:06.632532+00:00."""
    return moment.astimezone(UTC).isoformat()


def duration_text(duration: timedelta) -> str:
    """An ISO-8601 duration: P0D, PT3M12S, P2DT1H32M12.136909S."""
    seconds, micros = duration.seconds, duration.microseconds
    hours, minutes, seconds = seconds // 3600, seconds // 60 % 60, seconds % 60
    clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n)
    if seconds or micros:
        fraction = f".{micros:06d}".rstrip("0") if micros else ""
        clock += f"{seconds}{fraction}S"
    days = f"{duration.days}D" if duration.days or not clock else ""
    return f"P{days}" + (f"T{clock}" if clock else "")
