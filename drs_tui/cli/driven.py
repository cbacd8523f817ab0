"""A run found by a part of its id where the store can't be asked: with the driver here."""

from __future__ import annotations

from drs_tui.audit.store import StoreUnavailable
from drs_tui.cli.failure import CliError
from drs_tui.cli.stores import LAST, find_run, is_meant, only_one, opened
from drs_tui.config import Settings
from drs_tui.driver.orders import DriverError, NoDriver
from drs_tui.driver.running import running_driver


async def run_driven_here(settings: Settings, reference: str) -> str:
    """The id of a run that this user's driver here drives; the store is not asked for it.

    Raises:
        NoDriver: no driver runs here.
        CliError: it drives no such run, or more than one.
    """
    driver = await running_driver(settings)
    if driver is None:
        raise NoDriver(
            f"no background driver of yours runs on this machine for {settings.store}: only where "
            "a run is driven can it be asked"
        )
    active = sorted(driver.active_runs)
    matches = [i for i in active if is_meant(i, reference)]
    if reference == LAST:
        matches = active[-1:]
    if not matches:
        raise CliError(
            f"the driver here does not drive {reference!r}; it drives {', '.join(active) or 'none'}"
        )
    return reference if reference in matches else only_one(matches, reference)


async def find_run_id(settings: Settings, reference: str) -> str:
    """The id of a run in the store; with that out of reach, of one that is driven here.

    Raises:
        CliError: there is none, or more than one.
        StoreError: the store is out of reach, and no such run is driven here.
    """
    try:
        async with opened(settings) as store:
            return (await find_run(store, reference)).run_id
    except StoreUnavailable as unavailable:
        try:
            return await run_driven_here(settings, reference)
        except (CliError, DriverError) as error:
            raise unavailable from error
