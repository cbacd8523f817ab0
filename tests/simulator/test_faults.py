"""What a scenario does to requests, to launches and to replication."""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from drs_tui.clock import ManualClock, SystemClock
from drs_tui.simulator.account import Account
from drs_tui.simulator.endpoint import Endpoint
from drs_tui.simulator.message import Request, Response
from drs_tui.simulator.scenarios import scenario_named
from drs_tui.simulator.scenarios.reading import parse_scenario
from drs_tui.simulator.server import Simulator, SimulatorSettings

from .caller import APP_1, APP_2, DB_1, DB_2, START, WEB_1, Caller
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


def told(response: Response) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.body)
    return found


# Requests ---------------------------------------------------------------------------------------


def test_a_throttled_launch_was_not_started() -> None:
    client = Client("kind: throttle, operations: [StartRecovery], count: 1, retry_after: 7s")

    refused = client.launch(DB_1)
    assert (refused.status, refused.error) == (429, "ThrottlingException")
    assert refused.headers["Retry-After"] == "7"
    assert refused.fault == "throttle"
    assert client.jobs() == []
    assert client.launch(DB_1).status == 202


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        ("kind: throttle", 429, "ThrottlingException"),
        ("kind: error", 500, "InternalServerException"),
        ("kind: conflict", 409, "ConflictException"),
        ("kind: quota", 402, "ServiceQuotaExceededException"),
        ("kind: access-denied", 403, "AccessDeniedException"),
        ("kind: expired-credentials", 403, "ExpiredTokenException"),
    ],
)
def test_a_refusal_is_in_the_words_of_drs_and_changes_nothing(
    fault: str, status: int, error: str
) -> None:
    client = Client(fault)
    refused = client.launch(DB_1)

    assert (refused.status, refused.error) == (status, error)
    assert refused.headers["x-amzn-ErrorType"] == error
    members = (
        drs_model().shape_for(error).members
        if error in drs_model().shape_names
        else {"message": None}
    )
    assert set(told(refused)) <= set(members)
    assert client.account.regions.get("us-east-1") is None or client.jobs() == []


def test_a_conflict_names_a_server_of_the_request() -> None:
    assert told(Client("kind: conflict").launch(DB_2, DB_1))["resourceId"] == DB_2


def test_an_error_can_have_taken_effect() -> None:
    client = Client("kind: error, operations: [StartRecovery], takes_effect: true")
    response = client.launch(DB_1)

    assert response.status == 500
    assert [job["jobID"] for job in client.jobs()] == [response.job_id]


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_gateways_error_is_a_page_without_an_error_type(status: int) -> None:
    response = Client(f"kind: error, status: {status}")("DescribeJobs")

    assert response.status == status
    assert "x-amzn-ErrorType" not in response.headers
    assert response.headers["Content-Type"] == "text/html"


def test_a_lost_request_never_arrived_and_a_lost_answer_came_too_late() -> None:
    lost_request = Client("kind: lost-request, operations: [StartRecovery]")
    lost_answer = Client("kind: lost-answer, operations: [StartRecovery]")
    first, second = lost_request.launch(DB_1), lost_answer.launch(DB_1)

    assert first.is_lost
    assert second.is_lost
    assert (first.status, first.job_id, lost_request.jobs()) == (0, None, [])
    assert [job["jobID"] for job in lost_answer.jobs()] == [second.job_id]


def test_a_request_sent_twice_is_answered_the_second_time() -> None:
    client = Client("kind: duplicate, count: 1")
    response = client.launch(DB_1)

    assert (response.status, response.error) == (409, "ConflictException")
    assert len(client.jobs()) == 1


@pytest.mark.parametrize(
    ("body", "check"),
    [
        ("truncated", lambda text: text.startswith('{"items": [{') and not text.endswith("}")),
        ("html", lambda text: text.startswith("<html>")),
        ("empty", lambda text: not text),
    ],
)
def test_a_malformed_answer_says_that_all_is_well(body: str, check: Callable[[str], bool]) -> None:
    response = Client(f"kind: malformed, body: {body}")("DescribeSourceServers")

    assert response.status == 200
    assert check(response.body.decode())


def test_a_late_answer_is_late_in_drill_time() -> None:
    for speed in (1.0, 60.0):
        response = Client("kind: delay, by: 30s", speed=speed)("DescribeJobs")
        assert (response.status, response.delay_seconds) == (200, 30 / speed)


