"""Looking at a store's file: is it whole, who may read it, and does its disk keep its promises."""

from __future__ import annotations

import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from drs_tui.audit.findings import Finding, Health
from drs_tui.audit.sqlite_file import filesystem_of, open_file, refusal


def check_file(path: Path) -> tuple[Finding, ...]:
    """Look at the store in a file that is there.

    Raises:
        UnsupportedStore: it is no store, or lies on a network.
        StoreUnavailable: it cannot be read or written.
    """
    try:
        with closing(open_file(path)) as connection:
            runs = connection.execute("SELECT count(*) FROM runs").fetchone()[0]
            [problem, *_] = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.Error as error:
        raise refusal(path, error) from error
    kind = filesystem_of(path.parent) or "a disk of an unknown kind"
    file = Finding("file", f"can be written, in WAL mode, on {kind}; runs: {runs}")
    return (file, _whole(problem), _readers(path))


def _whole(problem: str) -> Finding:
    if problem == "ok":
        return Finding("integrity", "SQLite finds nothing wrong with it")
    return Finding("integrity", f"it is damaged: {problem}", Health.BROKEN)


def _readers(path: Path) -> Finding:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        words = f"others on this machine may open it (mode {mode:o}): chmod 600 {path}"
        return Finding("readers", words, Health.WARNING)
    return Finding("readers", "its owner alone")
