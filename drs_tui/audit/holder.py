"""Who holds a lease: a process of somebody's on a host, as everybody reads it in a line."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that drives runs; what a name in another form does not say is empty."""

    user: str
    host: str
    pid: str

    @classmethod
    def read(cls, text: str) -> Self:
        """The holder that a lease names."""
        where, _, process = text.partition(":")
        # The users of a directory are called `ana@example.com`.
        user, _, host = where.rpartition("@")
        return cls(user, host, process.partition(":")[0])

    @property
    def is_here(self) -> bool:
        """Whether it is, or was, a process of this machine."""
        return self.host == socket.gethostname()

    def is_like(self, other: Holder) -> bool:
        """Whether both are of the same user on the same host, perhaps one after the other."""
        return (self.user, self.host) == (other.user, other.host)


def new_holder() -> str:
    """A name for this process, which no other has: not one with its number after it, either."""
    import secrets

    host, pid = socket.gethostname(), os.getpid()
    return f"{_user()}@{host}:{pid}:{secrets.token_hex(3)}"


def _user() -> str:
    """Who drives, by the name that is in use; by number in a container that has none."""
    import getpass

    from drs_tui.audit.requests import os_user

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return os_user()
