"""Clocks: the machine's, one that runs faster, one that is moved by hand."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.clock import SHORTEST_TICK_SECONDS, Clock, ManualClock, ScaledClock, SystemClock
from tests.strategies import examples

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Machine:
    """The machine's own monotonic clock and its sleeps, by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr("drs_tui.clock.time.monotonic", machine.monotonic)
    monkeypatch.setattr("drs_tui.clock.asyncio.sleep", machine.sleep)
    return machine


# Scaled -----------------------------------------------------------------------------------------


def test_scaled_time_passes_so_many_times_as_fast(machine: Machine) -> None:
    scaled = ScaledClock(60, START)
    assert (scaled.now(), scaled.monotonic()) == (START, 0)
    machine.seconds += 9
    assert (scaled.now(), scaled.monotonic()) == (START + timedelta(minutes=9), 540)


def test_a_scaled_clock_tells_utc(machine: Machine) -> None:
    vienna = START.astimezone(timezone(timedelta(hours=1)))
    assert ScaledClock(1, vienna).now().tzinfo is UTC


@pytest.mark.parametrize(
    ("speed", "seconds", "real"),
    [
        (60, 540, 9.0),
        (0.5, 1, 2.0),
        (1000, 1, SHORTEST_TICK_SECONDS),
        (60, 0, 0),
        (60, -5, 0),
    ],
)
async def test_a_scaled_sleep_is_shorter_but_never_under_a_tick(
    machine: Machine, speed: float, seconds: float, real: float
) -> None:
    await ScaledClock(speed, START).sleep(seconds)
    assert machine.slept == [real]


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_clock_cannot_stand_still_or_go_back(speed: float) -> None:
    with pytest.raises(ValueError, match="speed"):
        ScaledClock(speed, START)


def test_a_scaled_clock_begins_at_a_moment_with_a_zone() -> None:
    with pytest.raises(ValueError, match="zone"):
        ScaledClock(1, datetime(2026, 1, 1))  # noqa: DTZ001


# System -----------------------------------------------------------------------------------------


async def test_the_system_clock_is_the_machines(machine: Machine) -> None:
    system: Clock = SystemClock()
    assert system.monotonic() == 1000.0
    assert system.now().tzinfo is UTC
    await system.sleep(3)
    assert machine.slept == [3]


# Manual -----------------------------------------------------------------------------------------


class Sleepers:
    """Tasks that note when they wake."""

    def __init__(self, manual: ManualClock) -> None:
        self.manual = manual
        self.woken: list[float] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def add(self, *seconds: float) -> None:
        self.tasks += [asyncio.create_task(self._sleep(each)) for each in seconds]
        await settle()

    async def _sleep(self, seconds: float) -> None:
        await self.manual.sleep(seconds)
        self.woken.append(seconds)


async def settle() -> None:
    """Let every task that can run do so."""
    for _ in range(3):
        await asyncio.sleep(0)


async def test_a_manual_clock_wakes_who_is_due_in_order() -> None:
    manual = ManualClock(START)
    sleepers = Sleepers(manual)
    await sleepers.add(30, 10, 20, 40)
    manual.advance(30)
    await settle()
    assert sleepers.woken == [10, 20, 30]
    assert (manual.now(), manual.monotonic()) == (START + timedelta(seconds=30), 30)
    manual.advance(10)
    await settle()
    assert sleepers.woken == [10, 20, 30, 40]


async def test_of_those_due_together_the_first_to_sleep_wakes_first() -> None:
    manual = ManualClock()
    woken: list[str] = []

    async def sleep(name: str) -> None:
        await manual.sleep(5)
        woken.append(name)

    tasks = [asyncio.create_task(sleep(name)) for name in ("ana", "ben", "eva")]
    await settle()
    manual.advance(5)
    await asyncio.gather(*tasks)
    assert woken == ["ana", "ben", "eva"]


async def test_nobody_wakes_before_the_clock_is_moved() -> None:
    manual = ManualClock()
    sleepers = Sleepers(manual)
    await sleepers.add(1)
    manual.advance(0.5)
    await settle()
    assert sleepers.woken == []
    manual.advance(0.5)
    await settle()
    assert sleepers.woken == [1]


async def test_the_next_wake_is_the_nearest_sleepers_who_still_sleeps() -> None:
    manual = ManualClock()
    assert manual.next_wake() is None
    sleepers = Sleepers(manual)
    await sleepers.add(5, 8)
    manual.advance(2)
    assert manual.next_wake() == 3
    sleepers.tasks[0].cancel()
    await settle()
    assert manual.next_wake() == 6
    manual.advance(6)
    await asyncio.gather(*sleepers.tasks, return_exceptions=True)
    assert sleepers.woken == [8]
    assert manual.next_wake() is None


async def test_no_time_is_slept_at_once() -> None:
    await ManualClock().sleep(0)
    await ManualClock().sleep(-1)


@examples(40)
@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=20))
def test_moving_to_the_next_wake_always_wakes_somebody(eighths: list[int]) -> None:
    seconds = [count / 8 for count in eighths]

    async def wake_all() -> None:
        manual = ManualClock()
        sleepers = Sleepers(manual)
        await sleepers.add(*seconds)
        while (wake := manual.next_wake()) is not None:
            before = len(sleepers.woken)
            manual.advance(wake)
            await settle()
            assert len(sleepers.woken) > before
        assert sorted(sleepers.woken) == sorted(seconds)

    asyncio.run(wake_all())
