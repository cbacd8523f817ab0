"""`python -m tests.bench.smallest`: the smallest Textual app."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Label


class Smallest(App[None]):
    """One line of text."""

    def compose(self) -> ComposeResult:
        """Show it."""
        yield Label("Hello, world")


if __name__ == "__main__":
    Smallest().run()
