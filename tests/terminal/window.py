"""A terminal window: a pseudo-terminal with a program in it that takes it for its own."""

from __future__ import annotations

import fcntl
import itertools
import os
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.terminal.screen import COLUMNS, ROWS, Screen

DEADLINE_SECONDS = 60.0
_LOOK_SECONDS = 0.02
_PAUSE_SECONDS = 0.1
KEYS_WITHOUT_EFFECT = 25

_IN_FRONT = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Makes stdin the controlling terminal of a session that has none yet."""

_KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "space": " ",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "end": "\x1b[F",
    "home": "\x1b[H",
}


def _pause() -> None:
    select.select([], [], [], _PAUSE_SECONDS)


def wait_until(
    holds: Callable[[], object],
    meanwhile: Callable[[], object] = _pause,
    shown: Callable[[], Sequence[str]] = tuple,
) -> None:
    """Wait for a condition, and do something `meanwhile`; `shown` tells what there is to see.

    Raises:
        AssertionError: it did not come to hold within the deadline.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError("\n".join(["not within the deadline:", *shown()]))
        meanwhile()


class Window:
    """A program in a pseudo-terminal, whose output is read only while somebody waits."""

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        size: tuple[int, int] = (COLUMNS, ROWS),
    ) -> None:
        """Start `command` as the leader of a session that this terminal controls."""
        self.screen = Screen(*size)
        self.written = bytearray()
        """Every byte that the program has written and somebody read."""

        self.master, self.slave = os.openpty()
        self._set_size(*size)
        self.modes_before = self.modes()
        self._process = subprocess.Popen(
            [sys.executable, "-ISc", _IN_FRONT, *command],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            env=environment,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The program's process."""
        return self._process.pid

    def modes(self) -> list[Any]:
        """The terminal's modes: echo, lines, control characters."""
        return termios.tcgetattr(self.slave)

    def resize(self, columns: int, rows: int) -> None:
        """Give the terminal another size, of which the program is told; of the same it is not."""
        self._drain()
        self.screen.resize(columns, rows)
        self._set_size(columns, rows)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def press(self, *keys: str) -> None:
        """Press keys, by name or as they are."""
        for key in keys:
            os.write(self.master, _KEYS.get(key, key).encode())

    def send(self, number: int) -> None:
        """Send the program a signal."""
        os.kill(self.pid, number)

    def hang_up(self) -> None:
        """Close the terminal, as a window that is closed or a connection that is lost."""
        os.close(self.master)
        self.master = -1

    # Waiting ------------------------------------------------------------------------------------

    def until(self, holds: Callable[[], object], *, reading: bool = True) -> None:
        """Wait for a condition, and read meanwhile what the program writes, or don't."""
        wait_until(holds, self._read if reading else _pause, lambda: self.screen.lines)

    def until_stays(self, holds: Callable[[], object]) -> None:
        """Wait until a condition holds and nothing is being painted: half a picture may lie."""

        def stays() -> bool:
            if not holds():
                return False
            painted = len(self.written)
            self._read()
            return len(self.written) == painted

        self.until(stays)

    def until_shows(self, *texts: str) -> None:
        """Wait until each of the texts stands on the screen."""
        self.until(lambda: all(text in self.screen for text in texts))

    def until_hides(self, text: str) -> None:
        """Wait until a text stands nowhere on the screen."""
        self.until(lambda: text not in self.screen)

    def until_ended(self, *, reading: bool = True) -> int:
        """Wait for the program's end; returns its exit code, negative if a signal killed it."""
        self.until(lambda: self._process.poll() is not None, reading=reading)
        self._drain()
        return self._process.wait()

    def until_stopped(self) -> None:
        """Wait until the program is suspended."""

        def stopped() -> bool:
            # WNOHANG and WUNTRACED without WEXITED: an end is left for `until_ended`.
            return os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WNOHANG) is not None

        self.until(stopped)
        self._drain()

    def until_stuck(self) -> None:
        """Keep the program painting, unread, until the terminal takes no more, and it waits."""
        keys = itertools.cycle("jk")
        last, same = -1, 0

        def stuck() -> bool:
            nonlocal last, same
            self.press(next(keys))
            # A loop that runs wakes up for each key.
            now = self._times_woken()
            same = same + 1 if now == last else 0
            last = now
            return same > KEYS_WITHOUT_EFFECT

        self.until(stuck, reading=False)
        assert self._is_full(), "it waits for something else"

    def until_full(self) -> None:
        """Wait, unread, until the terminal takes no more."""
        self.until(self._is_full, reading=False)

    def _is_full(self) -> bool:
        return not select.select([], [self.slave], [], 0)[1]

    def _times_woken(self) -> int:
        """How often the program's main thread was woken up."""
        status = Path(f"/proc/{self.pid}/task/{self.pid}/status").read_text()
        return int(status.split("\nvoluntary_ctxt_switches:")[1].split()[0])

    def _read(self) -> None:
        if self.master >= 0 and select.select([self.master], [], [], _LOOK_SECONDS)[0]:
            self._take()

    def _drain(self) -> None:
        while self.master >= 0 and select.select([self.master], [], [], 0)[0]:
            self._take()

    def _take(self) -> None:
        data = os.read(self.master, 65536)
        self.written += data
        self.screen.feed(data)

    def close(self) -> None:
        """End the program, whatever it does."""
        if self._process.poll() is None:
            self.send(signal.SIGKILL)
        self._process.wait()
        for descriptor in (self.master, self.slave):
            if descriptor >= 0:
                os.close(descriptor)
