"""`python -m tests.bench.probed FILE ARGUMENTS`: `drs-tui`, which notes what holds up its loop.

SIGUSR1 has it forget what was noted, SIGUSR2 write it to the file.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from drs_tui.cli import main
from tests.bench.stalls import Stalls, watched
from tests.bench.terminal import Terminal

LOOK_SECONDS = 0.02


def mark(terminal: Terminal) -> None:
    """Have the app in a terminal forget what it noted."""
    os.kill(terminal.pid, signal.SIGUSR1)


def since_mark(terminal: Terminal, noted: Path) -> Stalls:
    """What the app in a terminal has noted since, into the file `noted`."""
    noted.unlink(missing_ok=True)
    os.kill(terminal.pid, signal.SIGUSR2)
    while not noted.exists():
        terminal.read_for(LOOK_SECONDS)
    return Stalls(**json.loads(noted.read_text(encoding="utf-8")))


def _main(noted: Path, arguments: list[str]) -> int:
    with watched() as stalls:

        def forget(*_: object) -> None:
            stalls.wall.clear()
            stalls.cpu.clear()

        def tell(*_: object) -> None:
            written = noted.with_suffix(".new")
            written.write_text(json.dumps({"wall": stalls.wall, "cpu": stalls.cpu}))
            written.rename(noted)

        signal.signal(signal.SIGUSR1, forget)
        signal.signal(signal.SIGUSR2, tell)
        return main(arguments)


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), sys.argv[2:]))
