"""What the demo and a simulated run are given to simulate."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.cli.failure import CliError
from drs_tui.cli.simulated import demo_settings, simulated_settings
from drs_tui.config import Settings
from drs_tui.config_reading import Flags, read_settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return read_settings(Flags(), {})


def kept_in(settings: Settings, scenario: str) -> str:
    demo = demo_settings(settings, scenario=scenario, speed=60, seed=3, keeps_store=False)
    assert demo.simulation
    assert demo.simulation.state
    return demo.simulation.state.name


def test_a_scenario_file_has_an_absolute_path_since_the_driver_runs_in_another_folder(
    settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "mine.yaml").write_text("summary: mine\n")
    found = simulated_settings(settings, scenario="mine.yaml", speed=60, seed=0).simulation

    assert found
    assert found.scenario == str(tmp_path / "mine.yaml")


def test_the_demo_keeps_each_scenario_and_seed_apart(settings: Settings) -> None:
    assert kept_in(settings, "calm") == "region-calm-3.jsonl"
    assert kept_in(settings, "chaos") == "region-chaos-3.jsonl"


def test_the_demo_begins_anew_when_a_scenario_file_was_changed(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("summary: one\n")
    before = kept_in(settings, "mine.yaml")
    path.write_text("summary: two\n")

    assert before.startswith("region-mine-")
    assert kept_in(settings, "mine.yaml") != before


def test_a_scenario_that_is_not_there_is_named_with_its_option(settings: Settings) -> None:
    with pytest.raises(CliError, match="--scenario: unknown scenario 'storm'; choose one of calm"):
        simulated_settings(settings, scenario="storm", speed=60, seed=0)
