"""What an overtaken driver recorded alone: its jobs are taken over, and nothing else of it."""

from __future__ import annotations

import json
from copy import copy, deepcopy
from typing import TypeVar

from hypothesis import given
from hypothesis import strategies as st

from drs_tui.engine.actions import Launch, Reconcile, next_actions
from drs_tui.model.events import Event, EventType
from drs_tui.model.status import CleanupStatus, WaveStatus
from tests.engine.walk import TinyJob, Walk
from tests.model.story import Story, wave_of
from tests.strategies import examples, walks

OPEN = (WaveStatus.IN_PROGRESS, WaveStatus.VERIFYING)

S = TypeVar("S", bound=Story)


def parted(story: Story) -> tuple[Story, Story]:
    """The driver that is cut off, and the one that goes on from the same events."""
    return same(story), story


def same(story: S) -> S:
    """A story that begins with the same events."""
    another = copy(story)
    another.events, another.states = [*story.events], [*story.states]
    return another


def rejoined(old: Story, new: Story, fork: int) -> None:
    """Let the tail of the old driver come late."""
    texts = [as_a_driver_writes(old, event) for event in old.events[fork:]]
    new.tell(EventType.RUN_LATE_EVENTS, after=fork, texts=texts)


def as_a_driver_writes(story: Story, event: Event) -> str:
    """The text with the attempt of a launch, which stories leave out."""
    if event.type != EventType.WAVE_LAUNCHED:
        return event.text
    attempt = story.states[event.seq - 1].waves[str(event.data["wave"])].attempt
    return json.dumps({**json.loads(event.text), "data": {**event.data, "attempt": attempt}})


def two_waves() -> Story:
    return Story(wave_of("database", "s-1", "s-2"), wave_of("web", "s-3", after=("database",)))


def launches(story: Story) -> list[str]:
    actions = next_actions(story.run, story.now)
    return [action.wave for action in actions if isinstance(action, Launch)]


# One by one -------------------------------------------------------------------------------------


def test_the_answer_to_a_call_both_knew_of_is_taken_instead_of_looked_for() -> None:
    story = two_waves()
    story.intend("database")
    old, new = parted(story)
    old.tell("wave.launched", wave="database", attempt=1, job_id="drsjob-1", adopted=False)

    assert next_actions(new.run, new.now) == [Reconcile("database")]
    rejoined(old, new, fork=2)

    wave = new.run.waves["database"]
    assert (wave.status, wave.job_id, wave.intent) == (WaveStatus.IN_PROGRESS, "drsjob-1", None)
    assert {server.job_id for server in new.run.of_wave("database")} == {"drsjob-1"}
    assert next_actions(new.run, new.now) == []


def test_a_wave_the_old_driver_launched_alone_is_not_launched_again() -> None:
    old, new = parted(two_waves())
    old.launch("database", "drsjob-1")

    assert launches(new) == ["database"]
    rejoined(old, new, fork=1)

    assert launches(new) == []
    assert new.run.waves["database"].attempt == 1
    assert new.run.jobs["drsjob-1"].wave == "database"


def test_a_relaunch_the_old_driver_sent_alone_is_not_sent_again() -> None:
    story = two_waves()
    story.complete("database", "drsjob-1", **{"s-2": "FAILED"})
    story.finish("database", "partial")
    story.tell("wave.decided", wave="database", choice="relaunch")
    old, new = parted(story)
    fork = len(story.events)
    old.launch("database", "drsjob-2", "s-2")

    assert launches(new) == ["database"]
    rejoined(old, new, fork)

    assert launches(new) == []
    assert new.run.servers["s-1"].job_id == "drsjob-1"
    assert new.run.servers["s-2"].job_id == "drsjob-2"


def test_a_job_beside_a_launch_of_the_new_drivers_own_is_listed_and_cleaned_up_only() -> None:
    old, new = parted(two_waves())
    old.launch("database", "drsjob-old")
    new.intend("database")
    intent = new.run.waves["database"].intent

    rejoined(old, new, fork=1)

    wave = new.run.waves["database"]
    assert (wave.intent, wave.job_id) == (intent, "")
    assert "drsjob-old" in new.run.jobs


