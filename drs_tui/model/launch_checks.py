"""Checks of what a wave launched: which there are, and how one of them stands."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

BASTION = "bastion"
"""The vantage of checks that the driver makes itself, over the network."""

ON_INSTANCE = "ssm"
"""The vantage of checks that Systems Manager makes on the recovery instance itself."""

_PROBE = "ssm:"

LINUX_WITHIN_SECONDS = 15 * 60
WINDOWS_WITHIN_SECONDS = 60 * 60
"""How long a check may take to pass where the plan doesn't say: first boots are slow."""


@dataclass(frozen=True, slots=True)
class InstanceCheck:
    """EC2 has the recovery instance, and it is not being terminated."""

    within_seconds: int | None = None
    """None: the default for the server's operating system, here and below."""


@dataclass(frozen=True, slots=True)
class Ec2StatusCheck:
    """Both EC2 status checks of a recovery instance are passed."""

    within_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class SsmAgentCheck:
    """The Systems Manager agent of a recovery instance is online."""

    within_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class PostLaunchCheck:
    """Every post-launch action that DRS tells of has succeeded."""

    within_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class TcpCheck:
    """A port of a recovery instance accepts connections."""

    port: int
    within_seconds: int | None = None
    vantage: str = BASTION
    """`bastion`; `ssm`, on the instance itself; or `ssm:` and the name of a probe."""

    per_wave: bool = False
    """Whether one server of the wave that passes is enough."""


@dataclass(frozen=True, slots=True)
class HttpCheck:
    """A recovery instance answers an HTTP request as it should."""

    port: int = 80
    within_seconds: int | None = None
    vantage: str = BASTION
    per_wave: bool = False
    path: str = "/"
    status: int = 200
    body: str = ""
    """A regular expression to be found in the first 64 KiB of the body; empty: any body will do."""

    host: str = ""
    """What the request says it is for: the Host header, and the name that TLS asks for. The
    connection goes to the instance's address whatever it says."""

    tls: bool = False
    verify: bool = True
    """Whether its certificate has to be good for `host`."""


@dataclass(frozen=True, slots=True)
class CommandCheck:
    """A command ends with exit code 0: on the instance, on a probe, or here, without a shell."""

    argv: tuple[str, ...]
    within_seconds: int | None = None
    vantage: str = ON_INSTANCE
    per_wave: bool = False


PlainCheck = InstanceCheck | Ec2StatusCheck | SsmAgentCheck | PostLaunchCheck
"""Those of which no more is to be said than how long they may take."""

ProbingCheck = TcpCheck | HttpCheck | CommandCheck
"""Those that are made from somewhere."""

Check = PlainCheck | ProbingCheck


def probe_of(vantage: str) -> str:
    """The server or instance that a check is made from; empty for none, or the instance itself."""
    return vantage.removeprefix(_PROBE) if vantage.startswith(_PROBE) else ""


def is_per_wave(check: Check) -> bool:
    """Whether it is made once for its wave."""
    return isinstance(check, ProbingCheck) and check.per_wave


def runs_here(check: Check) -> bool:
    """Whether it starts a command on the machine that drives the run."""
    return isinstance(check, CommandCheck) and check.vantage == BASTION


def check_words(check: Check) -> str:
    """What is checked, in a few words."""
    match check:
        case InstanceCheck():
            return "instance present"
        case Ec2StatusCheck():
            return "EC2 status"
        case SsmAgentCheck():
            return "SSM agent"
        case PostLaunchCheck():
            return "post-launch actions"
        case TcpCheck():
            return f"TCP port {check.port}{_from(check.vantage, BASTION)}"
        case HttpCheck():
            scheme = "HTTPS" if check.tls else "HTTP"
            return f"{scheme} port {check.port} {check.path}{_from(check.vantage, BASTION)}"
        case CommandCheck():
            return f"command {shlex.join(check.argv)}{_from(check.vantage, ON_INSTANCE)}"


def _from(vantage: str, usual: str) -> str:
    probe = probe_of(vantage)
    if probe:
        return f" from {probe}"
    return (
        "" if vantage == usual else f" from the {'bastion' if vantage == BASTION else 'instance'}"
    )


def within_seconds(check: Check, *, is_windows: bool) -> int:
    """How long a check may take to pass, from its start."""
    usual = WINDOWS_WITHIN_SECONDS if is_windows else LINUX_WITHIN_SECONDS
    return usual if check.within_seconds is None else check.within_seconds


class CheckOutcome(StrEnum):
    """How a check ended; all but the first leave its server unverified."""

    PASSED = "passed"
    FAILED = "failed"
    REFUSED = "refused"
    """It was not made, as it could have asked something else than what was launched."""

    UNKNOWN = "unknown"
    """It could not be made."""


@dataclass(frozen=True)
class CheckState:
    """One check of one server, or of a wave as a whole."""

    index: int
    """Its place among the checks of its wave, the implied one counted."""

    words: str
    started_at: datetime
    within_ms: int
    outcome: CheckOutcome | None = None
    """None while it is being made."""

    finished_at: datetime | None = None
    said: str = ""
    """What was found, for people."""

    @property
    def is_passed(self) -> bool:
        """Whether it ended well."""
        return self.outcome is CheckOutcome.PASSED

    @property
    def is_bad(self) -> bool:
        """Whether it ended in any other way."""
        return self.outcome is not None and not self.is_passed


def bad(checks: Iterable[CheckState]) -> list[CheckState]:
    """Those that ended without passing."""
    return [check for check in checks if check.is_bad]
