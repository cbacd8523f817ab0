"""Rules by which a scenario lets things go wrong."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase

from drs_tui.simulator.fleet import FleetServer
from drs_tui.simulator.mishaps import FOREVER_SECONDS


class RequestFault(StrEnum):
    """What can go wrong with a request, as scenario files name it."""

    THROTTLE = "throttle"
    ERROR = "error"
    DELAY = "delay"
    HANG = "hang"
    LOST_REQUEST = "lost-request"
    LOST_ANSWER = "lost-answer"
    MALFORMED = "malformed"
    CONFLICT = "conflict"
    QUOTA = "quota"
    ACCESS_DENIED = "access-denied"
    EXPIRED_CREDENTIALS = "expired-credentials"
    OUTAGE = "outage"
    DUPLICATE = "duplicate"


class LaunchFault(StrEnum):
    """What can go wrong for a server of a launch."""

    NO_EC2_RIGHTS = "no-ec2-rights"
    SNAPSHOT_FAILURE = "snapshot-failure"
    CONVERSION_FAILURE = "conversion-failure"
    LAUNCH_FAILURE = "launch-failure"
    POST_LAUNCH_FAILURE = "post-launch-failure"
    SKIPPED = "skipped"
    STUCK = "stuck"
    NO_BOOT = "no-boot"
    NO_SERVICE = "no-service"
    VANISHING_INSTANCE = "vanishing-instance"


class StateFault(StrEnum):
    """What can be wrong with a server as long as the rule's window is open."""

    STALLED_REPLICATION = "stalled-replication"


FaultKind = RequestFault | LaunchFault | StateFault


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One kind of fault, and when it strikes; what isn't said leaves that open."""

    kind: FaultKind
    operations: tuple[str, ...] = ("*",)
    """`StartRecovery`, `Describe*` for those of DRS; `ec2:DescribeInstances`, `*:*`."""
    regions: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    """Source servers by id or name, `*` standing for any letters; for a request, the servers
    that it names."""
    access_keys: tuple[str, ...] = ()
    """Which keys a request is signed with, `*` standing for any letters."""
    count: int | None = None
    """How often it strikes at most: requests, or servers of launches."""
    probability: float = 1.0
    from_seconds: float = 0.0
    """Since the simulated account began, in drill time."""
    until_seconds: float | None = None
    seconds: float | None = None
    """Of a throttle, when to try again; of a delay, how long; of a stuck server, how long until
    it goes on; of a vanishing instance, how long after its launch; of applications that don't
    answer, until how long after it."""
    status: int | None = None
    """The HTTP status of an error, or of an outage's answers."""
    takes_effect: bool = False
    """Whether the request is carried out in spite of its error or its hanging answer."""
    body: str = "truncated"
    """What a malformed answer holds: truncated, html or empty."""
    phase: str = "launch"
    """Where a server is stuck: conversion or launch."""
    raw_error: str = ""

    @property
    def stuck_seconds(self) -> float:
        """How long a server is stuck."""
        return FOREVER_SECONDS if self.seconds is None else self.seconds

    def is_of_region(self, name: str) -> bool:
        """Whether it strikes in a Region."""
        return not self.regions or name in self.regions

    def is_of_operation(self, service: str, operation: str) -> bool:
        """Whether it strikes an operation; patterns without a service are DRS's."""
        for pattern in self.operations:
            of_service, _, of_operation = pattern.rpartition(":")
            if fnmatchcase(service, of_service or "drs") and fnmatchcase(operation, of_operation):
                return True
        return False

    def is_of_key(self, access_key: str) -> bool:
        """Whether it strikes what is signed with an access key."""
        keys = self.access_keys
        return not keys or any(fnmatchcase(access_key, each) for each in keys)

    def is_of_server(self, server: FleetServer) -> bool:
        """Whether it strikes a source server."""
        return not self.servers or is_named(server, self.servers)

    def is_open(self, elapsed_seconds: float) -> bool:
        """Whether its window is open so long after the account began."""
        until = self.until_seconds
        return self.from_seconds <= elapsed_seconds and (until is None or elapsed_seconds < until)


def is_named(server: FleetServer, patterns: Iterable[str]) -> bool:
    """Whether one of the patterns is of a server's id or name."""
    return any(
        fnmatchcase(word, pattern)
        for pattern in patterns
        for word in (server.source_server_id, server.name)
    )
