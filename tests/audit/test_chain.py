"""The format of the chain is public: these vectors are part of it."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from functools import partial
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.audit.chain import (
    ZERO_HASH,
    Verdict,
    canonical,
    clean,
    read_event,
    seal,
    verify,
)
from drs_tui.audit.store import BadRecord
from drs_tui.model.events import Draft, Event, EventType, Json
from tests.audit.runs import RUN, draft, header_at, more

# Test vectors -----------------------------------------------------------------------------------

FIRST_DRAFT = Draft(
    "run.created",
    datetime(2026, 11, 23, 1, 47, 33, tzinfo=UTC),
    "arn:aws:sts::123456789012:assumed-role/Operator/ana",
    {
        "mode": "drill",
        "speed_percent": 6000,
        "simulated": True,
        "plan": {"name": "three-tier", "waves": []},
        "reason": "",
    },
)
FIRST_HASH = "a62924aaee1ae873ba91b8a1a55658ae2960580f23a51ec67da2df6e38ad574e"
FIRST_HASHED = (
    '{"actor":"arn:aws:sts::123456789012:assumed-role/Operator/ana",'
    '"at":"2026-11-23T01:47:33.000000Z",'
    '"data":{"mode":"drill","plan":{"name":"three-tier","waves":[]},"reason":"",'
    '"simulated":true,"speed_percent":6000},'
    '"prev_hash":"0000000000000000000000000000000000000000000000000000000000000000",'
    '"run_id":"01JDB3K6Q0RUN0000000000001","seq":1,"type":"run.created"}'
)
FIRST_TEXT = (
    '{"actor":"arn:aws:sts::123456789012:assumed-role/Operator/ana",'
    '"at":"2026-11-23T01:47:33.000000Z",'
    '"data":{"mode":"drill","plan":{"name":"three-tier","waves":[]},"reason":"",'
    '"simulated":true,"speed_percent":6000},'
    '"hash":"a62924aaee1ae873ba91b8a1a55658ae2960580f23a51ec67da2df6e38ad574e",'
    '"prev_hash":"0000000000000000000000000000000000000000000000000000000000000000",'
    '"run_id":"01JDB3K6Q0RUN0000000000001","seq":1,"type":"run.created"}'
)

# Another zone, quotes, control characters, letters beyond ASCII and beyond the first plane, a lone
# surrogate, and keys whose order by code point is not their order in UTF-16.
SECOND_DRAFT = Draft(
    "run.noted",
    datetime(2026, 11, 23, 3, 47, 33, 42, tzinfo=timezone(timedelta(hours=2))),
    "ana",
    {
        "text": 'Grüße "zwei"\n\t\x1b\x7f \\ / \U0001f680 \ud800',
        "é": None,
        "z": -7,
        "Z": False,
        "\U00010000": 2,
        "\uffff": 1,
        "a": [1, [], {}],
    },
)
SECOND_HASH = "1765e67d508565272019022ce5b67dfdbd578a809b781c4ee6a61cd4329f5cd5"
SECOND_TEXT = (
    '{"actor":"ana","at":"2026-11-23T01:47:33.000042Z",'
    '"data":{"Z":false,"a":[1,[],{}],'
    '"text":"Gr\u00fc\u00dfe \\"zwei\\"\\n\\t\\u001b\x7f \\\\ / \U0001f680 \ufffd","z":-7,'
    '"\u00e9":null,"\uffff":1,"\U00010000":2},'
    '"hash":"1765e67d508565272019022ce5b67dfdbd578a809b781c4ee6a61cd4329f5cd5",'
    '"prev_hash":"a62924aaee1ae873ba91b8a1a55658ae2960580f23a51ec67da2df6e38ad574e",'
    '"run_id":"01JDB3K6Q0RUN0000000000001","seq":2,"type":"run.noted"}'
)


def test_the_first_vector() -> None:
    event = seal(RUN, 1, ZERO_HASH, FIRST_DRAFT)

    assert hashlib.sha256(FIRST_HASHED.encode()).hexdigest() == FIRST_HASH
    assert (event.text, event.hash) == (FIRST_TEXT, FIRST_HASH)


def test_the_second_vector() -> None:
    event = seal(RUN, 2, FIRST_HASH, SECOND_DRAFT)
    hashed = SECOND_TEXT.replace(f'"hash":"{SECOND_HASH}",', "")

    assert hashlib.sha256(hashed.encode()).hexdigest() == SECOND_HASH
    assert (event.text, event.hash) == (SECOND_TEXT, SECOND_HASH)


def test_the_vectors_verify() -> None:
    assert verify(RUN, [FIRST_TEXT, SECOND_TEXT]) == Verdict(True, 2, "", None, SECOND_HASH)


# Writing ----------------------------------------------------------------------------------------

TEXT = st.text(max_size=6)
JSON: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(TEXT, JSON, max_size=3))
def test_a_sealed_event_reads_back_and_verifies(data: Mapping[str, Json]) -> None:
    event = seal(RUN, 1, ZERO_HASH, Draft("run.noted", FIRST_DRAFT.at, "ana", data))

    assert read_event(event.text) == event
    assert verify(RUN, [event.text]).ok


def test_frozen_data_is_written_like_any_other() -> None:
    frozen = MappingProxyType({"servers": ("s-1", "s-2"), "type": EventType.RUN_NOTED})

    assert canonical(frozen) == '{"servers":["s-1","s-2"],"type":"run.noted"}'


@pytest.mark.parametrize("value", [1.5, 1.0, float("nan"), {"a": [0.1]}, {1: "a"}, b"x", {"s"}])
def test_what_has_no_canonical_form_is_refused(value: Json) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_an_event_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        seal(RUN, 1, ZERO_HASH, Draft("run.noted", datetime(2026, 1, 1), "ana"))  # noqa: DTZ001


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | TEXT | st.binary(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(TEXT | st.integers(), inner, max_size=3)
        ),
        max_leaves=12,
    )
)
def test_whatever_comes_from_outside_can_be_written_once_clean(value: object) -> None:
    assert canonical(clean(value)).encode()


def test_cleaning_keeps_what_is_clean() -> None:
    value = {"a": [1, None, True, "ü"], "b": {"c": -3}}

    assert clean(value) == value
    assert clean({"lag\udcff": 0.25, "x": "\ud800"}) == {"lag\ufffd": "0.25", "x": "\ufffd"}


# Reading ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"seq":1', '"seq":true', "seq"),
        ('"seq":1', '"seq":0', "seq"),
        ('"seq":1', '"seq":1.0', "not whole"),
        ('"type":"run.created"', '"type":null', "type"),
        ('"type":"run.created"', '"typ":"run.created"', "'type'"),
        ("33.000000Z", "33Z", "six decimals"),
        ("33.000000Z", "33.000000", "six decimals"),
        ("2026-11-23T", "yesterday ", "not a time"),
        ('"hash":"a6', '"hash":"A6', "hash"),
        ('"hash":"a6', '"hash":"g6', "hash"),
        ('"prev_hash":"0', '"prev_hash":"', "prev_hash"),
        ('"data":{"mode":"drill",', '"data":[],"x":{', "'x'"),
        ("}", "", "not JSON"),
    ],
)
def test_a_record_that_is_no_event_says_what_is_wrong(old: str, new: str, words: str) -> None:
    assert old in FIRST_TEXT

    with pytest.raises(BadRecord, match=words):
        read_event(FIRST_TEXT.replace(old, new))


@pytest.mark.parametrize("text", ["", "[]", "7", "[" * 100_000, '{"seq":' + "9" * 5_000 + "}"])
def test_hostile_text_is_a_bad_record(text: str) -> None:
    with pytest.raises(BadRecord):
        read_event(text)


# Verifying --------------------------------------------------------------------------------------

EVENTS = more(RUN, (), 5)
TEXTS = [event.text for event in EVENTS]


def test_a_whole_chain_and_its_header_verify() -> None:
    verdict = verify(RUN, TEXTS, header_at(EVENTS[-1]))

    assert verdict == Verdict(True, 5, "", None, EVENTS[-1].hash)


@given(st.data())
def test_any_changed_byte_is_found(data: st.DataObject) -> None:
    which = data.draw(st.integers(0, len(TEXTS) - 1))
    stored = bytearray(TEXTS[which].encode())
    position = data.draw(st.integers(0, len(stored) - 1))
    stored[position] ^= data.draw(st.integers(1, 255))
    changed = stored.decode(errors="surrogateescape")

    verdict = verify(RUN, [*TEXTS[:which], changed, *TEXTS[which + 1 :]])

    assert not verdict.ok
    assert verdict.first_bad_seq == which + 1
    assert verdict.events == which
    assert str(which + 1) in verdict.problem


def test_a_removed_event_is_found() -> None:
    verdict = verify(RUN, TEXTS[:2] + TEXTS[3:])

    assert (verdict.first_bad_seq, verdict.problem) == (
        3,
        "event 3 is missing: event 4 stands in its place",
    )


def test_swapped_events_are_found() -> None:
    assert verify(RUN, [TEXTS[0], TEXTS[2], TEXTS[1]]).first_bad_seq == 2


def test_an_added_event_is_found() -> None:
    added = seal(RUN, 3, EVENTS[1].hash, draft(99))

    assert verify(RUN, [*TEXTS[:2], added.text, *TEXTS[2:]]).first_bad_seq == 4


def test_an_event_written_anew_is_found_at_the_next() -> None:
    forged = seal(RUN, 3, EVENTS[1].hash, draft(99))

    verdict = verify(RUN, [*TEXTS[:2], forged.text, *TEXTS[3:]])

    assert verdict.first_bad_seq == 4
    assert "does not follow" in verdict.problem


def test_an_event_of_another_run_is_found() -> None:
    other = more("01JDB3K6Q0RUN0000000000002", (), 1)

    assert "belongs to run" in verify(RUN, [other[0].text]).problem


def test_another_way_to_write_the_same_is_found() -> None:
    spaced = TEXTS[0].replace('"seq":1', '"seq": 1')
    escaped = TEXTS[0].replace("note", "\\u006eote")
    twice = TEXTS[0].replace('"seq":1', '"seq":2,"seq":1')

    for text in (spaced, escaped, twice):
        assert "canonical" in verify(RUN, [text]).problem


@pytest.mark.parametrize("depth", [500, 700, 900, 100_000])
def test_data_nested_too_deeply_to_be_written_here_is_found(depth: int) -> None:
    deep = TEXTS[1].replace('"note 2"', "[" * depth + "]" * depth)

    verdict = verify(RUN, [TEXTS[0], deep])

    assert (verdict.ok, verdict.first_bad_seq, verdict.events) == (False, 2, 1)


def test_data_that_can_just_be_read_and_not_be_written_is_found() -> None:
    limit = sys.getrecursionlimit()

    for depth in range(limit - 300, limit):
        deep = TEXTS[1].replace('"note 2"', "[" * depth + "]" * depth)
        verdict = verify(RUN, [TEXTS[0], deep])
        assert (verdict.ok, verdict.events) == (False, 1), depth


WRITERS: dict[str, Callable[[Any], str]] = {
    "as it is written": canonical,
    "with spaces": partial(json.dumps, ensure_ascii=False, sort_keys=True),
    "in ASCII": partial(json.dumps, sort_keys=True, separators=(",", ":")),
    "unsorted": lambda envelope: canonical_of(dict(reversed(envelope.items()))),
    "with a lone surrogate": lambda envelope: canonical(envelope).replace("\ufffd", "\udfff"),
}


def canonical_of(envelope: Mapping[str, Json]) -> str:
    """Canonical but for the order of its members."""
    members = (f"{canonical(name)}:{canonical(value)}" for name, value in envelope.items())
    return f"{{{','.join(members)}}}"


@given(st.dictionaries(TEXT | st.just("\ufffd"), JSON), st.sampled_from(sorted(WRITERS)))
def test_what_verifies_is_what_would_be_written_again(data: Mapping[str, Json], way: str) -> None:
    event = seal(RUN, 1, ZERO_HASH, Draft("run.noted", FIRST_DRAFT.at, "ü", data))
    text = WRITERS[way](json.loads(event.text))

    assert verify(RUN, [text]).ok is (text == event.text)


@pytest.mark.parametrize(
    ("last", "words"),
    [(EVENTS[3], "4 events"), (more(RUN, EVENTS, 1)[0], "6 events")],
)
def test_a_header_of_another_event_is_found(last: Event, words: str) -> None:
    verdict = verify(RUN, TEXTS, header_at(last))

    assert (verdict.ok, verdict.first_bad_seq, verdict.events) == (False, None, 5)
    assert words in verdict.problem


def test_a_header_with_another_hash_is_found() -> None:
    verdict = verify(RUN, TEXTS, header_at(EVENTS[-1], head_hash=EVENTS[0].hash))

    assert "the header's hash" in verdict.problem
