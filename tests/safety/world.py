"""A drill or recovery of a random fleet with a past, in memory and in virtual time.

What must not be launched is judged from the simulated account itself, not from what a guard saw.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from drs_tui.audit.store import Request as Asked
from drs_tui.aws.connection import Aws
from drs_tui.config import Reach, Settings
from drs_tui.driver.host import Host
from drs_tui.driver.orders import DriverError, StartOrder
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.plan import Mode, Plan
from drs_tui.simulator.account import Account
from drs_tui.simulator.endpoint import Endpoint
from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.fleet import Direction, FleetServer
from drs_tui.simulator.instances import RecoveryInstance
from drs_tui.simulator.message import Request, Response
from drs_tui.simulator.neighbours.ec2.network import recovery_subnet
from drs_tui.simulator.neighbours.ec2.types import TYPES
from drs_tui.simulator.operations.jobs import start_recovery
from drs_tui.simulator.scenarios import Scenario
from drs_tui.simulator.scenarios.scenario import Quotas
from drs_tui.simulator.wire import named_operation, refusal
from tests.simulation.loop import VirtualClock, VirtualLoop, run_virtually
from tests.simulation.store import MemoryStore, Shelf

from .memory import drs_model, session_class

REGION = "us-east-1"
LONGEST_SECONDS = 3600.0

JUST_NOW = timedelta(seconds=15)
"""What changes in the moment of a launch no guard can see."""

_ANSWERS = {
    WantedKind.GATE: None,
    WantedKind.GUARD_WARNED: Choice.ACKNOWLEDGE,
    WantedKind.GUARD_BLOCKED: Choice.SKIP,
    WantedKind.LAUNCH_REFUSED: Choice.SKIP,
    WantedKind.LAUNCH_UNKNOWN: Choice.SKIP,
    WantedKind.TIMED_OUT: Choice.EXTEND,
    WantedKind.NOT_ISOLATED: Choice.STOP,
    WantedKind.WAVE_FAILED: Choice.RELAUNCH,
}


@dataclass(frozen=True)
class Happening:
    """Something that others do while the run is under way."""

    after_seconds: float
    kind: str
    """`recovers`, `disconnects`, `launches into`, `replicates back`, `moves`."""

    server_id: str


@dataclass
class SafetyWorld:
    """An account, a plan, an operator who goes on whenever that is possible."""

    fleet: tuple[FleetServer, ...]
    plan: Plan
    mode: Mode = Mode.DRILL
    typed: frozenset[str] = frozenset()
    """The servers whose live instances' ids the operator types at the start."""

    happenings: Sequence[Happening] = ()
    unreadable: frozenset[str] = frozenset()
    """Operations that are refused, whoever asks."""

    quotas: Quotas = field(default_factory=Quotas)

    harm: list[str] = field(default_factory=list)
    """Each launch of a server that should not have been launched, and why."""

    launched: list[str] = field(default_factory=list)
    relaunches_left: int = 2

    def run(self) -> SafetyWorld:
        """Play the run to its end."""
        log = logging.getLogger("drs_tui")
        level = log.level
        log.setLevel(logging.CRITICAL)
        loop = VirtualLoop()
        self.clock = VirtualClock(loop)
        account = Account(
            Scenario("safety", "drawn", fleet=self.fleet, quotas=self.quotas), speed=10.0
        )
        self.endpoint = Endpoint(account, drs_model())
        self.region = account.region(REGION, self.clock.now())
        self.changed: dict[str, datetime] = {}
        now = self.clock.now()
        self.end_instances = frozenset(
            live.recovery_instance_id for each in self.typed for live in self._live(each, now)
        )
        try:
            run_virtually(loop, self._play())
        finally:
            log.setLevel(level)
        return self

    async def _play(self) -> None:
        store = MemoryStore(Shelf("store"))
        settings = Settings("memory:safety", (), state_folder=Path("nowhere"))
        session = session_class(self._answer)

        def open_aws(connection: Any, clock: Any) -> Aws:
            return Aws(connection, clock=clock, http_session_cls=session)

        host = Host(
            settings,
            store,
            None,
            drill_clock=self.clock,
            real_clock=self.clock,
            open_aws=open_aws,
            boot=self.clock.monotonic,
        )
        order = StartOrder(
            Path("nowhere"),
            mode=self.mode,
            acknowledge_all=True,
            end_instances=tuple(self.end_instances),
            reach=Reach(endpoint_url="http://127.0.0.1:8099"),
        )
        others = asyncio.create_task(self._others())
        async with host, asyncio.timeout(LONGEST_SECONDS):
            with suppress(DriverError):
                run_id = await host.begin(self.plan, order)
                operator = asyncio.create_task(self._operate(host, store, run_id))
                await host.ended(run_id)
                operator.cancel()
        others.cancel()
        await asyncio.gather(others, return_exceptions=True)

    async def _operate(self, host: Host, store: MemoryStore, run_id: str) -> None:
        for number in itertools.count(1):
            await self.clock.sleep(5.0)
            run = host.run(run_id)
            if run is None or not run.wanted:
                continue
            wanted = run.wanted[0]
            choice = _ANSWERS[wanted.kind]
            if choice is Choice.RELAUNCH:
                self.relaunches_left -= 1
                choice = Choice.RELAUNCH if self.relaunches_left >= 0 else Choice.ACCEPT
            data: dict[str, Any] = {"wave": wanted.wave, "seq": wanted.seq}
            kind = "decide" if choice else "approve"
            if choice:
                data["choice"] = choice.value
            await store.request(
                Asked(f"{number:026d}", run_id, self.clock.now(), "ana", kind, data)
            )
            host.wake(run_id)

    # What others do -----------------------------------------------------------------------------

    async def _others(self) -> None:
        begun = self.clock.monotonic()
        for happening in sorted(self.happenings, key=lambda each: each.after_seconds):
            await self.clock.sleep(begun + happening.after_seconds - self.clock.monotonic())
            self._happens(happening)

    def _happens(self, happening: Happening) -> None:
        now, server_id = self.clock.now(), happening.server_id
        self.changed[server_id] = now
        match happening.kind:
            case "recovers":
                asked = {"sourceServers": [{"sourceServerID": server_id}], "isDrill": False}
                with suppress(ApiError):
                    start_recovery(self.region, asked, now)
            case "disconnects":
                for instance in self._live(server_id, now):
                    self.region.keep(replace(instance, disconnected_at=now, gone_at=now))
            case "launches into":
                into = {"launchIntoEC2InstanceID": "i-0a11ce0fa11ce00ff"}
                self.region.changes.set_launch(server_id, {"launchIntoInstanceProperties": into})
            case "moves":
                # Somebody sets another subnet between the guards and what comes up.
                server = self.region.fleet[server_id]
                self.region.fleet[server_id] = replace(
                    server, launch=replace(server.launch, subnet_id=None)
                )
            case "replicates back":
                server = self.region.fleet[server_id]
                self.region.fleet[server_id] = replace(server, direction=Direction.FAILBACK)

    # The judge ----------------------------------------------------------------------------------

    def _live(self, server_id: str, now: datetime) -> Iterator[RecoveryInstance]:
        """The instances of a server that no drill brought up and that are not on their way out."""
        for instance in self.region.instances.values():
            ending = instance.shutting_down_at is not None and instance.shutting_down_at <= now
            its = instance.source_server_id == server_id
            if its and not instance.is_drill and instance.exists(now) and not ending:
                yield instance

    def _judge(self, body: dict[str, Any]) -> None:
        now = self.clock.now()
        named = {server.id: server.launch_into for _, server in self.plan.servers()}
        for server_id in (each["sourceServerID"] for each in body["sourceServers"]):
            self.launched.append(server_id)
            if now - self.changed.get(server_id, now - 2 * JUST_NOW) < JUST_NOW:
                continue
            server = self.region.fleet[server_id]
            live = {each.recovery_instance_id for each in self._live(server_id, now)}
            if self.mode is Mode.RECOVERY:
                live -= self.end_instances
            self.harm += [f"{server_id} ends {instance_id}" for instance_id in sorted(live)]
            if server.direction is Direction.FAILBACK:
                self.harm.append(f"{server_id} replicates back")
            settings = self.region.launch_configuration(server)["launchIntoInstanceProperties"]
            into = settings.get("launchIntoEC2InstanceID") or None
            isolation = self.plan.isolation.vpcs if self.mode is Mode.DRILL else ()
            vpc = recovery_subnet(REGION, server).vpc.vpc_id
            if isolation and vpc not in isolation:
                self.harm.append(f"{server_id} comes up in {vpc}")
            if self.mode is Mode.DRILL and into is not None and into != named[server_id]:
                self.harm.append(f"{server_id} is launched into {into}")
        self.harm += self._leaks(now)
        self.harm += self._too_much([each["sourceServerID"] for each in body["sourceServers"]], now)
        if body["isDrill"] is not (self.mode is Mode.DRILL):
            self.harm.append("it is not what it was meant to be")

    def _leaks(self, now: datetime) -> Iterator[str]:
        """The drill instances that run outside while more is launched."""
        isolation = self.plan.isolation.vpcs if self.mode is Mode.DRILL else ()
        for instance in self.region.instances.values():
            server = self.region.fleet[instance.source_server_id]
            vpc = recovery_subnet(REGION, server).vpc.vpc_id
            if isolation and instance.is_drill and instance.exists(now) and vpc not in isolation:
                yield f"{instance.recovery_instance_id} runs in {vpc}"

    def _too_much(self, server_ids: Sequence[str], now: datetime) -> Iterator[str]:
        """What a launch takes that the account does not have."""
        sizes = {kind.name: kind.vcpus for kind in TYPES}
        running = [i.source_server_id for i in self.region.instances.values() if i.exists(now)]
        vcpus = sum(
            sizes[self.region.fleet[each].instance_type] for each in [*running, *server_ids]
        )
        if len(server_ids) > self.quotas.servers_in_a_job:
            yield f"{len(server_ids)} servers in a job"
        if vcpus > self.quotas.vcpus:
            yield f"{vcpus} vCPUs"

    # The wire -----------------------------------------------------------------------------------

    def _answer(self, request: Request) -> Response:
        operation = named_operation(request) or request.path.strip("/")
        if operation in self.unreadable:
            service = "ec2" if request.path == "/" else "drs"
            return refusal(request, service, 403, "AccessDeniedException", "you may not ask")
        if operation == "StartRecovery":
            self._judge(json.loads(request.body))
        return self.endpoint.answer(request, self.clock.now())
