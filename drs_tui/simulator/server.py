"""The simulator on a socket: a thin skin of aiohttp over the endpoint."""

from __future__ import annotations

import asyncio
import errno
import json
import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING

from drs_tui.clock import Clock
from drs_tui.simulator.account import Account
from drs_tui.simulator.endpoint import Endpoint, access_key
from drs_tui.simulator.message import Request, Response
from drs_tui.simulator.scenarios import find_scenario
from drs_tui.simulator.service_models import service_model
from drs_tui.simulator.state import Journal

if TYPE_CHECKING:
    from aiohttp import web

_SHUTDOWN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """What to simulate, and where to be reached."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 takes any free port."""
    scenario: str = "calm"
    """The name of a built-in one, or a file."""
    seed: int = 0
    state: Path | None = None
    """A file that keeps the account between starts."""
    call_log: Path | None = None
    """A file that gets one JSON line a request."""


class Simulator:
    """A simulated DRS that can be called while its context is open."""

    def __init__(self, settings: SimulatorSettings, clock: Clock, *, speed: float = 1.0) -> None:
        """Prepare to serve by `clock`; jobs take 1/`speed` of their nominal time on it.

        Raises:
            ValueError: the scenario is unknown, or `speed` is not above 0.
        """
        if not speed > 0:
            raise ValueError(f"speed must be above 0, not {speed}")
        scenario = find_scenario(settings.scenario)
        self._settings = settings
        self._clock = clock
        self._account = Account(scenario, seed=settings.seed, speed=speed)
        self._journal: Journal | None = None
        self._call_log: IO[str] | None = None
        self._endpoint: Endpoint | None = None
        self._runner: web.AppRunner | None = None
        self._port = settings.port

    @property
    def endpoint_url(self) -> str:
        """Where clients reach it."""
        host = self._settings.host
        return f"http://[{host}]:{self._port}" if ":" in host else f"http://{host}:{self._port}"

    async def __aenter__(self) -> Simulator:
        """Load the state and listen.

        Raises:
            StateError: the state file can't be used.
            OSError: the address can't be listened on, or a file not be written.
        """
        from aiohttp import web

        settings = self._settings
        if settings.state is not None:
            # A file that can't be written is better found now than in mid-drill.
            self._journal = Journal(self._account, settings.state, self._clock.now())
        self._endpoint = Endpoint(self._account, service_model("drs"))
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(
            app,
            access_log=None,
            shutdown_timeout=_SHUTDOWN_SECONDS,
            handler_cancellation=True,
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, settings.host, settings.port).start()
            self._port = self._runner.addresses[0][1]
            if settings.call_log is not None:
                self._call_log = settings.call_log.open("a", encoding="utf-8")
        except OSError as failure:
            await self._close()
            if failure.errno == errno.EADDRINUSE:
                words = f"port {settings.port} of {settings.host} is in use; choose another port"
                raise OSError(errno.EADDRINUSE, words) from failure
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening and keep the state."""
        await self._close()

    async def _close(self) -> None:
        assert self._runner is not None
        try:
            await self._runner.cleanup()
        finally:
            if self._journal is not None:
                self._journal.close()
            if self._call_log is not None:
                self._call_log.close()

    async def _handle(self, request: web.Request) -> web.Response:
        from aiohttp import web

        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        url = request.rel_url
        asked = Request(request.method, url.raw_path, headers, body, url.raw_query_string)
        now = self._clock.now()
        assert self._endpoint is not None
        response = self._endpoint.answer(asked, now)
        # Before the answer leaves: what a client was told must survive a crash.
        if self._journal is not None:
            self._journal.keep()
        self._write_call(asked, response, now)
        await self._hold_back(response.delay_seconds)
        if response.is_lost:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        return web.Response(status=response.status, headers=response.headers, body=response.body)

    async def _hold_back(self, seconds: float) -> None:
        if seconds == math.inf:
            # Until the client hangs up, or the server ends: both cancel this.
            await asyncio.Event().wait()
        if seconds:
            await self._clock.sleep(seconds)

    def _write_call(self, asked: Request, response: Response, now: datetime) -> None:
        if self._call_log is None:
            return
        line = {
            "at": now.isoformat(),
            "operation": response.operation,
            "body": response.parameters,
            "status": response.status,
            "error": response.error,
            "job_id": response.job_id,
            "attempt": _attempt(asked.headers.get("amz-sdk-request", "")),
            "service": response.service or None,
            "account": response.account or None,
            "region": response.region or None,
            "access_key": access_key(asked) or None,
            "fault": response.fault,
        }
        self._call_log.write(json.dumps(line) + "\n")
        self._call_log.flush()


def _attempt(sdk_request: str) -> int | None:
    """The number in `amz-sdk-request: attempt=1; max=3`, which the AWS SDKs send."""
    for part in sdk_request.split(";"):
        name, _, value = part.strip().partition("=")
        if name == "attempt" and value.isdecimal():
            return int(value)
    return None
