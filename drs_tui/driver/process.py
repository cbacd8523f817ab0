"""The background driver: one process per user and store, started on demand, gone when idle."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from drs_tui import __version__
from drs_tui.audit.holder import Holder
from drs_tui.audit.store import RunStore, StoreError
from drs_tui.clock import Clock, SystemClock
from drs_tui.config import Settings
from drs_tui.driver.answering import Answering
from drs_tui.driver.client import EXIT_ALREADY_RUNNING
from drs_tui.driver.orders import DriverError, Welcome
from drs_tui.driver.places import Places, places_of
from drs_tui.driver.wire import (
    LONGEST_LINE,
    order_from_data,
    request_from_data,
    settings_from_text,
    settings_to_text,
    standing_to_data,
)
from drs_tui.driver.world import Ground, open_ground, open_host
from drs_tui.garbage import nothing_collected

if TYPE_CHECKING:
    from drs_tui.driver.host import Host
    from drs_tui.model.state.run import Run

IDLE_SECONDS = 5.0
"""How long a driver without runs and connections stays, in real time."""

UNASKED_SECONDS = 0.5
"""How long a new driver waits for something to do before it loads what that takes, in real time:
the app that started it first asks who answers, and its simulator whose account it is."""

_log = logging.getLogger(__name__)


def main() -> None:
    """Run the driver for the settings in the one argument; `python -m drs_tui.driver SETTINGS`."""
    settings = settings_from_text(sys.argv[1])
    os.chdir("/")  # so that no file system is kept from being unmounted
    places = places_of(settings)
    logging.basicConfig(
        filename=places.log,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    lock = os.open(places.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(EXIT_ALREADY_RUNNING)
    try:
        asyncio.run(_drive(settings, places))
    except (StoreError, ValueError, OSError) as error:
        # The app that started this process shows what it says last.
        _log.exception("the driver cannot go on")
        print(error, file=sys.stderr, flush=True)
        sys.exit(1)


async def _drive(settings: Settings, places: Places) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    # A closed terminal is no reason to stop: the drill goes on.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def changed(run: Run) -> None:
        service.run_changed(run)

    async with AsyncExitStack() as stack:
        # Somebody waits for what is imported here: first for the simulator, if there is one.
        with nothing_collected():
            ground = await stack.enter_async_context(open_ground(settings))
        host: asyncio.Future[Host] = loop.create_future()
        service = Service(settings, ground, host, places.log, clock=SystemClock(), ended=ended)
        places.socket.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(
            service.serve, path=str(places.socket), limit=LONGEST_LINE
        )
        places.socket.chmod(0o600)
        _log.info("driver %s started, store %s", __version__, settings.store)
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(UNASKED_SECONDS):
                    await service.wanted.wait()
            with nothing_collected():
                opened = await stack.enter_async_context(open_host(settings, ground, changed))
            host.set_result(opened)
            resuming = asyncio.create_task(resume_own(opened, ground.store), name="resume")
            try:
                await service.until_idle()
            finally:
                resuming.cancel()
        finally:
            places.socket.unlink(missing_ok=True)
            server.close()
    _log.info("driver ended")


async def resume_own(host: Host, store: RunStore) -> None:
    """Go on with the runs that this user's last driver on this machine left unfinished."""
    for run_id in await _unfinished(store, Holder.read(host.holder)):
        try:
            await host.drive(run_id)
            _log.info("goes on with %s", run_id)
        except DriverError as error:
            _log.warning("does not go on with %s: %s", run_id, error)


async def _unfinished(store: RunStore, driver: Holder) -> list[str]:
    """Ids of the runs that are not final, or in clean-up, and were last driven from here."""
    page = await store.list(limit=50)
    found = []
    for header in page.headers:
        if header.finished_at is not None and header.cleanup != "running":
            continue
        lease = await store.lease(header.run_id)
        if lease is not None and driver.is_like(Holder.read(lease.holder)):
            found.append(header.run_id)
    return found


