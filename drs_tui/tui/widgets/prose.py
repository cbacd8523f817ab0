"""Toned lines as text that wraps, for dialogs."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widgets import Static

from drs_tui.tui.text import Line, Tone, plain

_STYLES: dict[Tone, str] = {
    "plain": "",
    "dim": "$text-muted",
    "strong": "bold",
    "good": "$text-success",
    "warn": "$text-warning",
    "bad": "bold $text-error",
    "work": "$text-accent",
    "badge": "bold reverse",
    "alarm": "bold reverse $error on $background",
}


class Prose(Static):
    """Lines that wrap; their text is data and never markup."""

    def __init__(self, lines: Sequence[Line], *, classes: str | None = None) -> None:
        """Show these lines."""
        super().__init__(content_of(lines), markup=False, classes=classes)

    def update_lines(self, lines: Sequence[Line]) -> None:
        """Show these lines instead."""
        self.update(content_of(lines))


def content_of(lines: Sequence[Line]) -> Content:
    """The lines as Textual's content, cleaned."""
    return Content("\n").join(
        Content.assemble(*((plain(text), _STYLES[tone]) for text, tone in each)) for each in lines
    )
