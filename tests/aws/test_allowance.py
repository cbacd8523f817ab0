"""How many reads a service of a target gets, whoever makes them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from drs_tui.aws.allowance import AT_ONCE, CALLS_A_SECOND, LEAST_A_SECOND, Allowance, precedence
from drs_tui.aws.connection import Aws, Connection
from drs_tui.clock import ManualClock, SystemClock
from drs_tui.simulator.server import Simulator, SimulatorSettings
from tests.driver.watching import pass_time, settle


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


async def test_who_has_precedence_passes_hundreds_that_wait() -> None:
    clock = ManualClock()
    allowance = Allowance(clock)
    waiting = [asyncio.create_task(allowance.take()) for _ in range(300)]
    await settle()
    with precedence():
        first = asyncio.create_task(allowance.take())
    await pass_time(clock, 3 / CALLS_A_SECOND)
    assert first.done()
    assert sum(each.done() for each in waiting) < AT_ONCE + 4
    for each in waiting:
        each.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


class Hasty(ManualClock):
    """A clock that moves on by as much as anybody wants to sleep."""

    slept = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.advance(seconds)


async def test_each_page_of_a_read_takes_a_call_of_what_all_readers_share(tmp_path: Path) -> None:
    clock, scenario = Hasty(), tmp_path / "racks.yaml"
    scenario.write_text(
        'summary: three pages of source servers\nfleet: [{name: "rack-{n}", count: 401}]\n'
    )
    async with (
        Simulator(SimulatorSettings(scenario=str(scenario)), SystemClock()) as simulator,
        Aws(Connection(endpoint_url=simulator.endpoint_url), clock=clock) as aws,
    ):
        for _ in range(int(AT_ONCE)):
            await aws.drs.jobs_since(clock.now())
        assert (clock.slept, aws.drs.calls_left) == (0.0, 0)
        assert len(await aws.drs.source_servers()) == 401
        assert clock.slept == pytest.approx(3 / CALLS_A_SECOND)
