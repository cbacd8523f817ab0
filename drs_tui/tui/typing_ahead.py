"""Keys one after the other: each goes to what the one before it opened.

Textual hands a key to the widget in front, and looks for its action only when the key has come
back from there. Keys that arrive together, as they do over a slow line, would all go to what was
in front when the first of them arrived.
"""

from __future__ import annotations

from collections import deque

from textual import events
from textual.app import App
from textual.widgets import Input


class TypingAhead(App[int]):
    """Acts on a key at once, and keeps the keys for a screen until the screen has its parts."""

    def __init__(self, *args: object, **options: object) -> None:
        """Take what Textual gives its apps."""
        super().__init__(*args, **options)  # type: ignore[arg-type]
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
            elif not await self._check_bindings(event.key, priority=True):
                self.app_focus = True
                await self._check_bindings(event.key)
