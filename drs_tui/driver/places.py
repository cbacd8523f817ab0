"""Where a driver's socket, lock and log are."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from drs_tui.config import Settings
from drs_tui.driver.orders import DriverUnreachable

LONGEST_SOCKET_PATH = 99
"""Linux takes 108 bytes for a socket's path, with its final zero; a process's number has 8."""


@dataclass(frozen=True, slots=True)
class Places:
    """The files of the driver of one user and store."""

    socket: Path
    lock: Path
    log: Path

    def socket_of(self, pid: int) -> Path:
        """Where a process listens that drives a run in the foreground."""
        return self.socket.with_name(f"{self.socket.stem}-{pid}.sock")

    def socket_of_holder(self, holder: str) -> Path:
        """Where the holder of a run's lease listens, as far as that is on this machine."""
        from drs_tui.audit.holder import Holder

        process = Holder.read(holder)
        if process.is_here and process.pid.isdecimal():
            own = self.socket_of(int(process.pid))
            if own.exists():
                return own
        return self.socket


def places_of(settings: Settings) -> Places:
    """Where the driver for these settings lives; makes the folder, for its owner alone.

    Raises:
        DriverUnreachable: the folder cannot be made, or belongs to somebody else.
    """
    import hashlib

    folder = settings.state_folder
    name = f"driver-{store_key(settings)}"
    _make_private(folder)
    socket = folder / f"{name}.sock"
    if len(os.fsencode(socket)) > LONGEST_SOCKET_PATH:
        short = Path(tempfile.gettempdir()) / f"drs-tui-{os.getuid()}"
        _make_private(short)
        # With another state folder it is another driver: its own lock says so too.
        whose = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:8]
        socket = short / f"{name}-{whose}.sock"
    return Places(socket, folder / f"{name}.lock", folder / f"{name}.log")


def store_key(settings: Settings) -> str:
    """A short name for a store, for files that belong to it."""
    import hashlib

    return hashlib.sha256(settings.store.encode()).hexdigest()[:12]


def _make_private(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        owner = folder.stat().st_uid
    except OSError as error:
        raise DriverUnreachable(
            f"the driver's folder {folder} cannot be made: {error.strerror}; "
            "set XDG_STATE_HOME to one that can"
        ) from error
    if owner != os.getuid():
        raise DriverUnreachable(
            f"the driver's folder {folder} belongs to somebody else; "
            "set XDG_STATE_HOME to one of your own"
        )
