"""A proxy between a driver and DRS, which can do to a call what networks do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias

HEAD_END = b"\r\n\r\n"

Answer: TypeAlias = bytes
"""What goes back to the client, head and body; the connection is cut behind half of it."""


@dataclass(frozen=True)
class Call:
    """A request on its way."""

    request: bytes
    """Head and body."""

    _port: int

    @property
    def body(self) -> bytes:
        """What stands behind the head."""
        return self.request.partition(HEAD_END)[2]

    @property
    def operation(self) -> str:
        """What is asked for: the path without its slash, as rest-json has it."""
        return self.request.split(b" ", 2)[1].decode()[1:]

    async def send(self) -> Answer:
        """Have it answered; each time it is sent anew, on a connection of its own."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(self.request)
            return await _message(reader)
        finally:
            writer.transport.abort()


Fault: TypeAlias = Callable[[Call], Awaitable[Answer]]
"""What becomes of a call."""


async def pass_through(call: Call) -> Answer:
    """What becomes of a call on a good day."""
    return await call.send()


class Proxy:
    """Listens on this machine for a server on this machine; an async context manager."""

    def __init__(self, port: int, fault: Fault) -> None:
        """Stand in front of `port`."""
        self.fault = fault
        """What becomes of each call."""

        self.asked: list[str] = []
        """The operations that were asked for, in order."""

        self._to = port
        self._server: asyncio.Server | None = None
        self._serving = asyncio.TaskGroup()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Self:
        """Listen; a fault that fails itself ends the body of the context."""
        await self._serving.__aenter__()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, whatever is still on its way."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await self._serving.__aexit__(kind, error, trace)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._serving.create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            whole = True
            while whole:
                call = Call(await _message(reader), self._to)
                self.asked.append(call.operation)
                answer = await self.fault(call)
                writer.write(answer)
                await writer.drain()
                whole = is_whole(answer)
        except (asyncio.IncompleteReadError, OSError):
            pass  # Either side may break off whenever it likes.
        finally:
            writer.close()


async def _message(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(HEAD_END)
    return head + await reader.readexactly(_length(head))


def is_whole(answer: Answer) -> bool:
    """Whether an answer is as long as it says."""
    head, end, body = answer.partition(HEAD_END)
    return bool(end) and len(body) == _length(head)


def _length(head: bytes) -> int:
    found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return int(found[1]) if found else 0


def page(status: str, body: bytes, content_type: str = "text/html") -> Answer:
    """An answer that is not DRS's."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}"
    return head.encode() + HEAD_END + body
