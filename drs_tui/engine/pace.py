"""When to ask DRS again: soon after news, ever less often while nothing happens."""

from __future__ import annotations

from datetime import datetime

from drs_tui.model.state import Run

FLOOR_SECONDS = 1.0
CEILING_SECONDS = 15.0
SHARE_OF_SILENCE = 0.1
"""News is known at most this share of the silence before it late, up to the ceiling."""


def poll_seconds(run: Run, now: datetime) -> float:
    """Drill seconds until the next look at this run's jobs."""
    silence = (now - run.last_at).total_seconds() if run.last_at else 0.0
    return min(max(silence * SHARE_OF_SILENCE, FLOOR_SECONDS), CEILING_SECONDS)
