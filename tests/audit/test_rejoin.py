"""Bringing store and journal together: what does not hang together is said, nothing is lost."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio

from drs_tui.audit.chain import seal
from drs_tui.audit.rejoin import LATE_BYTES, late_bytes, rejoin, stored_run
from drs_tui.audit.sqlite import SqliteStore
from drs_tui.audit.store import BadRecord
from drs_tui.model.events import Draft, Event, EventType
from drs_tui.model.run import fold, header_of
from tests.audit.house import opened
from tests.audit.runs import START, draft, more
from tests.audit.tampering import Tampering, tampering

RUN = "01RUN"
EVENTS = more(RUN, (), 4)


async def created(store: SqliteStore, events: Sequence[Event]) -> SqliteStore:
    run = fold(events)
    assert run is not None
    await store.create(header_of(run), events)
    return store


@pytest_asyncio.fixture
async def store(stack: AsyncExitStack, tmp_path: Path) -> SqliteStore:
    return await created(await opened(stack, tmp_path / "store.db"), EVENTS)


@pytest.fixture
def stored(store: SqliteStore) -> Tampering:
    return tampering(store.address, RUN)


# What is stored ---------------------------------------------------------------------------------


async def test_a_run_with_an_event_missing_is_not_gone_on_with(
    store: SqliteStore, stored: Tampering
) -> None:
    stored.put_texts(stored.texts()[:1] + stored.texts()[2:])

    with pytest.raises(BadRecord, match=r"event 2 of run 01RUN in sqlite:.* does not follow"):
        await stored_run(store, RUN)


async def test_a_run_with_an_event_of_another_chain_is_not_gone_on_with(
    store: SqliteStore, stored: Tampering
) -> None:
    other = seal(RUN, 3, EVENTS[0].hash, draft(9))
    stored.put_texts([*stored.texts()[:2], other.text, *stored.texts()[3:]])

    with pytest.raises(BadRecord, match="event 3 of run"):
        await stored_run(store, RUN)


async def test_a_run_whose_end_is_missing_is_not_gone_on_with(
    store: SqliteStore, stored: Tampering
) -> None:
    stored.put_texts(stored.texts()[:-1])

    with pytest.raises(BadRecord, match=r"the last events of run .* are missing in sqlite:"):
        await stored_run(store, RUN)


# What comes late --------------------------------------------------------------------------------


async def test_late_events_that_fill_one_are_kept_one_by_one_when_they_come_late_again(
    store: SqliteStore, stack: AsyncExitStack, tmp_path: Path
) -> None:
    texts = [letter * int(LATE_BYTES * 0.505) for letter in "xy"]
    small = seal(RUN, 5, EVENTS[-1].hash, late(EVENTS[-1], ["a", "b"]))
    full = seal(RUN, 6, small.hash, late(EVENTS[-1], [*texts, 7]))
    assert late_bytes(full.text) > LATE_BYTES
    journal = await opened(stack, tmp_path / "journal.db")
    await created(journal, [*EVENTS, small, full])
    noted = more(RUN, EVENTS, 1)
    run = fold([*EVENTS, *noted])
    assert run is not None
    await store.append(RUN, 4, 0, noted, header_of(run))
    lease = await store.acquire(RUN, "me", 30)

    events, _ = await rejoin(store, journal, lease, START)

    kept = [text for event in events[5:] for text in sequence(event.data["texts"])]
    assert kept == [small.text, *texts]
    assert events == await stored_run(store, RUN) == await stored_run(journal, RUN)


def late(last: Event, texts: Sequence[object]) -> Draft:
    data = {"after": last.seq, "texts": [*texts]}
    return Draft(EventType.RUN_LATE_EVENTS, last.at, "driver", data)  # type: ignore[arg-type]


def sequence(value: object) -> Sequence[object]:
    assert isinstance(value, list)
    return value
