"""What drills have left running, by the record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from drs_tui.audit.store import RunStore
from drs_tui.cli.stores import all_runs
from drs_tui.model.counts import counted
from drs_tui.model.endpoints import EMBEDDED
from drs_tui.model.header import RunHeader
from drs_tui.model.keeping import is_overdue, usage
from drs_tui.model.plan import Mode
from drs_tui.model.run import apply
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus
from drs_tui.model.times import day_time, format_duration

_LEFT = (CleanupStatus.DUE, CleanupStatus.RUNNING, CleanupStatus.FAILED)


async def left_running(store: RunStore) -> AsyncIterator[Run]:
    """The drills that have ended and whose instances are not known to be gone, newest first.

    What was launched on a simulator inside its driver went with that.
    """
    async for header in all_runs(store, active=False):
        if header.mode == Mode.DRILL and header.cleanup in _LEFT and not header.imported:
            run = await _run(store, header)
            if run is not None and run.endpoint_url != EMBEDDED:
                yield run


async def overdue(store: RunStore, now: datetime) -> AsyncIterator[Run]:
    """Those whose clean-up should have been done by `now`."""
    async for run in left_running(store):
        if is_overdue(run, now):
            yield run


async def abandoned(store: RunStore, now: datetime) -> AsyncIterator[Run]:
    """The drills that have launched something, have not ended, and are driven by nobody."""
    async for header in all_runs(store, active=True):
        if header.mode != Mode.DRILL or header.imported:
            continue
        lease = await store.lease(header.run_id)
        if lease is not None and lease.seems_driven(now):
            continue
        run = await _run(store, header)
        if run is not None and run.endpoint_url != EMBEDDED and run.jobs:
            yield run


def left_words(run: Run, now: datetime) -> str:
    """What one of them has left, since when, and what it adds up to."""
    left = usage(run.instances.values(), now)
    count = counted(left.left, "instance") if run.instances else "instances"
    since = ""
    if left.since is not None:
        age = format_duration((now - left.since).total_seconds())
        since = f" since {day_time(left.since)} ({age}, {left.hours:.1f} instance-hours)"
    return f"{run.run_id} left {count} running{since}"


async def _run(store: RunStore, header: RunHeader) -> Run | None:
    run: Run | None = None
    async for event in store.events(header.run_id):
        run = apply(run, event)
    return run
