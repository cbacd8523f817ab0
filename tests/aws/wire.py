"""A server on this machine that answers by a script, well or badly, and counts what arrives."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from drs_tui.aws.connection import Aws, Connection

Answer = Callable[["Wire", web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Arrival:
    operation: str
    body: Mapping[str, Any]
    headers: Mapping[str, str]


@dataclass
class Wire:
    """Answers the first request by the first answer, and so on; the last one is given again."""

    answers: list[Answer]
    arrivals: list[Arrival] = field(default_factory=list)
    endpoint_url: str = ""
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_post("/{operation:.*}", self._handle)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0]
        self.endpoint_url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        text = await request.text()
        body = json.loads(text) if text.startswith("{") else {}
        self.arrivals.append(Arrival(request.match_info["operation"], body, dict(request.headers)))
        self.arrived.set()
        answer = self.answers[min(len(self.arrivals), len(self.answers)) - 1]
        return await answer(self, request)


@asynccontextmanager
async def served(*answers: Answer, **settings: Any) -> AsyncIterator[tuple[Wire, Aws]]:
    """A server that gives these answers, and the doors to it."""
    async with (
        Wire(list(answers)) as server,
        Aws(Connection(endpoint_url=server.endpoint_url), **settings) as aws,
    ):
        yield server, aws


def ok(body: object, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    return raw(json.dumps(body), status=status, headers=headers)


def raw(body: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    async def answer(wire: Wire, request: web.Request) -> web.StreamResponse:
        return web.Response(
            text=body, status=status, headers=headers, content_type="application/json"
        )

    return answer


def error(status: int, code: str, message: str = "no", **members: object) -> Answer:
    headers = {"x-amzn-ErrorType": code}
    if "retryAfterSeconds" in members:
        headers["Retry-After"] = str(members.pop("retryAfterSeconds"))
    return ok({"message": message, **members}, status=status, headers=headers)


async def reset(wire: Wire, request: web.Request) -> web.StreamResponse:
    """Cut the connection after the request was received."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


async def truncated(wire: Wire, request: web.Request) -> web.StreamResponse:
    """Announce more of an answer than comes."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"job": {"jobID"')
    assert request.transport is not None
    request.transport.close()
    return response


async def silence(wire: Wire, request: web.Request) -> web.StreamResponse:
    """Never answer while anyone listens."""
    await wire.closing.wait()
    return web.Response()
