"""What the app does without until its first screen is there."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

MODULES = (
    "drs_tui.tui.screens.plans",
    "drs_tui.tui.screens.preflight",
    "drs_tui.tui.screens.run",
    "drs_tui.tui.screens.runs",
    "drs_tui.tui.screens.servers",
    "drs_tui.tui.screens.instances",
    "drs_tui.tui.active",
    "drs_tui.tui.outlook",
    "drs_tui.tui.sources.live",
    "drs_tui.tui.sources.replayed",
    "drs_tui.tui.dialogs.new_plan",
    "drs_tui.tui.dialogs.quitting",
    "drs_tui.tui.dialogs.renew",
)
"""They bring in all others."""

_STYLES = Path(__file__).parent / "styles"
RUN_STYLES, DIALOG_STYLES = _STYLES / "run.tcss", _STYLES / "dialogs.tcss"
"""A screen that comes before they were read has Textual read them, and style everything anew."""


def import_the_rest() -> None:
    """Import it, in a thread, so that no key has to wait for what it leads to."""
    for name in MODULES:
        import_module(name)
