"""What policy files are called when something is wrong with one."""

from __future__ import annotations

from drs_tui.documents.problems import DocumentError, Kind

MAX_BYTES = 64 * 1024


class PolicyError(DocumentError):
    """A policy can't be used; the message has one line a problem."""


POLICY = Kind("a policy", "keys such as accounts and regions", PolicyError, MAX_BYTES)
