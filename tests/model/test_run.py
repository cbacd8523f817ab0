"""Any run folds: whole, in part, in pieces, and whatever stands in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drs_tui.engine.actions import next_actions, next_moment
from drs_tui.model.events import Draft, Event, EventType
from drs_tui.model.plan import Gate, Mode
from drs_tui.model.run import Run, apply, fold, header_of
from drs_tui.model.status import RunStatus, WaveStatus
from tests.engine.walk import Walk
from tests.strategies import event_types, examples, json_objects, json_values, noisy_runs, walks

from .story import START, Story, wave_of


def looked_at(run: Run) -> None:
    """Read all that is derived from a run."""
    header_of(run)
    assert run.status in RunStatus
    for server in run.servers.values():
        assert server.shown_phase.step >= 0
    for name in run.waves:
        run.deadline(name)
    next_moment(run, START)
    next_actions(run, START)


@examples(60)
@given(walks())
def test_a_legal_run_folds_to_what_it_was_and_leaves_nothing_unread(walk: Walk) -> None:
    assert walk.run.unreadable == ()
    for length, state in enumerate(walk.states, start=1):
        assert fold(walk.events[:length]) == state


@examples(60)
@given(walks(), st.data())
def test_folding_in_pieces_is_folding_in_one_go(walk: Walk, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(walk.events)))
    assert fold(walk.events[cut:], fold(walk.events[:cut])) == fold(walk.events)


@examples(60)
@given(noisy_runs())
def test_every_prefix_of_a_noisy_run_folds(events: list[Event]) -> None:
    run = None
    for event in events:
        run = apply(run, event)
        assert (run.seq, run.head_hash, run.last_at) == (event.seq, event.hash, event.at)
        looked_at(run)
    assert run == fold(events)


@examples(60)
@given(noisy_runs())
def test_folding_changes_no_event(events: list[Event]) -> None:
    before = [replace(event) for event in events]
    fold(events)
    assert events == before


def mid_drill() -> Story:
    """One wave launched, the next one waiting at its gate."""
    story = Story(wave_of("db", "s-1", "s-2"), wave_of("web", "s-3", gate=Gate("Go?")))
    story.tell("wave.gate_opened", wave="web", prompt="Go?")
    story.launch("db", "drsjob-1")
    return story


_NAMES = {
    "wave": ("db", "web"),
    "job_id": ("drsjob-1", "drsjob-9"),
    "server": ("s-1", "s-9"),
    "instance": ("i-1",),
    "outcome": tuple(status.value for status in (*WaveStatus, *RunStatus)),
    "choice": ("retry", "search", "stop", "acknowledge", "made up"),
    "status": ("COMPLETED", "MADE_UP"),
    "launch_status": ("LAUNCHED", "FAILED", "MADE_UP"),
    "verdict": ("passes", "warns", "made up"),
    "token": ("token",),
    "attempt": (2,),
    "step": (0,),
    "text": ("words",),
    "prompt": ("Go?",),
    "servers": (["s-1"], ["s-9"]),
    "item": ({"event": "LAUNCH_END", "eventData": {"sourceServerID": "s-1"}}, {}),
    "by_ms": (60_000, 10**20),
    "retry_after_ms": (0, -(10**20)),
    "plan": ({"name": "odd", "waves": [{"name": "db", "timeout_seconds": 10**12}]},),
}
any_data = st.fixed_dictionaries(
    {},
    optional={
        **{name: st.sampled_from(values) | json_values for name, values in _NAMES.items()},
        **dict.fromkeys(
            ("findings", "lag_ms", "remaining", "instances", "settled", "request_id"), json_values
        ),
    },
)


@examples(100)
@given(st.lists(st.tuples(event_types, any_data | json_objects), max_size=8))
@example([("run.created", {"plan": _NAMES["plan"][0]}), ("wave.launched", {"wave": "db"})])
def test_no_data_under_any_known_type_breaks_the_fold(told: list[tuple[str, Any]]) -> None:
    story = mid_drill()
    for kind, data in told:
        looked_at(story.record(Draft(kind, story.now, "driver", data)))


def test_a_time_out_beyond_the_calendar_never_falls_due() -> None:
    story = Story(wave_of("db", "s-1", timeout_seconds=10**14))
    assert story.launch("db", "drsjob-1").deadline("db") is None
    assert story.tell("wave.extended", wave="db", by_ms=1).unreadable == ()


@pytest.mark.parametrize("kind", ["wave.teleported", "", "RUN.CREATED"])
def test_a_type_without_a_meaning_changes_only_where_the_run_stands(kind: str) -> None:
    story = mid_drill()
    before = story.run
    story.wait(5)
    after = story.tell(kind, anything=["at", "all"])
    assert after == replace(
        before,
        seq=before.seq + 1,
        head_hash=story.events[-1].hash,
        last_at=START + timedelta(seconds=5),
    )


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (EventType.WAVE_LAUNCHED, {"job_id": "drsjob-1"}),
        (EventType.WAVE_LAUNCHED, {"wave": "no such wave", "job_id": "drsjob-1"}),
        (EventType.WAVE_LAUNCHED, {"wave": "db", "job_id": 1}),
        (EventType.WAVE_LAUNCH_INTENDED, {"wave": "db", "attempt": True, "token": "t"}),
        (EventType.WAVE_LAUNCH_UNKNOWN, {"wave": "db"}),
        (EventType.WAVE_FINISHED, {"wave": "db", "outcome": "splendid"}),
        (EventType.WAVE_FINISHED, {"wave": "db", "outcome": "in progress"}),
        (EventType.WAVE_EXTENDED, {"wave": "db", "by_ms": 10**20}),
        (EventType.RUN_FINISHED, {"outcome": "splendid"}),
        (EventType.RUN_FINISHED, {"outcome": "running"}),
        (EventType.RUN_FINISHED, {"outcome": "succeeded", "rto_ms": "soon"}),
        (EventType.RUN_CREATED, {"plan": {"name": 1}}),
        (EventType.JOB_LOGGED, {"job_id": "drsjob-1", "item": "JOB_START"}),
        (EventType.SERVER_OBSERVED, {"server": None}),
        (EventType.CLEANUP_FINISHED, {"remaining": []}),
    ],
)
def test_an_unreadable_event_is_listed_and_changes_nothing_else(
    kind: str, data: Mapping[str, Any]
) -> None:
    story = mid_drill()
    before = story.run
    after = story.tell(kind, **data)
    assert after.unreadable == (after.seq,)
    assert replace(after, unreadable=(), seq=before.seq, head_hash=before.head_hash) == before


def test_a_run_that_begins_in_the_middle_still_folds() -> None:
    run = fold(mid_drill().events[1:])
    assert run is not None
    assert run.unreadable == (2, 3, 4)
    assert run.status is RunStatus.RUNNING


def test_no_events_are_no_run() -> None:
    assert fold([]) is None


def test_a_request_is_remembered_whatever_became_of_it() -> None:
    story = mid_drill()
    story.tell("request.stale", request_id="01A")
    story.tell("wave.approved", request_id="01B")
    story.tell("server.observed", request_id="01C")
    story.tell("job.logged", job_id="drsjob-1", item={}, request_id="01D")
    assert story.tell("run.noted", text="hello", request_id=7).requests == {
        *("01A", "01B", "01C", "01D")
    }
    assert fold(story.events) == story.run


def test_a_created_run_knows_what_it_is_about() -> None:
    run = Story(wave_of("db", "s-1", optional=["s-2"]), mode=Mode.RECOVERY, rto_seconds=60).run
    assert (run.account, run.region, run.mode) == ("123456789012", "us-east-1", Mode.RECOVERY)
    assert (run.created_at, run.started_by) == (START, "ana")
    assert [(s.name, s.is_critical) for s in run.of_wave("db")] == [
        ("host-s-1", True),
        ("host-s-2", False),
    ]
    assert run.status is RunStatus.RUNNING
    assert run.waves["db"].status is WaveStatus.PENDING


def test_the_header_sums_a_run_up() -> None:
    story = mid_drill()
    story.see("s-1", "LAUNCHED")
    story.see("s-2", "FAILED")
    story.end_job("drsjob-1")
    header = header_of(story.finish("db", "partial"))
    assert (header.plan_id, header.title) == ("three-tier", "three-tier")
    assert (header.waves_total, header.waves_final) == (2, 1)
    assert (header.servers_total, header.servers_launched) == (3, 1)
    assert (header.status, header.cleanup, header.mode) == ("attention", "none", "drill")
    assert (header.seq, header.head_hash) == (story.run.seq, story.events[-1].hash)


# How a run stands -------------------------------------------------------------------------------


def test_paused_wins_over_attention_over_waiting_over_running() -> None:
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-2", gate=Gate("Go?")))
    assert story.run.status is RunStatus.RUNNING
    assert story.tell("wave.gate_opened", wave="web", prompt="?").status is RunStatus.WAITING
    assert story.tell("wave.guarded", wave="db", verdict="blocks").status is RunStatus.ATTENTION
    assert story.tell("run.paused").status is RunStatus.PAUSED
    assert story.tell("run.resumed").status is RunStatus.ATTENTION
    assert story.tell("run.finished", outcome="failed").status is RunStatus.FAILED


def test_a_gate_beside_a_launched_wave_leaves_the_run_running() -> None:
    assert mid_drill().run.status is RunStatus.RUNNING


def test_trouble_is_wanted_before_what_the_plan_asks() -> None:
    story = mid_drill()
    story.tell("wave.timed_out", wave="db")
    story.tell("wave.gate_opened", wave="web", prompt="Go?")
    assert [wanted.wave for wanted in story.run.wanted] == ["db", "web"]
    swapped = Story(wave_of("web", "s-3"), wave_of("db", "s-1"))
    swapped.tell("wave.gate_opened", wave="web", prompt="Go?")
    swapped.tell("wave.guarded", wave="db", verdict="warns")
    assert [wanted.wave for wanted in swapped.run.wanted] == ["db", "web"]


@examples(60)
@given(walks())
def test_how_a_run_stands_follows_from_its_parts(walk: Walk) -> None:
    for run in walk.states:
        trouble = [wanted for wanted in run.wanted if not wanted.is_expected]
        busy = any(wave.is_open for wave in run.waves.values())
        expected = (
            run.outcome
            or (RunStatus.PAUSED if run.paused else None)
            or (RunStatus.ATTENTION if trouble else None)
            or (RunStatus.WAITING if run.wanted and not busy else RunStatus.RUNNING)
        )
        assert run.status is expected


def test_elapsed_time_stops_at_the_end() -> None:
    story = Story(wave_of("db", "s-1"))
    assert story.run.elapsed_seconds(START + timedelta(seconds=90)) == 90
    assert story.run.elapsed_seconds(START - timedelta(seconds=90)) == 0
    story.wait(100)
    story.tell("run.finished", outcome="failed")
    assert story.run.elapsed_seconds(START + timedelta(hours=9)) == 100


def test_a_run_that_does_not_say_how_fast_it_is_goes_at_the_speed_of_clocks() -> None:
    assert Story(wave_of("db", "s-1")).run.speed_percent == 100
    assert Story(wave_of("db", "s-1"), created={"speed_percent": 6000}).run.speed_percent == 6000
