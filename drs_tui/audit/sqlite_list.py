"""Lists of runs from a SQLite store's indexes."""

from __future__ import annotations

import sqlite3

from drs_tui.audit.records import Wanted, read_header
from drs_tui.audit.sqlite_file import stored_text
from drs_tui.audit.store import BadRecord, HeaderPage
from drs_tui.model.header import RunHeader
from drs_tui.model.times import format_time


def list_runs(db: sqlite3.Connection, wanted: Wanted, limit: int, page: str | None) -> HeaderPage:
    """Summaries, newest first.

    Raises:
        ValueError: `page` is not what an earlier page gave.
    """
    conditions = _conditions(wanted)
    if page is not None:
        started_at, _, run_id = page.partition(" ")
        if not run_id:
            raise ValueError(f"{page!r} is not a page of a list of runs")
        conditions["(started_at, run_id) < (?, ?)"] = (started_at, run_id)
    where = f"WHERE {' AND '.join(conditions)}" if conditions else ""
    query = (
        f"SELECT header, epoch, started_at, run_id FROM runs {where} "  # noqa: S608
        "ORDER BY started_at DESC, run_id DESC LIMIT ?"
    )
    values = [value for group in conditions.values() for value in group]
    rows = db.execute(query, (*values, limit + 1)).fetchall()
    headers: list[RunHeader] = []
    unreadable: list[str] = []
    for text, epoch, _, run_id in rows[:limit]:
        try:
            headers.append(read_header(run_id, stored_text(text), epoch))
        except BadRecord:
            unreadable.append(run_id)
    next_page = f"{rows[limit - 1][2]} {rows[limit - 1][3]}" if len(rows) > limit else None
    return HeaderPage(tuple(headers), next_page, tuple(unreadable))


def _conditions(wanted: Wanted) -> dict[str, tuple[str, ...]]:
    """What SQL asks of the runs that are wanted, each with its values."""
    conditions: dict[str, tuple[str, ...]] = {}
    if wanted.active is not None:
        conditions["activity = ?"] = ("active" if wanted.active else "final",)
    if wanted.plan_id is not None:
        conditions["plan_id = ?"] = (wanted.plan_id,)
    if wanted.status is not None:
        conditions[_member_is("status")] = (wanted.status,)
    if wanted.started_by is not None:
        conditions[_member_is("started_by")] = (wanted.started_by,)
    if wanted.since is not None:
        conditions["started_at >= ?"] = (format_time(wanted.since),)
    if wanted.until is not None:
        conditions["started_at <= ?"] = (format_time(wanted.until),)
    return conditions


def _member_is(name: str) -> str:
    """True as well of a header that is no JSON, which SQLite else refuses to look into."""
    return f"CASE WHEN json_valid(header) THEN json_extract(header, '$.{name}') = ? ELSE 1 END"
