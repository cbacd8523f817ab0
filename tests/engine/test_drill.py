"""A drill whose events can't be written goes on trying, ever more seldom, however long it lasts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import pytest

from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import LeaseLost, Request, RunStore, StoreUnavailable
from drs_tui.aws.connection import Aws
from drs_tui.clock import Clock, ManualClock
from drs_tui.engine.drill import LONGEST_HOLD_SECONDS, Drill
from drs_tui.engine.probing import Prober
from drs_tui.engine.room import Room
from drs_tui.engine.targets import Reached
from drs_tui.model.status import CleanupStatus
from tests.model.story import Story, wave_of

from .cleanable import Account, Hasty, bench, standing

A_NIGHT = 1_100
"""Tries, about one each half minute."""


class FullDisk:
    """A recorder that can write nothing but one event, with `news` tries left of so many."""

    def __init__(self, story: Story, tries: int, news: int = 0) -> None:
        self.story = story
        self.left = tries
        self.news = news

    @property
    def run(self) -> Any:
        return self.story.run

    def check(self) -> None:
        self.left -= 1
        if self.left == self.news > 0:
            self.story.tell("run.noted", "ana", text="it can be written for once")
        if self.left < 0:
            raise LeaseLost("another driver has it")
        raise StoreUnavailable("no space left on the device")


async def held(recorder: FullDisk) -> list[float]:
    """The seconds that a drill waited between its tries."""
    slept: list[float] = []

    class Clock(ManualClock):
        async def sleep(self, seconds: float) -> None:
            slept.append(seconds)

    drill = Drill(
        cast("Recorder", recorder),
        cast("RunStore", None),
        [],
        drill_clock=ManualClock(),
        real_clock=Clock(),
    )
    with pytest.raises(LeaseLost):
        await drill.drive()
    return slept


async def test_a_disk_that_is_full_all_night_does_not_end_the_drill() -> None:
    slept = await held(FullDisk(Story(wave_of("db", "s-1")), A_NIGHT))
    assert slept[:7] == [1.0, 2.0, 4.0, 8.0, 16.0, LONGEST_HOLD_SECONDS, LONGEST_HOLD_SECONDS]
    assert len(slept) == A_NIGHT
    assert max(slept) == LONGEST_HOLD_SECONDS


async def test_once_something_was_written_it_is_tried_soon_again() -> None:
    assert await held(FullDisk(Story(wave_of("db", "s-1")), 6, news=3)) == [1, 2, 1, 2, 4, 8]


class There(Account):
    """The account with all that a drill has at hand, though a clean-up needs none of it."""

    is_simulator = False
    is_hurried = False
    trouble = ""
    ssm = property(lambda self: self)
    agents = instance_checks = Account.instances

    def hurry(self) -> None: ...

    async def look(self) -> None: ...


class Empty:
    """A store of which nobody asks anything."""

    address = "sqlite:runs.db"

    async def requests(self, _run_id: str) -> Sequence[Request]:
        return ()


async def test_a_clean_up_held_up_by_its_store_does_not_write_its_intent_with_each_try() -> None:
    ended = bench(standing())
    before, tries = len(ended.story.events), 0

    def intents() -> int:
        return sum(event.type == "cleanup.intended" for event in ended.story.events[before:])

    def settle() -> None:
        nonlocal tries
        tries += intents() > 0
        if 0 < tries <= 30:
            raise StoreUnavailable("the table throttles")

    ended.on_settle = settle
    ended.check = lambda: None  # type: ignore[attr-defined]
    there, clock = There(ended.account.things), cast("Clock", Hasty(ended.story))
    aws = cast("Aws", there)
    drill = Drill(
        cast("Recorder", ended),
        cast("RunStore", Empty()),
        [Reached(aws, there, Room(aws, clock), cast("Prober", there))],
        drill_clock=clock,
        real_clock=clock,
    )
    await drill.drive()
    assert ended.run.cleanup.status is CleanupStatus.DONE
    assert there.named == [("i-1",)]
    assert intents() == 2
