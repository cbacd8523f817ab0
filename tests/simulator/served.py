"""A simulator on a socket, and plain boto3 that holds all it is answered against the model."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel, Shape

from drs_tui.clock import ManualClock
from drs_tui.simulator.account import Account
from drs_tui.simulator.scenarios import Scenario
from drs_tui.simulator.server import Simulator, SimulatorSettings

from .caller import START
from .clients import Led
from .conformance import departures

UNDECLARED = {
    ("DeleteRecoveryInstance", "ResourceNotFoundException"),
    ("DescribeJobLogItems", "ResourceNotFoundException"),
    ("DescribeRecoveryInstances", "ValidationException"),
    ("StartRecovery", "ValidationException"),
    ("TerminateRecoveryInstances", "ValidationException"),
}
"""Errors that DRS answers, by records or by necessity, though its model doesn't declare them."""


class Drs:
    """A boto3 client whose every answer and every error has to be what the model says."""

    def __init__(self, url: str, clock: ManualClock, region: str) -> None:
        self.clock = clock
        self.departures: list[str] = []
        self.held = 0
        """How many answers were held against the model."""

        self._led = Led("drs", region, url, self._hold)
        self.client = self._led.client

    def close(self) -> None:
        self._led.let_go()

    def __call__(self, operation: str, **parameters: Any) -> dict[str, Any]:
        held = self.held
        answer: dict[str, Any] = getattr(self.client, xform_name(operation))(**parameters)
        assert self.held > held
        del answer["ResponseMetadata"]
        return answer

    def refusal(self, operation: str, **parameters: Any) -> ClientError:
        """The error that a call ends in."""
        try:
            self(operation, **parameters)
        except ClientError as error:
            return error
        raise AssertionError(f"{operation} was not refused")

    def pages(self, operation: str, size: int | None = None, **parameters: Any) -> list[list[Any]]:
        """The items of each page."""
        paginator = self.client.get_paginator(xform_name(operation))
        key = paginator.result_keys[0].expression
        config = {} if size is None else {"PageSize": size}
        return [page[key] for page in paginator.paginate(PaginationConfig=config, **parameters)]

    def launch(self, *servers: str, **parameters: Any) -> str:
        """Start a drill of servers; the job's id."""
        named = [{"sourceServerID": server} for server in servers]
        answer = self("StartRecovery", sourceServers=named, isDrill=True, **parameters)
        job_id: str = answer["job"]["jobID"]
        return job_id

    def launched(self, *servers: str) -> dict[str, str]:
        """Drill servers to the end; their recovery instances, by source server."""
        self.launch(*servers)
        self.clock.advance(3600)
        items = self("DescribeRecoveryInstances")["items"]
        return {item["sourceServerID"]: item["recoveryInstanceID"] for item in items}

    def _hold(
        self, operation_model: OperationModel, response_dict: dict[str, Any], **_: Any
    ) -> None:
        self.held += 1
        headers = {name.lower(): text for name, text in response_dict["headers"].items()}
        name, body = operation_model.name, response_dict["body"]
        assert "x-drs-simulator" in headers
        assert parsedate_to_datetime(headers["date"]) == self.clock.now().replace(microsecond=0)
        assert headers["x-amzn-requestid"]
        if response_dict["status_code"] < 300:
            found = _of_an_answer(operation_model, response_dict["status_code"], body)
        else:
            found = _of_an_error(operation_model, response_dict["status_code"], headers, body)
        self.departures += [f"{name}: {line}" for line in found]


def _of_an_answer(operation: OperationModel, status: int, body: bytes) -> list[str]:
    if status != operation.http["responseCode"]:
        return [f"status {status} is not the model's"]
    has_body = operation.output_shape is not None and status != 204
    if not has_body:
        return [f"there is a body: {body!r}"] if body else []
    return departures(operation.output_shape, json.loads(body or b"{}"))


def _of_an_error(
    operation: OperationModel, status: int, headers: Mapping[str, str], body: bytes
) -> list[str]:
    code = headers["x-amzn-errortype"]
    declared = {shape.name for shape in operation.error_shapes}
    if code not in declared and (operation.name, code) not in UNDECLARED:
        return [f"{code} is not declared"]
    shape = operation.service_model.shape_for(code)
    found = departures(shape, json.loads(body) | _in_headers(shape, headers))
    if status != shape.metadata["error"]["httpStatusCode"]:
        found.append(f"{code} came with status {status}")
    return found


def _in_headers(shape: Shape, headers: Mapping[str, str]) -> dict[str, Any]:
    """The members of an error that don't stand in its body."""
    found: dict[str, Any] = {}
    for name, member in shape.members.items():
        header = member.serialization.get("name", name).lower()
        if member.serialization.get("location") == "header" and header in headers:
            text = headers[header]
            found[name] = int(text) if member.type_name == "integer" else text
    return found


@contextmanager
def served(
    scenario: Scenario | str = "calm", region: str = "us-east-1", **settings: Any
) -> Iterator[Drs]:
    """Serve a scenario in a thread of its own, and find nothing but what the model says."""
    clock = ManualClock(START)
    name = scenario if isinstance(scenario, str) else "calm"
    simulator = Simulator(SimulatorSettings(scenario=name, **settings), clock)
    if isinstance(scenario, Scenario):
        simulator._account = Account(scenario)
    with serving(simulator):
        drs = Drs(simulator.endpoint_url, clock, region)
        try:
            yield drs
        finally:
            drs.close()
    assert drs.departures == []


@contextmanager
def serving(simulator: Simulator) -> Iterator[None]:
    """Have a simulator listen, in a thread of its own."""
    ready, loop, over = threading.Event(), asyncio.new_event_loop(), asyncio.Event()

    async def serve() -> None:
        async with simulator:
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=[serve()])
    thread.start()
    try:
        assert ready.wait(10)
        yield
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
