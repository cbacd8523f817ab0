"""The site's policy file: where it is, and whether anybody but its owner could have written it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from drs_tui.documents.problems import WHOLE_FILE, Problem
from drs_tui.model.policy import Policy, Site
from drs_tui.policy.problems import MAX_BYTES, PolicyError

ROOT = 0


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """A place that only one user can write to."""

    path: Path = Path("/etc/drs-tui/policy.yaml")
    owner: int = ROOT
    """Whose the file has to be, by number; the folders above it may be root's as well."""

    def read(self) -> Policy | None:
        """The policy; None if there is no such file.

        Raises:
            PolicyError: it can't be read, others could have written it, or it makes no sense.
        """
        try:
            data = self._read_bytes()
        except FileNotFoundError:
            if self.path.is_symlink():
                raise self._refused("is a link that leads nowhere") from None
            return None
        except OSError as error:
            raise self._refused(f"can't be read: {error.strerror}") from None
        # With what checks it takes a quarter of a second to import, and most sites have no policy.
        from drs_tui.policy.reading import parse_policy

        return parse_policy(data, str(self.path))

    def _read_bytes(self) -> bytes:
        with self.path.open("rb") as file:
            self._check(os.fstat(file.fileno()))
            data = file.read(MAX_BYTES + 1)
        # Those of a link, too: whoever can write there can lead it elsewhere.
        for folder in dict.fromkeys((*self.path.absolute().parents, *self.path.resolve().parents)):
            self._check_folder(folder)
        return data

    def _check(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise self._refused("is not a file")
        if status.st_uid != self.owner:
            raise self._refused(
                f"belongs to user {status.st_uid}; a policy belongs to user {self.owner}: chown it"
            )
        if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise self._refused(
                "can be written by others than its owner; a policy can't: chmod go-w"
            )

    def _check_folder(self, folder: Path) -> None:
        """See that nobody else can put another file in its place."""
        status = folder.stat()
        others_write = status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if status.st_uid not in (ROOT, self.owner) or (
            # In a folder such as /tmp nobody can take away what is another's.
            others_write and not status.st_mode & stat.S_ISVTX
        ):
            raise self._refused(
                f"lies in {folder}, which others than its owner can write to: chown and chmod go-w "
                "that folder"
            )

    def _refused(self, words: str) -> PolicyError:
        return PolicyError([Problem(str(self.path), *WHOLE_FILE, words)])


SITE_POLICY = PolicyFile()
"""Neither an option nor the environment names another: whoever it binds could escape it."""


def site(store: str, at: datetime, change: str | None = None) -> Site:
    """What the site says now, of a run that is recorded in `store`; it never raises.

    A policy that can't be used is the site's trouble, by which nothing may launch. `change` is the
    run's change ticket, None while nobody was asked for one.
    """
    try:
        return Site(at, store, change, SITE_POLICY.read())
    except PolicyError as error:
        return Site(at, store, change, trouble=str(error))
