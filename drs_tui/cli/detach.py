"""`drs-tui detach`: letting a run launch though its audit store is out of reach."""

from __future__ import annotations

import os

from drs_tui.audit.address import SqliteAddress, parse_store
from drs_tui.audit.requests import requester
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.driven import run_driven_here
from drs_tui.cli.failure import CliError
from drs_tui.cli.run import refuse_read_only
from drs_tui.cli.say import say, tell_json
from drs_tui.cli.stores import check_address
from drs_tui.config import Settings
from drs_tui.driver.client import DriverClient
from drs_tui.model.exit_codes import SUCCEEDED


def detach(settings: Settings, reference: str, reason: str, *, as_json: bool) -> int:
    """Ask the driver here to go on with a run detached; 0 once that is on record."""
    refuse_read_only(settings)
    check_address(settings)
    if isinstance(parse_store(settings.store), SqliteAddress):
        raise CliError(
            f"the audit store {settings.store} is on this machine: there is nothing to detach from"
        )
    return run_async(_detach(settings, reference, reason, as_json))


async def _detach(settings: Settings, reference: str, reason: str, as_json: bool) -> int:
    run_id = await run_driven_here(settings, reference)
    await DriverClient(settings).detach(run_id, requester(os.environ).name, reason)
    if as_json:
        tell_json({"run_id": run_id, "detached": True})
    else:
        say(
            f"{run_id} goes on detached: its waves launch with its record on this machine alone, "
            "which is sent when the audit store is back"
        )
    return SUCCEEDED
