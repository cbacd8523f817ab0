"""A plan held against what AWS says, over the wire."""

from __future__ import annotations

from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.survey import survey
from drs_tui.clock import SystemClock
from drs_tui.model.plan import Plan, PlanServer, Target, Wave
from drs_tui.model.readiness import Finding, Progress, Verdict
from drs_tui.simulator.fleet import ORDERS
from drs_tui.simulator.server import Simulator, SimulatorSettings


async def test_what_blocks_is_told_before_all_is_known() -> None:
    found: list[Finding] = []
    servers = tuple(PlanServer(id=each.source_server_id) for each in ORDERS)
    plan = Plan("early", (Wave("all", servers, checks=()),), target=Target(region="us-east-1"))
    async with (
        Simulator(SimulatorSettings(scenario="launch-into"), SystemClock()) as simulator,
        Aws(Connection(endpoint_url=simulator.endpoint_url), is_bounded=False) as aws,
    ):
        told = Progress(finds=found.append)
        whole = await survey(aws, plan, progress=told, store_is_shared=True, site=None)
    assert {finding.thing for finding in found} == {"orders-app-1", "orders-app-2"}
    assert {finding.verdict for finding in found} == {Verdict.BLOCKS}
    assert set(found) == set(whole.report.blocks)