def test_a_job_that_comes_after_the_clean_up_makes_it_due_again() -> None:
    old, new = parted(two_waves())
    old.launch("database", "drsjob-old")
    new.tell("run.cancel_requested")
    for wave in ("database", "web"):
        new.finish(wave, "cancelled")
    new.tell("run.finished", outcome="cancelled")
    before = new.run.waves

    rejoined(old, new, fork=1)

    assert new.run.cleanup.status is CleanupStatus.DUE
    assert new.run.waves == before
    assert new.run.outcome == "cancelled"


def test_a_clean_up_the_old_driver_began_is_waited_for() -> None:
    story = two_waves()
    old, new = parted(story)
    old.tell("cleanup.started", job_id="drsjob-end", instances=["i-1", "i-2"])

    rejoined(old, new, fork=1)
    rejoined(old, new, fork=1)

    assert new.run.cleanup.job_ids == ("drsjob-end",)
    assert new.run.cleanup.instances_of["drsjob-end"] == ("i-1", "i-2")


def test_late_texts_of_any_shape_change_nothing() -> None:
    story = two_waves()
    before = story.run
    other_run = two_waves()
    other_run.launch("database", "drsjob-1")
    theirs = [event.text.replace("01RUN", "02RUN") for event in other_run.events]
    odd = ["", "null", "[]", "{", '{"type":"wave.launched","data":3}']
    odd.append('{"run_id":"01RUN","type":"wave.launched","data":{"job_id":7}}')

    story.tell(EventType.RUN_LATE_EVENTS, after=0, texts=[*odd, *theirs, 4, None])

    assert story.run.jobs == before.jobs
    assert story.run.waves == before.waves
    assert story.run.unreadable == ()


def test_who_drove_and_who_does_since_is_known() -> None:
    story = two_waves()
    story.tell(
        EventType.RUN_TAKEN_OVER, actor="ben", **{"from": "ana@a:1", "by": "ben@b:2"}, reason="gone"
    )

    [taken] = story.run.take_overs
    assert (taken.at, taken.actor, taken.before, taken.by, taken.reason) == (
        story.now,
        "ben",
        "ana@a:1",
        "ben@b:2",
        "gone",
    )


# Whatever happened ------------------------------------------------------------------------------


def go_on(walk: Walk, steps: int) -> None:
    for _ in range(steps):
        walk.step()


def cut_off(walk: Walk) -> Walk:
    """The same walk by itself, whose jobs are others."""
    old = same(walk)
    old.moments, old.drs = [*walk.moments], deepcopy(walk.drs)

    def start(token: str, server_ids: list[str]) -> str:
        job_id = f"drsjob-late-{len(old.drs.jobs) + 1}"
        old.drs.jobs[job_id] = TinyJob(job_id, token, dict.fromkeys(server_ids, ""))
        return job_id

    old.drs.start = start  # type: ignore[method-assign, assignment]
    return old


@examples(150)
@given(walks(), st.integers(1, 25), st.integers(0, 25))
def test_late_events_add_jobs_and_never_undo_what_the_new_driver_knows(
    walk: Walk, alone: int, since: int
) -> None:
    fork = len(walk.events)
    old = cut_off(walk)
    go_on(old, alone)
    go_on(walk, since)
    before = walk.run

    rejoined(old, walk, fork)

    run = walk.run
    assert run.unreadable == before.unreadable
    assert (run.outcome, run.requests, run.notes) == (before.outcome, before.requests, before.notes)
    for name, wave in before.waves.items():
        if wave.status.is_final or wave.status in OPEN:
            assert run.waves[name] == wave
            assert run.of_wave(name) == before.of_wave(name)
    assert before.jobs.items() <= run.jobs.items()
    started = [e for e in old.events[fork:] if e.type in ("wave.launched", "cleanup.started")]
    assert {event.data["job_id"] for event in started} <= set(run.jobs)


@examples(150)
@given(walks(), st.integers(1, 25), st.integers(0, 25))
def test_late_events_never_let_a_wave_be_launched_twice(walk: Walk, alone: int, since: int) -> None:
    fork = len(walk.events)
    old = cut_off(walk)
    go_on(old, alone)
    go_on(walk, since)
    before = walk.run
    pending = set(launches(walk))

    rejoined(old, walk, fork)

    for event in old.events[fork:]:
        if event.type != "wave.launched":
            continue
        name = str(event.data["wave"])
        late = old.run.jobs[str(event.data["job_id"])]
        known = before.jobs.get(before.waves[name].job_id)
        if name in pending and (known is None or known.attempt < late.attempt):
            assert name not in launches(walk)
            assert walk.run.waves[name].status is WaveStatus.IN_PROGRESS
