"""A program in a pseudo-terminal that answers as terminals do, and when each of its bytes came."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from tests.terminal.conftest import folders_in
from tests.terminal.screen import Screen

SIZE = (120, 40)
"""Columns and rows."""

DEADLINE_SECONDS = 120.0

HERE = Path(__file__).parents[2]

_ANSWERS = {
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",  # synchronised output: there is
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",  # resizes reported in band: unknown
}
_ASKED = re.compile(b"|".join(re.escape(asked) for asked in _ANSWERS))


class Chunk(NamedTuple):
    """Bytes that came together."""

    at: float
    """Seconds after the start."""

    cpu: float
    """Seconds that the program had computed by then."""

    data: bytes


class Terminal:
    """A program that has a terminal for itself, whose output is read while somebody waits."""

    def __init__(
        self,
        command: list[str],
        environment: Mapping[str, str],
        size: tuple[int, int] = SIZE,
    ) -> None:
        """Start `command` in a session of its own, which this terminal controls."""
        self.size = size
        self.chunks: list[Chunk] = []
        """What was written so far."""

        self._master, slave = os.openpty()
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        name = os.ttyname(slave)
        self.started = time.perf_counter()
        self.pid = os.posix_spawn(
            command[0],
            command,
            environment,
            # Opened by the leader of a session that has none yet, it becomes its terminal.
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, name, os.O_RDWR, 0),
                (os.POSIX_SPAWN_DUP2, 0, 1),
                (os.POSIX_SPAWN_DUP2, 0, 2),
            ],
            setsid=True,
        )
        os.close(slave)

    def __enter__(self) -> Self:
        """Give the terminal."""
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        """End the program and what it has started, such as a driver, whatever they do."""
        for pid in (*self.children(), self.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._master)

    def children(self) -> list[int]:
        """The processes that the program has started and that still run."""
        place = Path(f"/proc/{self.pid}/task/{self.pid}/children")
        return [int(pid) for pid in place.read_text(encoding="ascii").split()]

    @property
    def count(self) -> int:
        """How many bytes were written so far."""
        return sum(len(chunk.data) for chunk in self.chunks)

    def press(self, keys: str) -> float:
        """Press keys; returns when, in seconds after the start."""
        at = time.perf_counter() - self.started
        os.write(self._master, keys.encode())
        return at

    def read_for(self, seconds: float) -> int:
        """Read for a while; returns how many bytes came."""
        deadline = time.perf_counter() + seconds
        before = len(self.chunks)
        while (left := deadline - time.perf_counter()) > 0:
            self._read(left)
        return sum(len(chunk.data) for chunk in self.chunks[before:])

    def until_writes(self, text: str) -> float:
        """Read until a text has been written from now on; returns when it came."""
        wanted, found = text.encode(), b""
        deadline = time.perf_counter() + DEADLINE_SECONDS
        while wanted not in found:
            if time.perf_counter() > deadline:
                raise TimeoutError("\n".join([f"{text!r} does not come:", *self.screen().lines]))
            found = found[-len(wanted) :] + self._read(0.1)
        return self.chunks[-1].at

    def until(self, holds: Callable[[Screen], object]) -> None:
        """Read until what stands on the screen is so."""
        deadline = time.perf_counter() + DEADLINE_SECONDS
        screen, fed = Screen(*self.size), 0
        while not holds(screen):
            if time.perf_counter() > deadline:
                raise TimeoutError("\n".join(["not within the deadline:", *screen.lines]))
            self._read(0.1)
            for chunk in self.chunks[fed:]:
                screen.feed(chunk.data)
            fed = len(self.chunks)

    def until_quiet(self, seconds: float = 1.0) -> None:
        """Read until nothing came for a while."""
        while self._read(seconds):
            pass

    def screen(self) -> Screen:
        """What stands on it by now."""
        screen = Screen(*self.size)
        for chunk in self.chunks:
            screen.feed(chunk.data)
        return screen

    def when(self, holds: Callable[[Screen], object]) -> Chunk:
        """What was written last before a condition held.

        Raises:
            LookupError: it never did.
        """
        screen = Screen(*self.size)
        for chunk in self.chunks:
            screen.feed(chunk.data)
            if holds(screen):
                return chunk
        raise LookupError("\n".join(["it never came to be:", *screen.lines]))

    def _read(self, seconds: float) -> bytes:
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        data = os.read(self._master, 65536)
        at = time.perf_counter() - self.started
        self.chunks.append(Chunk(at, cpu_seconds(self.pid), data))
        for asked in _ASKED.findall(data):
            os.write(self._master, _ANSWERS[asked])
        return data


def cpu_seconds(pid: int) -> float:
    """What the threads of a process that still run have computed so far."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(FileNotFoundError):  # it has just ended
            total += int((task / "schedstat").read_text(encoding="ascii").split()[0])
    return total / 1e9


def is_painted(screen: Screen) -> bool:
    """Whether there is anything to see."""
    return any(line.strip() for line in screen.lines)


def surroundings(home: Path) -> dict[str, str]:
    """The environment of a user with nothing of their own but a home."""
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    return {
        **kept,
        **folders_in(home),
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(HERE),
    }