@pytest.mark.parametrize("takes_effect", ["true", "false"])
def test_a_hanging_request_takes_effect_if_the_scenario_says_so(takes_effect: str) -> None:
    client = Client(f"kind: hang, takes_effect: {takes_effect}, operations: [StartRecovery]")

    assert client.launch(DB_1).delay_seconds == math.inf
    assert len(client.jobs()) == (takes_effect == "true")


def test_an_outage_is_of_a_region_and_of_all_its_services() -> None:
    client = Client("kind: outage, regions: [us-east-1]")

    assert client("DescribeJobs").is_lost
    assert client.query("ec2", "DescribeInstances").is_lost
    assert client("DescribeJobs", region="eu-west-1").status == 200
    assert Client("kind: outage, status: 503")("DescribeJobs").status == 503


@pytest.mark.parametrize(
    ("service", "fault", "status", "code"),
    [
        ("ec2", "throttle", 503, "RequestLimitExceeded"),
        ("ec2", "error", 500, "InternalError"),
        ("ec2", "expired-credentials", 400, "RequestExpired"),
        ("ec2", "access-denied", 403, "UnauthorizedOperation"),
        ("sts", "throttle", 400, "Throttling"),
        ("sts", "expired-credentials", 403, "ExpiredToken"),
    ],
)
def test_other_services_fail_in_their_own_words(
    service: str, fault: str, status: int, code: str
) -> None:
    action = "GetCallerIdentity" if service == "sts" else "DescribeInstances"
    client = Client(f"kind: {fault}, operations: ['{service}:*']")
    response = client.query(service, action)

    assert (response.status, response.error, response.service) == (status, code, service)
    assert f"<Code>{code}</Code>" in response.body.decode()
    assert client("DescribeJobs").status == 200


# When it strikes --------------------------------------------------------------------------------


def test_the_first_rule_that_strikes_wins() -> None:
    client = Client("kind: throttle, count: 1", "kind: error, operations: ['Describe*']")

    assert client("DescribeJobs").error == "ThrottlingException"
    assert client("DescribeJobs").error == "InternalServerException"
    assert client.launch(DB_1).status == 202


def test_a_fault_strikes_as_often_as_it_says() -> None:
    client = Client("kind: throttle, operations: ['Describe*'], count: 2")

    assert [client("DescribeJobs").status for _ in range(4)] == [429, 429, 200, 200]


@pytest.mark.parametrize("speed", [1.0, 60.0])
def test_a_window_is_drill_time_since_the_first_request(speed: float) -> None:
    client = Client("kind: throttle, from: 1m, until: 2m", speed=speed)
    seen = []
    for _ in range(5):
        seen.append(client("DescribeJobs").status)
        client.pass_time(seconds=30 / speed)

    assert seen == [200, 200, 429, 429, 200]


def test_a_fault_of_servers_strikes_requests_that_name_them() -> None:
    client = Client("kind: error, servers: ['orders-db-*']")

    assert client.launch(APP_1, DB_2).status == 500
    assert client.launch(APP_1).status == 202
    client.pass_time(hours=1)
    [instance] = client.drs.instances().values()
    spared = client("TerminateRecoveryInstances", recoveryInstanceIDs=[instance["ec2InstanceID"]])
    assert spared.status == 200


def test_an_instance_stands_for_its_source_server() -> None:
    client = Client("kind: error, servers: [orders-db-1], operations: [TerminateRecovery*]")
    client.launched(DB_1)
    [instance] = client.drs.instances().values()

    refused = client("TerminateRecoveryInstances", recoveryInstanceIDs=[instance["ec2InstanceID"]])
    assert refused.status == 500


def test_the_same_seed_strikes_the_same_and_another_seed_does_not() -> None:
    def statuses(seed: int) -> list[int]:
        client = Client("kind: throttle, probability: 0.3", seed=seed)
        return [client("DescribeJobs").status for _ in range(200)]

    assert statuses(1) == statuses(1) != statuses(2)
    assert 40 <= Counter(statuses(1))[429] <= 80


def test_the_same_bad_night_is_answered_the_same_byte_for_byte() -> None:
    def night(seed: int) -> list[tuple[int, str | None, bytes]]:
        client = Client(scenario="chaos", seed=seed)
        answers = []
        for turn in range(60):
            calls = (
                client.launch(DB_1, APP_1),
                client("DescribeJobs"),
                client("DescribeSourceServers"),
            )
            answers += [(each.status, each.fault, each.body) for each in calls]
            client.pass_time(seconds=20 + turn)
        return answers

    first = night(5)
    assert first == night(5) != night(6)
    assert len({fault for _, fault, _ in first}) > 5


# Launches ---------------------------------------------------------------------------------------