class Service(Answering):
    """Answers the apps that are connected."""

    def __init__(
        self,
        settings: Settings,
        ground: Ground,
        host: asyncio.Future[Host],
        log_file: Path,
        *,
        clock: Clock,
        ended: asyncio.Event,
    ) -> None:
        """Serve until `ended` is set, or until nobody needs the driver; `clock` is real time.

        What takes a host waits until it is there; only who this is can be asked before.
        """
        super().__init__(host, log_file)
        self._settings = settings
        self._ground = ground
        self._clock = clock
        self._ended = ended
        self._going_back: set[asyncio.Task[None]] = set()
        self._gone_back_for: set[str] = set()
        """Ids of the requests for which a run was taken up again."""
        self._asked |= {
            "welcome": self._welcome,
            "start": self._start,
            "drive": self._drive,
            "wake": self._wake,
            "standing": self._standing,
            "request": self._request,
            "detach": self._detach,
            "stop": self._stop,
        }

    async def until_idle(self) -> None:
        """Return when asked to stop, or after a while without runs and connections."""
        quiet = 0.0
        while not self._ended.is_set() and quiet < IDLE_SECONDS:
            await self._clock.sleep(0.25)
            busy = self.connections or self._active_runs()
            quiet = 0.0 if busy else quiet + 0.25

    def _active_runs(self) -> tuple[str, ...]:
        return self._host.result().active_runs if self._host.done() else ()

    async def _welcome(self, _question: Mapping[str, Any]) -> object:
        simulation = self._settings.simulation
        return {
            "settings": settings_to_text(self._settings),
            "welcome": Welcome(
                pid=os.getpid(),
                version=__version__,
                store=self._settings.store,
                log_file=str(self._log_file),
                drill_now=self._ground.drill_clock.now(),
                speed_percent=int(self._ground.drill_clock.speed * 100),
                scenario=simulation.scenario if simulation else "",
                endpoint_url=self._ground.embedded_url,
                active_runs=self._active_runs(),
            ).to_data(),
        }

    async def _start(self, question: Mapping[str, Any]) -> object:
        return await (await self._there()).start(order_from_data(question["order"]))

    async def _drive(self, question: Mapping[str, Any]) -> object:
        await (await self._there()).drive(str(question["run_id"]))
        return None

    async def _wake(self, question: Mapping[str, Any]) -> object:
        run_id = str(question["run_id"])
        host = await self._there()
        if run_id in host.active_runs:
            host.wake(run_id)
            return None
        # Who asked may not have seen yet that its driving ended.
        lease = await self._ground.store.lease(run_id)
        if lease is None or not lease.holder:
            await host.drive(run_id)
        return None

    def run_changed(self, run: Run) -> None:
        """Look, when the driving of a run ended, whether something was asked just then."""
        if run.run_id not in self._active_runs() and not self._ended.is_set():
            task = asyncio.create_task(self._go_back_to(run), name=f"look back at {run.run_id}")
            self._going_back.add(task)
            task.add_done_callback(self._going_back.discard)

    async def _go_back_to(self, run: Run) -> None:
        try:
            stored = await self._ground.store.requests(run.run_id)
            late = {r.request_id for r in stored} - set(run.requests) - self._gone_back_for
            if late:
                # Once for each: what can't be answered must not be tried for ever.
                self._gone_back_for |= late
                await (await self._there()).drive(run.run_id)
        except (StoreError, DriverError) as error:
            _log.warning("requests about %s may be left: %s", run.run_id, error)

    async def _standing(self, question: Mapping[str, Any]) -> object:
        standing = (await self._there()).standing(str(question["run_id"]))
        return None if standing is None else standing_to_data(standing)

    async def _request(self, question: Mapping[str, Any]) -> object:
        await (await self._there()).request(request_from_data(question["request"]))
        return None

    async def _detach(self, question: Mapping[str, Any]) -> object:
        run_id, actor, text = (str(question[name]) for name in ("run_id", "actor", "text"))
        await (await self._there()).detach(run_id, actor, text)
        return None

    async def _stop(self, _question: Mapping[str, Any]) -> object:
        if runs := ", ".join(self._active_runs()):
            raise DriverError(f"the driver is driving {runs}")
        self._ended.set()
        return None
