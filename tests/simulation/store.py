"""An audit store in memory, under the same contract as the ones on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from drs_tui.audit.chain import read_event
from drs_tui.audit.records import (
    Wanted,
    check_batch,
    read_header,
    read_pulse,
    read_request,
    unwritten,
    write_header,
    write_pulse,
    write_request,
)
from drs_tui.audit.store import (
    HeaderPage,
    Lease,
    LeaseHeld,
    LeaseLost,
    NotTheWriter,
    Pulse,
    Request,
    RunExists,
    RunNotFound,
)
from drs_tui.clock import SystemClock
from drs_tui.model.events import Event
from drs_tui.model.header import RunHeader


@dataclass
class StoredRun:
    """What is kept of one run: texts, as on a disk."""

    header: str
    texts: list[str]
    epoch: int = 0
    lease: Lease | None = None
    requests: dict[str, str] = field(default_factory=dict)

    @property
    def head_hash(self) -> str:
        return read_event(self.texts[-1]).hash


@dataclass
class Shelf:
    """What outlives every process that opens the store."""

    name: str = "shelf"
    runs: dict[str, StoredRun] = field(default_factory=dict)
    changes: int = 0
    acknowledged: dict[str, None] = field(default_factory=dict)
    """The texts that a process was told are here, in the order it was told."""


class MemoryStore:
    """A `Journal` on a shelf; several may stand on the same one."""

    look_seconds = 1.0

    def __init__(self, shelf: Shelf) -> None:
        self.shelf = shelf

    @property
    def address(self) -> str:
        """A name, of no use to `--store`."""
        return f"memory:{self.shelf.name}"

    async def close(self) -> None:
        """Nothing was opened."""

    # Events -------------------------------------------------------------------------------------

    async def create(self, header: RunHeader, events: Sequence[Event]) -> None:
        """Store a new run with its first events."""
        check_batch(header.run_id, 0, events, header)
        stored = self.shelf.runs.get(header.run_id)
        if stored is None:
            texts = [event.text for event in events]
            self.shelf.runs[header.run_id] = StoredRun(write_header(header), texts)
            self.shelf.changes += 1
        elif [event.text for event in events] != stored.texts[: len(events)]:
            raise RunExists(f"run {header.run_id} exists already in {self.address}")

    async def append(
        self, run_id: str, expected_seq: int, epoch: int, events: Sequence[Event], header: RunHeader
    ) -> None:
        """Add events and replace the header, all or nothing."""
        check_batch(run_id, expected_seq, events, header)
        stored = self._run(run_id)
        seq = min(len(stored.texts), events[-1].seq)
        head_hash = read_event(stored.texts[seq - 1]).hash
        rest = unwritten(events, expected_seq, seq, head_hash)
        if not rest:
            return
        if stored.epoch != epoch:
            raise NotTheWriter(f"run {run_id} was taken over (epoch {stored.epoch}, not {epoch})")
        stored.texts += [event.text for event in rest]
        stored.header = write_header(header)
        self.shelf.changes += 1

    async def replace(self, header: RunHeader, events: Sequence[Event]) -> None:
        """Put a run in the place of what is here under its id; its epoch and lease stay."""
        check_batch(header.run_id, 0, events, header)
        stored = self._run(header.run_id)
        stored.texts = [event.text for event in events]
        stored.header = write_header(header)
        self.shelf.changes += 1

    async def events(self, run_id: str, after: int = 0) -> AsyncIterator[Event]:
        """The events above `after`, as stored."""
        async for text in self.texts(run_id, after):
            yield read_event(text)

    async def texts(self, run_id: str, after: int = 0) -> AsyncIterator[str]:
        """The stored texts of the events above `after`."""
        stored = self.shelf.runs.get(run_id)
        for text in stored.texts[after:] if stored else ():
            yield text

    async def mark(self, run_id: str) -> Hashable:
        """How many changes there were, of whichever run."""
        del run_id
        return self.shelf.changes

    # Headers ------------------------------------------------------------------------------------

    async def header(self, run_id: str) -> RunHeader:
        """The summary of one run."""
        stored = self._run(run_id)
        return read_header(run_id, stored.header, stored.epoch)

    async def misfiled(self, run_id: str) -> str:
        """Nothing is filed beside the header."""
        self._run(run_id)
        return ""

    async def list(
        self,
        *,
        active: bool | None = None,
        plan_id: str | None = None,
        status: str | None = None,
        started_by: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 50,
        page: str | None = None,
    ) -> HeaderPage:
        """Summaries, newest first; a page is named by the id of the last run before it."""
        wanted = Wanted(active, plan_id, status, started_by, since, until)
        headers = [read_header(i, s.header, s.epoch) for i, s in self.shelf.runs.items()]
        headers.sort(key=lambda header: (header.started_at, header.run_id), reverse=True)
        start = 0
        if page is not None:
            ids = [header.run_id for header in headers]
            if page not in ids:
                raise ValueError(f"{page!r} is not a page of a list of runs")
            start = ids.index(page) + 1
        found = [header for header in headers[start:] if wanted.admits(header)]
        more = found[limit - 1].run_id if len(found) > limit else None
        return HeaderPage(tuple(found[:limit]), more)

    # Requests -----------------------------------------------------------------------------------

    async def request(self, request: Request) -> None:
        """Leave a request for the run's driver."""
        self._run(request.run_id).requests.setdefault(request.request_id, write_request(request))

    async def requests(self, run_id: str) -> Sequence[Request]:
        """All requests ever made of a run, by id."""
        stored = self.shelf.runs.get(run_id)
        asked = sorted(stored.requests.items()) if stored else []
        return [read_request(run_id, request_id, text) for request_id, text in asked]

    # The lease ----------------------------------------------------------------------------------

    async def lease(self, run_id: str) -> Lease | None:
        """The lease as it stands."""
        stored = self.shelf.runs.get(run_id)
        return stored.lease if stored else None

    async def leases(self, run_ids: Sequence[str]) -> Mapping[str, Lease]:
        """The leases of several runs."""
        found = ((run_id, await self.lease(run_id)) for run_id in run_ids)
        return {run_id: lease async for run_id, lease in found if lease is not None}

    async def acquire(
        self, run_id: str, holder: str, term_seconds: int, seen: Lease | None = None
    ) -> Lease:
        """Take the lease if it is free, released, or still as `seen`."""
        stored = self._run(run_id)
        standing = stored.lease
        if standing is not None and standing.holder and standing != seen:
            raise LeaseHeld(f"{standing.holder} drives run {run_id}", standing)
        stored.epoch += 1
        now = SystemClock().now()
        stored.lease = Lease(run_id, holder, stored.epoch, 0, term_seconds, renewed_at=now)
        return stored.lease

    async def renew(self, lease: Lease, pulse: Pulse | None) -> Lease:
        """Prolong a lease that is still ours."""
        stored = self.shelf.runs.get(lease.run_id)
        if stored is None or not _same_holder(stored.lease, lease):
            raise LeaseLost(f"the lease of run {lease.run_id} is not ours any more")
        written = read_pulse(write_pulse(pulse))
        now = SystemClock().now()
        stored.lease = replace(lease, beat=lease.beat + 1, pulse=written, renewed_at=now)
        return stored.lease

    async def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still ours."""
        stored = self.shelf.runs.get(lease.run_id)
        if stored is not None and stored.lease is not None and _same_holder(stored.lease, lease):
            stored.lease = replace(stored.lease, holder="")

    def _run(self, run_id: str) -> StoredRun:
        if run_id not in self.shelf.runs:
            raise RunNotFound(f"there is no run {run_id} in {self.address}")
        return self.shelf.runs[run_id]


def _same_holder(standing: Lease | None, lease: Lease) -> bool:
    return standing is not None and (standing.holder, standing.epoch) == (
        lease.holder,
        lease.epoch,
    )
