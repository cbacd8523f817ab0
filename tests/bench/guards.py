"""What preflight and the guards before a launch ask of AWS, at the pace that they keep.

In simulated time: seconds are those that the calls take at ten a second, and nothing of what this
machine takes beside them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from drs_tui.audit.chain import ZERO_HASH, seal
from drs_tui.aws.connection import Aws, Connection
from drs_tui.aws.survey import survey, survey_launch
from drs_tui.engine.news import DRIVER
from drs_tui.model.events import Draft, EventType
from drs_tui.model.plan import Isolation, Mode, Plan, PlanServer, Target, Wave
from drs_tui.model.plan_data import plan_to_data
from drs_tui.model.readiness import Report
from drs_tui.model.run import fold
from drs_tui.model.state.run import Run
from drs_tui.simulator.account import Account
from drs_tui.simulator.endpoint import Endpoint
from drs_tui.simulator.fleet import FleetServer, LaunchSettings
from drs_tui.simulator.message import Request, Response
from drs_tui.simulator.neighbours.ec2.network import drill_vpc
from drs_tui.simulator.scenarios import Scenario
from drs_tui.simulator.wire import named_operation
from tests.safety.memory import drs_model, session_class
from tests.simulation.loop import VirtualClock, VirtualLoop, run_virtually

Row = dict[str, str | int]

REGION = "us-east-1"
MOST_IN_A_WAVE = 100

PREFLIGHT_SECONDS = 75.0
GUARD_SECONDS = 15.0
"""What an operator waits for at most: a plan of 500 servers, and a wave of 100 before it goes."""


def measure(
    preflights: Sequence[tuple[int, int]] = ((500, 4_000),),
    guards: Sequence[tuple[int, int]] = ((100, 500), (100, 4_000)),
) -> list[Row]:
    """A row for each preflight and each guard of so many servers among so many of the Region."""
    return [
        *(_Region(*size).preflight() for size in preflights),
        *(_Region(*size).guard(known=known) for size in guards for known in (True, False)),
    ]


class _Region:
    """A Region of some servers, a plan of some of them, and what is asked."""

    def __init__(self, servers: int, in_region: int) -> None:
        fleet = tuple(
            FleetServer(
                f"s-{number:017x}",
                f"app-{number:04d}",
                "orders",
                "app",
                f"10.{number // 250}.0.{number % 250}",
                launch=LaunchSettings(subnet_id=f"subnet-{number // MOST_IN_A_WAVE:017x}"),
            )
            for number in range(1, in_region + 1)
        )
        planned = [PlanServer(each.source_server_id) for each in fleet[:servers]]
        scenario = Scenario("guards", "a large account", fleet=fleet)
        self._name = f"{servers} of {in_region} servers"
        self._plan = Plan(
            "guards",
            tuple(
                Wave(f"wave-{first}", tuple(planned[first : first + MOST_IN_A_WAVE]))
                for first in range(0, servers, MOST_IN_A_WAVE)
            ),
            target=Target(account=scenario.account, region=REGION),
            isolation=Isolation(vpcs=(drill_vpc(REGION).vpc_id,)),
        )
        self._asked: Counter[str] = Counter()
        self._loop = VirtualLoop()
        self._clock = VirtualClock(self._loop)
        self._endpoint = Endpoint(Account(scenario), drs_model())

    def preflight(self) -> Row:
        """What a preflight of the plan takes."""
        return self._measure(f"preflight of {self._name}", PREFLIGHT_SECONDS, self._survey)

    def guard(self, *, known: bool) -> Row:
        """What the guards of its first wave take, after its preflight or by another driver."""
        when = "after preflight" if known else "taken over"
        name = f"guards of {self._name}, {when}"
        before = self._survey if known else None
        return self._measure(name, GUARD_SECONDS, self._guard, before)

    async def _survey(self, aws: Aws) -> Report:
        found = await survey(aws, self._plan, store_is_shared=True, site=None)
        return found.report

    async def _guard(self, aws: Aws) -> Report:
        wave = self._run().plan.waves[0]
        ids = [server.id or "" for server in wave.servers]
        return (await survey_launch(aws, self._run(), wave, ids)).report

    def _run(self) -> Run:
        created: dict[str, Any] = {
            "plan": plan_to_data(self._plan),
            "mode": Mode.DRILL.value,
            "target": {"account": self._plan.target.account, "region": REGION},
        }
        draft = Draft(EventType.RUN_CREATED, self._clock.now(), DRIVER, created)
        run = fold([seal("guards", 1, ZERO_HASH, draft)])
        assert run is not None
        return run

    def _measure(
        self,
        name: str,
        most_seconds: float,
        work: Callable[[Aws], Awaitable[Report]],
        before: Callable[[Aws], Awaitable[Report]] | None = None,
    ) -> Row:
        seconds = 0.0

        async def play() -> Report:
            nonlocal seconds
            connection = Connection(REGION, endpoint_url="http://127.0.0.1:8099")
            session = session_class(self._answer)
            async with Aws(connection, clock=self._clock, http_session_cls=session) as aws:
                if before is not None:
                    await before(aws)
                    await self._clock.sleep(60.0)
                self._asked.clear()
                began = self._clock.monotonic()
                report = await work(aws)
                seconds = self._clock.monotonic() - began
                return report

        report = run_virtually(self._loop, play())
        assert not report.blocks, report.blocks[0]
        most = (f"{operation} {count}" for operation, count in self._asked.most_common(2))
        return {
            "what": name,
            "calls": self._asked.total(),
            "seconds": f"{seconds:.1f}",
            "most of them": ", ".join(most),
            "unmet": "" if seconds < most_seconds else f"under {most_seconds:.0f} s",
        }

    def _answer(self, request: Request) -> Response:
        self._asked[named_operation(request) or request.path.strip("/")] += 1
        return self._endpoint.answer(request, self._clock.now())
