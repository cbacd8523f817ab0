"""Results: waves against objectives, and time lost waiting for people apart from machines' time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from drs_tui.model.decisions import WantedKind
from drs_tui.model.plan import Gate
from drs_tui.model.result import (
    longest_waits,
    machines_ms,
    people_ms,
    reached_by_waves,
    reached_words,
    slower_from_data,
    slower_to_data,
    time_words,
    wait_words,
)
from drs_tui.model.state.time_spent import Slower
from drs_tui.model.status import Phase

from .story import START, Story, wave_of

GATED = Gate("Go on")


def gate(story: Story, wave: str, seconds: float) -> None:
    """A gate that is approved so long after it was asked."""
    story.tell("wave.gate_opened", wave=wave, prompt="Go on")
    story.wait(seconds)
    story.tell("wave.approved", actor="ana", wave=wave)


def launched(story: Story, wave: str, seconds: float) -> None:
    story.launch(wave, f"drsjob-{wave}")
    story.wait(seconds)
    for server in story.run.of_wave(wave):
        story.see(server.id, "LAUNCHED")
    story.end_job(f"drsjob-{wave}")
    story.finish(wave, "succeeded")


def people(story: Story) -> float:
    return people_ms(story.run, story.now) / 1000


def test_a_gate_before_which_nothing_goes_on_is_time_lost_waiting_for_people() -> None:
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-2", gate=GATED))
    launched(story, "db", 600)
    gate(story, "web", 240)
    launched(story, "web", 300)
    story.wait(5)
    story.tell("run.finished", outcome="succeeded")
    story.wait(9999)
    assert people(story) == 240
    assert machines_ms(story.run, story.now) == 905_000
    assert time_words(story.run, story.now) == "15m 05s machines, 4m 00s waiting for people"
    [wait] = longest_waits(story.run)
    assert (wait.kind, wait.by) == (WantedKind.GATE, "ana")
    assert wait_words(wait) == "web, gate: 4m 00s"


def test_what_is_asked_while_machines_work_costs_nothing_until_they_are_done() -> None:
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-2", gate=GATED))
    story.launch("db", "drsjob-1")
    story.tell("wave.gate_opened", wave="web", prompt="Go on")
    story.wait(500)
    assert people(story) == 0
    story.see("s-1", "LAUNCHED")
    story.end_job("drsjob-1")
    story.finish("db", "succeeded")
    story.wait(60)
    assert people(story) == 60
    story.tell("wave.approved", actor="ana", wave="web")
    assert [wait.duration for wait in story.run.spent.waits] == [timedelta(seconds=560)]


def test_a_pause_and_trouble_count_and_a_time_out_that_drs_works_on_does_not() -> None:
    story = Story(wave_of("db", "s-1"))
    story.tell("run.paused", actor="ana")
    story.wait(30)
    story.tell("run.resumed", actor="ana")
    assert people(story) == 30
    story.launch("db", "drsjob-1")
    story.tell("wave.timed_out", wave="db", words="late")
    story.wait(100)
    assert people(story) == 30
    story.see("s-1", "FAILED")
    story.end_job("drsjob-1")
    story.finish("db", "failed")
    story.wait(70)
    story.tell("wave.decided", actor="ben", wave="db", choice="stop", text="")
    assert people(story) == 100
    kinds = [wait.kind for wait in story.run.spent.waits]
    assert kinds == [WantedKind.TIMED_OUT, WantedKind.WAVE_FAILED]


@pytest.mark.parametrize(("rto", "rpo", "bad"), [(600, 3, False), (599, 3, True), (600, 2, True)])
def test_each_wave_is_held_against_the_objectives_of_its_plan(
    rto: int, rpo: int, bad: bool
) -> None:
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-2"), rto_seconds=rto, rpo_seconds=rpo)
    story.tell("wave.guarded", wave="db", verdict="passes", lag_ms={"s-1": 3000})
    launched(story, "db", 600)
    [reached] = reached_by_waves(story.run)
    assert (reached.wave, reached.rto_ms, reached.rpo_ms) == ("db", 600_000, 3000)
    assert reached.is_bad is bad
    words = reached_words(story.run, reached)
    assert ("LATE" in words) is (rto < 600)
    assert ("TOO MUCH" in words) is (rpo < 3)


def test_data_lost_of_which_nobody_knows_is_not_within_the_objective() -> None:
    story = Story(wave_of("db", "s-1"), rpo_seconds=60)
    launched(story, "db", 600)
    [reached] = reached_by_waves(story.run)
    assert reached.is_behind
    words = "up after 10m 00s; data lost not known, 1m 00s allowed"
    assert reached_words(story.run, reached) == words


def test_what_was_slower_is_read_back_as_it_was_written_and_nonsense_is_left_out() -> None:
    found = (Slower("db", Phase.LAUNCH, 600.0, 300.0, "s-1"), Slower("db", Phase.SNAPSHOT, 60.0, 5))
    story = Story(wave_of("db", "s-1"))
    story.tell("run.finished", outcome="failed", slower=slower_to_data(found))
    assert story.run.slower == found
    assert list(slower_from_data([{"wave": "db", "phase": "odd"}, {}])) == []


def test_time_until_now_is_that_of_a_run_under_way() -> None:
    story = Story(wave_of("db", "s-1", gate=GATED))
    story.tell("wave.gate_opened", wave="db", prompt="Go on")
    later = START + timedelta(seconds=42)
    assert people_ms(story.run, later) == 42_000
    assert people_ms(replace(story.run, finished_at=START), later) == 0
