"""A simulated DRS in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def simulator(
    scenario: str | Path = "calm", *, speed: float = 1.0, call_log: Path | None = None
) -> Iterator[str]:
    """A simulator; gives its endpoint."""
    log = () if call_log is None else ("--call-log", str(call_log))
    command = [
        *(sys.executable, "-m", "drs_tui", "simulator", "--port", "0"),
        *("--scenario", str(scenario), "--speed", str(speed), *log),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield [process.stdout.readline() for _ in range(2)][1].split()[-1]
        finally:
            process.kill()
