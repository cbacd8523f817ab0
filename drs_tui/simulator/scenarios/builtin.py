"""The scenarios that come with the simulator, and finding the one that a person means."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from drs_tui.simulator.scenarios.scenario import Scenario

_FOLDER = Path(__file__).parent / "files"
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


def _file(name: str) -> Path:
    return _FOLDER / f"{name}.yaml"


def _summary(name: str) -> str:
    """The summary of a built-in scenario, which its file begins with.

    Help texts need them all, and nothing of what reading a file properly takes.
    """
    with _file(name).open(encoding="utf-8") as file:
        return file.readline().removeprefix("summary:").strip()


SCENARIOS: Mapping[str, str] = {name: _summary(name) for name in _NAMES}
"""The built-in scenarios: name and one line about each."""


def find_scenario(reference: str) -> Scenario:
    """The scenario of that name, or else of that file.

    Raises:
        ValueError: there is neither, or the file is no scenario; the message says what is wrong.
    """
    if reference in SCENARIOS:
        return scenario_named(reference)
    if not is_file_name(reference):
        raise _unknown(reference)
    from drs_tui.simulator.scenarios.reading import read_scenario

    return read_scenario(Path(reference))


@cache
def scenario_named(name: str) -> Scenario:
    """The built-in scenario of that name.

    Raises:
        ValueError: there is none; the message lists those there are.
    """
    if name not in SCENARIOS:
        raise _unknown(name)
    from drs_tui.simulator.scenarios.reading import parse_scenario

    path = _file(name)
    return parse_scenario(path.read_text(encoding="utf-8"), str(path), name=name)


def is_file_name(reference: str) -> bool:
    """Whether a reference means a file rather than a built-in scenario."""
    path = Path(reference)
    return reference not in SCENARIOS and (
        path.suffix in {".yaml", ".yml"} or len(path.parts) > 1 or path.is_file()
    )


def _unknown(name: str) -> ValueError:
    return ValueError(
        f"unknown scenario {name!r}; choose one of {', '.join(SCENARIOS)}, or name a YAML file"
    )
