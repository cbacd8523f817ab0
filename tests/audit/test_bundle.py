"""Runs in files: a bundle stands for itself, and lies about nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from drs_tui.audit.bundle import FORMAT, read_run_file, write_bundle
from drs_tui.audit.store import BadRecord
from drs_tui.audit.verify import prove_file
from tests.model.story import succeeded

STORY = succeeded()
EVENTS = STORY.events
STORE = "dynamodb:drills?region=eu-central-1"
BUNDLE = write_bundle(EVENTS, STORE)


def changed(**members: Any) -> bytes:
    return json.dumps({**json.loads(BUNDLE), **members}).encode()


def test_a_bundle_reads_back_byte_for_byte() -> None:
    file = read_run_file(BUNDLE)

    assert file.texts == tuple(event.text for event in EVENTS)
    assert (file.run_id, file.store) == ("01RUN", STORE)
    assert prove_file(file).verdict.ok


def test_a_bundle_names_what_it_is_and_holds_no_time() -> None:
    members = json.loads(BUNDLE)

    assert members["format"] == FORMAT
    assert members["tool"]["name"] == "drs-tui"
    assert members["plan"] == EVENTS[0].data["plan"]
    assert members["evidence"] is STORY.run.is_evidence
    assert members["events"] == [event.text for event in EVENTS]
    assert (members["seq"], members["head_hash"]) == (len(EVENTS), EVENTS[-1].hash)
    assert write_bundle(EVENTS, STORE) == BUNDLE


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("seq", 3),
        ("head_hash", "a" * 64),
        ("plan", {"name": "another"}),
        ("plan", None),
        ("evidence", not STORY.run.is_evidence),
        ("evidence", None),
    ],
)
def test_a_member_that_says_something_else_than_the_events_is_found(
    member: str, value: object
) -> None:
    verdict = prove_file(read_run_file(changed(**{member: value}))).verdict

    assert not verdict.ok
    assert f"member `{member}` is not what its events say" in verdict.problem


def test_a_changed_event_is_named_whatever_the_members_say() -> None:
    texts = [event.text for event in EVENTS]
    texts[1] = texts[1].replace("s-1", "s-9")

    assert prove_file(read_run_file(changed(events=texts))).verdict.first_bad_seq == 2


@pytest.mark.parametrize("which", [0, -1])
def test_an_event_that_is_none_is_named(which: int) -> None:
    texts = [event.text for event in EVENTS]
    texts[which] = "{}"

    verdict = prove_file(read_run_file(changed(events=texts))).verdict

    assert verdict.first_bad_seq == (1 if which == 0 else len(EVENTS))


def test_a_run_under_another_name_is_found() -> None:
    verdict = prove_file(read_run_file(changed(run_id="02RUN"))).verdict

    assert "event 1 belongs to run 01RUN, not to 02RUN" in verdict.problem


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"format": "drs-tui run 2"}, "it is of the format 'drs-tui run 2'"),
        ({"events": []}, "is not a list of texts with at least one"),
        ({"events": [1]}, "is not a list of texts with at least one"),
        ({"events": None}, "is not a list of texts with at least one"),
        ({"run_id": 7}, "`run_id` is not a text"),
    ],
)
def test_a_bundle_of_another_make_is_refused_in_words(members: Any, words: str) -> None:
    with pytest.raises(BadRecord, match=words.replace("(", r"\(")):
        read_run_file(changed(**members))


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"{}", b"[]", b"\xff\xfe", b"name: plan\n", b"[" * 9999]
)
def test_what_is_no_run_is_refused(data: bytes) -> None:
    with pytest.raises(BadRecord):
        read_run_file(data)


def test_stored_lines_are_a_run_too_even_a_single_one() -> None:
    whole = read_run_file("".join(f"{event.text}\n" for event in EVENTS).encode())
    single = read_run_file(EVENTS[0].text.encode())

    assert whole.texts == tuple(event.text for event in EVENTS)
    assert prove_file(whole).verdict.ok
    assert single.texts == (EVENTS[0].text,)
    assert not whole.store
