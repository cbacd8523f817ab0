"""Runs in a SQLite file: the embedded store, and the journal beside any other.

Safe for several processes on one host: each change is one immediate transaction in WAL mode, on
disk (synchronous=FULL) when its call returns. Each call is one hop to the store's own thread, which
runs the whole transaction; a cancelled caller never leaves one half done.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from drs_tui.audit.chain import read_event
from drs_tui.audit.records import (
    Wanted,
    check_batch,
    filed_under,
    misfiling,
    read_header,
    read_moment,
    read_pulse,
    read_request,
    unwritten,
    write_header,
    write_moment,
    write_pulse,
    write_request,
)
from drs_tui.audit.sqlite_file import open_file, refusal, stored_text, transaction
from drs_tui.audit.sqlite_list import list_runs
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
from drs_tui.clock import Clock, SystemClock
from drs_tui.model.events import Event
from drs_tui.model.header import RunHeader

T = TypeVar("T")

ROWS_PER_READ = 200


async def open_sqlite(path: Path, clock: Clock | None = None) -> SqliteStore:
    """Open the store in a file, which is made if it isn't there; `clock` is real time.

    Raises:
        UnsupportedStore: the folder is on a network, or the file is no store.
        StoreUnavailable: the file cannot be written.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="audit-store")
    try:
        connection = await asyncio.get_running_loop().run_in_executor(thread, open_file, path)
    except BaseException:
        thread.shutdown(wait=False)
        raise
    return SqliteStore(path, connection, thread, clock or SystemClock())


