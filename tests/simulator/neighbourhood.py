"""A simulator on a socket, and plain boto3 clients of all that it serves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.model import OperationModel

from drs_tui.clock import ManualClock
from drs_tui.simulator.server import Simulator, SimulatorSettings

from .caller import START
from .clients import Led
from .conformance import departures

BOOTED = 3600.0
"""Seconds after which a launch is over, its instances pass their checks, their agents report."""


class Neighbourhood:
    """boto3 in threads, so that the loop stays free to answer it.

    Every answer is held against the output shape: of JSON the text itself, so that members which
    botocore would drop are found too; of XML what botocore reads.
    """

    def __init__(self, url: str, clock: ManualClock, region: str) -> None:
        self.clock = clock
        self._url = url
        self._region = region
        self._led: dict[str, Led] = {}
        self._bodies: list[bytes] = []

    async def __call__(self, service: str, operation: str, **parameters: Any) -> dict[str, Any]:
        client = await asyncio.to_thread(self.client, service)
        answer: dict[str, Any] = await asyncio.to_thread(
            partial(getattr(client, xform_name(operation)), **parameters)
        )
        model = client.meta.service_model.operation_model(operation)
        self._hold(model, answer)
        return answer

    async def refused(self, service: str, operation: str, **parameters: Any) -> tuple[int, str]:
        """The HTTP status and the code of the error that a call ends in."""
        client = await asyncio.to_thread(self.client, service)
        try:
            await asyncio.to_thread(partial(getattr(client, xform_name(operation)), **parameters))
        except ClientError as error:
            metadata = error.response["ResponseMetadata"]
            return metadata["HTTPStatusCode"], error.response["Error"]["Code"]
        raise AssertionError(f"{operation} was not refused")

    async def pages(self, service: str, operation: str, size: int, **parameters: Any) -> list[Any]:
        """All pages of an operation, each held against the model."""
        client = await asyncio.to_thread(self.client, service)
        paginator = client.get_paginator(xform_name(operation))
        config = {"PageSize": size}
        pages = await asyncio.to_thread(
            lambda: list(paginator.paginate(PaginationConfig=config, **parameters))
        )
        for page in pages:
            self._hold(client.meta.service_model.operation_model(operation), page)
        return pages

    async def launch(self, *servers: str, is_drill: bool = True) -> str:
        named = [{"sourceServerID": server} for server in servers]
        client = await asyncio.to_thread(self.client, "drs")
        answer = await asyncio.to_thread(
            partial(client.start_recovery, sourceServers=named, isDrill=is_drill)
        )
        job_id: str = answer["job"]["jobID"]
        return job_id

    async def recovery_instances(self) -> dict[str, dict[str, Any]]:
        """The recovery instances that DRS lists, by source server."""
        client = await asyncio.to_thread(self.client, "drs")
        answer = await asyncio.to_thread(client.describe_recovery_instances)
        return {item["sourceServerID"]: item for item in answer["items"]}

    async def terminate(self, instance_id: str) -> None:
        client = await asyncio.to_thread(self.client, "drs")
        terminate = partial(client.terminate_recovery_instances, recoveryInstanceIDs=[instance_id])
        await asyncio.to_thread(terminate)

    async def instances(self, **parameters: Any) -> dict[str, dict[str, Any]]:
        """EC2's instances, by id."""
        answer = await self("ec2", "DescribeInstances", **parameters)
        return {
            instance["InstanceId"]: instance
            for reservation in answer["Reservations"]
            for instance in reservation["Instances"]
        }

    def client(self, service: str) -> Any:
        if service not in self._led:
            self._led[service] = Led(service, self._region, self._url, self._keep_body)
        return self._led[service].client

    def close(self) -> None:
        for led in self._led.values():
            led.let_go()

    def _keep_body(self, response_dict: dict[str, Any], **_: Any) -> None:
        self._bodies.append(response_dict["body"])

    def _hold(self, model: OperationModel, answer: dict[str, Any]) -> None:
        if model.metadata["protocol"] == "json":
            read = json.loads(self._bodies[-1])
        else:
            read = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
        assert departures(model.output_shape, read) == []


@asynccontextmanager
async def neighbourhood(region: str = "us-east-1", **settings: Any) -> AsyncIterator[Neighbourhood]:
    clock = ManualClock(START)
    async with Simulator(SimulatorSettings(**settings), clock) as simulator:
        around = Neighbourhood(simulator.endpoint_url, clock, region)
        try:
            yield around
        finally:
            around.close()


def tags(resource: dict[str, Any]) -> dict[str, str]:
    """A resource's tags by key."""
    return {tag["Key"]: tag["Value"] for tag in resource["Tags"]}
