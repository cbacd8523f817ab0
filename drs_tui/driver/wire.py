"""What goes over the driver's socket: one JSON object a line, a question and its answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from drs_tui.audit.store import Away, Lease, Request
from drs_tui.config import Reach, SealSettings, Settings, Simulation
from drs_tui.driver.orders import (
    DriverError,
    DriverUnreachable,
    Standing,
    StartBlocked,
    StartOrder,
    StartUnconfirmed,
    Welcome,
)
from drs_tui.model.principals import Requester

# What only some messages are made of is imported where one comes: the app asks for a welcome
# before its first screen has anything to do with runs. Renewals have a module of their own.

LONGEST_LINE = 4 * 1024 * 1024
"""Bytes; a preflight report of the largest plan stays far below."""


def write_line(message: Mapping[str, object]) -> bytes:
    """A message as it goes over the socket."""
    return json.dumps(message, separators=(",", ":"), default=_plain).encode() + b"\n"


def read_line(line: bytes) -> dict[str, Any]:
    """A message as it came.

    Raises:
        DriverUnreachable: it is not one of ours.
    """
    try:
        message = json.loads(line)
    except ValueError as error:
        raise DriverUnreachable(f"the driver's socket speaks no JSON: {error}") from error
    if not isinstance(message, dict):
        raise DriverUnreachable("the driver's socket speaks no JSON objects")
    return message


def order_to_data(order: StartOrder) -> dict[str, Any]:
    """A start order as data."""
    return asdict(order)


def order_from_data(data: Mapping[str, Any]) -> StartOrder:
    """A start order from data."""
    from drs_tui.model.plan import Mode

    return StartOrder(
        **{
            **data,
            "plan_path": Path(data["plan_path"]),
            "reach": Reach(**{**data["reach"], "vpc_hosts": tuple(data["reach"]["vpc_hosts"])}),
            "mode": Mode(data["mode"]),
            "by": Requester.from_data(data["by"]),
            "end_instances": tuple(data["end_instances"]),
            "acknowledged": tuple(data["acknowledged"]),
        }
    )


def welcome_from_data(data: Mapping[str, Any]) -> Welcome:
    """What a driver says of itself."""
    return Welcome(
        **{
            **data,
            "drill_now": datetime.fromisoformat(data["drill_now"]),
            "active_runs": tuple(data["active_runs"]),
        }
    )


def request_to_data(request: Request) -> dict[str, Any]:
    """A request as data."""
    return {**asdict(request), "at": request.at.isoformat()}


def request_from_data(data: Mapping[str, Any]) -> Request:
    """A request from data."""
    return Request(**{**data, "at": datetime.fromisoformat(data["at"])})


def standing_to_data(standing: Standing) -> dict[str, Any]:
    """How a run stands, as data."""
    from drs_tui.audit.records import write_pulse

    data = asdict(standing)
    data["lease"]["pulse"] = write_pulse(standing.lease.pulse)
    return data


def standing_from_data(data: Mapping[str, Any]) -> Standing:
    """How a run stands, from data."""
    from drs_tui.audit.records import read_pulse

    lease = Lease(**{**data["lease"], "pulse": read_pulse(data["lease"]["pulse"])})
    away = Away(**data["away"]) if data["away"] else None
    return Standing(lease, data["journal"], away)


def error_to_data(error: DriverError) -> dict[str, Any]:
    """An error with its kind and, if preflight raised it, what it found."""
    data: dict[str, Any] = {"kind": type(error).__name__, "message": str(error)}
    if isinstance(error, StartBlocked):
        data["findings"] = [finding.to_data() for finding in error.report.findings]
    return data


def error_from_data(data: Mapping[str, Any]) -> DriverError:
    """The error that `error_to_data` wrote."""
    from drs_tui.driver.renewals import NotDrivenHere, RenewalRefused
    from drs_tui.model.readiness import Finding, Report, Verdict

    message = str(data.get("message", ""))
    for plain in (RenewalRefused, NotDrivenHere):
        if data.get("kind") == plain.__name__:
            return plain(message)
    kinds = {kind.__name__: kind for kind in (StartBlocked, StartUnconfirmed)}
    kind = kinds.get(str(data.get("kind")))
    if kind is None:
        return DriverError(message)
    findings = (
        Finding(Verdict(f["verdict"]), f["check"], f["thing"], f["reason"], f["remedy"])
        for f in data.get("findings", ())
    )
    return kind(message, Report(tuple(findings)))


def settings_to_text(settings: Settings) -> str:
    """Settings as one argument of the driver's command line."""
    return json.dumps(asdict(settings), default=_plain, sort_keys=True)


def settings_from_text(text: str) -> Settings:
    """The settings that `settings_to_text` wrote."""
    data = json.loads(text)
    simulation, seal = data.pop("simulation"), data.pop("seal")
    if simulation is not None:
        simulation = Simulation(**{**simulation, **_paths(simulation, "state", "call_log")})
    return Settings(
        **{
            **data,
            **_paths(data, "log_file", "config_file", "state_folder"),
            "plan_folders": tuple(Path(folder) for folder in data["plan_folders"]),
            "simulation": simulation,
            "personal_roles": tuple(data["personal_roles"]),
            "vpc_hosts": tuple(data["vpc_hosts"]),
            "seal": SealSettings(**{**seal, "command": tuple(seal["command"])}),
        }
    )


def _paths(data: Mapping[str, Any], *names: str) -> dict[str, Path | None]:
    return {name: Path(data[name]) if data[name] else None for name in names}


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
