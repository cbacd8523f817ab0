"""From a key to its bytes, while a driver polls 20 jobs with 500 servers and 4,000 are listed.

The app's list of source servers is in front; a key moves its cursor, and the name of the row that
it is on then is what has to come back.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.figures import Row, middle, percentile, row
from tests.bench.probed import mark, since_mark
from tests.bench.simulated import simulator
from tests.bench.stalls import Stalls
from tests.bench.terminal import Terminal, surroundings

JOBS, SERVERS = 20, 500
KEYS = 200
PAUSE_SECONDS = 0.1
"""Between two keys, as of somebody who scrolls."""

HEAD_LINES = 4
"""Above the first row of a list."""

STARTED_SECONDS = 600.0


def measure() -> list[Row]:
    """Press keys in an app beside which nothing runs, and in one beside which the drills do."""
    with simulator("large") as url, TemporaryDirectory() as folder:
        home = Path(folder)
        idle, _ = _pressed(home, url)
        driving = start_drills(home)
        try:
            busy, stalls = _pressed(home, url)
        finally:
            driving.kill()
            driving.wait()
    beside = "nothing runs"
    return [
        row("key to bytes, median", middle(busy), "ms", beside=beside, theirs=middle(idle)),
        row(
            "99th percentile",
            percentile(busy, 0.99),
            "ms",
            beside=beside,
            theirs=percentile(idle, 0.99),
            times=2,
            most=30,
        ),
        row("worst", max(busy), "ms", beside=beside, theirs=max(idle)),
        row("longest stall of the loop", stalls.worst * 1000, "ms", most=25),
        row("the same, computing", stalls.worst_cpu * 1000, "ms"),
    ]


def _plan(folder: Path) -> Path:
    """A plan with all jobs side by side."""
    size = SERVERS // JOBS
    waves = [
        {
            "name": f"wave-{number}",
            "after": [],
            "checks": [],
            "servers": [
                f"erp-app-{n:04}" for n in range(number * size + 1, (number + 1) * size + 1)
            ],
        }
        for number in range(JOBS)
    ]
    path = folder / "large.yaml"
    path.write_text(json.dumps({"name": "large", "isolation": {"waived": "bench"}, "waves": waves}))
    return path


def start_drills(home: Path, url: str = "") -> subprocess.Popen[bytes]:
    """Drive the plan in real time, and wait until every wave has its job.

    On the driver's own simulator, unless there is another at `url`: what is read before launches
    from any other is read so slowly that it takes minutes.
    """
    command = [sys.executable, "-m", "drs_tui", "run", str(_plan(home)), "--yes", "--json"]
    command += ["--cleanup", "never"]
    own = ["--simulate", "--scenario", "large", "--speed", "1"]
    command += ["--endpoint-url", url] if url else own
    record, words = home / "run.jsonl", home / "run.txt"
    with record.open("wb") as stdout, words.open("wb") as stderr:
        driving = subprocess.Popen(command, stdout=stdout, stderr=stderr, env=surroundings(home))
    deadline = time.monotonic() + STARTED_SECONDS
    while (launched := record.read_bytes().count(b'"type":"wave.launched"')) < JOBS:
        if time.monotonic() > deadline or driving.poll() is not None:
            driving.kill()
            said = words.read_text(encoding="utf-8")[-2000:]
            raise TimeoutError(f"{launched} of {JOBS} jobs were launched: {said}")
        time.sleep(PAUSE_SECONDS)
    return driving


def _pressed(home: Path, url: str) -> tuple[list[float], Stalls]:
    """Milliseconds that each key takes, and what held up the app's loop meanwhile."""
    noted = home / "stalls.json"
    command = [sys.executable, "-m", "tests.bench.probed", str(noted)]
    command += ["--endpoint-url", url, "--read-only"]
    found = []
    with Terminal(command, surroundings(home)) as terminal:
        terminal.until(lambda screen: "us-east-1" in screen)
        terminal.press("3")
        terminal.until(lambda screen: "desk-001" in screen)
        terminal.until_quiet()
        # To the first of those whose names are numbered.
        first = next(n for n, line in enumerate(terminal.screen().lines) if "desk-001" in line)
        terminal.press("j" * (first - HEAD_LINES))
        terminal.until_quiet()
        mark(terminal)
        for number in range(2, KEYS + 2):
            pressed = terminal.press("j")
            found.append((terminal.until_writes(f"desk-{number:03}") - pressed) * 1000)
            terminal.read_for(PAUSE_SECONDS)
        return found, since_mark(terminal, noted)
