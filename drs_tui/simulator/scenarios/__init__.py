"""What happens in a simulated account: scenarios built in, and read from files."""

from __future__ import annotations

from drs_tui.simulator.names import SCENARIOS
from drs_tui.simulator.scenarios.builtin import find_scenario, scenario_named
from drs_tui.simulator.scenarios.scenario import RegionStart, Scenario

__all__ = ["SCENARIOS", "RegionStart", "Scenario", "find_scenario", "scenario_named"]
