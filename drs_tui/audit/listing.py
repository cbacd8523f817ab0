"""Lists of runs, read to their end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from drs_tui.audit.store import HeaderPage, RunStore

_PAGE = 200


async def pages(store: RunStore, **filters: Any) -> AsyncIterator[HeaderPage]:
    """All pages of a list, newest first; `filters` are those of `RunStore.list`.

    Raises:
        StoreUnavailable: the store is out of reach.
    """
    page = await store.list(**filters, limit=_PAGE)
    yield page
    while page.next_page is not None:
        page = await store.list(**filters, limit=_PAGE, page=page.next_page)
        yield page


async def all_run_ids(store: RunStore, **filters: Any) -> AsyncIterator[str]:
    """The ids of the runs in a list, those with damaged headers among them.

    Raises:
        StoreUnavailable: the store is out of reach.
    """
    async for page in pages(store, **filters):
        for run_id in (*(header.run_id for header in page.headers), *page.unreadable):
            yield run_id


async def ids_in_any_list(store: RunStore) -> list[str]:
    """The ids of all runs that are in one list at least, newest first.

    In DynamoDB a run that somebody took out of the list of all is still in that of those under
    way, or of those that have ended.

    Raises:
        StoreUnavailable: the store is out of reach.
    """
    listed = [
        run_id
        for active in (None, True, False)
        async for run_id in all_run_ids(store, active=active)
    ]
    return list(dict.fromkeys(listed))
