"""A drill of hundreds of servers as the engine would record it, poll by poll, without waiting.

A simulated Region answers, the engine's own comparison says what is new, and each poll's news is
one batch, as it would be one append.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from drs_tui.audit.chain import ZERO_HASH, seal
from drs_tui.aws import parse
from drs_tui.engine.news import DRIVER, Look, news
from drs_tui.model.events import Draft, Event, EventType
from drs_tui.model.plan import Plan, PlanServer, Target, Wave
from drs_tui.model.plan_data import plan_to_data
from drs_tui.model.run import Run, apply
from drs_tui.simulator.account import Account
from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.operations.jobs import (
    describe_job_log_items,
    describe_jobs,
    start_recovery,
)
from drs_tui.simulator.operations.recovery_instances import describe_recovery_instances
from drs_tui.simulator.scenarios import Scenario

RUN_ID = "01JDB3K6Q0LARGEDR1LL000000"
START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
POLL_SECONDS = 10.0
REGION = "us-east-1"


def large_drill(
    servers: int = 500, waves: int = 5, *, attempts: int = 1, start: datetime = START
) -> list[tuple[Event, ...]]:
    """The events of a drill that succeeds, one batch for each append.

    Args:
        servers: How many, in all waves together.
        waves: One after the other.
        attempts: How often each wave is launched.
        start: When the run is created.
    """
    return list(_Drill(servers, waves, start).play(attempts))


class _Drill:
    def __init__(self, servers: int, waves: int, start: datetime) -> None:
        fleet = tuple(
            FleetServer(f"s-{number:017x}", f"app-{number:03d}.example.com", "orders", "app", "")
            for number in range(1, servers + 1)
        )
        scenario = Scenario("large", "a large fleet", fleet=fleet)
        size = -(-servers // waves)
        groups = [fleet[first : first + size] for first in range(0, servers, size)]
        self.plan = Plan(
            "large",
            tuple(
                Wave(
                    f"wave-{number}",
                    tuple(PlanServer(s.source_server_id, s.name) for s in group),
                    checks=(),
                )
                for number, group in enumerate(groups, 1)
            ),
            target=Target(account=scenario.account, region=REGION),
        )
        self.now = start
        self.region = Account(scenario, seed=1).region(REGION, start)
        self.run: Run | None = None

    def play(self, attempts: int) -> Iterator[tuple[Event, ...]]:
        yield self._record(
            EventType.RUN_CREATED,
            plan=plan_to_data(self.plan),
            mode="drill",
            target={"account": self.region.scenario.account, "region": REGION},
        )
        for wave in self.plan.waves:
            for attempt in range(1, attempts + 1):
                yield from self._launch(wave, attempt)
                yield from self._watch(wave)
            yield self._record(EventType.WAVE_FINISHED, wave=wave.name, outcome="succeeded")
        yield self._record(EventType.RUN_FINISHED, outcome="succeeded")

    def _launch(self, wave: Wave, attempt: int) -> Iterator[tuple[Event, ...]]:
        ids = [server.id for server in wave.servers if server.id]
        intended: dict[str, Any] = {"wave": wave.name, "attempt": attempt, "servers": ids}
        token = f"token-{wave.name}-{attempt}"
        yield self._record(EventType.WAVE_LAUNCH_INTENDED, **intended, token=token)
        asked = {"sourceServers": [{"sourceServerID": i} for i in ids], "isDrill": True}
        job = start_recovery(self.region, asked, self.now)["job"]
        yield self._record(
            EventType.WAVE_LAUNCHED,
            wave=wave.name,
            attempt=attempt,
            job_id=job["jobID"],
            servers=ids,
        )

    def _watch(self, wave: Wave) -> Iterator[tuple[Event, ...]]:
        assert self.run is not None
        job_id = self.run.waves[wave.name].job_id
        ids = [server.id for server in wave.servers if server.id]
        ended = False
        while not ended:
            self.now += timedelta(seconds=POLL_SECONDS)
            asked = {"filters": {"jobIDs": [job_id]}}
            jobs = [parse.job(j) for j in self._items(describe_jobs, asked)]
            ended = jobs[0].is_ended
            look = Look(
                jobs=jobs,
                logs={
                    job_id: [
                        parse.json_object(item)
                        for item in self._items(describe_job_log_items, {"jobID": job_id})
                    ]
                },
                instances=self._instances(ids) if ended else (),
            )
            drafts = news(self.run, look, self.now)
            if drafts:
                yield self._append(drafts)

    def _instances(self, ids: Sequence[str]) -> list[Any]:
        asked = {"filters": {"sourceServerIDs": ids}}
        found = self._items(describe_recovery_instances, asked)
        return [parse.recovery_instance(item) for item in found]

    def _items(self, call: Any, asked: Mapping[str, Any]) -> list[Any]:
        """All pages."""
        items: list[Any] = []
        token: dict[str, str] = {}
        while True:
            answer = call(self.region, {**asked, **token}, self.now)
            items += answer["items"]
            if not answer.get("nextToken"):
                return items
            token = {"nextToken": answer["nextToken"]}

    def _record(self, kind: str, **data: Any) -> tuple[Event, ...]:
        self.now += timedelta(seconds=1)
        return self._append([Draft(kind, self.now, DRIVER, data)])

    def _append(self, drafts: Sequence[Draft]) -> tuple[Event, ...]:
        events: list[Event] = []
        for draft in drafts:
            seq, prev_hash = (self.run.seq, self.run.head_hash) if self.run else (0, ZERO_HASH)
            events.append(seal(RUN_ID, seq + 1, prev_hash, draft))
            self.run = apply(self.run, events[-1])
        return tuple(events)
