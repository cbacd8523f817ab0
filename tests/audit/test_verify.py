"""What was done to a stored run past this program is found, and named."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
import pytest_asyncio

from drs_tui.audit.chain import ZERO_HASH, read_event, seal
from drs_tui.audit.store import RunStore
from drs_tui.audit.verify import Proof, prove_run
from drs_tui.model.events import Draft, Event
from drs_tui.model.run import header_of
from drs_tui.model.seals import Seal, Statement
from tests.audit.runs import header_at, more
from tests.audit.tampering import Tampering, tampering
from tests.model.story import START, Story, succeeded

RUN = "01RUN"


def sealed(story: Story, seq: int, event_hash: str) -> Story:
    """A run whose record says that an event of it was sealed."""
    statement = Statement(RUN, seq, event_hash, "2026-11-23T09:00:00.000000Z", simulated=True)
    made = Seal("command", "notary", statement, ok=True)
    story.record(Draft("run.sealed", story.now, "driver", made.to_data()))
    return story


STORY = succeeded()


@pytest_asyncio.fixture
async def stored(store: RunStore, address: str) -> Tampering:
    await store.create(header_of(STORY.run), STORY.events)
    return tampering(address, RUN)


def rewritten(events: Sequence[Event], change: Callable[[Event], Draft]) -> list[Event]:
    """A run written anew with a chain of its own, by somebody who knows how it is done."""
    chain: list[Event] = []
    for event in events:
        last = chain[-1].hash if chain else ZERO_HASH
        chain.append(seal(RUN, len(chain) + 1, last, change(event)))
    return chain


async def test_a_run_that_nobody_touched_is_proven(store: RunStore, stored: Tampering) -> None:
    proof = await prove_run(store, RUN)

    assert proof.verdict.ok
    assert proof.run == STORY.run
    assert (proof.verdict.events, proof.verdict.head_hash) == (
        len(STORY.events),
        STORY.run.head_hash,
    )


@pytest.mark.parametrize("seq", [1, 5, len(STORY.events)])
async def test_a_changed_event_is_named(store: RunStore, stored: Tampering, seq: int) -> None:
    texts = stored.texts()
    texts[seq - 1] = texts[seq - 1].replace('"actor":"', '"actor":"x')
    stored.put_texts(texts)

    verdict = (await prove_run(store, RUN)).verdict

    assert (verdict.ok, verdict.first_bad_seq, verdict.events) == (False, seq, seq - 1)
    assert verdict.problem == f"event {seq} was changed: its hash does not match its content"


async def test_a_removed_event_is_named(store: RunStore, stored: Tampering) -> None:
    texts = stored.texts()
    stored.put_texts(texts[:3] + texts[4:])

    verdict = (await prove_run(store, RUN)).verdict

    assert (verdict.ok, verdict.first_bad_seq) == (False, 4)
    assert "event 4 is missing: event 5 stands in its place" in verdict.problem


async def test_events_that_were_cut_off_at_the_end_are_missed(
    store: RunStore, stored: Tampering
) -> None:
    stored.put_texts(stored.texts()[:-1])

    verdict = (await prove_run(store, RUN)).verdict

    count = len(STORY.events)
    assert not verdict.ok
    assert f"{count} events were written; {count - 1} are there" in verdict.problem


async def test_a_run_whose_events_are_all_gone_is_not_fine_whatever_its_header_says(
    store: RunStore, stored: Tampering
) -> None:
    stored.put_texts([])
    stored.change_header(seq=0, head_hash=ZERO_HASH)

    proof = await prove_run(store, RUN)

    assert (proof.verdict.ok, proof.verdict.events, proof.run) == (False, 0, None)
    assert proof.verdict.problem == "it has no events, with which every run begins"


async def test_reordered_events_are_named(store: RunStore, stored: Tampering) -> None:
    texts = stored.texts()
    stored.put_texts([*texts[:2], texts[3], texts[2], *texts[4:]])

    assert (await prove_run(store, RUN)).verdict.first_bad_seq == 3


async def test_an_event_put_in_between_is_named(store: RunStore, stored: Tampering) -> None:
    texts = stored.texts()
    before = read_event(texts[3])
    added = seal(RUN, 5, before.hash, Draft("run.noted", START, "eve", {"text": "all was well"}))
    stored.put_texts([*texts[:4], added.text, *texts[4:]])

    assert (await prove_run(store, RUN)).verdict.first_bad_seq == 6


async def test_an_event_put_behind_the_last_is_found(store: RunStore, stored: Tampering) -> None:
    texts = stored.texts()
    last = read_event(texts[-1])
    added = seal(RUN, last.seq + 1, last.hash, Draft("run.noted", START, "eve", {"text": "fine"}))
    stored.put_texts([*texts, added.text])

    verdict = (await prove_run(store, RUN)).verdict

    assert not verdict.ok
    assert f"the header says that {last.seq} events were written" in verdict.problem


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("status", "failed", "the header says status failed, and the events say succeeded"),
        ("started_by", "eve", "the header says started_by eve, and the events say ana"),
        ("servers_launched", 1, "servers_launched 1, and the events say 2"),
        ("seq", 3, "the header says that 3 events were written"),
        ("head_hash", "a" * 64, "the header's hash is not the one of event"),
    ],
)
async def test_a_changed_header_is_found(
    store: RunStore, stored: Tampering, member: str, value: object, words: str
) -> None:
    stored.change_header(**{member: value})

    verdict = (await prove_run(store, RUN)).verdict

    assert (verdict.ok, verdict.first_bad_seq) == (False, None)
    assert words in verdict.problem


@pytest.mark.parametrize(
    ("name", "value"), [("activity", "active"), ("plan_id", "x"), ("started_at", "1999")]
)
async def test_a_run_that_was_hidden_from_lists_is_found(
    store: RunStore, stored: Tampering, name: str, value: str
) -> None:
    stored.refile(name, value)

    verdict = (await prove_run(store, RUN)).verdict

    assert (verdict.ok, verdict.first_bad_seq) == (False, None)
    assert f"lists find it under {name} '{value}'" in verdict.problem


async def test_events_that_are_no_text_are_named(store: RunStore, stored: Tampering) -> None:
    stored.damage_events()

    verdict = (await prove_run(store, RUN)).verdict

    assert (verdict.ok, verdict.first_bad_seq, verdict.events) == (False, 1, 0)
    assert verdict.problem.startswith("event 1: a stored event is not ")


async def test_a_damaged_header_is_found_and_hides_no_other_run(
    store: RunStore, stored: Tampering
) -> None:
    other = more("02RUN", (), 1)
    await store.create(header_at(other[-1]), other)
    stored.damage_header()

    verdict = (await prove_run(store, RUN)).verdict

    assert (verdict.ok, verdict.first_bad_seq) == (False, None)
    assert f"the header of run {RUN} cannot be read" in verdict.problem
    assert await listed(store) == (["02RUN"], [RUN])
    assert await listed(store, status="running") == (["02RUN"], [RUN])


async def listed(store: RunStore, status: str | None = None) -> tuple[list[str], list[str]]:
    """The runs on pages of one, and those with damaged headers."""
    pages = [await store.list(status=status, limit=1)]
    while pages[-1].next_page:
        pages.append(await store.list(status=status, limit=1, page=pages[-1].next_page))
    shown = [header.run_id for page in pages for header in page.headers]
    return shown, [run_id for page in pages for run_id in page.unreadable]


async def test_a_run_written_anew_as_a_whole_is_found_by_a_hash_kept_elsewhere_alone(
    store: RunStore, stored: Tampering
) -> None:
    forged = rewritten(
        STORY.events, lambda e: Draft(e.type, e.at, "eve" if e.actor == "ana" else e.actor, e.data)
    )
    stored.put_texts([event.text for event in forged])
    stored.change_header(started_by="eve", head_hash=forged[-1].hash)

    assert (await prove_run(store, RUN)).verdict.ok
    verdict = (await prove_run(store, RUN, expect=STORY.run.head_hash)).verdict
    assert not verdict.ok
    assert "no event has the expected hash" in verdict.problem


async def test_a_hash_that_was_kept_before_the_end_vouches_for_what_was_there(
    store: RunStore, stored: Tampering
) -> None:
    proof: Proof = await prove_run(store, RUN, expect=STORY.events[4].hash)

    assert proof.verdict.ok
    assert proof.expected_seq == 5


@pytest.mark.parametrize("seq", [1, len(STORY.events)])
async def test_a_seal_counts_for_the_events_before_it(store: RunStore, seq: int) -> None:
    story = succeeded()
    last = story.events[seq - 1]
    sealed(story, last.seq, last.hash)
    await store.create(header_of(story.run), story.events)

    proof = await prove_run(store, RUN)

    assert proof.verdict.ok
    assert proof.sealed_seq == last.seq


@pytest.mark.parametrize(
    ("seq", "event_hash", "words"),
    [
        (3, "a" * 64, "says that event 3 was sealed with another hash than it has"),
        (0, "a" * 64, "seals event 0, which is not one before it"),
        (99, "a" * 64, "seals event 99, which is not one before it"),
    ],
)
async def test_a_seal_of_another_chain_is_found(
    store: RunStore, seq: int, event_hash: str, words: str
) -> None:
    story = sealed(succeeded(), seq, event_hash)
    await store.create(header_of(story.run), story.events)

    verdict = (await prove_run(store, RUN)).verdict

    assert (verdict.ok, verdict.first_bad_seq) == (False, story.run.seq)
    assert words in verdict.problem
