"""What every store promises of the list of runs, held against each of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from drs_tui.audit.store import RunStore
from drs_tui.model.header import RunHeader
from tests.audit.runs import RUN, START, header_at, more, start


async def start_many(store: RunStore) -> list[RunHeader]:
    """Ten runs, a minute apart; every second of another plan, the first four finished."""
    headers = []
    for number in range(10):
        events = more(f"run-{number}", (), 1)
        header = header_at(
            events[-1],
            plan_id="three-tier" if number % 2 else "rehearsal",
            started_at=START + timedelta(minutes=number),
            finished_at=START + timedelta(minutes=number, seconds=30) if number < 4 else None,
            status="succeeded" if number < 4 else "running",
        )
        await store.create(header, events)
        headers.append(header)
    return headers[::-1]


async def test_runs_are_listed_newest_first(store: RunStore) -> None:
    headers = await start_many(store)

    page = await store.list()

    assert list(page.headers) == headers
    assert page.next_page is None


@pytest.mark.parametrize("limit", [1, 3, 5, 10])
async def test_a_list_comes_in_pages(store: RunStore, limit: int) -> None:
    headers = await start_many(store)
    found: list[RunHeader] = []
    page = None

    for _ in range(-(-10 // limit)):
        answer = await store.list(limit=limit, page=page)
        found += answer.headers
        page = answer.next_page

    assert found == headers
    assert page is None


@pytest.mark.parametrize("active", [None, True, False])
@pytest.mark.parametrize("plan_id", [None, "three-tier", "nobody's"])
async def test_a_list_is_filtered(store: RunStore, active: bool | None, plan_id: str) -> None:
    headers = await start_many(store)
    wanted = [
        header
        for header in headers
        if plan_id in (None, header.plan_id)
        and (active is None or active == (header.finished_at is None))
    ]

    whole = await store.list(active=active, plan_id=plan_id)
    first = await store.list(active=active, plan_id=plan_id, limit=2)
    rest = await store.list(active=active, plan_id=plan_id, page=first.next_page)

    assert list(whole.headers) == wanted
    assert list(first.headers) == wanted[:2]
    if first.next_page is not None:
        assert list(rest.headers) == wanted[2:]


async def test_a_list_shows_what_an_append_changed(store: RunStore) -> None:
    first = await start(store)
    second, third = more(RUN, first, 1), more(RUN, first, 2)
    ended = {"finished_at": START + timedelta(minutes=9), "status": "failed"}

    await store.append(RUN, 2, 0, second, header_at(second[-1], servers_launched=3))
    shown = (await store.list(active=True)).headers[0]
    await store.append(RUN, 3, 0, third[1:], header_at(third[-1], servers_launched=3, **ended))

    assert shown.servers_launched == 3
    assert (await store.list(active=True)).headers == ()
    assert (await store.list(active=False)).headers[0].status == "failed"


async def all_of(store: RunStore, **wanted: Any) -> list[str]:
    """The ids of a list, page by page; a page may be short, and is never too long."""
    found: list[str] = []
    page = None
    for _ in range(100):
        answer = await store.list(limit=2, page=page, **wanted)
        assert len(answer.headers) <= 2
        found += [header.run_id for header in answer.headers]
        page = answer.next_page
        if page is None:
            return found
    raise AssertionError("the list does not end")


async def test_a_list_is_of_a_time(store: RunStore) -> None:
    headers = await start_many(store)
    newest, oldest = headers[2].started_at, headers[6].started_at
    wanted = [header.run_id for header in headers[2:7]]
    half = [header.run_id for header in headers[2:7] if header.plan_id == "three-tier"]

    assert await all_of(store, since=oldest, until=newest) == wanted
    assert await all_of(store, since=oldest, until=newest, plan_id="three-tier") == half
    assert await all_of(store, since=newest) == [header.run_id for header in headers[:3]]
    assert await all_of(store, until=oldest) == [header.run_id for header in headers[6:]]
    assert await all_of(store, since=newest, until=oldest) == []


async def test_a_list_is_of_an_operator_or_an_outcome(store: RunStore) -> None:
    ids = [f"run-{number}" for number in range(12)]
    for number, run_id in enumerate(ids):
        [event] = more(run_id, (), 1)
        started_at = START - timedelta(minutes=number)
        outcome = ("running", "failed", "succeeded")[number % 3]
        header = header_at(
            event,
            started_at=started_at,
            started_by="ben" if number % 4 == 0 else "ana",
            status=outcome,
            finished_at=None if outcome == "running" else started_at,
        )
        await store.create(header, [event])

    assert await all_of(store, started_by="ben") == [ids[0], ids[4], ids[8]]
    assert await all_of(store, status="failed") == ids[1::3]
    assert await all_of(store, status="failed", active=False) == ids[1::3]
    assert await all_of(store, status="failed", active=True) == []
    assert await all_of(store, status="running", started_by="ben") == [ids[0]]
    assert await all_of(store, started_by="nobody") == []


async def test_a_page_that_is_none_is_refused(store: RunStore) -> None:
    with pytest.raises(ValueError, match="page"):
        await store.list(page="third")
