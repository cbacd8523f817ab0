"""What stored runs came to, each read once: for lists that look back."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from drs_tui.audit.last_success import differences_since
from drs_tui.audit.store import RunNotFound, RunStore, StoreError
from drs_tui.model.differences import difference_findings, unknown_differences
from drs_tui.model.header import RunHeader
from drs_tui.model.readiness import Finding
from drs_tui.model.run import apply
from drs_tui.model.state.launches import InstanceState
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.status import Phase, ServerResult

if TYPE_CHECKING:
    from drs_tui.aws.survey import Survey

EVENTS_AT_ONCE = 100
"""Events folded before keys get their turn."""


@dataclass(frozen=True, slots=True)
class Launched:
    """An instance that a run launched and that its record does not know to be gone."""

    id: str
    server_id: str
    name: str
    state: str
    is_drill: bool | None
    since: datetime | None
    """When it was launched; None when the record does not say."""

    machine_id: str = ""
    """What EC2 calls it."""

    refusal: str = ""
    """Why the last clean-up left it, if it did."""

    place: tuple[str, str] = ("", "")
    """Account and Region."""


@dataclass(frozen=True, slots=True)
class Past:
    """What a stored run came to."""

    header: RunHeader
    rto_ms: int | None
    results: Mapping[str, ServerResult]
    """By source server id; only servers that were launched, or should have been."""

    instances: tuple[Launched, ...]
    job_ids: frozenset[str]


class History:
    """Runs of the store, read when they are first asked for and again only when they moved on."""

    def __init__(self, open_store: Callable[[], Awaitable[RunStore]]) -> None:
        """Read nothing yet."""
        self._open_store = open_store
        self._known: dict[str, Past] = {}

    async def newest(self, limit: int) -> list[Past]:
        """The newest runs, newest first.

        Raises:
            StoreError: they cannot be read.
        """
        page = await (await self._open_store()).list(limit=limit)
        return await self.read(page.headers)

    async def of_plan(self, plan: str, limit: int) -> list[Past]:
        """The newest runs of a plan, newest first.

        Raises:
            StoreError: they cannot be read.
        """
        page = await (await self._open_store()).list(plan_id=plan, limit=limit)
        return await self.read(page.headers)

    async def changes(self, survey: Survey, *, evidence: bool) -> list[Finding]:
        """What is different since the last successful drill of a plan that was surveyed."""
        try:
            since = await differences_since(
                await self._open_store(),
                survey.plan,
                survey.traits,
                survey.caller.account,
                survey.region,
                evidence=evidence,
            )
        except StoreError as error:
            return [unknown_differences(survey.plan, str(error))]
        return difference_findings(survey.plan, since)

    async def read(self, headers: Sequence[RunHeader]) -> list[Past]:
        """What these runs came to.

        Raises:
            StoreError: one cannot be read.
        """
        return [await self._past(header) for header in headers]

    async def find(self, run_id: str) -> Past | None:
        """What one run came to; None if the store does not have it.

        Raises:
            StoreError: it cannot be read.
        """
        try:
            return await self._past(await (await self._open_store()).header(run_id))
        except RunNotFound:
            return None

    async def _past(self, header: RunHeader) -> Past:
        known = self._known.get(header.run_id)
        if known is not None and known.header == header:
            return known
        store = await self._open_store()
        run: Run | None = None
        async for event in store.events(header.run_id):
            run = apply(run, event)
            if event.seq % EVENTS_AT_ONCE == 0:
                await asyncio.sleep(0)
        past = past_of(header, run)
        self._known[header.run_id] = past
        return past


def past_of(header: RunHeader, run: Run | None) -> Past:
    """What a run came to, by its state."""
    if run is None:
        return Past(header, None, {}, (), frozenset())
    refused = {r.instance_id: f"{r.why} ({r.remedy})" for r in run.cleanup.refused}
    launched = {s.instance_id: s for s in run.servers.values() if s.instance_id}
    return Past(
        header,
        run.rto_ms,
        {server.id: server.result for server in run.servers.values() if server.job_id},
        tuple(
            Launched(
                instance.id,
                instance.server_id,
                run.servers[instance.server_id].name
                if instance.server_id in run.servers
                else instance.server_id,
                instance.state,
                instance.is_drill,
                instance.launched_at or _since(launched.get(instance.id)) or instance.seen_at,
                instance.machine_id,
                refused.get(instance.id, ""),
                _place(run, instance),
            )
            for instance in run.instances.values()
            if not instance.gone
        ),
        frozenset(run.jobs),
    )


def _place(run: Run, instance: InstanceState) -> tuple[str, str]:
    server = run.servers.get(instance.server_id)
    target = run.target_of(server.wave if server is not None else "")
    return target.account, target.region


def _since(server: ServerState | None) -> datetime | None:
    return server.began(Phase.READY) if server is not None else None
