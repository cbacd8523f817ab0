"""Playing a run back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.clock import ManualClock
from drs_tui.model.events import Event, EventType
from drs_tui.model.run import fold
from drs_tui.replay import player as player_module
from drs_tui.replay.player import Player
from drs_tui.replay.playing import play
from tests.tui.sample import failing, seal_all, succeeding

EVENTS = seal_all(succeeding().drafts)
FAILED = seal_all(failing().drafts)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def test_a_replay_begins_with_the_first_event_and_at_rest(clock: ManualClock) -> None:
    player = Player(EVENTS, clock)
    clock.advance(1000)
    assert (player.position, player.tick(), player.moment) == (1, 0, EVENTS[0].at)


def test_events_happen_when_their_time_has_come(clock: ManualClock) -> None:
    player = Player(EVENTS, clock, speed=60)
    player.play()
    clock.advance(2)
    player.tick()
    assert player.moment == EVENTS[0].at + timedelta(minutes=2)
    assert player.position == sum(event.at <= player.moment for event in EVENTS)


def test_the_last_frame_is_the_last_state(clock: ManualClock) -> None:
    player = Player(EVENTS, clock, speed=1000)
    player.play()
    clock.advance(3600)
    player.tick()
    assert player.is_at_end
    assert not player.is_playing
    assert player.run == fold(EVENTS)


def test_playing_at_the_end_begins_again(clock: ManualClock) -> None:
    player = Player(EVENTS, clock)
    player.seek(len(EVENTS))
    player.play()
    assert player.position == 1


def test_a_change_of_speed_does_not_move_the_moment(clock: ManualClock) -> None:
    player = Player(EVENTS, clock, speed=10)
    player.play()
    clock.advance(3)
    before = player.moment
    player.faster()
    assert (player.speed, player.moment) == (20, before)


def test_a_pause_keeps_the_moment(clock: ManualClock) -> None:
    player = Player(EVENTS, clock, speed=10)
    player.play()
    clock.advance(3)
    player.pause()
    clock.advance(100)
    assert player.moment == EVENTS[0].at + timedelta(seconds=30)


def test_steps_go_by_one_event_and_stay_within_the_run(clock: ManualClock) -> None:
    player = Player(EVENTS, clock)
    player.step(-1)
    assert player.position == 1
    player.step(2)
    assert player.position == 3


def test_waves_are_found_forwards_and_backwards(clock: ManualClock) -> None:
    player = Player(EVENTS, clock)
    waves = []
    while player.seek_wave(1):
        event = EVENTS[player.position - 1]
        assert event.type == EventType.WAVE_LAUNCH_INTENDED
        waves.append(event.data["wave"])
    assert waves == ["database", "application", "web"]
    assert player.seek_wave(-1)
    assert EVENTS[player.position - 1].data["wave"] == "application"


def test_the_next_failure_is_found_or_there_is_none(clock: ManualClock) -> None:
    assert not Player(EVENTS, clock).seek_failure()
    player = Player(FAILED, clock)
    assert player.seek_failure()
    item = FAILED[player.position - 1].data["item"]
    assert isinstance(item, dict)
    assert item["event"] == "LAUNCH_FAILED"


def test_a_moment_can_be_sought(clock: ManualClock) -> None:
    player = Player(EVENTS, clock)
    player.seek_time(EVENTS[9].at)
    assert player.position >= 10
    player.seek_time(EVENTS[0].at - timedelta(days=1))
    assert player.position == 1


@given(st.lists(st.integers(1, len(EVENTS)), max_size=12))
def test_wherever_one_seeks_the_state_is_the_fold_of_what_happened(places: list[int]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(player_module, "KEYFRAME_EVENTS", 10)
        player = Player(EVENTS, ManualClock())
        for place in places:
            player.seek(place)
            assert player.run == fold(EVENTS[:place])


def test_late_events_do_not_turn_time_back(clock: ManualClock) -> None:
    late = [*EVENTS[:5], EVENTS[0], *EVENTS[5:]]
    player = Player(late, clock)
    player.seek(6)
    assert player.moment == EVENTS[4].at


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_speed_that_is_none_is_refused(clock: ManualClock, speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        Player(EVENTS, clock, speed)


async def test_without_a_speed_every_event_comes_at_once(clock: ManualClock) -> None:
    assert [event async for event in play(EVENTS, clock, None)] == EVENTS


async def test_with_a_speed_events_wait_for_the_clock(clock: ManualClock) -> None:
    got: list[Event] = []

    async def collect() -> None:
        got.extend([event async for event in play(EVENTS, clock, 60)])

    task = asyncio.create_task(collect())
    while not task.done():
        await asyncio.sleep(0)
        wake = clock.next_wake()
        if wake is not None:
            clock.advance(wake)
    assert got == EVENTS
    whole = (EVENTS[-1].at - EVENTS[0].at).total_seconds() / 60
    assert clock.monotonic() == pytest.approx(whole, rel=0.01)


def test_at_rest_nothing_happens_even_of_what_came_at_the_same_moment(clock: ManualClock) -> None:
    at_once = [replace(event, at=EVENTS[0].at) for event in EVENTS]
    player = Player(at_once, clock)
    assert (player.tick(), player.position) == (0, 1)


def test_a_failure_that_is_the_last_event_is_found(clock: ManualClock) -> None:
    whole = Player(FAILED, clock)
    assert whole.seek_failure()
    cut = Player(FAILED[: whole.position], clock)
    assert cut.seek_failure()
    assert cut.is_at_end
