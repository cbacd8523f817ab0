"""What stands on the app's screen, as plain text."""

from __future__ import annotations

from drs_tui.tui.app import DrsTui


def screen_lines(app: DrsTui) -> list[str]:
    """Every line from edge to edge, as it goes to the terminal."""
    strips = app.screen._compositor.render_strips()
    return ["".join(segment.text for segment in strip) for strip in strips]
