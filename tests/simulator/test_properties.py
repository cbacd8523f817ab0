"""A Region under any sequence of calls, at any moments."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from drs_tui.simulator.account import Account
from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.fleet import ELSEWHERE, ORDERS
from drs_tui.simulator.replication import Replication
from drs_tui.simulator.scenarios import SCENARIOS, scenario_named
from drs_tui.simulator.state import Journal
from tests.thoroughness import examples_of

from .caller import START, Caller

NAMES = [server.source_server_id for server in (*ORDERS[:3], *ELSEWHERE)]
SCENARIO = st.sampled_from(sorted(SCENARIOS.keys() - {"large"}))
"""What it has more of is servers that nobody here calls for."""


class AnyCalls(RuleBasedStateMachine):
    @initialize(scenario=SCENARIO, seed=st.integers(0, 50), speed=st.sampled_from([1.0, 60.0]))
    def begin(self, scenario: str, seed: int, speed: float) -> None:
        self.account = Account(scenario_named(scenario), seed=seed, speed=speed)
        self.drs = Caller(self.account.region("us-east-1", START))
        self.logs: dict[str, list[dict[str, Any]]] = {}

    @rule(seconds=st.floats(0, 900))
    def time_passes(self, seconds: float) -> None:
        self.drs.now += timedelta(seconds=seconds)

    @rule(servers=st.lists(st.sampled_from(NAMES), min_size=1, max_size=4), is_drill=st.booleans())
    def launch(self, servers: list[str], is_drill: bool) -> None:
        hopeless = any(not self.is_launchable(server) for server in servers)
        if len(set(servers)) < len(servers) or hopeless or self.held() & set(servers):
            before = self.drs("DescribeJobs")
            with pytest.raises(ApiError):
                self.drs.launch(*servers, is_drill=is_drill)
            assert self.drs("DescribeJobs") == before
        else:
            self.drs.launch(*servers, is_drill=is_drill)

    @rule(data=st.data())
    def terminate(self, data: st.DataObject) -> None:
        instances = self.drs.instances()
        if not instances:
            return
        owners = data.draw(st.lists(st.sampled_from(sorted(instances)), min_size=1, unique=True))
        ids = [instances[owner]["recoveryInstanceID"] for owner in owners]
        if self.held() & set(owners):
            with pytest.raises(ApiError, match="processed by a job"):
                self.drs("TerminateRecoveryInstances", recoveryInstanceIDs=ids)
        else:
            self.drs("TerminateRecoveryInstances", recoveryInstanceIDs=ids)

    @rule(data=st.data())
    def let_go(self, data: st.DataObject) -> None:
        """Disconnect an instance and have DRS forget it."""
        instances = self.drs.instances()
        free = sorted(instances.keys() - self.held())
        if free:
            identity = instances[data.draw(st.sampled_from(free))]["recoveryInstanceID"]
            self.drs("DisconnectRecoveryInstance", recoveryInstanceID=identity)
            self.drs("DeleteRecoveryInstance", recoveryInstanceID=identity)

    @rule(server=st.sampled_from(NAMES))
    def steer(self, server: str) -> None:
        """Stop a replication that runs, start one that doesn't."""
        if server in self.held():
            with pytest.raises(ApiError):
                self.drs("StopReplication", sourceServerID=server)
        elif server in self.drs.region.fleet:
            is_stopped = self.replication(server).state == "STOPPED"
            operation = "StartReplication" if is_stopped else "StopReplication"
            self.drs(operation, sourceServerID=server)

    @rule(server=st.sampled_from(NAMES), mode=st.sampled_from(["FAST", "OPTIMAL"]))
    def configure(self, server: str, mode: str) -> None:
        if server in self.drs.region.fleet and server not in self.held():
            self.drs("UpdateLaunchConfiguration", sourceServerID=server, recoveryMode=mode)

    def replication(self, server: str) -> Replication:
        return self.drs.region.replication(self.drs.region.fleet[server], self.drs.now)

    def is_launchable(self, server: str) -> bool:
        return server in self.drs.region.fleet and self.replication(server).is_launchable

    def held(self) -> set[str]:
        """The servers in running jobs."""
        # Whether DescribeJobs shows them already or not.
        running = self.drs.region.running_jobs(self.drs.now)
        return {part.source_server_id for job in running for part in job.timeline.participants}

    @rule()
    def restart(self) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "state.json"
            with closing(Journal(self.account, path, self.drs.now)):
                pass
            again = Account(self.account.scenario, seed=self.account.seed, speed=self.account.speed)
            with closing(Journal(again, path, self.drs.now)):
                pass
        assert self.everything(again) == self.everything(self.account)
        self.account = again
        self.drs.region = again.regions["us-east-1"]

    def everything(self, account: Account) -> str:
        drs = Caller(account.regions["us-east-1"])
        drs.now = self.drs.now
        jobs = drs("DescribeJobs")["items"]
        logs = [drs.log(job["jobID"]) for job in jobs]
        return json.dumps([jobs, logs, drs.instances(), drs("DescribeSourceServers")["items"]])

    @invariant()
    def a_server_has_at_most_one_instance_and_one_running_job(self) -> None:
        owners = [
            instance.source_server_id
            for instance in self.drs.region.instances.values()
            if instance.exists(self.drs.now) and not instance.is_protected
        ]
        assert len(owners) == len(set(owners))
        running = self.drs.region.running_jobs(self.drs.now)
        assert sum(len(job.timeline.participants) for job in running) == len(self.held())
        shown = [
            part["sourceServerID"]
            for job in self.drs("DescribeJobs")["items"]
            for part in job["participatingServers"]
            if job["status"] != "COMPLETED"
        ]
        # A new job may show late.
        assert set(shown) <= self.held()
        assert len(shown) == len(set(shown))

    @invariant()
    def a_launched_server_names_its_instance_sooner_or_later_and_no_other_does(self) -> None:
        is_late = self.account.scenario.shows_late_seconds > 0
        for job in self.drs("DescribeJobs")["items"]:
            if job["type"] == "LAUNCH":
                for part in job["participatingServers"]:
                    launched = part["launchStatus"] == "LAUNCHED"
                    named = "recoveryInstanceID" in part
                    assert named is launched or (is_late and launched)

    @invariant()
    def a_log_only_grows_and_ends_with_its_job(self) -> None:
        for job in self.drs("DescribeJobs")["items"]:
            log = self.drs.log(job["jobID"])
            earlier = self.logs.get(job["jobID"], [])
            assert log[: len(earlier)] == earlier
            times = [item["logDateTime"] for item in log]
            assert times == sorted(times)
            ended = bool(log) and log[-1]["event"] == "JOB_END"
            assert ended is (job["status"] == "COMPLETED")
            assert ("endDateTime" in job) is ended
            self.logs[job["jobID"]] = log


AnyCalls.TestCase.settings = settings(
    max_examples=examples_of(30), stateful_step_count=20, deadline=None, derandomize=True
)
TestAnyCalls = AnyCalls.TestCase
