"""An account in which faults strike, and whoever calls it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from drs_tui.simulator.account import Account
from drs_tui.simulator.endpoint import Endpoint
from drs_tui.simulator.message import Request, Response
from drs_tui.simulator.scenarios import scenario_named
from drs_tui.simulator.scenarios.reading import parse_scenario

from .caller import START, Caller
from .conformance import drs_model


class Client:
    """Whoever calls an account in which these faults are."""

    def __init__(
        self, *faults: str, scenario: str | None = None, seed: int = 0, speed: float = 1.0
    ) -> None:
        listed = "".join(f"  - {{{fault}}}\n" for fault in faults)
        text = f"summary: as the test says\nfaults:\n{listed}"
        self.account = Account(
            scenario_named(scenario) if scenario else parse_scenario(text, "x.yaml", name="x"),
            seed=seed,
            speed=speed,
        )
        self.endpoint = Endpoint(self.account, drs_model())
        self.now = START

    def pass_time(self, **duration: float) -> None:
        self.now += timedelta(**duration)

    def __call__(self, operation: str, region: str = "us-east-1", **parameters: Any) -> Response:
        return self._send("drs", region, f"/{operation}", {}, json.dumps(parameters).encode())

    def query(self, service: str, action: str) -> Response:
        """A request in the older protocol of EC2 and STS."""
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        return self._send(service, "us-east-1", "/", headers, f"Action={action}".encode())

    def _send(
        self, service: str, region: str, path: str, headers: dict[str, str], body: bytes
    ) -> Response:
        scope = f"Credential=AKID/20260301/{region}/{service}/aws4_request"
        headers = {**headers, "authorization": f"AWS4-HMAC-SHA256 {scope}, Signature=00"}
        return self.endpoint.answer(Request("POST", path, headers, body), self.now)

    def launch(self, *servers: str) -> Response:
        named = [{"sourceServerID": server} for server in servers]
        return self("StartRecovery", sourceServers=named, isDrill=True)

    @property
    def drs(self) -> Caller:
        """The Region itself, which no fault of requests reaches."""
        caller = Caller(self.account.region("us-east-1", self.now))
        caller.now = self.now
        return caller

    def jobs(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.drs("DescribeJobs")["items"]
        return found

    def launched(self, *servers: str) -> dict[str, str]:
        """The launch status of each server once the job is over, or an hour later."""
        assert self.launch(*servers).status == 202
        self.pass_time(hours=1)
        parts = self.jobs()[0]["participatingServers"]
        return {part["sourceServerID"]: part["launchStatus"] for part in parts}
