"""Drill time and freshness, as somebody knows them who only watches."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from drs_tui.audit.records import read_pulse, write_pulse
from drs_tui.audit.store import Lease, PlacePulse, Pulse
from drs_tui.clock import ManualClock
from drs_tui.tui.beat import DrillClock, PlaceBeat
from tests.tui.sample import START, seal_all, under_way


def lease(beat: int, pulse: Pulse | None, holder: str = "maria@host:1:abc") -> Lease:
    return Lease("run", holder, 1, beat, 15, pulse)


def test_drill_time_goes_on_from_the_pulse_at_the_drill_s_speed() -> None:
    clock = ManualClock()
    drill = DrillClock(clock)
    drill.see_lease(lease(1, Pulse(START, 6000)))
    clock.advance(2)
    assert drill.now() == START + timedelta(minutes=2)


def test_drill_time_stands_still_once_the_lease_has_run_out() -> None:
    clock = ManualClock()
    drill = DrillClock(clock)
    drill.see_lease(lease(1, Pulse(START, 100)))
    clock.advance(16)
    assert drill.now() == START
    assert not drill.beat().is_driven


def test_drill_time_never_goes_back() -> None:
    clock = ManualClock()
    drill = DrillClock(clock)
    drill.see_lease(lease(1, Pulse(START, 100)))
    clock.advance(5)
    drill.see_lease(lease(2, Pulse(START + timedelta(seconds=3), 100)))
    assert drill.now() == START + timedelta(seconds=5)


def test_a_released_lease_means_that_nobody_drives() -> None:
    drill = DrillClock(ManualClock())
    drill.see_lease(lease(1, Pulse(START, 100)))
    drill.see_lease(lease(1, None, holder=""))
    assert not drill.beat().is_driven


def test_the_age_of_the_last_poll_is_real_time() -> None:
    clock = ManualClock()
    drill = DrillClock(clock)
    drill.see_lease(lease(1, Pulse(START, 6000, START - timedelta(seconds=120))))
    clock.advance(1)
    assert drill.beat().polled_seconds == 3


def test_an_observation_that_arrives_is_a_poll() -> None:
    clock = ManualClock()
    drill = DrillClock(clock)
    drill.see_lease(lease(1, Pulse(START, 100, START)))
    clock.advance(10)
    drill.see_events(seal_all(under_way().drafts), 100, live=True)
    assert drill.beat().polled_seconds == 0


def test_each_target_has_an_age_of_its_own() -> None:
    clock = ManualClock()
    drill = DrillClock(clock)
    ago = START - timedelta(seconds=120)
    places = (PlacePulse("1 us-east-1", START, ""), PlacePulse("2 eu-west-1", ago, "no route"))
    drill.see_lease(lease(1, Pulse(START, 6000, ago, places=places)))
    clock.advance(1)
    assert drill.beat().places == (
        PlaceBeat("1 us-east-1", 1.0),
        PlaceBeat("2 eu-west-1", 3.0, "no route"),
    )


@pytest.mark.parametrize(
    ("trouble", "told"),
    [("no route", ""), ("no route; the store is away", "no route; the store is away")],
)
def test_a_look_without_an_answer_is_old_news_before_it_is_trouble(trouble: str, told: str) -> None:
    drill = DrillClock(ManualClock())
    places = (PlacePulse("1 us-east-1", START, "no route"),)
    drill.see_lease(lease(1, Pulse(START, 100, START, trouble, places)))
    assert drill.beat().trouble == told
    assert drill.beat().places == (PlaceBeat("1 us-east-1", 0.0, "no route"),)


def test_the_places_of_a_pulse_are_kept_and_one_without_any_is_written_as_ever() -> None:
    plain = Pulse(START, 100, START, "slow")
    several = replace(plain, places=(PlacePulse("1 us-east-1", START, "no route"),))
    assert "places" not in write_pulse(plain)
    assert [read_pulse(write_pulse(each)) for each in (plain, several)] == [plain, several]
