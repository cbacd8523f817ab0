"""Asking the background driver for something, and starting it first if it does not run."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from socket import AF_UNIX, socket
from typing import TYPE_CHECKING, Any

from drs_tui import __version__
from drs_tui.audit.store import Request
from drs_tui.clock import Clock, SystemClock
from drs_tui.config import Settings, Simulation
from drs_tui.driver.orders import (
    DriverUnreachable,
    NoDriver,
    Standing,
    StartOrder,
    Welcome,
)
from drs_tui.driver.places import Places, places_of
from drs_tui.driver.running import ask_running
from drs_tui.driver.wire import (
    LONGEST_LINE,
    error_from_data,
    order_to_data,
    read_line,
    request_to_data,
    settings_from_text,
    settings_to_text,
    standing_from_data,
    welcome_from_data,
    write_line,
)

if TYPE_CHECKING:
    from drs_tui.driver.renewals import Held, Renewal, Renewed

START_SECONDS = 20.0
"""How long a driver may take to start, in real time."""

EXIT_ALREADY_RUNNING = 10
"""What a driver ends with when another one holds its lock."""

ANSWER_SECONDS = 180.0
"""How long an answer may take: a preflight of the largest plan is the slowest question."""


RENEWAL_SECONDS = 120.0
"""How long a driver may take to have STS say whose credentials are, and to read its own."""


class DriverClient:
    """The driver of this user and store, over its socket."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        """Connect to nothing yet; `clock` is real time."""
        self._settings = settings
        self._clock = clock or SystemClock()
        self._asking = asyncio.Lock()
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        self._begun = 0
        """The process that was started before anything was asked of it."""

    def begin(self) -> None:
        """Start the driver if none listens, to be there when something is asked of it.

        What goes wrong is said then.
        """
        with suppress(DriverUnreachable, OSError):
            places = places_of(self._settings)
            with socket(AF_UNIX) as listening:
                if listening.connect_ex(str(places.socket)):
                    self._begun = spawn(self._settings, places)

    async def welcome(self) -> Welcome:
        """Start the driver if need be, and ask what it is.

        A driver that simulates something else, or is of another version, gives way if it drives
        nothing.

        Raises:
            DriverUnreachable: it did not start or answer, or is busy with another simulation.
        """
        answer = await self._ask({"ask": "welcome"})
        welcome = welcome_from_data(answer["welcome"])
        theirs = settings_from_text(answer["settings"]).simulation
        ours = self._settings.simulation
        if theirs == ours and welcome.version == __version__:
            return welcome
        if welcome.active_runs:
            if same_world(theirs, ours):
                return welcome
            raise DriverUnreachable(
                f"the driver of {welcome.store} is busy with {', '.join(welcome.active_runs)} "
                f"on {welcome.scenario or 'AWS'}: wait until it has ended, or name another --store"
            )
        await self._ask({"ask": "stop"})
        await self._until_ended()
        answer = await self._ask({"ask": "welcome"})
        return welcome_from_data(answer["welcome"])

    async def start(self, order: StartOrder) -> str:
        """Create a run and drive it; returns its id once `run.created` is stored.

        Raises:
            StartBlocked: preflight stands in the way.
            StartUnconfirmed: there are warnings to be acknowledged first.
            DriverError: anything else, in words.
        """
        placed = replace(order, reach=self._settings.reach)
        return str(await self._ask({"ask": "start", "order": order_to_data(placed)}))

    async def drive(self, run_id: str) -> None:
        """Take over a run that nobody drives.

        Raises:
            DriverError: the run is unknown, or somebody else drives it.
        """
        await self._ask({"ask": "drive", "run_id": run_id})

    async def wake(self, run_id: str) -> None:
        """Have the driver look at the requests of a run now rather than soon.

        Raises:
            DriverError: it could not be asked, or can't take up a run that nobody drives.
        """
        await self._ask({"ask": "wake", "run_id": run_id})

    # What only a driver that runs already can do stands in line behind no long question.

    async def standing(self, run_id: str) -> Standing | None:
        """How a run stands; None if it isn't driven here, or no driver runs (none is started).

        Raises:
            DriverUnreachable: a driver runs, and does not answer.
        """
        try:
            answer = await ask_running(self._settings, {"ask": "standing", "run_id": run_id})
        except NoDriver:
            return None
        return None if answer is None else standing_from_data(answer)

    async def request(self, request: Request) -> None:
        """Hand a request to the driver itself, as the store that it belongs into is out of reach.

        Raises:
            NoDriver: none runs here.
            DriverError: its run is not driven here, or the answer cannot be written.
        """
        await ask_running(self._settings, {"ask": "request", "request": request_to_data(request)})

    async def detach(self, run_id: str, actor: str, text: str = "") -> None:
        """Have a run go on though the audit store is out of reach, on this machine's disk alone.

        Raises:
            NoDriver: none runs here.
            DriverError: it is not driven by this driver, or its store is in reach.
        """
        question = {"ask": "detach", "run_id": run_id, "actor": actor, "text": text}
        await ask_running(self._settings, question)

    async def credentials(self, run_id: str, holder: str = "") -> list[Held]:
        """What a run is signed for with; what new ones would be, without an id.

        The driver here is asked, or what drives the run in the foreground, by its lease's `holder`.

        Raises:
            NoDriver: none runs here.
            DriverError: it is not driven here, or on a simulator on this machine.
        """
        from drs_tui.driver.renewal_wire import held_from_data

        question = {"ask": "credentials", "run_id": run_id}
        answer = await ask_running(self._settings, question, RENEWAL_SECONDS, holder=holder)
        return [held_from_data(each) for each in answer]

    async def renew(self, order: Renewal, holder: str = "") -> Renewed:
        """Have the driver sign with other credentials from now on; see `Host.renew`.

        Raises:
            NoDriver: none runs here.
            RenewalRefused: they have ended, are of another account, or STS does not take them.
            DriverError: it is not clear which are meant, or that can't be recorded.
        """
        from drs_tui.driver.renewal_wire import renewal_to_data, renewed_from_data

        question = {"ask": "renew", "order": renewal_to_data(order)}
        answer = await ask_running(self._settings, question, RENEWAL_SECONDS, holder=holder)
        return renewed_from_data(answer)

    async def close(self) -> None:
        """Let go of the connection; a driver without runs and connections ends by itself."""
        if self._streams is not None:
            writer = self._streams[1]
            self._streams = None
            writer.close()
            with suppress(OSError):  # the driver may have let go of it first
                await writer.wait_closed()

    async def _ask(self, question: Mapping[str, object]) -> Any:
        async with self._asking:
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    reader, writer = await self._connected()
                    writer.write(write_line(question))
                    await writer.drain()
                    line = await reader.readline()
            except (OSError, ValueError) as error:
                await self.close()
                words = str(error) or "it did not answer in time"
                raise DriverUnreachable(f"the driver cannot be asked: {words}") from error
            if not line:
                await self.close()
                log = places_of(self._settings).log
                raise DriverUnreachable(f"the driver ended before it answered; see {log}")
        answer = read_line(line)
        if "error" in answer:
            raise error_from_data(answer["error"])
        return answer.get("answer")

    async def _until_ended(self) -> None:
        """Wait for the driver to let go of the connection, which it does by ending.

        Raises:
            DriverUnreachable: it does not end.
        """
        if self._streams is not None:
            try:
                async with asyncio.timeout(START_SECONDS):
                    with suppress(ConnectionError):
                        await self._streams[0].read()
            except TimeoutError as error:
                await self.close()
                log = places_of(self._settings).log
                raise DriverUnreachable(
                    f"the driver was asked to give way, and has not ended; see {log}"
                ) from error
        await self.close()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._streams is not None and not self._streams[0].at_eof():
            return self._streams
        places = places_of(self._settings)
        pid, self._begun = self._begun, 0
        deadline = self._clock.monotonic() + START_SECONDS
        while True:
            try:
                self._streams = await asyncio.open_unix_connection(
                    str(places.socket), limit=LONGEST_LINE
                )
                return self._streams
            except (FileNotFoundError, ConnectionRefusedError):
                pid = self._started(places, pid)
            if self._clock.monotonic() > deadline:
                raise DriverUnreachable(
                    f"the driver did not start within {START_SECONDS:.0f} s; see {places.log}"
                )
            await self._clock.sleep(0.05)

    def _started(self, places: Places, pid: int) -> int:
        """Start the driver, or see that the one that was started has not failed."""
        if not pid:
            return spawn(self._settings, places)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if not ended:
            return pid
        if os.waitstatus_to_exitcode(status) == EXIT_ALREADY_RUNNING:
            # Another one is just starting, or just ending: try again.
            return 0
        lines = places.log.read_text(errors="replace").splitlines()
        raise DriverUnreachable(f"the driver did not start: {lines[-1] if lines else 'no words'}")


def same_world(theirs: Simulation | None, ours: Simulation | None) -> bool:
    """Whether two simulations differ in their speed at most."""
    if theirs is None or ours is None:
        return theirs is ours
    return replace(theirs, speed=ours.speed) == ours


def spawn(settings: Settings, places: Places) -> int:
    """Start the driver in a session of its own, so that it outlives this terminal; its pid."""
    log = (os.POSIX_SPAWN_OPEN, 1, places.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    return os.posix_spawn(
        sys.executable,
        [sys.executable, "-m", "drs_tui.driver", settings_to_text(settings)],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            log,
            (os.POSIX_SPAWN_DUP2, 1, 2),
        ],
        setsid=True,
    )
