"""The simulator as its clients meet it: plain boto3, over a socket."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from drs_tui.clock import ManualClock
from drs_tui.simulator.command import serve
from drs_tui.simulator.errors import StateError
from drs_tui.simulator.server import Simulator, SimulatorSettings

from .caller import APP_1, DB_1, DB_2, START, SYNCING


class Client:
    """boto3 in a thread, so that the loop stays free to answer it."""

    def __init__(self, url: str, region: str) -> None:
        session = boto3.Session(
            aws_access_key_id="AKID", aws_secret_access_key="secret", region_name=region
        )
        config = Config(retries={"total_max_attempts": 1, "mode": "standard"})
        self._of = {
            name: session.client(name, endpoint_url=url, config=config) for name in ("drs", "sts")
        }
        self.exceptions = self._of["drs"].exceptions

    async def __call__(self, method: str, service: str = "drs", **parameters: Any) -> Any:
        call = partial(getattr(self._of[service], method), **parameters)
        return await asyncio.to_thread(call)

    async def all(self, method: str, **parameters: Any) -> list[dict[str, Any]]:
        """Every item of every page."""
        paginator = self._of["drs"].get_paginator(method)
        pages = await asyncio.to_thread(lambda: list(paginator.paginate(**parameters)))
        return [item for page in pages for item in page["items"]]

    async def launch(self, *servers: str) -> str:
        named = [{"sourceServerID": server} for server in servers]
        answer = await self("start_recovery", sourceServers=named, isDrill=True)
        job_id: str = answer["job"]["jobID"]
        return job_id

    def close(self) -> None:
        for client in self._of.values():
            client.close()


Running = AbstractAsyncContextManager[Client]


@pytest.fixture(autouse=True)
def nobodys_aws_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def running(clock: ManualClock) -> Callable[..., Running]:
    @asynccontextmanager
    async def start(region: str = "us-east-1", **settings: Any) -> AsyncIterator[Client]:
        async with Simulator(SimulatorSettings(**settings), clock) as simulator:
            client = await asyncio.to_thread(Client, simulator.endpoint_url, region)
            try:
                yield client
            finally:
                client.close()

    return start


async def test_boto3_performs_a_drill_by_hand(
    running: Callable[..., Running], clock: ManualClock
) -> None:
    async with running() as drs:
        servers = await drs.all("describe_source_servers")
        by_name = {server["tags"]["Name"]: server["sourceServerID"] for server in servers}
        assert by_name["orders-db-1"] == DB_1

        job_id = await drs.launch(DB_1, DB_2)
        clock.advance(900)

        asked = {"jobIDs": [job_id]}
        [job] = (await drs("describe_jobs", filters=asked))["items"]
        assert job["status"] == "COMPLETED"
        log = await drs.all("describe_job_log_items", jobID=job_id)
        assert (log[0]["event"], log[-1]["event"]) == ("JOB_START", "JOB_END")
        instances = await drs.all("describe_recovery_instances")
        ids = [instance["recoveryInstanceID"] for instance in instances]
        assert sorted(part["recoveryInstanceID"] for part in job["participatingServers"]) == ids

        await drs("terminate_recovery_instances", recoveryInstanceIDs=ids)
        clock.advance(300)
        assert await drs.all("describe_recovery_instances") == []


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("describe_source_servers", {}),
        ("describe_jobs", {}),
        ("describe_recovery_instances", {}),
        ("describe_job_log_items", {"jobID": "of the first job"}),
    ],
)
async def test_every_paginator_gives_the_same_by_single_items_as_at_once(
    running: Callable[..., Running],
    clock: ManualClock,
    method: str,
    parameters: dict[str, Any],
) -> None:
    async with running() as drs:
        job_id = await drs.launch(DB_1, DB_2)
        await drs.launch(APP_1)
        clock.advance(900)
        asked = parameters | ({"jobID": job_id} if parameters else {})

        at_once = await drs.all(method, **asked)
        singly = await drs.all(method, PaginationConfig={"PageSize": 1}, **asked)

        assert len(at_once) > 1
        assert singly == at_once


async def test_errors_are_boto3s_own_modelled_exceptions(running: Callable[..., Running]) -> None:
    async with running() as drs:
        await drs.launch(DB_1)

        with pytest.raises(drs.exceptions.ConflictException) as conflict:
            await drs.launch(DB_1)
        with pytest.raises(drs.exceptions.ValidationException) as invalid:
            await drs.launch(SYNCING)
        with pytest.raises(drs.exceptions.ResourceNotFoundException) as missing:
            await drs("describe_job_log_items", jobID="drsjob-" + "0" * 17)

        def response(raised: Any) -> dict[str, Any]:
            found: dict[str, Any] = raised.value.response
            return found

        assert response(conflict)["ResponseMetadata"]["HTTPStatusCode"] == 409
        assert response(conflict)["resourceId"] == DB_1
        assert response(invalid)["reason"] == "other"
        assert "INITIAL_SYNC" in response(invalid)["Error"]["Message"]
        assert response(missing)["ResponseMetadata"]["HTTPStatusCode"] == 404


async def test_what_botocore_lets_through_is_still_refused(
    running: Callable[..., Running],
) -> None:
    async with running() as drs:
        with pytest.raises(drs.exceptions.ValidationException, match="length less than or equal"):
            await drs.launch(*[DB_1] * 201)
        with pytest.raises(drs.exceptions.ValidationException, match="pattern"):
            await drs("describe_jobs", filters={"fromDate": "2026-03-01T12:00:00+00:00"})


async def test_an_operation_not_built_is_one_clear_error(running: Callable[..., Running]) -> None:
    async with running() as drs:
        with pytest.raises(ClientError, match="does not build DescribeSourceNetworks yet"):
            await drs("describe_source_networks")


async def test_two_identical_launches_at_once_start_one_job(
    running: Callable[..., Running],
) -> None:
    async with running() as drs:
        results = await asyncio.gather(drs.launch(DB_1), drs.launch(DB_1), return_exceptions=True)

        refused = [each for each in results if isinstance(each, Exception)]
        assert [type(each).__name__ for each in refused] == ["ConflictException"]
        assert len(await drs.all("describe_jobs")) == 1


async def test_sts_answers_on_the_same_port(running: Callable[..., Running]) -> None:
    async with running() as drs:
        identity = await drs("get_caller_identity", service="sts")

    assert identity["Account"] == "123456789012"
    assert identity["Arn"].startswith("arn:aws:sts::123456789012:assumed-role/")


async def test_the_call_log_has_a_line_a_request(
    running: Callable[..., Running], tmp_path: Path
) -> None:
    path = tmp_path / "calls.jsonl"
    async with running(call_log=path) as drs:
        job_id = await drs.launch(DB_1)
        with pytest.raises(ClientError):
            await drs.launch(DB_1)
        lines = [json.loads(line) for line in path.read_text().splitlines()]

    body = {"sourceServers": [{"sourceServerID": DB_1}], "isDrill": True}
    assert lines == [
        {
            "at": "2026-03-01T12:00:00+00:00",
            "operation": "StartRecovery",
            "body": body,
            "status": status,
            "error": error,
            "job_id": job,
            "attempt": 1,
            "service": "drs",
            "account": "123456789012",
            "region": "us-east-1",
            "access_key": "AKID",
            "fault": None,
        }
        for status, error, job in ((202, None, job_id), (409, "ConflictException", None))
    ]


async def test_a_restart_keeps_jobs_and_instances(
    running: Callable[..., Running], clock: ManualClock, tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    async with running(state=path) as drs:
        job_id = await drs.launch(DB_1)
        # What a client was told is on disk before it was told.
        assert job_id in path.read_text()
    clock.advance(900)
    async with running(state=path) as drs:
        [job] = await drs.all("describe_jobs")
        assert (job["jobID"], job["status"]) == (job_id, "COMPLETED")
        assert len(await drs.all("describe_recovery_instances")) == 1


async def test_a_damaged_state_file_keeps_it_from_starting(
    running: Callable[..., Running], tmp_path: Path
) -> None:
    path = tmp_path / "state.json"
    path.write_text("{")
    with pytest.raises(StateError, match=r"state\.json"):
        async with running(state=path):
            pass


async def test_a_state_file_that_cannot_be_written_is_found_at_the_start(
    running: Callable[..., Running], tmp_path: Path
) -> None:
    with pytest.raises(FileNotFoundError):
        async with running(state=tmp_path / "nowhere" / "state.json"):
            pass


async def test_a_port_in_use_is_named(clock: ManualClock) -> None:
    async with Simulator(SimulatorSettings(), clock) as first:
        port = int(first.endpoint_url.rpartition(":")[2])
        with pytest.raises(OSError, match=rf"port {port} of 127\.0\.0\.1 is in use"):
            async with Simulator(SimulatorSettings(port=port), clock):
                pass


def test_an_unknown_scenario_or_speed_is_refused(clock: ManualClock) -> None:
    with pytest.raises(ValueError, match="choose one of calm, failures, live-recovery"):
        Simulator(SimulatorSettings(scenario="storm"), clock)
    with pytest.raises(ValueError, match="speed must be above 0"):
        Simulator(SimulatorSettings(), clock, speed=0)


async def test_alone_it_announces_itself_and_serves_until_cancelled() -> None:
    said: list[str] = []
    announced = asyncio.Event()

    def announce(text: str) -> None:
        said.append(text)
        announced.set()

    serving = asyncio.create_task(serve(SimulatorSettings(), 600, announce))
    await announced.wait()
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving

    assert "at http://127.0.0.1:" in said[0]
    assert "600 times as fast" in said[0]


@pytest.mark.parametrize("module", ["drs_tui.simulator", "drs_tui.simulator.server"])
def test_importing_the_simulator_loads_no_sdk_and_no_web_server(module: str) -> None:
    heavy = "{'botocore', 'aiohttp', 'aiobotocore', 'boto3'}"
    code = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
