"""Bars made of characters: they show how much, never that something moves."""

from __future__ import annotations

from collections.abc import Sequence

from drs_tui.tui.text import Line, Span, Tone


def bar(done: int, total: int, width: int, tone: Tone = "work") -> Line:
    """A bar of `width` cells, full only when everything is done."""
    filled = width * done // total if total else 0
    return (Span("█" * filled, tone), Span("░" * (width - filled), "dim"))


def steps(done: int, total: int, tone: Tone = "work") -> Line:
    """A bar with one cell a step."""
    return (Span("▰" * done, tone), Span("▱" * (total - done), "dim"))


def sparkline(values: Sequence[int]) -> str:
    """One cell a value, from the lowest to the highest of them; equal ones stand in the middle."""
    low, high = min(values), max(values)
    if low == high:
        return "▄" * len(values)
    return "".join(
        _HEIGHTS[(value - low) * (len(_HEIGHTS) - 1) // (high - low)] for value in values
    )


_HEIGHTS = "▁▂▃▄▅▆▇█"
