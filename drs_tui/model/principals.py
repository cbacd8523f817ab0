"""Who asked for something, and when two who asked are two people."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from drs_tui.model.events import Json

LONGEST_MEMBER = 2048
"""Letters kept of what a requester says of itself; an ARN has at most that many."""

_USER = re.compile(r"arn:[a-z-]+:iam::\d{12}:(user/.+|root)")
_SESSION = re.compile(r"(arn:[a-z-]+):sts::(\d{12}):assumed-role/([^/]+)/([^/]+)")
_SINGLE_SIGN_ON = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")
"""Roles that IAM Identity Center makes: their session name is the name that somebody signed on
with, and nobody else can assume them (its user guide, "Referencing permission sets")."""


@dataclass(frozen=True, slots=True)
class Requester:
    """Who asks, as far as AWS and the machine that it was asked from know."""

    arn: str = ""
    """The caller's ARN by GetCallerIdentity; empty when AWS could not be asked."""

    user_id: str = ""
    """AWS's unique id of the caller, which outlives a name that is given to somebody else."""

    os_user: str = ""
    host: str = ""
    ssh_from: str = ""
    """The client's address if the terminal is an SSH connection's."""

    @property
    def name(self) -> str:
        """By which events call them: the caller's ARN, else the user of the machine."""
        return self.arn or f"{self.os_user}@{self.host}"

    def to_data(self) -> dict[str, Json]:
        """As it stands in requests and events; what is not known is left out."""
        return {name: text[:LONGEST_MEMBER] for name, text in asdict(self).items() if text}

    @classmethod
    def from_data(cls, data: Json) -> Requester:
        """What `to_data` wrote; members that are no texts count as not known."""
        members = data if isinstance(data, Mapping) else {}
        known = {name: members.get(name) for name in cls.__slots__}
        return cls(**{n: t[:LONGEST_MEMBER] for n, t in known.items() if isinstance(t, str)})


def principal_of(arn: str, personal_roles: Collection[str] = ()) -> str:
    """Whom a caller's ARN stands for: equal texts may be one person; empty: nobody can tell.

    An IAM user is itself. Of a role, whoever assumes it chooses the session's name, so that all
    its sessions are one; only those of single sign-on, and of `personal_roles` (names or ARNs of
    roles), are one each. A federated user's name is chosen by the user who asked for the token.
    """
    if _USER.fullmatch(arn):
        return arn
    session = _SESSION.fullmatch(arn)
    if session is None:
        return ""
    partition, account, role, _ = session.groups()
    # The session's ARN has no path: a role is told by account and name.
    named = {_pathless(each) for each in personal_roles}
    if _SINGLE_SIGN_ON.fullmatch(role) or named & {role, f"{partition}:iam::{account}:role/{role}"}:
        return arn
    return f"{partition}:sts::{account}:assumed-role/{role}"


def short_actor(actor: str) -> str:
    """The telling end of a caller's ARN; anything else as it is."""
    if not actor.startswith("arn:"):
        return actor
    return actor.rsplit(":", maxsplit=1)[-1].removeprefix("assumed-role/")


def person(principal: str) -> str:
    """Whom a principal stands for: a user or a session by name, or a role."""
    if not principal.startswith("arn:"):
        return principal
    if principal.endswith(":root"):
        return "the root user"
    kind, _, name = short_actor(principal).partition("/")
    if kind == "user":
        return name.rpartition("/")[2]
    signed_on = _SINGLE_SIGN_ON.fullmatch(kind)
    role = signed_on[1] if signed_on else kind
    return f"{name} ({role})" if name else f"the role {role}"


def _pathless(role: str) -> str:
    """The name or ARN of a role without its path."""
    head, _, name = role.rpartition("/")
    return f"{head.split('/', 1)[0]}/{name}" if head else name
