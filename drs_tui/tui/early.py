"""Screens that are composed before the app has them, as from Python 3.12 on.

Textual begins tasks at once there. The first screen is composed while it is made, and nothing is
in front yet; a field among its parts, which clears what is selected there, would end the app.
"""

from __future__ import annotations

from contextlib import suppress

from textual.app import App, ScreenStackError


class ComposedEarly(App[int]):
    """Bears to be asked of what is in front while nothing is."""

    def clear_selection(self) -> None:
        """Select nothing any more in front, if anything is there."""
        with suppress(ScreenStackError):
            super().clear_selection()
