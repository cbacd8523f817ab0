"""Reads of a survey go no faster than so many a second, each page of them too."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.pace import CALLS_A_SECOND, Pace, paced
from drs_tui.aws.survey import survey
from drs_tui.clock import ManualClock, SystemClock
from drs_tui.model.plan import Plan, PlanServer, Target, Wave
from drs_tui.model.readiness import Finding, Progress, Verdict
from drs_tui.simulator.fleet import ORDERS
from drs_tui.simulator.server import Simulator, SimulatorSettings

START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


async def settled(clock: ManualClock, seconds: float = 0.0) -> None:
    """Let time pass, and whoever is awake go on."""
    clock.advance(seconds)
    for _ in range(50):
        await asyncio.sleep(0)


async def test_more_than_so_many_wait_for_the_second_to_pass() -> None:
    clock = ManualClock(START)
    pace, gone = Pace(clock), []

    async def go(number: int) -> None:
        await pace.turn()
        gone.append(number)

    tasks = [asyncio.create_task(go(number)) for number in range(2 * CALLS_A_SECOND + 1)]
    await settled(clock)
    assert len(gone) == CALLS_A_SECOND
    await settled(clock, 0.5)
    assert len(gone) == CALLS_A_SECOND
    await settled(clock, 0.5)
    assert len(gone) == 2 * CALLS_A_SECOND
    await settled(clock, 1.0)
    assert gone == list(range(2 * CALLS_A_SECOND + 1))
    await asyncio.gather(*tasks)


async def test_each_read_within_waits_for_its_turn_and_none_outside() -> None:
    clock = ManualClock(START)
    pace = Pace(clock, calls_a_second=1)
    async with (
        Simulator(SimulatorSettings(), SystemClock()) as simulator,
        Aws(Connection(endpoint_url=simulator.endpoint_url)) as aws,
    ):
        await pace.turn()
        await aws.sts.caller_identity()
        with paced(pace):
            waiting = asyncio.create_task(aws.sts.caller_identity())
        await settled(clock)
        assert not waiting.done()
        clock.advance(1.0)
        await waiting


async def test_what_blocks_is_told_before_all_is_known() -> None:
    found: list[Finding] = []
    servers = tuple(PlanServer(id=each.source_server_id) for each in ORDERS)
    plan = Plan("early", (Wave("all", servers, checks=()),), target=Target(region="us-east-1"))
    async with (
        Simulator(SimulatorSettings(scenario="launch-into"), SystemClock()) as simulator,
        Aws(Connection(endpoint_url=simulator.endpoint_url), is_paced=False) as aws,
    ):
        told = Progress(finds=found.append)
        whole = await survey(aws, plan, progress=told, store_is_shared=True, site=None)
    assert {finding.thing for finding in found} == {"orders-app-1", "orders-app-2"}
    assert {finding.verdict for finding in found} == {Verdict.BLOCKS}
    assert set(found) == set(whole.report.blocks)
