"""Sealing: who takes a run's hash out of this program's reach, and the command that can do it."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from drs_tui.model.seals import Confirmation, Seal, SealError, Statement

COMMAND_SECONDS = 60.0
"""How long a command may take, in real time."""

LONGEST_OUTPUT = 1000
"""Letters of what a command said that are recorded."""


class Sealer(Protocol):
    """A place for hashes that nobody who can change the record can change."""

    @property
    def kind(self) -> str:
        """`command`, `s3` or `kms`."""

    def where(self, statement: Statement) -> str:
        """The place, for people: where to look for a statement."""

    async def seal(self, statement: Statement) -> Mapping[str, str]:
        """Put a statement there; returns what came back.

        Raises:
            SealError: it is not there, or nobody knows.
        """

    async def confirm(self, seal: Seal) -> Confirmation | None:
        """Whether the place holds what a record says; None if it can't be asked.

        Raises:
            SealError: it could not be asked just now.
        """


class CommandSealer:
    """A command of the site's own, which gets the statement in its environment and on stdin."""

    kind = "command"

    def __init__(self, argv: Sequence[str], seconds: float = COMMAND_SECONDS) -> None:
        """Start `argv`, without a shell, for each statement."""
        self._argv = tuple(argv)
        self._seconds = seconds

    def where(self, statement: Statement) -> str:  # noqa: ARG002
        """The command."""
        return " ".join(self._argv)

    async def seal(self, statement: Statement) -> Mapping[str, str]:
        """Run the command; what it prints is the receipt."""
        environment = {
            **os.environ,
            "SEAL_RUN_ID": statement.run_id,
            "SEAL_SEQ": str(statement.seq),
            "SEAL_HASH": statement.hash,
            "SEAL_AT": statement.at,
        }
        pipe = asyncio.subprocess.PIPE
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            raise SealError(f"{self._argv[0]} can't be started: {error.strerror}") from error
        try:
            async with asyncio.timeout(self._seconds):
                out, err = await process.communicate(f"{statement.text}\n".encode())
        except TimeoutError as error:
            raise SealError(f"{self._argv[0]} took longer than {self._seconds:g} s") from error
        finally:
            # With all that it started, which would go on in a session of its own.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
        if process.returncode:
            said = _text(err).splitlines()
            words = f": {said[-1]}" if said else ""
            raise SealError(f"{self._argv[0]} ended with {process.returncode}{words}")
        return {"output": _text(out)} if out.strip() else {}

    async def confirm(self, seal: Seal) -> Confirmation | None:  # noqa: ARG002
        """A command only takes: whoever runs it knows what it was given."""
        return None


def _text(output: bytes) -> str:
    return output.decode(errors="replace").strip()[:LONGEST_OUTPUT]
