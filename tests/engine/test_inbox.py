"""Requests are read beside everything else, however long that takes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

import pytest

from drs_tui.audit.store import Request, RunStore, StoreUnavailable, UnsupportedStore
from drs_tui.engine import inbox
from drs_tui.engine.inbox import Inbox
from tests.model.story import START

NOTE = Request("R1", "01RUN", START, "ana", "note", {"text": "it goes well"})


class Slow:
    """A store that answers when it is told to."""

    def __init__(self, trouble: Exception | None = None) -> None:
        self.trouble = trouble
        self.told = asyncio.Event()
        self.reads = 0

    async def requests(self, _run_id: str) -> Sequence[Request]:
        self.reads += 1
        await self.told.wait()
        if self.trouble is not None:
            raise self.trouble
        return (NOTE,)


def inbox_of(store: Slow, woken: asyncio.Event) -> Inbox:
    return Inbox(cast("RunStore", store), "01RUN", woken.set)


async def test_what_the_store_has_is_there_at_once() -> None:
    store, woken = Slow(), asyncio.Event()
    store.told.set()
    read = inbox_of(store, woken)
    assert await read.requests() == (NOTE,)
    assert not read.is_reading


async def test_a_slow_read_holds_nobody_up_and_tells_when_it_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inbox, "READ_SECONDS", 0.0)
    store, woken = Slow(), asyncio.Event()
    read = inbox_of(store, woken)
    assert await read.requests() == ()
    assert await read.requests() == ()
    assert (read.is_reading, store.reads, woken.is_set()) == (True, 1, False)
    store.told.set()
    await woken.wait()
    assert await read.requests() == (NOTE,)


@pytest.mark.parametrize("trouble", [StoreUnavailable("away"), UnsupportedStore("too new")])
async def test_a_store_out_of_reach_has_nothing_to_answer(trouble: Exception) -> None:
    store, woken = Slow(trouble), asyncio.Event()
    store.told.set()
    assert await inbox_of(store, woken).requests() == ()


async def test_whoever_ends_ends_its_read_and_wakes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "READ_SECONDS", 0.0)
    store, woken = Slow(), asyncio.Event()
    read = inbox_of(store, woken)
    await read.aclose()
    await read.requests()
    await read.aclose()
    assert not read.is_reading
    assert not woken.is_set()
