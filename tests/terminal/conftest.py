"""A user's desk: folders of their own, windows, and the one driver behind them."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from drs_tui.audit.opening import make_store, open_store
from drs_tui.audit.requests import new_request
from drs_tui.audit.store import RunStore
from drs_tui.audit.verify import verify_run
from drs_tui.cli.simulated import demo_settings
from drs_tui.clock import SystemClock
from drs_tui.config import Settings
from drs_tui.config_reading import Flags, read_settings
from drs_tui.driver.client import DriverClient
from drs_tui.driver.orders import StartOrder
from drs_tui.driver.places import places_of
from drs_tui.driver.running import running_driver
from drs_tui.model.events import Event, Json
from drs_tui.model.principals import Requester
from drs_tui.model.run import fold
from drs_tui.model.state.run import Run
from drs_tui.plans import example_folder
from tests.terminal.window import Window, wait_until

needs_proc = pytest.mark.skipif(
    sys.platform != "linux", reason="/proc tells whether a program waits or stands still"
)


BEN = Requester(os_user="ben", host="bastion")


class Desk:
    """Opens windows on `drs-tui`, and looks into its store and for its driver from outside."""

    def __init__(self, settings: Settings, environment: Mapping[str, str] = os.environ) -> None:
        """Open nothing yet; `settings` say where store and driver are, as they come to be."""
        self.settings = settings
        self.environment = environment
        self._windows: list[Window] = []
        self._loop = asyncio.Runner()
        self._store: RunStore | None = None

    def open(self, *arguments: str, command: str = "") -> Window:
        """Open a window in which `drs-tui` runs, or another command."""
        program = [command] if command else [sys.executable, "-m", "drs_tui"]
        window = Window([*program, *arguments], self.environment)
        self._windows.append(window)
        return window

    def open_app(self, *command: str) -> Window:
        """Open a window on the store and the endpoint of the settings."""
        return self.open(*command, *self.where)

    @property
    def where(self) -> tuple[str, ...]:
        """The options that name the store and the endpoint."""
        assert self.settings.endpoint_url is not None
        return ("--endpoint-url", self.settings.endpoint_url, "--store", self.settings.store)

    def start(self, plan: str) -> None:
        """Have the background driver start a drill of an example plan."""

        async def start() -> None:
            client = DriverClient(self.settings)
            await client.start(StartOrder(example_folder() / f"{plan}.yaml"))
            await client.close()

        self._loop.run(start())

    def approve(self, wave: str) -> None:
        """Answer the gate of a wave, as another app does."""
        run = self.run()
        wanted = run.waves[wave].wanted
        assert wanted is not None
        about: dict[str, Json] = {"wave": wave, "seq": wanted.seq}

        async def ask() -> None:
            request = new_request(run.run_id, BEN, "approve", about, SystemClock().now())
            await (await self._opened()).request(request)

        self._loop.run(ask())

    # The store ----------------------------------------------------------------------------------

    def make_store(self) -> None:
        """Make the table, as `drs-tui store init` does."""
        self._loop.run(make_store(self.settings.store, lambda _: None))

    def events(self) -> list[Event]:
        """What the newest run has recorded so far."""

        async def read() -> list[Event]:
            store = await self._opened()
            page = await store.list(limit=1)
            return [e for header in page.headers async for e in store.events(header.run_id)]

        return self._loop.run(read())

    def of(self, kind: str) -> list[Event]:
        """The events of a type."""
        return [event for event in self.events() if event.type == kind]

    def run(self) -> Run:
        """The newest run as it stands."""
        run = fold(self.events())
        assert run is not None
        return run

    def has(self, kind: str, count: int = 1) -> Callable[[], bool]:
        """Whether the newest run has recorded so many events of a type."""
        return lambda: len(self.of(kind)) >= count

    def has_ended(self) -> bool:
        """Whether the newest run has an outcome."""
        return self.run().outcome is not None

    def until_more(self) -> None:
        """Wait until the newest run records more, or has ended."""
        seen = len(self.events())
        wait_until(lambda: self.has_ended() or len(self.events()) > seen)

    def is_sound(self) -> bool:
        """Whether the newest run is stored as it was written."""

        async def verify() -> bool:
            store = await self._opened()
            [header] = (await store.list(limit=1)).headers
            return (await verify_run(store, header.run_id)).ok

        return self._loop.run(verify())

    async def _opened(self) -> RunStore:
        if self._store is None or self._store.address != self.settings.store:
            self._store = await open_store(self.settings.store)
        return self._store

    # The driver ---------------------------------------------------------------------------------

    def driver_pid(self) -> int:
        """The driver's process; 0 when none runs."""
        found = self._loop.run(running_driver(self.settings))
        return found.pid if found else 0

    def driver_log(self) -> str:
        """What the driver wrote down for whoever looks into its ways."""
        return places_of(self.settings).log.read_text()

    def kill_driver(self) -> None:
        """Kill the driver that `start` brought up."""
        pid = self.driver_pid()
        assert pid, "no driver runs"  # 0 would be every process of the tests
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)

    def clear(self) -> None:
        """End whatever was started here."""
        for window in self._windows:
            window.close()
        if pid := self.driver_pid():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self._store is not None:
            self._loop.run(self._store.close())
        self._loop.close()


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of its own for every test, and nothing of the user's settings.

    A short path: a driver's socket must fit into its state folder.
    """
    for name in list(os.environ):
        if name.startswith(("DRS_TUI_", "AWS_", "TEXTUAL")) or name in {"NO_COLOR", "COLORTERM"}:
            monkeypatch.delenv(name)
    folder = tmp_path_factory.mktemp("home")
    for name, value in folders_in(folder).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LANG", "C.UTF-8")
    return folder


def folders_in(home: Path) -> dict[str, str]:
    """The environment of a user whose home is somewhere else."""
    kinds = ("DATA", "STATE", "CONFIG")
    return {"HOME": str(home), **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in kinds}}


@pytest.fixture
def desk(home: Path) -> Iterator[Desk]:
    """A desk with `drs-tui demo` on it."""
    settings = read_settings(Flags(), os.environ)
    made = Desk(demo_settings(settings, scenario="calm", speed=600.0, seed=0, keeps_store=False))
    yield made
    made.clear()


def start_drill(window: Window) -> None:
    """Start a drill of `three-tier` from the list of plans, with keys."""
    window.until_shows("three-tier", "rehearsal")
    window.press("G", "k", "enter")
    window.until_shows("Preflight of three-tier  ✓ ready")
    window.press("s")
    window.until_shows("Start a drill of three-tier?")
    window.press("right", "enter")
    window.until_shows("DRILL", "Order system", "orders-db-1", "p Pause")


# DRS, outside of every driver -------------------------------------------------------------------

SPEED = "360"
"""A drill of half an hour takes five seconds: there is time to lose something in between."""


@pytest.fixture
def call_log(home: Path) -> Path:
    """Where the simulator writes down what it was asked."""
    return home / "calls.jsonl"


@pytest.fixture
def endpoint(call_log: Path) -> Iterator[str]:
    """A simulator of its own, which outlives every driver."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "drs_tui", "simulator", "--port", "0", "--speed", SPEED),
            *("--call-log", str(call_log)),
        ],
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        yield [process.stdout.readline() for _ in range(2)][1].split()[-1]
        process.kill()


def launches(call_log: Path) -> list[dict[str, Any]]:
    """The StartRecovery calls that reached the simulator."""
    calls = map(json.loads, call_log.read_text().splitlines())
    return [call for call in calls if call["operation"] == "StartRecovery"]


def assert_each_wave_was_launched_once(call_log: Path) -> None:
    """Three accepted calls, none of them sent again by the SDK."""
    calls = launches(call_log)
    assert [(call["status"], call["attempt"]) for call in calls] == [(202, 1)] * 3
    assert len({call["body"]["tags"]["drs-tui:wave"] for call in calls}) == 3
