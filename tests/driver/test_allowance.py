"""How many calls a target gets."""

from __future__ import annotations

import asyncio

from drs_tui.clock import ManualClock
from drs_tui.driver.allowance import AT_ONCE, CALLS_A_SECOND, LEAST_A_SECOND, Allowance
from tests.driver.watching import pass_time


async def made_within(clock: ManualClock, allowance: Allowance, seconds: float) -> int:
    """How many calls somebody makes who wants as many as there may be."""
    made = 0

    async def call() -> None:
        nonlocal made
        while True:
            await allowance.take()
            made += 1

    task = asyncio.create_task(call())
    await pass_time(clock, seconds)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return made


async def test_calls_come_at_a_set_rate_once_what_was_saved_up_is_spent() -> None:
    clock = ManualClock()
    assert await made_within(clock, Allowance(clock), 10.0) <= AT_ONCE + 10.0 * CALLS_A_SECOND + 1


async def test_a_target_that_throttles_gets_half_and_nothing_saved_up() -> None:
    clock = ManualClock()
    allowance = Allowance(clock)
    allowance.throttled()
    assert allowance.left <= 1
    assert await made_within(clock, allowance, 10.0) <= 10.0 * CALLS_A_SECOND / 2 + 2


async def test_however_often_it_throttles_some_calls_are_left() -> None:
    clock = ManualClock()
    allowance = Allowance(clock)
    for _ in range(50):
        allowance.throttled()
    assert await made_within(clock, allowance, 100.0) >= 100.0 * LEAST_A_SECOND - 1


async def test_answers_bring_the_rate_back_little_by_little() -> None:
    clock = ManualClock()
    allowance = Allowance(clock)
    allowance.throttled()
    for _ in range(5):
        allowance.answered()
    slowly = await made_within(clock, allowance, 10.0)
    for _ in range(50):
        allowance.answered()
    assert slowly < await made_within(clock, allowance, 10.0)
