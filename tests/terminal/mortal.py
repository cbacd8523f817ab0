"""Drivers in processes of their own, which can get a signal at a chosen event of their run."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from drs_tui.audit.sqlite import SqliteStore
from drs_tui.config import Settings
from drs_tui.driver.headless import continue_headless, run_headless
from drs_tui.driver.orders import StartOrder
from drs_tui.driver.stand_in import Terminal
from drs_tui.engine import cleaning
from drs_tui.model.events import Event, EventType
from drs_tui.model.header import RunHeader
from drs_tui.model.principals import Requester
from tests.terminal.window import DEADLINE_SECONDS

REASON = "the driver before was killed"


@dataclass(frozen=True)
class Fate:
    """The moment at which a driver gets a signal, by what it writes."""

    after: int | EventType | None = None
    """As soon as the store holds the event of this number, or the first one of this type."""

    before: EventType | None = None
    """When it is about to write the first event of this type: what that tells of has been done."""

    signal: signal.Signals = signal.SIGKILL

    def comes_after(self, events: Sequence[Event]) -> bool:
        """Whether its moment is when these have been written."""
        if isinstance(self.after, EventType):
            return any(event.type == self.after for event in events)
        return self.after is not None and events[-1].seq >= self.after

    def comes_before(self, events: Sequence[Event]) -> bool:
        """Whether its moment is when these are about to be written."""
        return any(event.type == self.before for event in events)


IMMORTAL = Fate()

# Forked from a process that has imported and read what takes long, each begins within milliseconds.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.terminal.preloaded"])


class Driver:
    """A process that drives one run and says nothing."""

    def __init__(self, work: Callable[..., None], *arguments: object) -> None:
        """Begin."""
        self._process = _processes.Process(target=work, args=arguments)
        self._process.start()

    def ended(self) -> int:
        """Wait for its end; the exit code of the drill, negative if a signal killed it."""
        self._process.join(DEADLINE_SECONDS)
        code = self._process.exitcode
        self.kill()
        assert code is not None, "the driver did not end within the deadline"
        return code

    def is_stopped(self) -> bool:
        """Whether it stands still."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        return stat.rpartition(") ")[2].startswith("T")

    def go_on(self) -> None:
        """Let it go on where it stood still."""
        assert self._process.pid
        os.kill(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.join()


def first_driver(settings: Settings, plan: Path, fate: Fate = IMMORTAL) -> Driver:
    """Starts a drill, and meets its fate."""
    return Driver(_start, settings, plan, fate)


def next_driver(settings: Settings, run_id: str) -> Driver:
    """Takes a run over, and drives it until it has ended or wants a decision."""
    return Driver(_go_on, settings, run_id)


# In the process ---------------------------------------------------------------------------------

_UNHEARD = Terminal(on_event=lambda _: None, say=lambda _: None)


BEN = Requester(os_user="ben", host="bastion")


def _be_patient() -> None:
    """Let no clean-up be given up: half an hour is over before a lease has run out here."""
    cleaning.PATIENCE = timedelta(days=1)


def _start(settings: Settings, plan: Path, fate: Fate) -> None:
    _be_patient()
    _bind(fate)
    order = StartOrder(plan, cleanup_policy="always")
    sys.exit(asyncio.run(run_headless(settings, order, _UNHEARD, yes=True)))


def _go_on(settings: Settings, run_id: str) -> None:
    _be_patient()
    drill = continue_headless(settings, run_id, _UNHEARD, yes=True, requester=BEN, reason=REASON)
    sys.exit(asyncio.run(drill))


def _bind(fate: Fate) -> None:
    """Let this process meet its fate by what it writes: the store itself knows nothing of it."""
    create, append = SqliteStore.create, SqliteStore.append

    async def created(store: SqliteStore, header: RunHeader, events: Sequence[Event]) -> None:
        await create(store, header, events)
        if fate.comes_after(events):
            os.kill(os.getpid(), fate.signal)

    async def appended(  # noqa: PLR0917  the store and its five
        store: SqliteStore,
        run_id: str,
        expected_seq: int,
        epoch: int,
        events: Sequence[Event],
        header: RunHeader,
    ) -> None:
        if fate.comes_before(events):
            os.kill(os.getpid(), fate.signal)
        await append(store, run_id, expected_seq, epoch, events, header)
        if fate.comes_after(events):
            os.kill(os.getpid(), fate.signal)

    SqliteStore.create = created  # type: ignore[method-assign, assignment]
    SqliteStore.append = appended  # type: ignore[method-assign, assignment]
