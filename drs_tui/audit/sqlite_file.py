"""The file under a SQLite store: where it may lie, how it is opened, what is in it."""

from __future__ import annotations

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from drs_tui.audit.store import StoreUnavailable, UnsupportedStore

SCHEMA_VERSION = 2
APPLICATION_ID = 0x64727374
"""`drst`, in SQLite's own place for saying whose file it is."""

BUSY_SECONDS = 5.0
"""How long a statement waits for other processes' writes."""

MOUNTINFO = Path("/proc/self/mountinfo")

_SCHEMA = (
    """
    CREATE TABLE runs (
        run_id     TEXT PRIMARY KEY,
        plan_id    TEXT NOT NULL,
        activity   TEXT NOT NULL,
        started_at TEXT NOT NULL,
        epoch      INTEGER NOT NULL,
        header     TEXT NOT NULL
    )
    """,
    "CREATE INDEX runs_by_start ON runs (started_at, run_id)",
    "CREATE INDEX runs_by_plan ON runs (plan_id, started_at, run_id)",
    "CREATE INDEX runs_by_activity ON runs (activity, started_at, run_id)",
    """
    CREATE TABLE events (
        run_id TEXT NOT NULL,
        seq    INTEGER NOT NULL,
        text   TEXT NOT NULL,
        PRIMARY KEY (run_id, seq)
    )
    """,
    """
    CREATE TABLE leases (
        run_id       TEXT PRIMARY KEY,
        holder       TEXT NOT NULL,
        epoch        INTEGER NOT NULL,
        beat         INTEGER NOT NULL,
        term_seconds INTEGER NOT NULL,
        pulse        TEXT NOT NULL,
        renewed_at   TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE requests (
        run_id     TEXT NOT NULL,
        request_id TEXT NOT NULL,
        text       TEXT NOT NULL,
        PRIMARY KEY (run_id, request_id)
    )
    """,
)

_FROM_VERSION_1 = ("ALTER TABLE leases ADD COLUMN renewed_at TEXT NOT NULL DEFAULT ''",)

_NETWORK = re.compile(
    r"(nfs\d?|cifs|smb\w*|9p|ncpfs|afs|ceph|lustre|gpfs|glusterfs|beegfs|ocfs2|gfs2|davfs|vboxsf|"
    r"fuse\.(sshfs|s3fs|rclone|gcsfuse|glusterfs|ceph|davfs2?|mount-s3|mountpoint-s3|"
    r"vmhgfs-fuse|juicefs))\Z"
)
"""File systems, as mountinfo(5) names them, on which WAL's shared memory is not shared by all who
may open the file (sqlite.org/wal.html: all processes must be on the same host)."""


def open_file(path: Path, mountinfo: Path = MOUNTINFO) -> sqlite3.Connection:
    """Open the file, and make it and its folder if they aren't there (for their owner alone).

    Raises:
        UnsupportedStore: the folder is on a network, or the file is no database of this program's.
        StoreUnavailable: the file or its folder cannot be written.
    """
    path = path.expanduser().absolute()
    filesystem = filesystem_of(path.parent, mountinfo)
    if _NETWORK.match(filesystem):
        raise UnsupportedStore(
            f"{path} is on a network file system ({filesystem}), where SQLite can lose events; "
            "choose a folder on a local disk with --store sqlite:PATH"
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its -wal and -shm files the mode of the database itself.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"the audit store {path} cannot be written: {error}") from error
    try:
        # Used by one thread at a time, but not always by the one that opened it.
        connection = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            _prepare(connection, path)
        except BaseException:
            connection.close()
            raise
    except sqlite3.DatabaseError as error:
        raise refusal(path, error) from error
    return connection


def refusal(path: Path, error: sqlite3.Error) -> StoreUnavailable | UnsupportedStore:
    """What an error of SQLite's means for the operator."""
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_NOTADB":
        return UnsupportedStore(f"{path} is not a database; choose another file with --store")
    if name.startswith("SQLITE_CORRUPT"):
        return StoreUnavailable(f"the audit store {path} is damaged: {error}")
    if name.startswith("SQLITE_FULL"):
        return StoreUnavailable(f"the disk of the audit store {path} is full: make room on it")
    if name.startswith("SQLITE_READONLY"):
        return StoreUnavailable(f"the audit store {path} is read-only for this user")
    if name.startswith("SQLITE_BUSY"):
        return StoreUnavailable(
            f"the audit store {path} has been locked by another process for {BUSY_SECONDS:g} s"
        )
    return StoreUnavailable(f"the audit store {path} failed: {error} ({name or 'SQLite'})")


def stored_text(value: Any) -> str:
    """The text in a column; one that somebody made a blob of still has its bytes."""
    return value.decode(errors="surrogateescape") if isinstance(value, bytes) else str(value)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Do what is inside as one write, seen by others whole or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk has SQLite roll back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def filesystem_of(folder: Path, mountinfo: Path = MOUNTINFO) -> str:
    """The type of the file system that a folder is, or would be, on; empty if nothing tells."""
    try:
        lines = mountinfo.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ""
    folder = folder.resolve()
    longest, filesystem = -1, ""
    for line in lines:
        mounted, _, source = line.partition(" - ")
        fields = mounted.split(" ")
        if len(fields) < 5 or not source:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda m: chr(int(m[1], 8)), fields[4]))
        # A later mount on the same point covers the earlier one.
        if folder.is_relative_to(point) and len(point.parts) >= longest:
            longest, filesystem = len(point.parts), source.split(" ", 1)[0]
    return filesystem


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # Bytes that somebody changed must come back as they are, to be found by verifying.
    connection.text_factory = lambda stored: stored.decode(errors="surrogateescape")
    # Before anything is written: the file may be somebody else's. As one read: another process
    # may be making the store at this moment.
    connection.execute("BEGIN")
    try:
        _check_owner(connection, path)
    finally:
        connection.execute("ROLLBACK")
    if connection.execute("PRAGMA journal_mode = WAL").fetchone()[0] != "wal":
        raise UnsupportedStore(
            f"the file system of {path} can't hold a SQLite database in WAL mode; choose a folder "
            "on a local disk with --store sqlite:PATH"
        )
    connection.execute("PRAGMA synchronous = FULL")
    if _number(connection, "PRAGMA user_version") == SCHEMA_VERSION:
        return
    with transaction(connection):
        # Another process may have been here first.
        _check_owner(connection, path)
        version = _number(connection, "PRAGMA user_version")
        if version == SCHEMA_VERSION:
            return
        for statement in _SCHEMA if version == 0 else _FROM_VERSION_1:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _check_owner(connection: sqlite3.Connection, path: Path) -> None:
    version = _number(connection, "PRAGMA user_version")
    if _number(connection, "PRAGMA application_id") != APPLICATION_ID:
        if version or _number(connection, "SELECT count(*) FROM sqlite_master"):
            raise UnsupportedStore(
                f"{path} is a database of another program; choose another file with --store"
            )
    elif version > SCHEMA_VERSION:
        raise UnsupportedStore(
            f"{path} was written by a newer drs-tui (schema {version}; this one knows "
            f"{SCHEMA_VERSION}): update drs-tui"
        )


def _number(connection: sqlite3.Connection, query: str) -> int:
    number: int = connection.execute(query).fetchone()[0]
    return number
