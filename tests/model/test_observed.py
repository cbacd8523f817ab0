"""What DRS was seen to do: job logs, launch statuses, instances."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.model.events import Json
from drs_tui.model.folding.observed_events import log_key
from drs_tui.model.status import Phase, ServerResult, WaveStatus
from tests.engine.walk import Walk
from tests.strategies import examples, walks

from .story import START, Story, wave_of


def launched() -> Story:
    story = Story(wave_of("db", "s-1", "s-2"))
    story.launch("db", "drsjob-1")
    return story


# Launch status ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "before_the_end", "after_it"),
    [
        ("LAUNCHED", ServerResult.LAUNCHED, ServerResult.LAUNCHED),
        ("FAILED", ServerResult.FAILED, ServerResult.FAILED),
        ("TERMINATED", ServerResult.FAILED, ServerResult.FAILED),
        ("PENDING", ServerResult.OPEN, ServerResult.NOT_LAUNCHED),
        ("IN_PROGRESS", ServerResult.OPEN, ServerResult.NOT_LAUNCHED),
        ("", ServerResult.OPEN, ServerResult.NOT_LAUNCHED),
        ("MADE_UP", ServerResult.OPEN, ServerResult.NOT_LAUNCHED),
        ("launched", ServerResult.OPEN, ServerResult.NOT_LAUNCHED),
    ],
)
def test_a_server_is_launched_only_if_aws_says_so(
    status: str, before_the_end: ServerResult, after_it: ServerResult
) -> None:
    story = launched()
    assert story.see("s-1", status).servers["s-1"].result is before_the_end
    assert story.end_job("drsjob-1").servers["s-1"].result is after_it
    assert story.run.servers["s-1"].launch_status == status


def test_a_server_the_job_never_named_is_not_launched() -> None:
    story = launched()
    story.see("s-1", "LAUNCHED")
    story.end_job("drsjob-1")
    assert story.run.servers["s-2"].shown_phase is Phase.NOT_LAUNCHED


def test_a_status_that_aws_leaves_out_takes_nothing_back() -> None:
    story = launched()
    story.see("s-1", "LAUNCHED", "i-1")
    story.see("s-1", "")
    story.end_job("drsjob-1")
    server = story.run.servers["s-1"]
    assert (server.result, server.instance_id) == (ServerResult.LAUNCHED, "i-1")


@examples(60)
@given(walks())
def test_a_failed_server_is_never_shown_as_ready(walk: Walk) -> None:
    for run in walk.states:
        for server in run.servers.values():
            if server.shown_phase is Phase.READY:
                assert server.launch_status == "LAUNCHED"
            if server.job_ended and server.launch_status != "LAUNCHED":
                assert server.result in (ServerResult.FAILED, ServerResult.NOT_LAUNCHED)
                assert server.shown_phase in (Phase.FAILED, Phase.NOT_LAUNCHED)


# The job log ------------------------------------------------------------------------------------


def test_the_job_log_tells_a_servers_phase() -> None:
    story = launched()
    shown = []
    for event in (
        *("JOB_START", "CLEANUP_START", "CLEANUP_END", "SNAPSHOT_START", "SNAPSHOT_END"),
        *("CONVERSION_START", "CONVERSION_END", "LAUNCH_START", "LAUNCH_END", "JOB_END"),
    ):
        server = "" if event.startswith("JOB") else "s-1"
        shown.append(story.log("drsjob-1", event, server).servers["s-1"].shown_phase)
    # LAUNCH_END alone makes nobody ready: that is the launch status's to say.
    assert shown == [
        *(Phase.QUEUED, Phase.CLEANUP, Phase.QUEUED, Phase.SNAPSHOT, Phase.SNAPSHOT),
        *(Phase.CONVERSION, Phase.CONVERSION, Phase.LAUNCH, Phase.LAUNCH, Phase.LAUNCH),
    ]
    assert story.see("s-1", "LAUNCHED").servers["s-1"].shown_phase is Phase.READY
    assert story.run.servers["s-2"].shown_phase is Phase.QUEUED


@pytest.mark.parametrize("written", ["2026-11-23T09:04:00Z", "2026-11-23T10:04:00.000+01:00"])
def test_a_phase_begins_when_drs_says_so(written: str) -> None:
    story = launched()
    item = {
        "logDateTime": written,
        "event": "SNAPSHOT_START",
        "eventData": {"sourceServerID": "s-1"},
    }
    story.tell("job.logged", job_id="drsjob-1", item=item)
    began = story.run.servers["s-1"].began(Phase.SNAPSHOT)
    assert began == datetime(2026, 11, 23, 9, 4, tzinfo=UTC)


def test_a_log_time_nobody_can_read_is_the_time_it_was_seen() -> None:
    story = launched()
    item = {
        "logDateTime": "yesterday",
        "event": "SNAPSHOT_START",
        "eventData": {"sourceServerID": "s-1"},
    }
    story.tell("job.logged", job_id="drsjob-1", item=item)
    assert story.run.servers["s-1"].began(Phase.SNAPSHOT) == START


def test_an_event_of_no_server_is_about_all_of_its_job() -> None:
    run = launched().log("drsjob-1", "CLEANUP_START")
    assert [s.phase for s in run.of_wave("db")] == [Phase.CLEANUP, Phase.CLEANUP]


def test_an_unknown_log_event_moves_nobody_and_is_shown() -> None:
    story = launched()
    story.log("drsjob-1", "SNAPSHOT_START", "s-1")
    server = story.log("drsjob-1", "MADE_UP", "s-1").servers["s-1"]
    assert (server.phase, server.last_log) == (Phase.SNAPSHOT, "MADE_UP")


def test_a_failure_keeps_awss_words() -> None:
    run = launched().log("drsjob-1", "LAUNCH_FAILED", "s-1", rawError="InsufficientCapacity")
    server = run.servers["s-1"]
    assert (server.shown_phase, server.error) == (Phase.FAILED, "InsufficientCapacity")


def test_a_failure_with_attempts_left_is_a_retry() -> None:
    story = launched()
    story.log("drsjob-1", "CONVERSION_START", "s-1")
    story.log("drsjob-1", "CONVERSION_FAIL", "s-1", attemptCount=1, maxAttemptsCount=2)
    assert story.run.servers["s-1"].shown_phase is Phase.CONVERSION
    run = story.log("drsjob-1", "CONVERSION_FAIL", "s-1", attemptCount=2, maxAttemptsCount=2)
    assert run.servers["s-1"].shown_phase is Phase.FAILED


def test_a_phase_is_remembered_with_the_moment_when_it_first_began() -> None:
    story = launched()
    for event in ("SNAPSHOT_START", "CONVERSION_START", "SNAPSHOT_START"):
        story.wait(60)
        story.log("drsjob-1", event, "s-1")
    server = story.run.servers["s-1"]
    assert [phase for phase, _ in server.phases][-2:] == [Phase.SNAPSHOT, Phase.CONVERSION]
    assert server.began(Phase.SNAPSHOT) == START + timedelta(seconds=60)
    assert server.began(Phase.CONVERSION) == START + timedelta(seconds=120)


def test_older_data_is_remembered() -> None:
    run = launched().log("drsjob-1", "USING_PREVIOUS_SNAPSHOT", "s-1")
    assert [s.previous_snapshot for s in run.of_wave("db")] == [True, False]


def test_equal_log_items_are_items_each() -> None:
    story = launched()
    for _ in range(2):
        story.log("drsjob-1", "SNAPSHOT_START", "s-1")
    assert [item["event"] for item in story.run.jobs["drsjob-1"].log] == ["SNAPSHOT_START"] * 2


json_texts = st.text(max_size=4)
items = st.dictionaries(
    json_texts,
    st.recursive(
        st.none() | st.booleans() | st.integers() | json_texts,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(json_texts, inner, max_size=3),
        max_leaves=6,
    ),
    max_size=3,
)


def turned(value: object) -> object:
    """The same value with the members of every object in the opposite order."""
    if isinstance(value, dict):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(item) for item in value] if isinstance(value, list) else value


@given(items)
def test_a_log_item_is_the_same_in_any_order_of_members(item: dict[str, object]) -> None:
    assert log_key(turned(item)) == log_key(item)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "two"), [({}, []), ("1", 1), (True, 1), (None, ""), (["ab"], ["a", "b"])]
)
def test_different_log_items_are_different(one: Json, two: Json) -> None:
    assert log_key({"eventData": one}) != log_key({"eventData": two})


# Jobs and instances -----------------------------------------------------------------------------


def test_a_job_that_ended_says_nothing_about_other_jobs() -> None:
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-2"))
    story.launch("db", "drsjob-1")
    story.launch("web", "drsjob-2")
    story.end_job("drsjob-2")
    assert [s.job_ended for s in story.run.servers.values()] == [False, True]


def test_an_unknown_job_status_ends_nothing() -> None:
    story = launched()
    story.tell("job.observed", job_id="drsjob-1", status="MADE_UP")
    assert story.run.jobs["drsjob-1"].status == "MADE_UP"
    assert not any(server.job_ended for server in story.run.servers.values())


def test_an_instance_is_put_beside_its_server() -> None:
    story = launched()
    seen: dict[str, Any] = {
        "instance": "i-1",
        "server": "s-1",
        "job_id": "drsjob-1",
        "is_drill": True,
    }
    story.tell("instance.observed", **seen, state="RUNNING")
    assert story.run.servers["s-1"].instance_state == "RUNNING"
    assert story.run.instances["i-1"].is_drill is True
    story.tell("instance.observed", **seen, state="TERMINATED", gone=True)
    assert story.run.servers["s-1"].instance_state == "gone"


@pytest.mark.parametrize("is_drill", [None, "true", 1])
def test_an_instance_is_a_drills_only_if_drs_says_so(is_drill: object) -> None:
    story = launched()
    story.tell(
        "instance.observed", instance="i-1", server="s-1", job_id="drsjob-1", is_drill=is_drill
    )
    assert story.run.instances["i-1"].is_drill is None


def test_an_instance_that_is_lost_later_does_not_rewrite_its_wave() -> None:
    story = launched()
    story.see("s-1", "LAUNCHED")
    story.end_job("drsjob-1")
    story.finish("db", "succeeded")
    seen: dict[str, Any] = {"instance": "i-1", "server": "s-1", "job_id": "drsjob-1"}
    story.tell("instance.observed", **seen, state="TERMINATED", gone=True)
    story.see("s-1", "TERMINATED")
    run = story.run
    assert run.waves["db"].status is WaveStatus.SUCCEEDED
    assert run.servers["s-1"].result is ServerResult.LAUNCHED
    assert run.servers["s-1"].instance_state == "gone"
