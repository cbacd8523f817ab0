"""Checks as JSON-able data and back, as `plan_data` keeps them."""

from __future__ import annotations

from typing import Protocol

from drs_tui.model.launch_checks import (
    BASTION,
    ON_INSTANCE,
    Check,
    CommandCheck,
    Ec2StatusCheck,
    HttpCheck,
    InstanceCheck,
    PlainCheck,
    PostLaunchCheck,
    ProbingCheck,
    SsmAgentCheck,
    TcpCheck,
)

_PLAIN: dict[str, type[PlainCheck]] = {
    "instance": InstanceCheck,
    "ec2_status": Ec2StatusCheck,
    "ssm_agent": SsmAgentCheck,
    "post_launch": PostLaunchCheck,
}
_USUAL_HTTP = HttpCheck()


class Members(Protocol):
    """Stored data, read member by member as the types that a plan has."""

    def text(self, name: str) -> str | None:
        """A text; None where there is none."""

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts."""

    def number(self, name: str) -> int | None:
        """A whole number; None where there is none."""

    def number_or(self, name: str, usual: int) -> int:
        """A whole number; the usual one where there is none."""

    def required_number(self, name: str) -> int:
        """A whole number."""


def check_to_data(check: Check) -> dict[str, object]:
    """A check as data; what isn't said is left out."""
    data: dict[str, object] = {}
    if check.within_seconds is not None:
        data["within_seconds"] = check.within_seconds
    if isinstance(check, ProbingCheck):
        data["from"] = check.vantage
        data["per"] = "wave" if check.per_wave else "server"
    match check:
        case InstanceCheck() | Ec2StatusCheck() | SsmAgentCheck() | PostLaunchCheck():
            kind = next(name for name, plain in _PLAIN.items() if isinstance(check, plain))
            return {"kind": kind, **data}
        case TcpCheck():
            return {"kind": "tcp", "port": check.port, **data}
        case CommandCheck():
            return {"kind": "command", "argv": list(check.argv), **data}
        case HttpCheck():
            return {
                "kind": "https" if check.tls else "http",
                "port": check.port,
                "path": check.path,
                "status": check.status,
                "body": check.body,
                "host": check.host,
                "verify": "yes" if check.verify else "no",
                **data,
            }


def check_from_data(members: Members) -> Check | None:
    """The check that `check_to_data` wrote; None for a kind that this version doesn't know."""
    within = members.number("within_seconds")
    kind = members.text("kind") or ""
    per_wave = members.text("per") == "wave"
    match kind:
        case "tcp":
            port = members.required_number("port")
            return TcpCheck(port, within, members.text("from") or BASTION, per_wave)
        case "command":
            vantage = members.text("from") or ON_INSTANCE
            return CommandCheck(members.texts("argv"), within, vantage, per_wave)
        case "http" | "https":
            return HttpCheck(
                port=members.required_number("port"),
                within_seconds=within,
                vantage=members.text("from") or BASTION,
                per_wave=per_wave,
                path=members.text("path") or _USUAL_HTTP.path,
                status=members.number_or("status", _USUAL_HTTP.status),
                body=members.text("body") or "",
                host=members.text("host") or "",
                tls=kind == "https",
                verify=members.text("verify") != "no",
            )
    plain = _PLAIN.get(kind)
    return plain(within) if plain is not None else None
