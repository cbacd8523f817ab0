"""A user's desk: folders of their own, windows, and the one driver behind them."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from drs_tui.audit.opening import open_store
from drs_tui.cli.simulated import demo_settings
from drs_tui.config import Flags, Settings, read_settings
from drs_tui.driver.running import running_driver
from drs_tui.model.events import Event
from drs_tui.model.header import RunHeader
from drs_tui.model.run import fold
from drs_tui.model.state import Run
from tests.terminal.window import Window


class Desk:
    """Opens windows on `drs-tui`, and looks into its store and for its driver from outside."""

    def __init__(self, settings: Settings) -> None:
        """Open nothing yet; `settings` say where store and driver are."""
        self.settings = settings
        self._windows: list[Window] = []

    def open(self, *arguments: str, command: str = "") -> Window:
        """Open a window in which `drs-tui` runs, or another command."""
        program = [command] if command else [sys.executable, "-m", "drs_tui"]
        window = Window([*program, *arguments], os.environ)
        self._windows.append(window)
        return window

    def headers(self) -> tuple[RunHeader, ...]:
        """The stored runs, newest first."""

        async def read() -> tuple[RunHeader, ...]:
            store = await open_store(self.settings.store)
            try:
                return (await store.list()).headers
            finally:
                await store.close()

        return asyncio.run(read())

    def events(self) -> list[Event]:
        """What the newest run has recorded so far."""

        async def read() -> list[Event]:
            store = await open_store(self.settings.store)
            try:
                page = await store.list(limit=1)
                return [e for header in page.headers async for e in store.events(header.run_id)]
            finally:
                await store.close()

        return asyncio.run(read())

    def run(self) -> Run:
        """The newest run as it stands."""
        run = fold(self.events())
        assert run is not None
        return run

    def has(self, kind: str, count: int = 1) -> Callable[[], bool]:
        """Whether the newest run has recorded so many events of a type."""
        return lambda: sum(event.type == kind for event in self.events()) >= count

    def has_ended(self) -> bool:
        """Whether the newest run has an outcome."""
        return self.run().outcome is not None

    def driver_pid(self) -> int:
        """The driver's process; 0 when none runs."""
        found = asyncio.run(running_driver(self.settings))
        return found.pid if found else 0

    def clear(self) -> None:
        """End whatever was started here."""
        for window in self._windows:
            window.close()
        if pid := self.driver_pid():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of its own for every test, and nothing of the user's settings."""
    for name in list(os.environ):
        if name.startswith(("DRS_TUI_", "AWS_", "TEXTUAL")) or name in {"NO_COLOR", "COLORTERM"}:
            monkeypatch.delenv(name)
    for kind in ("DATA", "STATE", "CONFIG"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LANG", "C.UTF-8")
    return tmp_path


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
    window.press("j", "enter")
    window.until_shows("Preflight of three-tier", "ready")
    window.press("s")
    window.until_shows("Start a drill of three-tier?")
    window.press("right", "enter")
    window.until_shows("DRILL", "Order system", "orders-db-1", "p Pause")