class SqliteStore:
    """A `RunStore` in one file."""

    look_seconds = 0.1

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        thread: ThreadPoolExecutor,
        clock: Clock,
    ) -> None:
        """Take over a connection that only `thread` uses; `clock` is real time."""
        self.path = path
        self._clock = clock
        self._connection = connection
        self._thread = thread

    @property
    def address(self) -> str:
        """The store as `--store` takes it."""
        return f"sqlite:{self.path}"

    async def close(self) -> None:
        """Close the file; SQLite folds the write-ahead log into it if nobody else has it open."""
        await self._do(lambda db: db.close())
        self._thread.shutdown(wait=False)

    # Events -------------------------------------------------------------------------------------

    async def create(self, header: RunHeader, events: Sequence[Event]) -> None:
        """Store a new run with its first events."""
        check_batch(header.run_id, 0, events, header)

        def write(db: sqlite3.Connection) -> None:
            with transaction(db):
                if _epoch(db, header.run_id) is None:
                    _insert_run(db, header, events)
                elif _hash(db, header.run_id, events[-1].seq) != events[-1].hash:
                    raise RunExists(f"run {header.run_id} exists already in {self.address}")

        await self._do(write)

    async def append(
        self, run_id: str, expected_seq: int, epoch: int, events: Sequence[Event], header: RunHeader
    ) -> None:
        """Add events and replace the header, all or nothing."""
        check_batch(run_id, expected_seq, events, header)

        def write(db: sqlite3.Connection) -> None:
            with transaction(db):
                stored_epoch = self._existing_epoch(db, run_id)
                seq = min(_last_seq(db, run_id), events[-1].seq)
                rest = unwritten(events, expected_seq, seq, _hash(db, run_id, seq))
                if not rest:
                    return
                if stored_epoch != epoch:
                    raise NotTheWriter(
                        f"run {run_id} was taken over (epoch {stored_epoch}, not {epoch})"
                    )
                _insert_events(db, rest)
                db.execute(
                    "UPDATE runs SET plan_id = ?, activity = ?, started_at = ?, header = ? "
                    "WHERE run_id = ?",
                    (*_columns(header), run_id),
                )

        await self._do(write)

    async def replace(self, header: RunHeader, events: Sequence[Event]) -> None:
        """Put a run in the place of what is here under its id; its epoch and lease stay."""
        check_batch(header.run_id, 0, events, header)

        def write(db: sqlite3.Connection) -> None:
            with transaction(db):
                epoch = self._existing_epoch(db, header.run_id)
                db.execute("DELETE FROM events WHERE run_id = ?", (header.run_id,))
                db.execute("DELETE FROM runs WHERE run_id = ?", (header.run_id,))
                _insert_run(db, header, events)
                db.execute("UPDATE runs SET epoch = ? WHERE run_id = ?", (epoch, header.run_id))

        await self._do(write)

    async def events(self, run_id: str, after: int = 0) -> AsyncIterator[Event]:
        """The events above `after`, as stored."""
        async for text in self.texts(run_id, after):
            yield read_event(text)

    async def texts(self, run_id: str, after: int = 0) -> AsyncIterator[str]:
        """The stored texts of the events above `after`."""
        rows = [(after, "")]
        while rows:
            rows = await self._do(partial(_page, run_id, rows[-1][0]))
            for _, text in rows:
                yield stored_text(text)

    async def mark(self, run_id: str) -> Hashable:
        """Other connections' commits and this one's own: `data_version` leaves out the latter."""
        del run_id

        def look(db: sqlite3.Connection) -> Hashable:
            return (*db.execute("PRAGMA data_version").fetchone(), db.total_changes)

        return await self._do(look)

    # Headers ------------------------------------------------------------------------------------

    async def header(self, run_id: str) -> RunHeader:
        """The summary of one run."""

        def read(db: sqlite3.Connection) -> RunHeader:
            row = db.execute("SELECT header, epoch FROM runs WHERE run_id = ?", (run_id,))
            found = row.fetchone()
            if found is None:
                raise self._not_found(run_id)
            return read_header(run_id, stored_text(found[0]), found[1])

        return await self._do(read)

    async def misfiled(self, run_id: str) -> str:
        """Where the columns that lists read say otherwise than the header."""

        def read(db: sqlite3.Connection) -> str:
            query = "SELECT header, activity, plan_id, started_at FROM runs WHERE run_id = ?"
            found = db.execute(query, (run_id,)).fetchone()
            if found is None:
                raise self._not_found(run_id)
            text, *columns = map(stored_text, found)
            should = filed_under(read_header(run_id, text))
            return misfiling(dict(zip(should, columns, strict=True)), should)

        return await self._do(read)

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
        """Summaries, newest first."""
        wanted = Wanted(active, plan_id, status, started_by, since, until)
        return await self._do(lambda db: list_runs(db, wanted, limit, page))

    # Requests -----------------------------------------------------------------------------------

    async def request(self, request: Request) -> None:
        """Leave a request for the run's driver."""

        def write(db: sqlite3.Connection) -> None:
            with transaction(db):
                self._existing_epoch(db, request.run_id)
                db.execute(
                    "INSERT OR IGNORE INTO requests VALUES (?, ?, ?)",
                    (request.run_id, request.request_id, write_request(request)),
                )

        await self._do(write)

    async def requests(self, run_id: str) -> Sequence[Request]:
        """All requests ever made of a run, by id."""
        query = "SELECT request_id, text FROM requests WHERE run_id = ? ORDER BY request_id"
        rows = await self._do(lambda db: db.execute(query, (run_id,)).fetchall())
        return [read_request(run_id, str(each), stored_text(text)) for each, text in rows]

    # The lease ----------------------------------------------------------------------------------

    async def lease(self, run_id: str) -> Lease | None:
        """The lease as it stands."""
        return await self._do(lambda db: _lease(db, run_id))

    async def leases(self, run_ids: Sequence[str]) -> Mapping[str, Lease]:
        """The leases of several runs."""
        query = "SELECT * FROM leases WHERE run_id IN (SELECT value FROM json_each(?))"
        wanted = (json.dumps(list(run_ids)),)
        rows = await self._do(lambda db: db.execute(query, wanted).fetchall())
        return {row[0]: _read_lease(row) for row in rows}

    async def acquire(
        self, run_id: str, holder: str, term_seconds: int, seen: Lease | None = None
    ) -> Lease:
        """Take the lease if it is free, released, or still as `seen`."""

        def write(db: sqlite3.Connection) -> Lease:
            with transaction(db):
                epoch = self._existing_epoch(db, run_id) + 1
                standing = _lease(db, run_id)
                if standing is not None and standing.holder and standing != seen:
                    raise LeaseHeld(f"{standing.holder} drives run {run_id}", standing)
                lease = Lease(run_id, holder, epoch, 0, term_seconds, renewed_at=self._clock.now())
                db.execute("UPDATE runs SET epoch = ? WHERE run_id = ?", (epoch, run_id))
                db.execute(
                    "INSERT OR REPLACE INTO leases VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        *(run_id, holder, epoch, 0, term_seconds, write_pulse(None)),
                        write_moment(lease.renewed_at),
                    ),
                )
                return lease

        return await self._do(write)

    async def renew(self, lease: Lease, pulse: Pulse | None) -> Lease:
        """Prolong a lease that is still ours."""
        renewed = replace(lease, beat=lease.beat + 1, pulse=pulse, renewed_at=self._clock.now())

        def write(db: sqlite3.Connection) -> None:
            with transaction(db):
                done = db.execute(
                    "UPDATE leases SET beat = ?, pulse = ?, renewed_at = ? "
                    "WHERE run_id = ? AND holder = ? AND epoch = ?",
                    (
                        *(renewed.beat, write_pulse(pulse), write_moment(renewed.renewed_at)),
                        *(lease.run_id, lease.holder, lease.epoch),
                    ),
                )
                if done.rowcount == 0:
                    raise LeaseLost(f"the lease of run {lease.run_id} is not ours any more")

        await self._do(write)
        return renewed

    async def release(self, lease: Lease) -> None:
        """Give the lease back, if it is still ours."""

        def write(db: sqlite3.Connection) -> None:
            with transaction(db):
                db.execute(
                    "UPDATE leases SET holder = '' WHERE run_id = ? AND holder = ? AND epoch = ?",
                    (lease.run_id, lease.holder, lease.epoch),
                )

        await self._do(write)

    # ------------------------------------------------------------------------------------------

    async def _do(self, work: Callable[[sqlite3.Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, work, self._connection)
        except sqlite3.Error as error:
            raise refusal(self.path, error) from error

    def _existing_epoch(self, db: sqlite3.Connection, run_id: str) -> int:
        epoch = _epoch(db, run_id)
        if epoch is None:
            raise self._not_found(run_id)
        return epoch

    def _not_found(self, run_id: str) -> RunNotFound:
        return RunNotFound(f"there is no run {run_id} in {self.address}")


def _epoch(db: sqlite3.Connection, run_id: str) -> int | None:
    row = db.execute("SELECT epoch FROM runs WHERE run_id = ?", (run_id,)).fetchone()
    return None if row is None else int(row[0])


def _page(run_id: str, after: int, db: sqlite3.Connection) -> list[tuple[int, Any]]:
    query = "SELECT seq, text FROM events WHERE run_id = ? AND seq > ? ORDER BY seq LIMIT ?"
    return db.execute(query, (run_id, after, ROWS_PER_READ)).fetchall()


def _last_seq(db: sqlite3.Connection, run_id: str) -> int:
    row = db.execute("SELECT coalesce(max(seq), 0) FROM events WHERE run_id = ?", (run_id,))
    return int(row.fetchone()[0])


def _hash(db: sqlite3.Connection, run_id: str, seq: int) -> str:
    row = db.execute("SELECT text FROM events WHERE run_id = ? AND seq = ?", (run_id, seq))
    found = row.fetchone()
    return "" if found is None else read_event(stored_text(found[0])).hash


def _insert_run(db: sqlite3.Connection, header: RunHeader, events: Sequence[Event]) -> None:
    plan_id, activity_, started_at, text = _columns(header)
    db.execute(
        "INSERT INTO runs VALUES (?, ?, ?, ?, 0, ?)",
        (header.run_id, plan_id, activity_, started_at, text),
    )
    _insert_events(db, events)


def _insert_events(db: sqlite3.Connection, events: Sequence[Event]) -> None:
    db.executemany(
        "INSERT INTO events VALUES (?, ?, ?)", ((e.run_id, e.seq, e.text) for e in events)
    )


def _columns(header: RunHeader) -> tuple[str, str, str, str]:
    filed = filed_under(header)
    return filed["plan_id"], filed["activity"], filed["started_at"], write_header(header)


def _lease(db: sqlite3.Connection, run_id: str) -> Lease | None:
    row = db.execute("SELECT * FROM leases WHERE run_id = ?", (run_id,)).fetchone()
    return None if row is None else _read_lease(row)


def _read_lease(row: tuple[Any, ...]) -> Lease:
    run_id, holder, epoch, beat, term_seconds, pulse, renewed_at = row
    moment = read_moment(renewed_at)
    return Lease(run_id, holder, epoch, beat, term_seconds, read_pulse(pulse), moment)
