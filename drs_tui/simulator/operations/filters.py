"""Filters that several operations have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from drs_tui.simulator.errors import invalid


def moment_of(filters: Mapping[str, Any], member: str, default: datetime) -> datetime:
    """A filter's time, which can match the model's pattern and still be none, as 31 February.

    Raises:
        ApiError: it is none.
    """
    text = filters.get(member)
    if text is None:
        return default
    try:
        return datetime.fromisoformat(text)
    except ValueError as impossible:
        raise invalid(f"{text} is not a time", (f"filters.{member}", str(impossible))) from None
