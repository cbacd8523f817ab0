"""Every event has a sentence; what comes from outside is shown as it is."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from drs_tui.model.events import Draft, Event, EventType, Json
from drs_tui.tui.sentences import sentence
from tests.tui.sample import START, WHO, failing, seal_all, succeeding


def event(kind: str, **data: Json) -> Event:
    return seal_all([Draft(kind, START, WHO, data)])[0]


ANY = event("any")


def said(one: Event, **names: str) -> str:
    return "".join(span.text for span in sentence(one, names))


def test_the_events_of_a_whole_run_read_as_a_story() -> None:
    names = {"s-1": "orders-db-1"}
    story = [said(e, **names) for e in seal_all(succeeding().drafts)]
    assert story[0] == "● DrillOperator/maria started this drill: quarterly drill"
    assert story[-1].startswith("✓ the run succeeded after 26m")


def test_what_failed_is_said_in_aws_own_words() -> None:
    story = [said(e) for e in seal_all(failing().drafts)]
    assert any("launch failed: InsufficientInstanceCapacity" in line for line in story)


def test_a_seal_and_its_failure_are_told_apart() -> None:
    place: dict[str, Json] = {"kind": "command", "where": "notary"}
    made = Draft("run.sealed", START, "driver", {**place, "ok": True})
    failed = Draft("run.sealed", START, "driver", {**place, "ok": False, "words": "closed"})
    assert [said(one) for one in seal_all([made, failed])] == [
        "✓ the record was sealed by command notary",
        "✗ the record was not sealed by command notary: closed",
    ]


def test_an_import_names_the_store_before() -> None:
    told = said(event("run.imported", store="sqlite:/srv/runs.db"))
    assert told == "● DrillOperator/maria imported this record from sqlite:/srv/runs.db"


def test_an_event_of_another_version_is_shown_as_it_is() -> None:
    assert said(event("wave.teleported", wave="web")) == "· wave.teleported wave web"


def test_a_job_log_event_that_is_not_known_is_shown_by_its_name() -> None:
    item: Json = {"event": "QUANTUM_START", "eventData": {"sourceServerID": "s-1"}}
    assert "web-1: QUANTUM_START" in said(event("job.logged", item=item), **{"s-1": "web-1"})


def test_a_failure_with_attempts_left_is_told_as_a_retry() -> None:
    details: Json = {"sourceServerID": "s-1", "attemptCount": 1, "maxAttemptsCount": 3}
    item: Json = {"event": "LAUNCH_FAILED", "eventData": details}
    told = said(event("job.logged", item=item), **{"s-1": "web-1"})
    assert told == "▲ web-1: launch failed, attempt 1 of 3: DRS tries again"


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)
_MEMBERS = ("wave", "item", "findings", "outcome", "rto_ms", "server", "servers", "choice", "by_ms")


@given(st.dictionaries(st.sampled_from(_MEMBERS), _JSON))
def test_no_data_keeps_any_event_from_being_said(data: dict[str, Json]) -> None:
    for kind in EventType:
        assert said(replace(ANY, type=kind, data=data)), kind
