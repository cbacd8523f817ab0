"""`drs-tui store init`: making the audit store ready to be used."""

from __future__ import annotations

from drs_tui.audit.address import DynamoDbAddress, open_store, parse_store
from drs_tui.cli.asynchronous import run_async
from drs_tui.cli.failure import CliError
from drs_tui.cli.say import ask, can_ask, tell
from drs_tui.cli.stores import check_address
from drs_tui.config import Settings
from drs_tui.model.exit_codes import SUCCEEDED, UNDECIDED


def init_store(settings: Settings, *, yes: bool) -> int:
    """Make the store if it isn't there, after asking; a second time changes nothing."""
    check_address(settings)
    if not (yes or _agreed(settings)):
        return UNDECIDED
    return run_async(_init(settings))


def _agreed(settings: Settings) -> bool:
    if not isinstance(parse_store(settings.store), DynamoDbAddress):
        return True
    if not can_ask():
        raise CliError("a table costs money: say --yes to have it made", code=UNDECIDED)
    return ask(
        f"Make the table of {settings.store}, on demand, with point-in-time recovery and deletion "
        "protection, if it isn't there?"
    )


async def _init(settings: Settings) -> int:
    store = await open_store(settings.store, make=True)
    await store.close()
    tell(f"{settings.store} is ready")
    return SUCCEEDED
