"""What plan files are called when something is wrong with one."""

from __future__ import annotations

from drs_tui.documents.problems import DocumentError, Kind

MAX_BYTES = 256 * 1024
"""Ten times what a plan of 500 servers takes, the most that DRS launches at once."""


class PlanError(DocumentError):
    """A plan can't be used; the message has one line a problem."""


PLAN = Kind("a plan", "at least name and waves", PlanError, MAX_BYTES)
