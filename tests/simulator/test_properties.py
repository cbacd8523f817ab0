"""A Region under any sequence of calls, at any moments."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from drs_tui.simulator import state
from drs_tui.simulator.account import Account
from drs_tui.simulator.errors import ApiError
from drs_tui.simulator.fleet import ELSEWHERE, ORDERS
from drs_tui.simulator.scenarios import SCENARIOS, scenario_named

from .caller import START, SYNCING, Caller

NAMES = [server.source_server_id for server in (*ORDERS[:3], *ELSEWHERE)]
SCENARIO = st.sampled_from(sorted(SCENARIOS))


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
        if len(set(servers)) < len(servers) or SYNCING in servers or self.held() & set(servers):
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

    def held(self) -> set[str]:
        """The servers in running jobs."""
        return {
            part["sourceServerID"]
            for job in self.drs("DescribeJobs")["items"]
            for part in job["participatingServers"]
            if job["status"] != "COMPLETED"
        }

    @rule()
    def restart(self) -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "state.json"
            state.save(self.account, path)
            again = Account(self.account.scenario, seed=self.account.seed, speed=self.account.speed)
            state.load(again, path, self.drs.now)
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
        items = self.drs("DescribeRecoveryInstances")["items"]
        owners = [item["sourceServerID"] for item in items]
        assert len(owners) == len(set(owners))
        held = [
            part["sourceServerID"]
            for job in self.drs("DescribeJobs")["items"]
            for part in job["participatingServers"]
            if job["status"] != "COMPLETED"
        ]
        assert len(held) == len(self.held())

    @invariant()
    def a_launched_server_names_its_instance_and_only_then(self) -> None:
        for job in self.drs("DescribeJobs")["items"]:
            if job["type"] == "LAUNCH":
                for part in job["participatingServers"]:
                    launched = part["launchStatus"] == "LAUNCHED"
                    assert ("recoveryInstanceID" in part) is launched

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
    max_examples=40, stateful_step_count=20, deadline=None, derandomize=True
)
TestAnyCalls = AnyCalls.TestCase
