"""What looking at a store finds: one thing after the other, and how it stands."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How a thing stands."""

    FINE = "fine"
    WARNING = "warning"
    """It works; somebody should know."""

    BROKEN = "broken"
    """Drills can't be recorded there, or the record is not protected as it should be."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    topic: str
    words: str
    health: Health = Health.FINE
