"""What stands on the app's screen, and waiting until it does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.pilot import Pilot

from drs_tui.tui.app import DrsTui
from drs_tui.tui.screens.run import RunScreen
from drs_tui.tui.widgets.lines import Lines, Panel
from drs_tui.tui.widgets.server_table import ServerTable


def screen_lines(app: DrsTui) -> list[str]:
    """Every line from edge to edge, as it goes to the terminal."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Wait for something that workers bring about."""
    async with asyncio.timeout(10):
        while not holds():
            await pilot.pause(0.01)


def said(widget: Lines) -> str:
    """What a widget shows, line by line."""
    lines = [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]
    return "\n".join(lines)


def panel(app: DrsTui, kind: type[Panel]) -> str:
    """What a panel of the screen in front shows."""
    return said(app.screen.query_one(kind))


def shows(app: DrsTui, kind: type[Lines], text: str) -> Callable[[], bool]:
    """Whether a widget of a kind shows a text."""

    def holds() -> bool:
        return any(text in said(widget) for widget in app.screen.query(kind))

    return holds


async def opened(pilot: Pilot[int], app: DrsTui) -> None:
    """Wait until a run is on the screen."""
    await until(pilot, lambda: isinstance(app.screen, RunScreen))
    await until(pilot, lambda: bool(app.screen.query_one(ServerTable).rows))
    await pilot.pause()
