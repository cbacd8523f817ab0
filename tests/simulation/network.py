"""The network between a process and the simulated DRS, as the SDK's HTTP session."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from aiobotocore.awsrequest import AioAWSResponse
from aiohttp.client_reqrep import ConnectionKey
from botocore.exceptions import (
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from drs_tui.simulator.message import Request, Response
from drs_tui.simulator.wire import named_operation
from tests.simulation.drs import CHANGES, MoodyDrs, error
from tests.simulation.faults import CHANGE, REQUEST_FAULTS, Weather
from tests.simulation.process import Process
from tests.simulation.trace import Trace
from tests.simulation.witness import Witness

_BROKEN_BODIES = (b"", b"[]", b'{"job": {"jobID"', b"<html>Bad Gateway</html>", b"{}", b"null")


@dataclass
class Network:
    """Carries requests to DRS, and answers back, or not."""

    loop: asyncio.AbstractEventLoop
    drs: MoodyDrs
    weather: Weather
    random: Random
    trace: Trace
    witness: Witness
    colleague_launches: Callable[[str], None] = lambda _: None
    """Has somebody else launch a source server."""

    under_way: set[asyncio.Task[Any]] = field(default_factory=set)

    def session_class(self, process: Process) -> type:
        """The SDK's HTTP session, for the clients of one process."""
        network = self

        class MemorySession:
            def __init__(self, *, timeout: tuple[float, float], **_: object) -> None:
                self._read_seconds = timeout[1]

            async def __aenter__(self) -> MemorySession:
                return self

            async def __aexit__(self, *_: object) -> None:
                await self.close()

            async def close(self) -> None:
                """Nothing is open."""

            async def send(self, request: Any) -> AioAWSResponse:
                return await network.send(process, request, self._read_seconds)

        return MemorySession

    async def send(self, process: Process, sent: Any, read_seconds: float) -> AioAWSResponse:
        """Carry one request of a process there and back."""
        body = sent.body.encode() if isinstance(sent.body, str) else bytes(sent.body or b"")
        headers = {name.lower(): _text(value) for name, value in sent.headers.items()}
        path = urlsplit(sent.url).path
        request = Request(sent.method, path, headers, body)
        operation = named_operation(request) or path.strip("/")
        change = operation in CHANGES
        # No stop between the last look at the lease and the wire: that gap is one of microseconds,
        # and no client can close it.
        if not (change and process.stops_just_now):
            await process.passes("" if change else f"before {operation}")
        if change:
            self.witness.departed(process.name, operation, json.loads(body))
        fault = self.weather.strikes(REQUEST_FAULTS, self.loop.time(), CHANGE if change else 1)
        if fault or change:
            self.trace.add(f"{process.name} sends {operation} {fault and f'({fault})'}")
        try:
            async with asyncio.timeout(read_seconds):
                response = await self._carry(process, operation, request, sent.url, fault)
        except TimeoutError:
            await process.passes()
            raise ReadTimeoutError(endpoint_url=sent.url) from None
        except (ConnectionClosedError, EndpointConnectionError):
            await process.passes(f"after {operation}", hot=change)
            raise
        except Exception as error:
            # What is wrong with the simulation must not pass for what is wrong with the network.
            self.witness.breach(f"{operation} could not be simulated: {error!r}")
            raise
        await process.passes(f"after {operation}", hot=change)
        if change:
            self.trace.add(f"{process.name} is told {response.status} of {operation}")
            self.witness.answered(operation, json.loads(body), response)
        answer = AioAWSResponse(sent.url, response.status, dict(response.headers), None)
        answer._content = response.body
        return answer

    async def _carry(
        self, process: Process, operation: str, request: Request, url: str, fault: str
    ) -> Response:
        random = self.random
        await asyncio.sleep(random.uniform(0.005, 0.2))
        match fault:
            case "request refused":
                key = ConnectionKey("127.0.0.1", 8099, False, True, None, None, None)
                refused = aiohttp.ClientConnectorError(key, ConnectionRefusedError(111, "refused"))
                raise EndpointConnectionError(endpoint_url=url, error=refused)
            case "request lost":
                reset = aiohttp.ClientOSError(104, "reset by peer")
                raise EndpointConnectionError(endpoint_url=url, error=reset)
            case "request swallowed":
                await process.never()
            case "server error before":
                return error(random.choice((500, 503)), "InternalServerException")
            case "overtaken by a colleague" if operation == "StartRecovery":
                servers = json.loads(request.body)["sourceServers"]
                self.colleague_launches(random.choice(servers)["sourceServerID"])
            case "throttled":
                seconds = random.choice((1, 5, 30))
                return error(429, "ThrottlingException", retryAfterSeconds=seconds)
            case "request delayed":
                # Goes its way even if nobody waits for it any more.
                delay = random.uniform(1, 150)
                return await asyncio.shield(self._spawn(delay, process, operation, request))
        answer = await self._arrive(process, operation, request)
        match fault:
            case "answer lost":
                gone = aiohttp.ServerDisconnectedError()
                raise ConnectionClosedError(error=gone, request=None, endpoint_url=url)
            case "answer delayed":
                await asyncio.sleep(random.uniform(1, 150))
            case "server error after":
                return error(random.choice((500, 502, 504)), "InternalServerException")
            case "answer broken":
                body = random.choice((*_BROKEN_BODIES, answer.body[: len(answer.body) // 2]))
                status = answer.status if random.random() < 0.7 else 502
                return Response(status, answer.headers, body)
            case "request duplicated":
                # Sooner than any job ends: a copy that comes later no client could prevent.
                second = self._spawn(random.uniform(0.0, 0.05), process, operation, request)
                if random.random() < 0.6:
                    return await asyncio.shield(second)
        await asyncio.sleep(random.uniform(0.005, 0.2))
        return answer

    def _spawn(
        self, seconds: float, process: Process, operation: str, request: Request
    ) -> asyncio.Task[Response]:
        """A request on its way, which nobody can call back."""

        async def travel() -> Response:
            await asyncio.sleep(seconds)
            return await self._arrive(process, operation, request)

        task = self.loop.create_task(travel(), name=f"under way {len(self.under_way)}")
        self.under_way.add(task)
        return task

    async def _arrive(self, process: Process, operation: str, request: Request) -> Response:
        response = self.drs.answer(operation, request)
        if operation in CHANGES:
            self.trace.add(
                f"DRS answers {operation} of {process.name}: "
                f"{response.status} {response.error or ''} {response.job_id or ''}"
            )
            self.witness.arrived(operation, response)
        return response


def _text(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
