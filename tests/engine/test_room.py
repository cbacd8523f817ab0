"""Launches of one process count each other before DRS lists them."""

from __future__ import annotations

import pytest

from drs_tui.clock import ManualClock
from drs_tui.engine.room import SHOWS_WITHIN_SECONDS, Room
from drs_tui.model.readiness import Launching

DB, WEB = ("run-1", "db"), ("run-2", "web")


def test_each_counts_those_before_it_and_none_counts_itself() -> None:
    room = Room(ManualClock())
    with room.held(DB, 2) as before_db, room.held(WEB, 3) as before_web:
        assert before_db == ()
        assert before_web == (Launching("", 2),)


def test_a_launch_that_did_not_happen_takes_no_room() -> None:
    room = Room(ManualClock())
    with pytest.raises(RuntimeError), room.held(DB, 2):
        raise RuntimeError
    with room.held(WEB, 3) as before:
        assert before == ()


def test_one_that_did_is_counted_until_its_job_should_show() -> None:
    clock = ManualClock()
    room = Room(clock)
    with room.held(DB, 2):
        room.launched(DB, "drsjob-1", 2)
    with room.held(WEB, 3) as before:
        assert before == (Launching("drsjob-1", 2),)
    clock.advance(SHOWS_WITHIN_SECONDS)
    with room.held(WEB, 3) as before:
        assert before == ()


def test_a_relaunch_does_not_count_the_attempt_before() -> None:
    room = Room(ManualClock())
    with room.held(DB, 2):
        room.launched(DB, "drsjob-1", 2)
    with room.held(DB, 2) as before:
        assert before == ()
