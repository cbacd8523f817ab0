"""Lists of runs from a table's indexes: as few items read as the index allows, never a Scan."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from drs_tui.audit.dynamodb_items import HEADER, INDEXES, LISTED, Item, key, listed_header
from drs_tui.audit.dynamodb_table import Table
from drs_tui.audit.records import Wanted
from drs_tui.audit.store import BadRecord, HeaderPage
from drs_tui.model.header import RunHeader
from drs_tui.model.times import format_time

SIFTED_ITEMS = 500
"""What a page reads at most when most of it may be passed over; a summary takes some 0.6 KB."""

_FIRST_TIME = format_time(datetime(1, 1, 1, tzinfo=UTC))
_LAST_TIME = format_time(datetime.max.replace(tzinfo=UTC))


async def list_runs(table: Table, wanted: Wanted, limit: int, page: str | None) -> HeaderPage:
    """Summaries, newest first, from the index that leaves the fewest to be passed over.

    Raises:
        ValueError: `page` is not what an earlier page gave.
    """
    if wanted.since is not None and wanted.until is not None and wanted.since > wanted.until:
        return HeaderPage((), None)  # DynamoDB refuses to be asked.
    index, value = _index(wanted)
    start = None if page is None else {INDEXES[index]: {"S": value}, **_page_key(page)}
    sifted = wanted.status is not None or wanted.started_by is not None
    items_left = max(SIFTED_ITEMS, limit + 1)
    found: list[RunHeader] = []
    unreadable: list[str] = []
    while True:
        items = items_left if sifted else limit + 1
        answer = await table.call("query", **_query(index, value, wanted, items, start))
        for item in answer["Items"]:
            header = _readable(item)
            if header is not None and not wanted.admits(header):
                continue
            if len(found) == limit:
                return HeaderPage(tuple(found), _page(found[-1]), tuple(unreadable))
            if header is None:
                unreadable.append(item["run_id"]["S"])
            else:
                found.append(header)
        start = answer.get("LastEvaluatedKey")
        items_left -= len(answer["Items"])
        if not start:
            return HeaderPage(tuple(found), None, tuple(unreadable))
        if sifted and items_left <= 0:
            next_page = f"{start['started_at']['S']} {start['run_id']['S']}"
            return HeaderPage(tuple(found), next_page, tuple(unreadable))


def _readable(item: Item) -> RunHeader | None:
    try:
        return listed_header(item)
    except BadRecord:
        return None


def _index(wanted: Wanted) -> tuple[str, str]:
    if wanted.active or (wanted.active is not None and wanted.plan_id is None):
        return "StatusIndex", "active" if wanted.active else "final"
    if wanted.plan_id is not None:
        return "PlanIndex", wanted.plan_id
    return "RecentIndex", LISTED


def _query(
    index: str, value: str, wanted: Wanted, items: int, start: Item | None
) -> dict[str, Any]:
    condition = "#key = :value"
    names = {"#key": INDEXES[index]}
    values = {":value": {"S": value}}
    if wanted.since is not None or wanted.until is not None:
        condition += " AND #started_at BETWEEN :since AND :until"
        names["#started_at"] = "started_at"
        values[":since"] = {"S": format_time(wanted.since) if wanted.since else _FIRST_TIME}
        values[":until"] = {"S": format_time(wanted.until) if wanted.until else _LAST_TIME}
    query: dict[str, Any] = {
        "IndexName": index,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values,
        "ScanIndexForward": False,
        "Limit": items,
    }
    if start:
        query["ExclusiveStartKey"] = start
    return query


def _page(last: RunHeader) -> str:
    return f"{format_time(last.started_at)} {last.run_id}"


def _page_key(page: str) -> dict[str, Any]:
    started_at, _, run_id = page.partition(" ")
    if not run_id:
        raise ValueError(f"{page!r} is not a page of a list of runs")
    return {"started_at": {"S": started_at}, **key(run_id, HEADER)}
