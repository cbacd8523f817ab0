"""How the app looks: a calm dark theme, or the terminal's own palette where colours are few."""

from __future__ import annotations

from collections.abc import Mapping

from textual.theme import BUILTIN_THEMES, Theme

from drs_tui.config_file import ConfigError

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


FEW_COLOURS = "ansi-dark"
"""The terminal's own palette; what matters is told by reverse and bold, so none is needed."""


def has_no_colour(environ: Mapping[str, str]) -> bool:
    """Whether no colour at all is wanted, or known to the terminal."""
    return "NO_COLOR" in environ or environ.get("TERM", "") in _WITHOUT_COLOUR


_WITHOUT_COLOUR = ("dumb", "vt100", "vt102", "vt220", "vt320", "xterm-mono", "screen-m")


def theme_for(wanted: str | None, environ: Mapping[str, str]) -> str:
    """The theme to begin with: as the user wants it, or by the colours the terminal has.

    Raises:
        ConfigError: there is no such theme.
    """
    if wanted is not None:
        allowed = (NIGHT.name, *BUILTIN_THEMES)
        if wanted not in allowed:
            raise ConfigError(f"there is no theme {wanted!r}; there are {', '.join(allowed)}")
        return wanted
    many = environ.get("COLORTERM") in ("truecolor", "24bit")
    many = many or "256color" in environ.get("TERM", "")
    return NIGHT.name if many and not has_no_colour(environ) else FEW_COLOURS
