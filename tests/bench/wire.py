"""Bytes a second that go to the terminal, beside a Textual DataTable with the same updates.

A live drill is looked at for a while at several of its moments, from its launch to its end.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import Row, row
from tests.bench.large_drill import large_drill
from tests.bench.live import going_on
from tests.bench.simulated import simulator
from tests.bench.terminal import Terminal, surroundings

SIZES = ((6, 2), (100, 5), (500, 5))
"""Servers and waves."""

MOMENTS = 5
SECONDS = 12.0
"""Of each moment."""

IDLE_SECONDS = 15.0
SETTLED_SECONDS = 3.0
REPLAY_SECONDS = 30.0


def measure() -> list[Row]:
    """Look on, in both ways at once."""
    rows = []
    with simulator() as url:
        rows.append(row("idle: the plans", _idle(url), "B/s", most=0))
        for servers, waves in SIZES:
            ours, theirs = _live(url, servers, waves)
            rows.append(
                row(
                    f"live, {servers} servers",
                    ours,
                    "B/s",
                    beside="DataTable",
                    theirs=theirs,
                    times=0.25,
                    most=2048 if servers == max(SIZES)[0] else None,
                )
            )
        rows.append(row("replay of 500 servers at 60x", _replay(url), "B/s"))
    return rows


def _ours(url: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "drs_tui", *arguments, "--read-only", "--endpoint-url", url]


def _idle(url: str) -> float:
    with (
        TemporaryDirectory() as home,
        Terminal(_ours(url), surroundings(Path(home))) as terminal,
    ):
        terminal.until(lambda screen: "us-east-1" in screen)
        terminal.until_quiet(SETTLED_SECONDS)
        return terminal.read_for(IDLE_SECONDS) / IDLE_SECONDS


def _live(url: str, servers: int, waves: int) -> tuple[float, float]:
    events = [event for batch in large_drill(servers, waves) for event in batch]
    lasts = events[-1].at - events[0].at
    ours = theirs = 0
    for number in range(MOMENTS):
        passed = lasts * (number + 0.5) / MOMENTS
        here, there = _moment(url, servers, waves, passed)
        ours, theirs = ours + here, theirs + there
    return ours / (MOMENTS * SECONDS), theirs / (MOMENTS * SECONDS)


def _moment(url: str, servers: int, waves: int, passed: timedelta) -> tuple[int, int]:
    with ExitStack() as stack:
        home = Path(stack.enter_context(TemporaryDirectory()))
        store = home / "runs.db"
        stack.enter_context(going_on(store, servers, waves, passed))
        environment = surroundings(home)
        attached = _ours(url, "attach", "last", "--store", f"sqlite:{store}")
        table = [sys.executable, "-m", "tests.bench.datatable", str(store)]
        first = stack.enter_context(Terminal(attached, environment))
        second = stack.enter_context(Terminal(table, environment))
        first.until(lambda screen: "Events," in screen)
        second.until(lambda screen: "app-001" in screen)
        for terminal in (first, second):
            terminal.read_for(SETTLED_SECONDS)
        counts = first.count, second.count
        # In turn: neither may fill its terminal while the other is read.
        for _ in range(int(SECONDS)):
            first.read_for(0.5)
            second.read_for(0.5)
        return first.count - counts[0], second.count - counts[1]


def _replay(url: str) -> float:
    servers, waves = max(SIZES)
    with TemporaryDirectory() as folder:
        home = Path(folder)
        with going_on(home / "runs.db", servers, waves, timedelta(days=1)):
            pass
        arguments = ("replay", "last", "--speed", "60", "--store", f"sqlite:{home / 'runs.db'}")
        with Terminal(_ours(url, *arguments), surroundings(home)) as terminal:
            terminal.until(lambda screen: "REPLAY" in screen)
            terminal.read_for(SETTLED_SECONDS)
            return terminal.read_for(REPLAY_SECONDS) / REPLAY_SECONDS
