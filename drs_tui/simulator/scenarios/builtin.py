"""The scenarios that come with the simulator, and finding the one that a person means."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from drs_tui.simulator.names import SCENARIOS, scenario_file
from drs_tui.simulator.scenarios.scenario import Scenario


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

    path = scenario_file(name)
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
