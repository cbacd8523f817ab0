"""A simulated DRS instead of AWS: inside the driver, or alone for any client."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from drs_tui.cli.failure import CliError
from drs_tui.cli.say import tell
from drs_tui.config import SealSettings, Settings, Simulation, data_folder, example_folder
from drs_tui.model.exit_codes import SUCCEEDED
from drs_tui.simulator import SCENARIOS

if TYPE_CHECKING:
    from drs_tui.simulator.server import SimulatorSettings


def simulated_settings(settings: Settings, *, scenario: str, speed: float, seed: int) -> Settings:
    """The settings with a simulated DRS and nothing of AWS's left in them.

    Raises:
        CliError: there is no such scenario, or its file is none.
    """
    return _without_aws(settings, Simulation(_scenario(scenario)[0], speed, seed))


def demo_settings(
    settings: Settings, *, scenario: str, speed: float, seed: int, keeps_store: bool
) -> Settings:
    """The settings of the demo: what it keeps is apart from real runs, and the examples are there.

    The store stays as it is if `keeps_store` says so.

    Raises:
        CliError: there is no such scenario, or nothing can be kept.
    """
    reference, kind = _scenario(scenario)
    folder = data_folder() / "demo"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CliError(
            f"{folder} cannot be made: {error.strerror}; set XDG_DATA_HOME to a folder of your own"
        ) from error
    state = folder / f"region-{kind}-{seed}.jsonl"
    examples = example_folder()
    others = tuple(folder for folder in settings.plan_folders if folder != examples)
    return replace(
        _without_aws(settings, Simulation(reference, speed, seed, state=state)),
        store=settings.store if keeps_store else f"sqlite:{folder / 'runs.db'}",
        plan_folders=(examples, *others),
        # What a site keeps for years is no place for a demonstration.
        seal=SealSettings(),
    )


def print_schema() -> int:
    """Print the JSON schema of scenario files."""
    from drs_tui.simulator.scenarios.shapes import scenario_schema

    for line in json.dumps(scenario_schema(), indent=2).splitlines():
        tell(line)
    return SUCCEEDED


def serve_simulator(settings: SimulatorSettings, speed: float) -> int:
    """Serve until a signal ends it; the state is saved by then.

    Raises:
        CliError: it cannot be served so.
        BrokenPipeError: nobody reads any more where it listens.
    """
    from drs_tui.cli.asynchronous import run_async

    try:
        return run_async(_serve(settings, speed))
    except BrokenPipeError:
        raise
    except (ValueError, OSError) as error:
        words = (isinstance(error, OSError) and error.strerror) or error
        raise CliError(f"the simulator cannot be started: {words}") from error


async def _serve(settings: SimulatorSettings, speed: float) -> int:
    from drs_tui.simulator.command import serve

    await serve(settings, speed, tell)
    return SUCCEEDED


def _without_aws(settings: Settings, simulation: Simulation) -> Settings:
    return replace(
        settings,
        profile=None,
        region=None,
        endpoint_url=None,
        endpoints={},
        simulation=simulation,
    )


def _scenario(reference: str) -> tuple[str, str]:
    """What names a scenario in any folder, as the background driver needs it, and its kind.

    The kind of a file that was changed is another: what was kept need not fit it any more.
    """
    if reference in SCENARIOS:  # Reading it takes longer than opening the app.
        return reference, reference
    from drs_tui.simulator.scenarios import find_scenario

    try:
        scenario = find_scenario(reference)
    except ValueError as error:
        raise CliError(f"--scenario: {error}") from error
    return str(Path(reference).absolute()), f"{scenario.name}-{scenario.digest[:8]}"
