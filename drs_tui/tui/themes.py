"""How the app looks: a calm dark theme, or the terminal's own palette where colours are few."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import Theme

NIGHT = Theme(
    name="drs-night",
    primary="#6f9fc8",
    secondary="#8aa0b4",
    accent="#7fb4c9",
    foreground="#ccd4dc",
    background="#11161c",
    surface="#161c23",
    panel="#1d252e",
    boost="#232d38",
    success="#86b98a",
    warning="#d9ad63",
    error="#dd7a72",
    dark=True,
    variables={
        "text-muted": "#7d8a97",
        "text-success": "#86b98a",
        "text-warning": "#d9ad63",
        "text-error": "#e58a82",
        "text-accent": "#7fb4c9",
        "block-cursor-background": "#2d4257",
        "block-cursor-foreground": "#eef3f7",
        "block-cursor-text-style": "none",
        "border": "#33404d",
        "border-blurred": "#28333e",
        "scrollbar": "#33404d",
        "scrollbar-background": "#161c23",
        "scrollbar-corner-color": "#161c23",
    },
)


def theme_for(environ: Mapping[str, str]) -> str:
    """The theme to begin with, by what the terminal says of its colours."""
    many = environ.get("COLORTERM") in ("truecolor", "24bit")
    return NIGHT.name if many or "256color" in environ.get("TERM", "") else "ansi-dark"
