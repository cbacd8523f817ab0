"""Opening the store that an address names, and making it."""

from __future__ import annotations

from collections.abc import Callable

from drs_tui.audit.address import SqliteAddress, parse_store
from drs_tui.audit.sqlite import open_sqlite
from drs_tui.audit.store import RunStore
from drs_tui.clock import Clock, SystemClock

# DynamoDB's modules are imported where they are used: they bring in the SDK, which takes half a
# second that SQLite doesn't need.


async def open_store(address: str, clock: Clock | None = None) -> RunStore:
    """Open the store at an address; `clock` is real time.

    A file is made if it is missing, a table only on a server on this machine.

    Raises:
        UnsupportedStore: the address makes no sense, or there is no such table.
        StoreUnavailable: the store is out of reach.
    """
    clock = clock or SystemClock()
    place = parse_store(address)
    if isinstance(place, SqliteAddress):
        return await open_sqlite(place.path, clock)
    from drs_tui.audit.dynamodb import open_dynamodb

    return await open_dynamodb(place, clock)


async def make_store(
    address: str, progress: Callable[[str], None], clock: Clock | None = None
) -> bool:
    """Make the store at an address if it isn't there, and return once it can be used.

    Says whether anything was changed; `progress` is told in words what is being done.

    Raises:
        UnsupportedStore: the address makes no sense, or somebody else's things are there.
        StoreUnavailable: the store is out of reach, or it refuses.
    """
    clock = clock or SystemClock()
    place = parse_store(address)
    if isinstance(place, SqliteAddress):
        missing = not place.path.exists()
        await (await open_sqlite(place.path, clock)).close()
        return missing
    from drs_tui.audit.dynamodb_schema import create_table
    from drs_tui.audit.dynamodb_table import open_table

    async with open_table(place, clock) as table:
        return await create_table(table, progress)
