"""The scenarios that come with the simulator: their names, and a line about each.

Help texts list them, and every command line begins with building those: nothing else is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

_FOLDER = Path(__file__).parent / "scenarios" / "files"
_NAMES = (
    "calm",
    "failures",
    "live-recovery",
    "protected",
    "failback",
    "launch-into",
    "leaky",
    "kept",
    "stalled-source",
    "windows",
    "two-regions",
    "large",
    "branches",
    "conflict",
    "quota",
    "no-ec2-rights",
    "silent",
    "stuck",
    "throttled",
    "ambiguous",
    "lost",
    "outage",
    "chaos",
)
"""From the ones that try a drill to the ones that try who runs it."""


def scenario_file(name: str) -> Path:
    """The file of a built-in scenario."""
    return _FOLDER / f"{name}.yaml"


def _summary(name: str) -> str:
    """The summary of a built-in scenario, which its file begins with.

    Help texts need them all, and nothing of what reading a file properly takes.
    """
    with scenario_file(name).open(encoding="utf-8") as file:
        return file.readline().removeprefix("summary:").strip()


SCENARIOS: Mapping[str, str] = {name: _summary(name) for name in _NAMES}
"""The built-in scenarios: name and one line about each."""
