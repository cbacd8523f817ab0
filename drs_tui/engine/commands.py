"""A local command: started without a shell, given little, watched to its end with all it began."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from drs_tui.model.masking import masked, readable

MOST_OUTPUT = 8_000
"""Bytes of what a command printed that are kept: half from its beginning, half from its end."""

GRACE_SECONDS = 5.0
"""Between asking a command to end and killing it, in real time."""

DRAIN_SECONDS = 1.0
"""How long its last words may take to arrive once it has ended, in real time."""

GIVEN = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER")
"""What a command gets of the environment."""

_AWS = "AWS_"
_SECRETS = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


class CommandNotStarted(Exception):
    """A command could not be started; the message says why."""


@dataclass(frozen=True, slots=True)
class Command:
    """What is to be started."""

    argv: Sequence[str]
    environment: Mapping[str, str]
    folder: str
    seconds: float
    """How long it may take, in real time."""


@dataclass(frozen=True, slots=True)
class CommandEnd:
    """How a command ended."""

    exit_code: int | None
    """None when it took too long; a signal's number, negative, when one ended it."""

    output: str
    """What it printed, both streams as they came, masked and cut."""

    @property
    def words(self) -> str:
        """How it ended, for people."""
        if self.exit_code is None:
            return "took too long and was ended"
        if self.exit_code < 0:
            return f"was ended by signal {-self.exit_code}"
        return f"ended with {self.exit_code}"


def given_environment(
    environ: Mapping[str, str], *, with_aws: bool, extra: Mapping[str, str]
) -> dict[str, str]:
    """The environment of a command: a few variables, AWS's if it may have them, and `extra`."""
    given = {
        name: value
        for name, value in environ.items()
        if name in GIVEN or (with_aws and name.startswith(_AWS))
    }
    return {"PATH": os.defpath, **given, **extra}


async def run_command(
    command: Command, started: Callable[[int], Awaitable[object]] | None = None
) -> CommandEnd:
    """Run a command to its end, or end it; nothing of its process group is left running.

    `started` is told its process id. Cancelled, it ends the command first.

    Raises:
        CommandNotStarted: there is no such program, say.
    """
    # A pipe of our own: the loop's would have us wait for whoever else has its other end.
    ours, its = os.pipe()
    reader = asyncio.StreamReader()
    with (
        os.fdopen(ours, "rb", buffering=0) as stream,
        os.fdopen(its, "wb", buffering=0) as output,
    ):
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), stream
        )
        try:
            process = await _start_whole(command, output.fileno())
            output.close()
            # Without a stop in between, or somebody who gives up here would leave it running.
            return await _to_its_end(process, command, reader, started)
        finally:
            transport.close()


async def _start_whole(command: Command, output: int) -> asyncio.subprocess.Process:
    """Start a command; what is given up while it starts is ended with all that it began."""
    starting = asyncio.ensure_future(_start(command, output))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        with suppress(CommandNotStarted):
            process = await starting
            _signal_group(process.pid, signal.SIGKILL)
            await process.wait()
        raise


async def _start(command: Command, output: int) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command.argv,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=dict(command.environment),
            cwd=command.folder or "/",
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CommandNotStarted(f"{command.argv[0]} can't be started: {why}") from error


async def _to_its_end(
    process: asyncio.subprocess.Process,
    command: Command,
    reader: asyncio.StreamReader,
    started: Callable[[int], Awaitable[object]] | None,
) -> CommandEnd:
    kept = _Kept()
    reading = asyncio.create_task(kept.read(reader))
    in_time = True
    try:
        if started is not None:
            await started(process.pid)
        async with asyncio.timeout(command.seconds):
            await process.wait()
    except TimeoutError:
        in_time = False
        await _ask_to_end(process)
    finally:
        # With all that it started, which would go on in a session of its own.
        _signal_group(process.pid, signal.SIGKILL)
        await process.wait()
        # Somebody outside its group may hold the other end of the pipe for ever.
        await asyncio.wait((reading,), timeout=DRAIN_SECONDS)
        reading.cancel()
    secrets = [command.environment.get(name, "") for name in _SECRETS]
    output = masked(readable(kept.text()), secrets).strip()
    return CommandEnd(process.returncode if in_time else None, output)


async def _ask_to_end(process: asyncio.subprocess.Process) -> None:
    _signal_group(process.pid, signal.SIGTERM)
    with suppress(TimeoutError):
        async with asyncio.timeout(GRACE_SECONDS):
            await process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


class _Kept:
    """The beginning and the end of what is printed, however much that is."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0

    async def read(self, stream: asyncio.StreamReader) -> None:
        half = MOST_OUTPUT // 2
        while chunk := await stream.read(65_536):
            room = half - len(self._head)
            self._head += chunk[:room]
            self._tail += chunk[room:]
            over = max(0, len(self._tail) - half)
            self._left_out += over
            del self._tail[:over]

    def text(self) -> str:
        if not self._left_out:
            return (self._head + self._tail).decode(errors="replace")
        # Whole lines only: half a secret has not the form of one.
        head, _, cut = self._head.rpartition(b"\n")
        rest, _, tail = self._tail.partition(b"\n")
        count = self._left_out + len(cut) + len(rest)
        parts = (head.decode(errors="replace"), f"… {count} bytes left out …",
                 tail.decode(errors="replace"))  # fmt: skip
        return "\n".join(parts)
