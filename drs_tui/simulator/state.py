"""A simulated account on disk, so that it outlives the process."""

from __future__ import annotations

import json
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from drs_tui.simulator.account import Account
from drs_tui.simulator.errors import StateError
from drs_tui.simulator.instances import RecoveryInstance
from drs_tui.simulator.jobs import Job, LogItem, Participant, Timeline
from drs_tui.simulator.region import Region

FORMAT = 1

_CLOCK_SLACK = timedelta(minutes=1)


def save(account: Account, path: Path) -> None:
    """Replace the file in one step: a reader or a crash finds the old state or the new."""
    document = {
        "format": FORMAT,
        "scenario": account.scenario.name,
        "regions": {name: _region_to_json(region) for name, region in account.regions.items()},
    }
    beside = path.with_name(path.name + ".new")
    with beside.open("w", encoding="utf-8") as file:
        file.write(json.dumps(document, default=_plain))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def load(account: Account, path: Path, now: datetime) -> None:
    """Give `account` the Regions kept in the file; a file that isn't there holds none.

    Raises:
        StateError: the file is no state of this scenario, or comes from after `now`.
    """
    document = _read(path)
    if document is None:
        return
    scenario = account.scenario.name
    if document.get("scenario") != scenario:
        raise StateError(
            f"{path} holds the scenario {document.get('scenario')!r}, not {scenario!r}; start that "
            "one, or give another state file"
        )
    try:
        for name, kept in document["regions"].items():
            account.regions[name] = _region_from_json(account, name, kept)
    except (KeyError, TypeError, ValueError, AttributeError) as broken:
        raise _unreadable(path, f"{type(broken).__name__}: {broken}") from broken
    newest = _newest_job(account)
    if newest is not None and newest > now + _CLOCK_SLACK:
        raise StateError(
            f"{path} holds a job of {newest:%Y-%m-%d %H:%M:%S} UTC, which is still to come; begin "
            "the clock no earlier, or give another state file"
        )


def last_moment(path: Path) -> datetime | None:
    """The newest moment that a state file knows of; None when there is no file.

    A clock over that state has to begin no earlier.

    Raises:
        StateError: the file can't be read as a state.
    """
    document = _read(path)
    if document is None:
        return None
    try:
        moments = [
            datetime.fromisoformat(moment)
            for region in document["regions"].values()
            for moment in [region["created_at"], *(job["created_at"] for job in region["jobs"])]
        ]
    except (KeyError, TypeError, ValueError, AttributeError) as broken:
        raise _unreadable(path, f"{type(broken).__name__}: {broken}") from broken
    return max(moments, default=None)


def _read(path: Path) -> dict[str, Any] | None:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except ValueError as broken:
        raise _unreadable(path, str(broken)) from broken
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise _unreadable(path, f"expected format {FORMAT}")
    return document


def _unreadable(path: Path, reason: str) -> StateError:
    return StateError(
        f"{path} is not a state file of this simulator ({reason}); move it away, or give another"
    )


def _newest_job(account: Account) -> datetime | None:
    created = [job.created_at for region in account.regions.values() for job in region.jobs]
    return max(created, default=None)


def _region_to_json(region: Region) -> dict[str, Any]:
    return {
        "created_at": region.created_at,
        "jobs": region.jobs,
        "instances": list(region.instances.values()),
    }


def _plain(value: Any) -> Any:
    """One level of a record or a time; far faster than `asdict` on a long history."""
    if isinstance(value, datetime):
        return value.isoformat()
    return {name: getattr(value, name) for name in value.__slots__}


def _region_from_json(account: Account, name: str, kept: dict[str, Any]) -> Region:
    region = account.new_region(name, datetime.fromisoformat(kept["created_at"]))
    region.jobs = [_job_from_json(job) for job in kept["jobs"]]
    instances = [RecoveryInstance(**_with_times(instance)) for instance in kept["instances"]]
    region.instances = {instance.recovery_instance_id: instance for instance in instances}
    return region


def _job_from_json(kept: dict[str, Any]) -> Job:
    timeline = _with_times(kept["timeline"])
    timeline["participants"] = tuple(
        Participant(**_with_times(part)) for part in timeline["participants"]
    )
    timeline["log"] = tuple(LogItem(**_with_times(item)) for item in timeline["log"])
    return Job(**_with_times(kept) | {"timeline": Timeline(**timeline)})


def _with_times(kept: dict[str, Any]) -> dict[str, Any]:
    """A copy in which the members that hold times are times again."""
    return {
        member: datetime.fromisoformat(value) if value and _is_time(member) else value
        for member, value in kept.items()
    }


def _is_time(member: str) -> bool:
    return member == "at" or member.endswith("_at") or member == "point_in_time"