def test_a_failed_launch_quotes_ec2_and_leaves_the_others_alone() -> None:
    client = Client("kind: launch-failure, servers: [orders-db-2], raw_error: No capacity")

    assert client.launched(DB_1, DB_2) == {DB_1: "LAUNCHED", DB_2: "FAILED"}
    job_id = client.jobs()[0]["jobID"]
    [failure] = [each for each in client.drs.log(job_id) if each["event"] == "LAUNCH_FAILED"]
    assert failure["eventData"] == {"sourceServerID": DB_2, "rawError": "No capacity"}


def test_a_failed_conversion_never_gets_to_its_launch() -> None:
    client = Client("kind: conversion-failure, count: 1")

    assert client.launched(DB_1, DB_2) == {DB_1: "FAILED", DB_2: "LAUNCHED"}
    events = client.drs.events(client.jobs()[0]["jobID"], DB_1)
    assert events[-2:] == ["CONVERSION_START", "CONVERSION_FAIL"]
    assert client.launched(DB_1) == {DB_1: "LAUNCHED"}


def test_a_skipped_server_stays_pending() -> None:
    client = Client("kind: skipped, servers: [orders-db-1]")

    assert client.launched(DB_1, DB_2) == {DB_1: "PENDING", DB_2: "LAUNCHED"}
    assert client.drs.events(client.jobs()[0]["jobID"], DB_1) == ["SERVER_SKIPPED"]


def test_without_ec2_rights_the_log_ends_after_the_snapshots_as_it_was_recorded() -> None:
    client = Client("kind: no-ec2-rights")

    assert client.launched(DB_1, DB_2) == {DB_1: "FAILED", DB_2: "FAILED"}
    [job] = client.jobs()
    events = client.drs.events(job["jobID"])
    assert Counter(events) == {
        "JOB_START": 1,
        "SNAPSHOT_START": 2,
        "SNAPSHOT_END": 2,
        "JOB_END": 1,
    }
    began, ended = (
        datetime.fromisoformat(job[member]) for member in ("creationDateTime", "endDateTime")
    )
    # 3 m 24 s were recorded.
    assert timedelta(minutes=3) < ended - began < timedelta(minutes=4)
    assert client.drs.instances() == {}


def test_a_stuck_server_holds_its_job_until_it_goes_on() -> None:
    client = Client("kind: stuck, in: launch, lasts: 2h, servers: [orders-db-1]")

    assert client.launched(DB_1, DB_2) == {DB_1: "IN_PROGRESS", DB_2: "LAUNCHED"}
    assert client.jobs()[0]["status"] == "STARTED"
    assert client.launch(DB_2).error == "ConflictException"
    client.pass_time(hours=2)
    assert client.jobs()[0]["status"] == "COMPLETED"


def test_a_server_that_nobody_frees_is_stuck_for_good() -> None:
    client = Client("kind: stuck, in: conversion")
    client.launch(DB_1)
    client.pass_time(days=30)

    assert client.jobs()[0]["status"] == "STARTED"
    assert client.drs.events(client.jobs()[0]["jobID"], DB_1)[-1] == "CONVERSION_START"


def test_an_instance_that_vanishes_was_launched_all_the_same() -> None:
    client = Client("kind: vanishing-instance, after: 2h, servers: [orders-db-1]")

    assert client.launched(DB_1, DB_2) == {DB_1: "LAUNCHED", DB_2: "LAUNCHED"}
    assert set(client.drs.instances()) == {DB_1, DB_2}
    client.pass_time(hours=2)
    assert set(client.drs.instances()) == {DB_2}
    assert len(client.jobs()) == 1


def test_a_snapshot_that_fails_makes_an_older_one_do() -> None:
    client = Client("kind: snapshot-failure")

    assert client.launched(DB_1) == {DB_1: "LAUNCHED"}
    events = client.drs.events(client.jobs()[0]["jobID"], DB_1)
    assert events[:3] == ["SNAPSHOT_START", "SNAPSHOT_FAIL", "USING_PREVIOUS_SNAPSHOT"]


def test_of_two_ends_a_server_meets_the_first_and_is_stuck_before_it() -> None:
    client = Client(
        "kind: stuck, in: launch, lasts: 30m",
        "kind: launch-failure, raw_error: first",
        "kind: launch-failure, raw_error: second",
    )

    assert client.launched(DB_1) == {DB_1: "FAILED"}
    assert '"first"' in json.dumps(client.drs.log(client.jobs()[0]["jobID"]))
    ended = datetime.fromisoformat(client.jobs()[0]["endDateTime"])
    assert ended - START > timedelta(minutes=30)


