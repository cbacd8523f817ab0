"""Which runs are listed, and reading them a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drs_tui.audit.store import HeaderPage, RunStore
from drs_tui.model.header import RunHeader
from drs_tui.tui.rows.lists import is_over

LISTED = 100
"""Runs that are read at once."""


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Which runs the store is asked for; how they ended is picked from what it answers."""

    active: bool = False
    plan: str = ""

    async def page(self, store: RunStore, page: str | None = None) -> HeaderPage:
        """The newest of these runs, or those that come after a page.

        Raises:
            StoreError: they cannot be read.
        """
        active, plan = self.active or None, self.plan or None
        return await store.list(active=active, plan_id=plan, limit=LISTED, page=page)

    def keeps(self, header: RunHeader) -> bool:
        """Whether a run is one of these."""
        return not (self.active and is_over(header)) and self.plan in ("", header.plan_id)


def is_older(header: RunHeader, page: HeaderPage) -> bool:
    """Whether a run is older than all of a page that others come after."""
    last = page.headers[-1] if page.next_page is not None and page.headers else None
    return last is not None and _age(header) < _age(last)


def _age(header: RunHeader) -> tuple[datetime, str]:
    return header.started_at, header.run_id
