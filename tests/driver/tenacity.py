"""What breaks around a drill: AWS that answers strangely, and disks that take nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.audit.store import StoreUnavailable
from drs_tui.clock import SystemClock
from drs_tui.simulator.endpoint import Endpoint
from drs_tui.simulator.message import Request, Response
from tests.driver.drills import DEADLINE_SECONDS, Drill

Items: TypeAlias = list[dict[str, Any]]


async def until(reached: Callable[[], bool]) -> None:
    """Return once something holds that no event tells of."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not reached():
            await SystemClock().sleep(0.02)


async def drill_time(drill: Drill, span: timedelta) -> None:
    """Let so much drill time pass."""
    clock = drill.world.drill_clock
    end = clock.now() + span
    await until(lambda: clock.now() >= end)


async def trouble_said(drill: Drill, *words: str) -> str:
    """What the driver tells its watchers once that has all of these words in it."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while True:
            lease = await drill.world.store.lease(drill.run_id)
            trouble = lease.pulse.trouble if lease and lease.pulse else ""
            if all(word in trouble for word in words) and bool(words) == bool(trouble):
                return trouble
            await SystemClock().sleep(0.02)


# AWS --------------------------------------------------------------------------------------------


class StrangeAws:
    """Stands in the simulator's front door, so that the change goes over the wire."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        """The operations asked for, in order."""
        self.ahead = timedelta()
        """How far AWS's clock is ahead of ours."""
        self._rules: list[Callable[[Response], Response | None]] = []
        through = Endpoint.answer

        def answer(endpoint: Endpoint, request: Request, now: datetime) -> Response:
            response = through(endpoint, request, now + self.ahead)
            self.asked.append(response.operation or "")
            for rule in self._rules:
                response = rule(response) or response
            return response

        monkeypatch.setattr(Endpoint, "answer", answer)
        # What is to be seen is how the driver goes on, not how the SDK tries again.
        monkeypatch.setattr("drs_tui.aws.service._ATTEMPTS_OF_A_READ", 1)

    def count(self, operation: str) -> int:
        """How often something was asked for."""
        return self.asked.count(operation)

    @contextmanager
    def answering(self, change: Callable[[Response], Response | None]) -> Iterator[None]:
        """For a while, change answers; None leaves one as it is."""
        self._rules.append(change)
        try:
            yield
        finally:
            self._rules.remove(change)


def refusing(
    code: str, status: int, *operations: str, headers: Mapping[str, str] | None = None
) -> Callable[[Response], Response | None]:
    """An error in the place of the answers to some reads, or to all."""

    def change(response: Response) -> Response | None:
        name = response.operation or ""
        if not (name in operations if operations else name.startswith("Describe")):
            return None
        return replace(
            response,
            status=status,
            headers={**response.headers, "x-amzn-ErrorType": code, **(headers or {})},
            body=json.dumps({"message": "not now", "code": code}).encode(),
        )

    return change


def with_body(operation: str, change: Callable[[bytes], bytes]) -> Callable[[Response], Response]:
    """Other bytes in the answers to an operation."""

    def rule(response: Response) -> Response:
        right = response.operation == operation and response.status == 200
        return replace(response, body=change(response.body)) if right else response

    return rule


def with_items(operation: str, change: Callable[[Items], Items]) -> Callable[[Response], Response]:
    """Other items in the answers to a read."""

    def rewrite(body: bytes) -> bytes:
        answer = json.loads(body)
        return json.dumps({**answer, "items": change(answer["items"])}).encode()

    return with_body(operation, rewrite)


# Disks ------------------------------------------------------------------------------------------


async def fill(store: SqliteStore) -> None:
    """Let the disk of a store be full, by SQLite's own limit."""

    def to_the_brim(db: Any) -> None:
        db.execute("PRAGMA max_page_count = 1")  # as few as there are
        for number in range(100_000):
            db.execute("INSERT INTO requests VALUES ('nobody', ?, ?)", (str(number), "x" * 100))

    with pytest.raises(StoreUnavailable, match="full"):
        await store._do(to_the_brim)


async def forbid_writing(store: SqliteStore) -> None:
    """Let the file of a store be read-only."""
    await store._do(lambda db: db.execute("PRAGMA query_only = ON"))


async def mend(store: SqliteStore) -> None:
    """Let a store take what it is given again."""
    await store._do(lambda db: db.execute("PRAGMA max_page_count = 1000000").fetchone())
    await store._do(lambda db: db.execute("PRAGMA query_only = OFF"))


# Networks ---------------------------------------------------------------------------------------


class Gateway:
    """A TCP proxy to a port of this machine, that can refuse, lose answers, or stand still."""

    def __init__(self, port: int) -> None:
        self.mode = "through"
        """`through`, `refuse`, `lose answers` or `stall`."""
        self.refused = 0
        self._to = port
        self._flows: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where it listens."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def __aenter__(self) -> Gateway:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop, and end what flows."""
        assert self._server is not None
        self._server.close()
        for flow in self._flows:
            flow.cancel()
        await asyncio.gather(*self._flows, return_exceptions=True)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        flow = asyncio.get_running_loop().create_task(self._join(reader, writer))
        self._flows.add(flow)
        flow.add_done_callback(self._flows.discard)

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self._to)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._flow(reader, inner_writer, answers=False))
                both.create_task(self._flow(inner_reader, writer, answers=True))
        except* OSError:
            pass  # Either side may break off whenever it likes.
        finally:
            writer.transport.abort()
            inner_writer.transport.abort()

    async def _flow(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool
    ) -> None:
        while data := await reader.read(65536):
            if self.mode == "refuse" or (self.mode == "lose answers" and answers):
                self.refused += 1
                raise ConnectionResetError
            while self.mode == "stall":
                await SystemClock().sleep(0.02)
            writer.write(data)
            await writer.drain()
        raise ConnectionResetError
