"""What only a store in a file has to hold."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drs_tui.audit.chain import Verdict
from drs_tui.audit.sqlite import SqliteStore, open_sqlite
from drs_tui.audit.sqlite_file import filesystem_of, open_file
from drs_tui.audit.store import BadRecord, NotTheWriter, StoreUnavailable, UnsupportedStore
from drs_tui.audit.verify import verify_run
from tests.audit.runs import RUN, START, header_at, more
from tests.thoroughness import examples_of

EVENTS = more(RUN, (), 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "runs.db"


@pytest_asyncio.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    opened = await open_sqlite(path)
    yield opened
    await opened.close()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# The file ---------------------------------------------------------------------------------------


async def test_only_its_owner_may_read_the_store(store: SqliteStore, path: Path) -> None:
    await store.create(header_at(EVENTS[-1]), EVENTS)

    assert mode(path.parent) == 0o700
    assert {file.name: mode(file) for file in path.parent.iterdir()} == {
        "runs.db": 0o600,
        "runs.db-wal": 0o600,
        "runs.db-shm": 0o600,
    }


async def test_each_commit_is_on_disk(store: SqliteStore) -> None:
    settings_ = [
        await store._do(lambda db, p=pragma: db.execute(f"PRAGMA {p}").fetchone()[0])  # type: ignore[misc]
        for pragma in ("journal_mode", "synchronous", "busy_timeout")
    ]

    assert settings_ == ["wal", 2, 5_000]


async def test_many_may_open_a_new_store_at_once(path: Path) -> None:
    stores = await asyncio.gather(*(open_sqlite(path) for _ in range(12)))

    await stores[0].create(header_at(EVENTS[-1]), EVENTS)

    assert {(await each.header(RUN)).seq for each in stores} == {4}
    for each in stores:
        await each.close()


@pytest.mark.parametrize(
    "filesystem", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.s3fs", "ceph"]
)
def test_a_network_folder_is_refused(tmp_path: Path, filesystem: str) -> None:
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(
        "22 1 259:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
        f"40 22 0:35 / {tmp_path}/my\\040home rw - {filesystem} server:/home rw\n"
    )

    with pytest.raises(UnsupportedStore, match=f"network file system \\({filesystem}\\)"):
        open_file(tmp_path / "my home" / "ana" / "runs.db", mountinfo)
    assert not (tmp_path / "my home").exists()

    open_file(tmp_path / "my homestead" / "runs.db", mountinfo).close()


def test_the_last_mount_on_a_point_counts(tmp_path: Path) -> None:
    mountinfo = tmp_path / "mountinfo"
    mountinfo.write_text(
        "22 1 259:1 / / rw - ext4 /dev/root rw\n"
        "31 22 0:30 / /home rw - autofs systemd-1 rw\n"
        "32 31 0:31 / /home rw master:2 - nfs4 server:/home rw\n"
        "garbage\n"
    )

    assert filesystem_of(Path("/home/ana"), mountinfo) == "nfs4"
    assert filesystem_of(Path("/homes"), mountinfo) == "ext4"


def test_where_mounts_can_not_be_read_nothing_is_refused(tmp_path: Path) -> None:
    assert filesystem_of(tmp_path, tmp_path / "none") == ""
    open_file(tmp_path / "runs.db", tmp_path / "none").close()


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.write_text("name: three-tier\n" * 100)

    with pytest.raises(UnsupportedStore, match="not a database"):
        open_file(path)

    assert path.read_text() == "name: three-tier\n" * 100


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE bookmarks (url TEXT)")
    before = path.read_bytes()

    with pytest.raises(UnsupportedStore, match="another program"):
        open_file(path)

    assert path.read_bytes() == before


async def test_a_file_of_the_first_schema_is_brought_up_to_date(
    store: SqliteStore, path: Path
) -> None:
    first = more(RUN, (), 2)
    await store.create(header_at(first[-1]), first)
    await store.acquire(RUN, "an older drs-tui", 30)
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE leases DROP COLUMN renewed_at")
        db.execute("PRAGMA user_version = 1")

    again = await open_sqlite(path)

    lease = (await again.leases([RUN]))[RUN]
    assert (lease.holder, lease.renewed_at) == ("an older drs-tui", None)
    assert lease.seems_driven(START)
    assert (await again.renew(lease, None)).renewed_at is not None
    assert (await verify_run(again, RUN)).ok
    await again.close()


async def test_a_newer_schema_is_refused(store: SqliteStore, path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 7")

    with pytest.raises(UnsupportedStore, match=r"schema 7.*update drs-tui"):
        await open_sqlite(path)


@pytest.mark.parametrize("place", ["file/runs.db", "folder"])
async def test_a_path_that_can_not_be_written_is_said(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()

    with pytest.raises(StoreUnavailable, match="cannot be written"):
        await open_sqlite(tmp_path / place)


async def test_a_full_disk_is_said_and_nothing_is_half_written(store: SqliteStore) -> None:
    await store.create(header_at(EVENTS[-1]), EVENTS)
    large = more(RUN, EVENTS, 3, size=100_000)
    await store._do(lambda db: db.execute("PRAGMA max_page_count = 20"))

    with pytest.raises(StoreUnavailable, match=r"disk .* is full"):
        await store.append(RUN, 4, 0, large, header_at(large[-1]))

    await store._do(lambda db: db.execute("PRAGMA max_page_count = 100000"))
    assert (await verify_run(store, RUN)).events == 4
    await store.append(RUN, 4, 0, large, header_at(large[-1]))
    assert (await verify_run(store, RUN)).events == 7


async def test_a_read_only_database_is_said(store: SqliteStore) -> None:
    await store._do(lambda db: db.execute("PRAGMA query_only = 1"))

    with pytest.raises(StoreUnavailable, match="read-only"):
        await store.create(header_at(EVENTS[-1]), EVENTS)


async def test_a_store_that_another_process_locks_is_said(store: SqliteStore, path: Path) -> None:
    await store._do(lambda db: db.execute("PRAGMA busy_timeout = 1"))

    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked by another process"):
            await store.create(header_at(EVENTS[-1]), EVENTS)

    await store.create(header_at(EVENTS[-1]), EVENTS)


async def test_a_cancelled_append_is_whole_or_absent(store: SqliteStore) -> None:
    await store.create(header_at(EVENTS[-1]), EVENTS)
    more_events = more(RUN, EVENTS, 50)
    append = asyncio.create_task(store.append(RUN, 4, 0, more_events, header_at(more_events[-1])))
    await asyncio.sleep(0)
    append.cancel()
    with pytest.raises(asyncio.CancelledError):
        await append

    assert (await verify_run(store, RUN)).events in {4, 54}


# What is stored ---------------------------------------------------------------------------------


async def test_the_stored_bytes_are_the_canonical_text(store: SqliteStore, path: Path) -> None:
    await store.create(header_at(EVENTS[-1]), EVENTS)

    with closing(sqlite3.connect(path)) as db:
        rows = db.execute("SELECT CAST(text AS BLOB) FROM events ORDER BY seq").fetchall()

    assert [row[0].decode() for row in rows] == [event.text for event in EVENTS]


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    max_examples=examples_of(60),
    deadline=None,
)
@given(st.data())
def test_any_byte_changed_in_the_file_is_found(tmp_path: Path, data: st.DataObject) -> None:
    path = tmp_path / "runs.db"
    which = data.draw(st.integers(0, 3))
    stored = bytearray(EVENTS[which].text.encode())
    position = data.draw(st.integers(0, len(stored) - 1))
    stored[position] ^= data.draw(st.integers(1, 255))

    async def check() -> None:
        store = await open_sqlite(path)
        try:
            await store.create(header_at(EVENTS[-1]), EVENTS)
            with closing(sqlite3.connect(path)) as db, db:
                db.execute(
                    f"UPDATE events SET text = {data.draw(st.sampled_from(FORMS))} WHERE seq = ?",
                    (bytes(stored), which + 1),
                )
            verdict = await verify_run(store, RUN)
            assert (verdict.ok, verdict.first_bad_seq) == (False, which + 1)
            with closing(sqlite3.connect(path)) as db, db:
                db.execute(
                    "UPDATE events SET text = ? WHERE seq = ?", (EVENTS[which].text, which + 1)
                )
            assert (await verify_run(store, RUN)).ok
        finally:
            await store.close()

    asyncio.run(check())


FORMS = ("?", "CAST(? AS TEXT)")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("DELETE FROM events WHERE seq = 4", "4 events were written; 3 are there"),
        ("DELETE FROM events WHERE seq = 2", "event 2 is missing"),
        ("UPDATE events SET seq = 9 WHERE seq = 2", "event 2 is missing"),
        ("DELETE FROM events", "4 events were written; 0 are there"),
    ],
)
async def test_events_taken_away_are_found(
    store: SqliteStore, path: Path, change: str, words: str
) -> None:
    await store.create(header_at(EVENTS[-1]), EVENTS)

    with closing(sqlite3.connect(path)) as db, db:
        db.execute(change)

    assert words in (await verify_run(store, RUN)).problem


async def test_a_damaged_record_names_itself(store: SqliteStore, path: Path) -> None:
    await store.create(header_at(EVENTS[-1]), EVENTS)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE events SET text = 'gone' WHERE seq = 3")
        db.execute("UPDATE runs SET header = '{}'")

    with pytest.raises(BadRecord, match="not JSON"):
        [event async for event in store.events(RUN)]
    with pytest.raises(BadRecord, match="header"):
        await store.header(RUN)


async def test_a_run_is_replaced_under_the_epoch_it_has(store: SqliteStore) -> None:
    await store.create(header_at(EVENTS[-1]), EVENTS)
    await store.acquire(RUN, "me", 30)
    other = more(RUN, EVENTS[:2], 5, size=3)
    whole = (*EVENTS[:2], *other)

    await store.replace(header_at(whole[-1]), whole)

    assert [event async for event in store.events(RUN)] == list(whole)
    assert (await store.header(RUN)).epoch == 1
    with pytest.raises(NotTheWriter):
        await store.append(RUN, 7, 0, more(RUN, whole, 1), header_at(more(RUN, whole, 1)[-1]))


# Death ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lines", [1, 7, 40])
def test_nothing_acknowledged_is_lost_when_the_writer_is_killed(path: Path, lines: int) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.audit.writer", str(path), RUN],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdout is not None
        for _ in range(lines):
            assert writer.stdout.readline()
        os.kill(writer.pid, signal.SIGKILL)
        rest = writer.stdout.read().split()
    acknowledged = int(rest[-1]) if rest else 1 + 3 * lines

    async def verify() -> Verdict:
        store = await open_sqlite(path)
        try:
            return await verify_run(store, RUN)
        finally:
            await store.close()

    verdict = asyncio.run(verify())

    assert verdict.ok, verdict.problem
    assert verdict.events >= acknowledged
    assert verdict.events % 3 == 1
