"""The audit store as commands use it: opened to be read, and a run found by a part of its id."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from drs_tui.audit.address import SqliteAddress, parse_store
from drs_tui.audit.listing import all_run_ids, pages
from drs_tui.audit.store import BadRecord, RunNotFound, RunStore, UnsupportedStore
from drs_tui.cli.failure import CliError
from drs_tui.cli.say import say
from drs_tui.config import Settings

if TYPE_CHECKING:
    from drs_tui.model.events import Event
    from drs_tui.model.header import RunHeader

LAST = "last"
"""What stands for the newest run."""

_SHOWN_MATCHES = 5


class NoStoreYet(CliError):
    """The store is a file that is not there: nothing was ever recorded in it."""


def check_address(settings: Settings) -> None:
    """See that the store's address makes sense, before anything is done.

    Raises:
        CliError: it does not.
    """
    try:
        parse_store(settings.store)
    except UnsupportedStore as error:
        raise CliError(f"--store: {error}") from error


@asynccontextmanager
async def opened(settings: Settings, *, to_write: bool = False) -> AsyncIterator[RunStore]:
    """The store: to be read, one that is not there is not made.

    Raises:
        NoStoreYet: its file is not there.
        StoreError: it is out of reach.
    """
    from drs_tui.audit.opening import open_store

    check_address(settings)
    address = parse_store(settings.store)
    if isinstance(address, SqliteAddress) and not to_write and not address.path.exists():
        raise NoStoreYet(
            f"no run has been recorded in {settings.store}: there is no such file; "
            "another store is named with --store"
        )
    store = await open_store(settings.store)
    try:
        yield store
    finally:
        await store.close()


async def find_run(store: RunStore, reference: str) -> RunHeader:
    """The run of that id, or the only one that begins or ends so, or the last.

    Raises:
        CliError: there is none, or more than one.
        StoreError: the store is out of reach, or the run's header is damaged.
    """
    return await store.header(await find_id(store, reference))


async def find_id(store: RunStore, reference: str) -> str:
    """The id of that run, whose header may be damaged.

    Raises:
        CliError: there is none, or more than one.
        StoreError: the store is out of reach.
    """
    if reference == LAST:
        page = await store.list(limit=1)
        if not page.headers:
            raise CliError(f"no run has been recorded in {store.address}")
        return page.headers[0].run_id
    try:
        return (await store.header(reference)).run_id
    except BadRecord:
        return reference
    except RunNotFound:
        matches = [run_id async for run_id in all_run_ids(store) if is_meant(run_id, reference)]
    if not matches:
        raise CliError(
            f"{store.address} has no run {reference!r}; `drs-tui runs list` shows those it has"
        )
    return only_one(matches, reference)


def is_meant(run_id: str, reference: str) -> bool:
    """Whether a part of an id could mean a run."""
    return run_id.startswith(reference) or run_id.endswith(reference)


def only_one(matches: Sequence[str], reference: str) -> str:
    """The only run that a part of an id could mean.

    Raises:
        CliError: there are more.
    """
    if len(matches) == 1:
        return matches[0]
    shown = ", ".join(matches[:_SHOWN_MATCHES])
    more = f" and {len(matches) - _SHOWN_MATCHES} more" * (len(matches) > _SHOWN_MATCHES)
    raise CliError(f"{reference!r} could be {shown}{more}: write more of its id")


async def all_runs(store: RunStore, **filters: Any) -> AsyncIterator[RunHeader]:
    """The runs of a store, newest first; `filters` are those of `RunStore.list`.

    One whose header is damaged is told of and left out.
    """
    async for page in pages(store, **filters):
        for run_id in page.unreadable:
            say(f"{run_id} is left out, its header is damaged: drs-tui runs verify {run_id}")
        for header in page.headers:
            yield header


async def events_of(store: RunStore, run_id: str) -> list[Event]:
    """All events of a run."""
    return [event async for event in store.events(run_id)]
