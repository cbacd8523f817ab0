"""A simulated DRS instead of AWS: inside the driver, or alone for any client."""

from __future__ import annotations

from dataclasses import replace

from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.say import tell
from drs_tui.config import SealSettings, Settings, Simulation, data_folder
from drs_tui.model.exit_codes import SUCCEEDED
from drs_tui.plans import example_folder
from drs_tui.simulator.command import serve
from drs_tui.simulator.scenarios import scenario_named
from drs_tui.simulator.server import SimulatorSettings


def simulated_settings(settings: Settings, *, scenario: str, speed: float, seed: int) -> Settings:
    """The settings with a simulated DRS and nothing of AWS's left in them.

    Raises:
        CliError: there is no such scenario.
    """
    _check_scenario(scenario)
    return replace(
        settings,
        profile=None,
        region=None,
        endpoint_url=None,
        endpoints={},
        simulation=Simulation(scenario, speed, seed),
    )


def demo_settings(
    settings: Settings, *, scenario: str, speed: float, seed: int, keeps_store: bool
) -> Settings:
    """The settings of the demo: what it keeps is apart from real runs, and the examples are there.

    The store stays as it is if `keeps_store` says so.

    Raises:
        CliError: there is no such scenario, or nothing can be kept.
    """
    settings = simulated_settings(settings, scenario=scenario, speed=speed, seed=seed)
    folder = data_folder() / "demo"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise CliError(
            f"{folder} cannot be made: {error.strerror}; set XDG_DATA_HOME to a folder of your own"
        ) from error
    simulation = Simulation(scenario, speed, seed, state=folder / f"region-{scenario}-{seed}.json")
    examples = example_folder()
    others = tuple(folder for folder in settings.plan_folders if folder != examples)
    return replace(
        settings,
        store=settings.store if keeps_store else f"sqlite:{folder / 'runs.db'}",
        plan_folders=(examples, *others),
        simulation=simulation,
        # What a site keeps for years is no place for a demonstration.
        seal=SealSettings(),
    )


def serve_simulator(settings: SimulatorSettings, speed: float) -> int:
    """Serve until a signal ends it; the state is saved by then.

    Raises:
        CliError: it cannot be served so.
    """
    try:
        return run_async(_serve(settings, speed))
    except BrokenPipeError:
        raise
    except (ValueError, OSError) as error:
        words = (isinstance(error, OSError) and error.strerror) or error
        raise CliError(f"the simulator cannot be started: {words}") from error


async def _serve(settings: SimulatorSettings, speed: float) -> int:
    await serve(settings, speed, tell)
    return SUCCEEDED


def _check_scenario(name: str) -> None:
    try:
        scenario_named(name)
    except ValueError as error:
        raise CliError(f"--scenario: {error}") from error