def test_a_rule_does_not_wear_out_on_servers_that_another_has_struck() -> None:
    client = Client(
        "kind: launch-failure, count: 1",
        "kind: skipped, count: 1",
        "kind: stuck, in: launch, count: 1",
        "kind: stuck, in: conversion, lasts: 30m, count: 1",
    )

    assert client.launched(DB_1, DB_2, APP_1) == {
        DB_1: "IN_PROGRESS",
        DB_2: "PENDING",
        APP_1: "LAUNCHED",
    }
    client.pass_time(days=1)
    assert client.jobs()[0]["status"] == "STARTED"


def test_chance_strikes_servers_one_by_one() -> None:
    client = Client("kind: launch-failure, probability: 0.5", seed=3)
    found = client.launched(DB_1, DB_2, APP_1, APP_2, WEB_1)

    assert set(found.values()) == {"LAUNCHED", "FAILED"}


# Replication ------------------------------------------------------------------------------------


def test_replication_stalls_while_the_window_is_open_and_its_lag_grows() -> None:
    client = Client("kind: stalled-replication, servers: [orders-db-1], from: 10m, until: 30m")

    def replication() -> tuple[str, str]:
        info = client.drs.server(DB_1)["dataReplicationInfo"]
        return info["dataReplicationState"], info["lagDuration"]

    client("DescribeJobs")
    assert replication()[0] == "CONTINUOUS"
    client.pass_time(minutes=15)
    assert replication() == ("STALLED", "PT5M")
    client.pass_time(minutes=5)
    assert replication() == ("STALLED", "PT10M")
    assert client.drs.server(DB_2)["dataReplicationInfo"]["dataReplicationState"] == "CONTINUOUS"
    client.pass_time(minutes=15)
    assert replication()[0] == "CONTINUOUS"


# On the wire ------------------------------------------------------------------------------------

CALL = (
    b"POST /DescribeJobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
    b"Authorization: AWS4-HMAC-SHA256 Credential=A/20260301/us-east-1/drs/aws4_request\r\n\r\n{}"
)


async def until(reached: Callable[[], bool]) -> None:
    while not reached():
        await SystemClock().sleep(0.005)


class Wire:
    """A simulator with one fault, and raw connections to it."""

    def __init__(self, folder: Path, fault: str) -> None:
        self.clock = ManualClock(START)
        scenario = folder / "scenario.yaml"
        scenario.write_text(f"summary: x\nfaults: [{{{fault}}}]\n")
        self.log = folder / "calls.jsonl"
        self.simulator = Simulator(
            SimulatorSettings(scenario=str(scenario), call_log=self.log), self.clock
        )

    async def call(self) -> asyncio.StreamReader:
        port = int(self.simulator.endpoint_url.rpartition(":")[2])
        reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        self.writer.write(CALL)
        return reader

    async def arrived(self) -> dict[str, Any]:
        """What the call log says, once it says something."""
        await until(lambda: self.log.exists() and self.log.read_text() != "")
        found: dict[str, Any] = json.loads(self.log.read_text())
        return found


async def test_a_lost_answer_closes_the_connection_and_is_in_the_call_log(tmp_path: Path) -> None:
    wire = Wire(tmp_path, "kind: lost-answer")
    async with wire.simulator:
        with pytest.raises((ConnectionResetError, asyncio.IncompleteReadError)):
            await (await wire.call()).readexactly(1)
        line = await wire.arrived()
        wire.writer.close()

    assert (line["fault"], line["status"], line["service"]) == ("lost-answer", 200, "drs")


async def test_a_late_answer_comes_when_the_drills_clock_says_so(tmp_path: Path) -> None:
    wire = Wire(tmp_path, "kind: delay, by: 20s")
    async with wire.simulator:
        answer = asyncio.ensure_future((await wire.call()).readline())
        await wire.arrived()
        await until(lambda: wire.clock.next_wake() is not None)
        assert wire.clock.next_wake() == 20
        assert not answer.done()
        wire.clock.advance(20)
        assert await answer == b"HTTP/1.1 200 OK\r\n"
        wire.writer.close()


async def test_a_hanging_answer_keeps_the_connection_until_the_client_leaves(
    tmp_path: Path,
) -> None:
    wire = Wire(tmp_path, "kind: hang")
    async with wire.simulator:
        reader = await wire.call()
        assert (await wire.arrived())["fault"] == "hang"
        assert not reader.at_eof()
        wire.writer.close()
        await wire.writer.wait_closed()
