"""How many of something, in words."""

from __future__ import annotations


def counted(count: int, one: str) -> str:
    """The number with its noun, of which `one` is the singular: `1 server`, `3 servers`."""
    return f"{count} {one}{'s' * (count != 1)}"
