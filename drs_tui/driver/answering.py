"""Answering over a socket: one connection, question by question, until it ends."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drs_tui import __version__
from drs_tui.config import Settings
from drs_tui.driver.orders import DriverError, DriverUnreachable
from drs_tui.driver.places import places_of
from drs_tui.driver.wire import LONGEST_LINE, error_to_data, read_line, write_line

if TYPE_CHECKING:
    from drs_tui.driver.host import Host

_log = logging.getLogger(__name__)


class Answering:
    """Answers about the credentials of what a process drives; a background driver more."""

    def __init__(self, host: asyncio.Future[Host], log_file: Path) -> None:
        """Answer for `host`, when it is there; `log_file` has what went wrong."""
        self.connections = 0
        """How many there are now."""

        self.wanted = asyncio.Event()
        """Whether anything was asked that takes the host."""

        self._host = host
        self._log_file = log_file
        self._asked: dict[str, Callable[[Mapping[str, Any]], Awaitable[object]]] = {
            "credentials": self._credentials,
            "renew": self._renew,
        }

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection, question by question, until it ends."""
        self.connections += 1
        try:
            while line := await reader.readline():
                writer.write(write_line(await self._answer(line)))
                await writer.drain()
        except (ConnectionError, ValueError) as error:
            _log.warning("a connection broke: %s", error)
        finally:
            self.connections -= 1
            writer.close()

    async def _answer(self, line: bytes) -> Mapping[str, object]:
        try:
            question = read_line(line)
            asked = self._asked.get(str(question.get("ask")))
            if asked is None:
                raise DriverError(f"driver {__version__} does not know {question.get('ask')!r}")
            return {"answer": await asked(question)}
        except DriverError as error:
            return {"error": error_to_data(error)}
        except Exception as error:
            _log.exception("a question failed")
            words = f"{type(error).__name__}: {error}; see {self._log_file}"
            return {"error": error_to_data(DriverError(words))}

    async def _there(self) -> Host:
        self.wanted.set()
        return await self._host

    async def _credentials(self, question: Mapping[str, Any]) -> object:
        from drs_tui.driver.renewal_wire import held_to_data

        found = await (await self._there()).credentials(str(question["run_id"]))
        return [held_to_data(each) for each in found]

    async def _renew(self, question: Mapping[str, Any]) -> object:
        from drs_tui.driver.renewal_wire import renewal_from_data, renewed_to_data

        order = renewal_from_data(question["order"])
        return renewed_to_data(await (await self._there()).renew(order))


@asynccontextmanager
async def answering(settings: Settings, host: Host) -> AsyncIterator[None]:
    """Answer what is asked of a process that drives in the foreground, for as long as it does.

    Where it can't listen, it drives all the same, and its credentials can't be renewed.
    """
    async with AsyncExitStack() as stack:
        if settings.simulation is None:
            try:
                await _listen(settings, host, stack)
            except (DriverUnreachable, OSError) as error:
                _log.warning("nobody can renew the credentials of this process: %s", error)
        yield


async def _listen(settings: Settings, host: Host, stack: AsyncExitStack) -> None:
    places = places_of(settings)
    path = places.socket_of(os.getpid())
    path.unlink(missing_ok=True)
    there: asyncio.Future[Host] = asyncio.get_running_loop().create_future()
    there.set_result(host)
    service = Answering(there, places.log)
    server = await asyncio.start_unix_server(service.serve, path=str(path), limit=LONGEST_LINE)
    stack.callback(server.close)
    stack.callback(path.unlink, missing_ok=True)
    path.chmod(0o600)
