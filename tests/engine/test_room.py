"""Launches of one process count each other before DRS lists them."""

from __future__ import annotations

import pytest

from drs_tui.aws.connection import Aws, Connection
from drs_tui.clock import ManualClock
from drs_tui.engine.room import (
    LOOK_EVERY_SECONDS,
    SHOWS_WITHIN_SECONDS,
    STALE_AFTER_SECONDS,
    Room,
)
from drs_tui.model.checks.headroom import Shortage
from drs_tui.model.readiness import Launching

from .launchable import Bench, job_of

NOBODY = Aws(Connection(region="us-east-1", endpoint_url="http://127.0.0.1:9"))
"""Nothing is asked."""

DB, WEB = ("run-1", "db"), ("run-2", "web")


def test_each_counts_those_before_it_and_none_counts_itself() -> None:
    room = Room(NOBODY, ManualClock())
    with room.held(DB, 2) as db, room.held(WEB, 3) as web:
        assert db.before == ()
        assert web.before == (Launching("", 2),)


def test_a_launch_that_did_not_happen_takes_no_room() -> None:
    room = Room(NOBODY, ManualClock())
    with pytest.raises(RuntimeError), room.held(DB, 2):
        raise RuntimeError
    with room.held(WEB, 3) as web:
        assert web.before == ()


def test_one_that_did_is_counted_until_its_job_should_show() -> None:
    clock = ManualClock()
    room = Room(NOBODY, clock)
    with room.held(DB, 2):
        room.launched(DB, "drsjob-1", 2)
    with room.held(WEB, 3) as web:
        assert web.before == (Launching("drsjob-1", 2),)
    clock.advance(SHOWS_WITHIN_SECONDS)
    with room.held(WEB, 3) as web:
        assert web.before == ()


def test_a_relaunch_does_not_count_the_attempt_before() -> None:
    room = Room(NOBODY, ManualClock())
    with room.held(DB, 2):
        room.launched(DB, "drsjob-1", 2)
    with room.held(DB, 2) as db:
        assert db.before == ()


def test_a_small_launch_does_not_pass_a_large_one_that_waits() -> None:
    room = Room(NOBODY, ManualClock())
    with room.held(("run-0", "files"), 450) as first, room.held(DB, 100) as large:
        assert first.shortage is None
        assert large.shortage == Shortage("servers in jobs", "450 of 500 servers are in DRS jobs")
        large.waits(so=True)
        with room.held(WEB, 2) as small:
            assert small.shortage == Shortage("turn", "1 held back before it comes first")


async def test_those_who_wait_ask_once_for_all_of_them() -> None:
    bench = Bench()
    await bench.room.look()
    await bench.room.look()
    assert bench.drs.reads == 1
    bench.story.wait(LOOK_EVERY_SECONDS)
    await bench.room.look()
    assert bench.drs.reads == 2


async def test_an_old_look_says_nothing_of_the_room_there_is() -> None:
    bench = Bench()
    bench.drs.allowed = {"L-D88FAC3A": 1}
    bench.drs.known = [job_of("drsjob-theirs", "s-9", created_at=bench.story.now)]
    with bench.room.held(DB, 2) as place:
        assert place.shortage is None, "nobody has looked"
        await bench.room.look()
        assert place.shortage is not None
        bench.story.wait(STALE_AFTER_SECONDS)
        assert place.shortage is not None
        bench.story.wait(1)
        assert place.shortage is None
