"""What a scenario does to requests, and when."""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from drs_tui.clock import ManualClock, SystemClock
from drs_tui.simulator.message import Response
from drs_tui.simulator.server import Simulator, SimulatorSettings

from .caller import APP_1, DB_1, DB_2, START
from .conformance import drs_model
from .faulty import Client


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
