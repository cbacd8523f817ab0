"""The line of keys at the bottom of every screen: what works here and now."""

from __future__ import annotations

from textual import events
from textual.screen import Screen

from drs_tui.tui.actions import find
from drs_tui.tui.keys import keys_in_use
from drs_tui.tui.text import Line, Span, width_of
from drs_tui.tui.widgets.lines import Panel


class KeyLine(Panel):
    """The keys that are active, those of the screen first; help and quit always fit."""

    DEFAULT_CSS = "KeyLine { dock: bottom; height: 1; background: $panel; }"

    def __init__(self) -> None:
        """Begin without keys."""
        super().__init__()
        self._ends: list[tuple[int, str]] = []

    def on_mount(self) -> None:
        """Follow the screen's bindings."""
        self.screen.bindings_updated_signal.subscribe(self, self._follow)

    def _follow(self, _screen: Screen[object]) -> None:
        self.show_keys()

    def on_resize(self) -> None:
        """Choose anew what fits."""
        self.show_keys()

    def show_keys(self) -> None:
        """Show the keys that are active now."""
        keys: dict[str, tuple[str, str]] = {}
        in_use = keys_in_use()
        for active in self.screen.active_bindings.values():
            known = find(active.binding.action, ())
            if known is not None and known.in_key_line and active.enabled:
                keys.setdefault(known.call, (in_use.shown(known.call), known.title))
        always = [action for action in keys if action in _ALWAYS]
        self._ends.clear()
        room = self.room - 1 - sum(width_of(_part(*keys[action])) for action in always)
        spans = [Span(" ")]
        at = 1
        for action in [*(a for a in keys if a not in _ALWAYS), *always]:
            part = _part(*keys[action])
            width = width_of(part)
            if action not in _ALWAYS:
                if width > room:
                    continue
                room -= width
            at += width
            spans += part
            self._ends.append((at, action))
        self.show([tuple(spans)])

    async def on_click(self, event: events.Click) -> None:
        """Do what the clicked key does."""
        for end, action in self._ends:
            if event.x < end:
                await self.screen.run_action(action)
                return


_ALWAYS = ("help", "quit")


def _part(key: str, title: str) -> Line:
    return (Span(key, "strong"), Span(f" {title}  ", "dim"))
