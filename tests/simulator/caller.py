"""A test's own way to call a simulated Region, and the servers it names."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from drs_tui.simulator.fleet import FLEET
from drs_tui.simulator.operations import perform
from drs_tui.simulator.region import Region
from drs_tui.simulator.scenarios import Scenario
from drs_tui.simulator.scenarios.rules import FaultRule

from .conformance import departures, output_shape

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

DB_1, DB_2, APP_1, APP_2, WEB_1, WEB_2 = (f"s-1a2b3c4d5e6f7000{n}" for n in range(1, 7))
BILLING_DB = "s-1a2b3c4d5e6f71001"
WINDOWS = "s-1a2b3c4d5e6f72002"
STALLED = "s-1a2b3c4d5e6f72003"
SYNCING = "s-1a2b3c4d5e6f72004"


class Caller:
    """Calls one Region at a time of its own, and holds every answer against the model."""

    def __init__(self, region: Region) -> None:
        self.region = region
        self.now = region.created_at

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def __call__(self, operation: str, **parameters: Any) -> dict[str, Any]:
        answer = perform(self.region, operation, parameters, self.now)
        shape = output_shape(operation)
        if answer is None:
            assert shape is None
            return {}
        assert departures(shape, json.loads(json.dumps(answer))) == []
        return answer

    def launch(self, *servers: str, is_drill: bool = True) -> str:
        named = [{"sourceServerID": server} for server in servers]
        answer = self("StartRecovery", sourceServers=named, isDrill=is_drill)
        job_id: str = answer["job"]["jobID"]
        return job_id

    def job(self, job_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self("DescribeJobs", filters={"jobIDs": [job_id]})["items"][0]
        return found

    def log(self, job_id: str) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self("DescribeJobLogItems", jobID=job_id)["items"]
        return items

    def events(self, job_id: str, server: str | None = None) -> list[str]:
        return [
            item["event"]
            for item in self.log(job_id)
            if server is None or item["eventData"].get("sourceServerID") == server
        ]

    def instances(self) -> dict[str, dict[str, Any]]:
        """The recovery instances listed, by source server."""
        items = self("DescribeRecoveryInstances")["items"]
        return {item["sourceServerID"]: item for item in items}

    def server(self, server: str) -> dict[str, Any]:
        asked = {"sourceServerIDs": [server]}
        found: dict[str, Any] = self("DescribeSourceServers", filters=asked)["items"][0]
        return found


def one_server(*, rules: tuple[FaultRule, ...] = (), **changed: Any) -> Caller:
    """A Region that replicates one server."""
    server = replace(FLEET[0], **changed)
    scenario = Scenario("one", "one server", fleet=(server,), rules=rules)
    return Caller(Region("us-east-1", scenario, created_at=START, seed=0, speed=1.0))
