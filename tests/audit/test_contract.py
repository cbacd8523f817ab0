"""What every store promises of a run's events and requests, held against each of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from drs_tui.audit.records import LONGEST_EVENT_BYTES, UNREADABLE
from drs_tui.audit.store import (
    EventTooLarge,
    NotTheWriter,
    Request,
    RunExists,
    RunNotFound,
    RunStore,
)
from drs_tui.audit.verify import verify_run
from drs_tui.model.events import Event
from tests.audit.conftest import OpenStore
from tests.audit.runs import RUN, START, header_at, more, start


async def stored(store: RunStore, run_id: str = RUN, after: int = 0) -> list[Event]:
    return [event async for event in store.events(run_id, after)]


# Creating and appending -------------------------------------------------------------------------


async def test_a_created_run_reads_back_as_it_was_written(store: RunStore) -> None:
    first = await start(store)

    found = await stored(store)

    assert found == list(first)
    assert [event.text for event in found] == [event.text for event in first]
    assert await store.header(RUN) == header_at(first[-1])


async def test_a_run_that_is_there_is_not_created_again_with_more_events(
    store: RunStore,
) -> None:
    first = await start(store)
    longer = (*first, *more(RUN, first, 1))

    with pytest.raises(RunExists, match=RUN):
        await store.create(header_at(longer[-1]), longer)
    await store.acquire(RUN, "ana", 30)
    with pytest.raises(RunExists, match=RUN):
        await store.create(header_at(longer[-1]), longer)

    assert await stored(store) == list(first)


async def test_a_run_id_is_used_once(store: RunStore) -> None:
    await start(store)
    other = more(RUN, (), 3, size=5)

    with pytest.raises(RunExists, match=RUN):
        await store.create(header_at(other[-1]), other)


async def test_a_creation_may_be_repeated(store: RunStore) -> None:
    first = await start(store)

    await store.create(header_at(first[-1]), first)

    assert await stored(store) == list(first)


async def test_a_run_that_is_not_there_is_not_found(store: RunStore) -> None:
    events = more("nobody", (), 2)

    with pytest.raises(RunNotFound, match="nobody"):
        await store.header("nobody")
    with pytest.raises(RunNotFound, match="nobody"):
        await store.append("nobody", 1, 0, events[1:], header_at(events[-1]))
    with pytest.raises(RunNotFound, match="nobody"):
        await store.acquire("nobody", "me", 30)
    assert await stored(store, "nobody") == []
    assert await store.lease("nobody") is None


async def test_appends_follow_one_another(store: RunStore) -> None:
    first = await start(store)
    second = more(RUN, first, 3)
    third = more(RUN, second, 1)

    await store.append(RUN, 2, 0, second, header_at(second[-1], servers_launched=2))
    await store.append(RUN, 5, 0, third, header_at(third[-1], servers_launched=2))

    assert await stored(store) == [*first, *second, *third]
    header = await store.header(RUN)
    assert (header.seq, header.head_hash, header.servers_launched) == (6, third[-1].hash, 2)


async def test_events_are_read_from_any_point_on(store: RunStore, another: OpenStore) -> None:
    first = await start(store)
    second = more(RUN, first, 3)
    await store.append(RUN, 2, 0, second, header_at(second[-1]))
    events = [*first, *second]
    reader = await another()

    for after in range(7):
        assert await stored(reader, after=after) == events[after:]
        assert await stored(store, after=after) == events[after:]


async def test_an_append_after_somebody_elses_is_refused(store: RunStore) -> None:
    first = await start(store)
    ours, theirs = more(RUN, first, 1), more(RUN, first, 1, size=5)
    await store.append(RUN, 2, 0, theirs, header_at(theirs[-1]))

    with pytest.raises(NotTheWriter, match=RUN):
        await store.append(RUN, 2, 0, ours, header_at(ours[-1]))

    assert await stored(store, after=2) == list(theirs)


async def test_an_append_that_skips_an_event_is_refused(store: RunStore) -> None:
    first = await start(store)
    later = more(RUN, more(RUN, first, 1), 1)

    with pytest.raises(NotTheWriter):
        await store.append(RUN, 3, 0, later, header_at(later[-1]))


async def test_an_append_of_an_earlier_epoch_is_refused(store: RunStore) -> None:
    first = await start(store)
    await store.acquire(RUN, "me", 30)
    ours = more(RUN, first, 1)

    with pytest.raises(NotTheWriter, match="taken over"):
        await store.append(RUN, 2, 0, ours, header_at(ours[-1]))

    await store.append(RUN, 2, 1, ours, header_at(ours[-1]))
    assert (await store.header(RUN)).epoch == 1


async def test_an_append_may_be_repeated(store: RunStore) -> None:
    first = await start(store)
    second = more(RUN, first, 2)

    for _ in range(3):
        await store.append(RUN, 2, 0, second, header_at(second[-1]))

    assert await stored(store) == [*first, *second]


async def test_a_repeated_append_may_have_more_behind_it(store: RunStore) -> None:
    first = await start(store)
    second = more(RUN, first, 2)
    third = more(RUN, second, 2)
    await store.append(RUN, 2, 0, second, header_at(second[-1]))

    await store.append(RUN, 2, 0, (*second, *third), header_at(third[-1]))
    await store.append(RUN, 2, 0, second, header_at(second[-1]))

    assert await stored(store) == [*first, *second, *third]
    assert (await store.header(RUN)).seq == 6


async def test_a_batch_that_does_not_fit_itself_is_refused(store: RunStore) -> None:
    first = await start(store)
    second = more(RUN, first, 3)

    with pytest.raises(ValueError, match="event"):
        await store.append(RUN, 2, 0, (second[0], second[2]), header_at(second[-1]))
    with pytest.raises(ValueError, match="header"):
        await store.append(RUN, 2, 0, second, header_at(second[0]))
    with pytest.raises(ValueError, match="at least one"):
        await store.append(RUN, 2, 0, (), header_at(first[-1]))


async def test_two_thousand_events_come_back_in_order(store: RunStore) -> None:
    first = await start(store)
    events = list(first)
    for _ in range(20):
        batch = more(RUN, events, 100)
        await store.append(RUN, events[-1].seq, 0, batch, header_at(batch[-1]))
        events += batch

    assert await stored(store) == events
    assert await stored(store, after=1_234) == events[1_234:]
    assert (await verify_run(store, RUN)).ok


async def test_an_append_larger_than_an_item_is_stored_whole(store: RunStore) -> None:
    first = await start(store)
    second = more(RUN, first, 12, size=100_000)

    await store.append(RUN, 2, 0, second, header_at(second[-1], servers_launched=4))
    await store.append(RUN, 2, 0, second, header_at(second[-1], servers_launched=4))

    assert await stored(store) == [*first, *second]
    assert await stored(store, after=7) == list(second[5:])
    header = await store.header(RUN)
    assert (header.seq, header.servers_launched) == (14, 4)
    assert (await verify_run(store, RUN)).ok


async def test_a_run_may_begin_with_more_than_an_item_holds(store: RunStore) -> None:
    first = more(RUN, (), 8, size=100_000)

    for _ in range(2):
        await store.create(header_at(first[-1]), first)

    assert await stored(store) == list(first)
    assert await store.header(RUN) == header_at(first[-1])


async def test_an_event_over_the_limit_is_refused_whole(store: RunStore) -> None:
    first = await start(store)
    good = more(RUN, first, 1)
    bad = more(RUN, good, 1, size=LONGEST_EVENT_BYTES)

    with pytest.raises(EventTooLarge, match="event 4"):
        await store.append(RUN, 2, 0, (*good, *bad), header_at(bad[-1]))

    assert await stored(store) == list(first)


async def test_the_longest_event_is_stored(store: RunStore) -> None:
    first = await start(store)
    bare = len(more(RUN, first, 1, size=1)[0].text) - 1
    longest = more(RUN, first, 1, size=LONGEST_EVENT_BYTES - bare)

    await store.append(RUN, 2, 0, longest, header_at(longest[-1]))

    assert await stored(store, after=2) == list(longest)


async def test_of_two_rivals_one_writes(store: RunStore, another: OpenStore) -> None:
    events = list(await start(store))
    rivals = (store, await another())

    for _ in range(50):
        seq = events[-1].seq
        batches = [more(RUN, events, 1, size=1), more(RUN, events, 1, size=2)]
        ends = await asyncio.gather(
            *(
                rival.append(RUN, seq, 0, batch, header_at(batch[-1]))
                for rival, batch in zip(rivals, batches, strict=True)
            ),
            return_exceptions=True,
        )
        won = [batch for batch, end in zip(batches, ends, strict=True) if end is None]
        assert len(won) == 1
        assert [type(end) for end in ends if end is not None] == [NotTheWriter]
        events += won[0]

    assert await stored(store) == events
    assert (await verify_run(store, RUN)).ok


# Reading on -------------------------------------------------------------------------------------


async def test_the_mark_changes_with_an_append(store: RunStore, another: OpenStore) -> None:
    first = await start(store)
    second = more(RUN, first, 1)
    third = more(RUN, second, 1)
    watcher = await another()

    marks = [await watcher.mark(RUN)]
    await store.append(RUN, 2, 0, second, header_at(second[-1]))
    marks.append(await watcher.mark(RUN))
    await watcher.append(RUN, 3, 0, third, header_at(third[-1]))
    marks.append(await watcher.mark(RUN))

    assert len(set(marks)) == 3


# Requests ---------------------------------------------------------------------------------------


def request(number: int) -> Request:
    return Request(
        request_id=f"01JDB3K6Q0REQ00000000000{number:02d}",
        run_id=RUN,
        at=START,
        actor="ben",
        kind="approve",
        data={"wave": "application", "seq": 12, "text": "ja \ud800 Ω"},
    )


async def test_requests_are_kept_in_order_beside_the_events(
    store: RunStore, another: OpenStore
) -> None:
    await start(store)
    watcher = await another()

    await asyncio.gather(*(watcher.request(request(number)) for number in (2, 0, 1)))
    await watcher.request(request(1))

    found = await store.requests(RUN)
    assert [one.request_id for one in found] == [request(n).request_id for n in range(3)]
    assert found[0] == replace(request(0), data={**request(0).data, "text": "ja \ufffd Ω"})
    assert len(await stored(store)) == 2


@pytest.mark.parametrize("text", ["", "{", "[]", '{"request_id":"x"}', "null", "[" * 100_000])
async def test_a_request_that_cannot_be_read_hides_no_other(store: RunStore, text: str) -> None:
    await start(store)
    await store.request(request(0))
    with pytest.MonkeyPatch.context() as patch:
        for module in ("sqlite", "dynamodb"):
            patch.setattr(f"drs_tui.audit.{module}.write_request", lambda _: text)
        patch.setattr("tests.simulation.store.write_request", lambda _: text)
        await store.request(request(1))
    await store.request(request(2))

    first, odd, last = await store.requests(RUN)
    assert (first.request_id, last.request_id) == (request(0).request_id, request(2).request_id)
    assert (odd.request_id, odd.kind) == (request(1).request_id, UNREADABLE)
    assert "cannot be read" in str(odd.data["text"])


async def test_a_request_of_no_run_is_refused(store: RunStore) -> None:
    with pytest.raises(RunNotFound):
        await store.request(request(1))
