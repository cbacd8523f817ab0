"""Opening the app: on its first screen, on a run, on a replay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drs_tui.cli.failure import CliError
from drs_tui.cli.first_picture import first_picture
from drs_tui.cli.say import has_screen
from drs_tui.config import Settings
from drs_tui.garbage import nothing_collected

if TYPE_CHECKING:
    from drs_tui.audit.store import RunStore
    from drs_tui.replay.playing import Replay


def show_app(settings: Settings) -> int:
    """Open the app on its first screen; returns its exit code."""
    return _show(settings)


def show_run(settings: Settings, reference: str) -> int:
    """Open the app on a run."""
    import asyncio

    from drs_tui.cli.driven import find_run_id

    return _show(settings, open_run=asyncio.run(find_run_id(settings, reference)))


def show_replay(settings: Settings, replay: Replay) -> int:
    """Open the app on a replay."""
    return _show(settings, replay=replay)


def _show(settings: Settings, *, open_run: str | None = None, replay: Replay | None = None) -> int:
    if not has_screen():
        raise CliError("the app needs a terminal; `drs-tui --help` lists what goes without one")
    with first_picture(), nothing_collected():
        from drs_tui.cli.stores import check_address
        from drs_tui.driver.client import DriverClient

        check_address(settings)
        driver = DriverClient(settings)
        if settings.simulation is not None and replay is None:
            # It starts while the app is imported: of what is simulated nothing is known without.
            driver.begin()

        from drs_tui.tui.app import DrsTui
        from drs_tui.tui.ending import run_app

        app = DrsTui(
            settings, lambda: _open_store(settings), driver, open_run=open_run, replay=replay
        )
    return run_app(app, lambda: _pause_runs(settings))


async def _open_store(settings: Settings) -> RunStore:
    import asyncio
    from importlib import import_module

    # Off the loop, so that keys still work.
    await asyncio.to_thread(import_module, "drs_tui.audit.opening")
    from drs_tui.audit.opening import open_store

    return await open_store(settings.store)


def _pause_runs(settings: Settings) -> None:
    from drs_tui.cli.hangup import pause_runs

    pause_runs(settings)
