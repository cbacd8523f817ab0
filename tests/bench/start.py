"""How soon the app is there: its first paint, its plans, and the account it is in.

Each start is a fresh home's: the store is made, and the driver is not running yet. Beside them
stands the least that shows the same with the same libraries, and that holds nothing to be reached.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from drs_tui.plans import example_folder
from drs_tui.simulator.scenarios import find_scenario
from tests.bench.figures import Row, middle, row
from tests.bench.simulated import simulator
from tests.bench.terminal import Chunk, Terminal, is_painted, surroundings
from tests.terminal.screen import Screen

ROUNDS = 10
PAUSE_SECONDS = 1.0
"""Between two starts: what the last one left behind is gone by then."""

SMALLEST = "the smallest Textual app"
BARE = "a bare table of the plans, that asks STS"
PAINTED, PLANS, REACHED = "first paint", "plans shown", "account reached"
LIMITS = {PAINTED: 1.2, PLANS: 1.4, REACHED: 3.2}
"""Times as long as the smallest app takes to its first paint."""


def measure() -> list[Row]:
    """Start the programs in turn; the first round only fills the caches."""
    account = find_scenario("calm").account
    shows = {PLANS: "three-tier", REACHED: account}
    with simulator() as url:
        programs: dict[str, tuple[list[str], Mapping[str, str]]] = {
            SMALLEST: (["tests.bench.smallest"], {}),
            BARE: (["tests.bench.bare", str(example_folder()), url], shows),
            "an endpoint": (["drs_tui", "--endpoint-url", url], shows),
            "demo": (["drs_tui", "demo"], shows),
        }
        found: dict[str, list[Mapping[str, Chunk]]] = {name: [] for name in programs}
        for number in range(ROUNDS + 1):
            for name, (arguments, texts) in programs.items():
                shown = _start(arguments, texts)
                if number:
                    found[name].append(shown)
    rows: list[Row] = []
    for name in (BARE, "an endpoint", "demo"):
        for what, limit in LIMITS.items():
            for clock, key in (("", "at"), (", computing", "cpu")):
                ours, theirs = (
                    middle([getattr(each[moment], key) * 1000 for each in found[program]])
                    for program, moment in ((name, what), (SMALLEST, PAINTED))
                )
                rows.append(
                    row(
                        f"{name}: {what}{clock}",
                        ours,
                        "ms",
                        beside=SMALLEST,
                        theirs=theirs,
                        times=limit if key == "at" and name != BARE else None,
                    )
                )
    return rows


def _start(arguments: list[str], shows: Mapping[str, str]) -> dict[str, Chunk]:
    """Start a program in a home where nothing was before; when each text was shown."""
    with TemporaryDirectory() as home:
        environment = surroundings(Path(home)) | {"DRS_TUI_PLANS": str(example_folder())}
        with Terminal([sys.executable, "-m", *arguments], environment) as terminal:
            wanted = {PAINTED: is_painted, **{what: _shows(shows[what]) for what in shows}}
            for holds in wanted.values():
                terminal.until(holds)
            found = {what: terminal.when(holds) for what, holds in wanted.items()}
    time.sleep(PAUSE_SECONDS)
    return found


def _shows(text: str) -> Callable[[Screen], bool]:
    return lambda screen: text in screen
