"""Keys one after the other: each goes to what the one before it opened.

Textual hands a key to the widget in front, and looks for its action only when the key has come
back from there. Keys that arrive together, as they do over a slow line, would all go to what was
in front when the first of them arrived.
"""

from __future__ import annotations

from collections import deque

from textual import events
from textual.driver import Driver
from textual.widgets import Input

from drs_tui.tui.early import ComposedEarly


class TypingAhead(ComposedEarly):
    """Acts on a key at once, and keeps the keys for a screen until the screen has its parts."""

    def __init__(self, driver_class: type[Driver], ansi_color: bool | None) -> None:
        """Take what Textual's apps take."""
        super().__init__(driver_class, ansi_color=ansi_color)
        self._typed: deque[events.Key] = deque()

    async def on_event(self, event: events.Event) -> None:
        """Take a key, or whatever else happens."""
        if isinstance(event, events.Key) and not event.is_forwarded:
            self._typed.append(event)
            await self._act_on_keys()
        else:
            await super().on_event(event)

    async def _act_on_keys(self) -> None:
        while self._typed and self.screen_stack:
            if not self.screen.is_mounted:
                # By way of its own queue, which it looks into as soon as it has its parts.
                self.screen.call_later(self.call_later, self._act_on_keys)
                return
            event = self._typed.popleft()
            if isinstance(self.focused, Input):
                await super().on_event(event)
                continue
            self.app_focus = True
            if not await self._check_bindings(event.key, priority=True):
                await self._check_bindings(event.key)
