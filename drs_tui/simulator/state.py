"""A simulated account on disk, so that it outlives the process.

The file is a journal: a line of JSON for each thing that has come to be or has changed. It is
written anew when it is opened, so it holds no more than the account does, and what a request
changes costs one short line.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any

from drs_tui.simulator.account import Account
from drs_tui.simulator.changes import Changes
from drs_tui.simulator.errors import StateError
from drs_tui.simulator.faults import Tally
from drs_tui.simulator.instances import RecoveryInstance
from drs_tui.simulator.jobs import Job, LogItem, Participant, Timeline
from drs_tui.simulator.region import Region
from drs_tui.simulator.scenarios import Scenario

FORMAT = 2

_CLOCK_SLACK = timedelta(minutes=1)
_BROKEN = (KeyError, TypeError, ValueError, AttributeError, IndexError)
"""What reading a line raises that isn't one of ours."""

Line = dict[str, Any]


class Journal:
    """Keeps an account in a file; one process at a time."""

    def __init__(self, account: Account, path: Path, now: datetime) -> None:
        """Give `account` what the file holds, if it is there, and write it down from now on.

        Raises:
            StateError: the file is no state of this scenario, comes from after `now`, or is in
                use by another process.
            OSError: it can't be written.
        """
        self._account = account
        self._accounts = [_KeptAccount(each) for each in account.everyone()]
        self._changes = -1
        with _locked(path) as before:
            if before is not None:
                _restore(account, path, _lines(path, before.read()), now)
            beside = path.with_name(path.name + ".new")
            self._file = beside.open("w", encoding="utf-8")
            try:
                # Held through the file's next name: nobody finds it there unlocked.
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._write([_head(account.scenario), *self._news()])
                beside.replace(path)
            except BaseException:
                self._file.close()
                raise

    def keep(self) -> None:
        """Write down what is new; when this returns it is on disk.

        A look at a number, as long as nothing was changed.
        """
        if self._account.changes != self._changes:
            self._write(self._news())

    def close(self) -> None:
        """Write down what is new and let go of the file."""
        try:
            self._write(self._news())
        finally:
            self._file.close()

    def _news(self) -> list[Line]:
        """What the file doesn't hold yet."""
        self._changes = self._account.changes
        own, *others = self._accounts
        news = own.news()
        for other in others:
            # Only they are named: a file of one account is as it always was.
            news += ({"account": other.name, **line} for line in other.news())
        return news

    def _write(self, lines: list[Line]) -> None:
        if not lines:
            return
        self._file.writelines(json.dumps(line, default=_plain) + "\n" for line in lines)
        self._file.flush()
        os.fsync(self._file.fileno())


class _KeptAccount:
    """What a journal holds of one account."""

    def __init__(self, account: Account) -> None:
        self.name = account.scenario.account
        self._account = account
        self._kept: dict[str, _Kept] = {}
        self._faults: tuple[datetime | None, list[Tally]] = (None, [])

    def news(self) -> list[Line]:
        """What it doesn't hold yet; afterwards it does."""
        faults = self._account.faults
        news: list[Line] = []
        if faults.began_at and self._faults != (faults.began_at, faults.tallies):
            self._faults = (faults.began_at, list(faults.tallies))
            tallies = [[tally.seen, tally.struck] for tally in faults.tallies]
            news.append({"began_at": faults.began_at, "tallies": tallies})
        for name, region in self._account.regions.items():
            kept = self._kept.get(name)
            if kept is None:
                kept = self._kept[name] = _Kept()
                news.append({"region": name, "created_at": region.created_at})
            news += ({"region": name, **line} for line in kept.news(region))
        return news


class _Kept:
    """What a journal holds of one Region."""

    def __init__(self) -> None:
        self._jobs = 0
        self._instances: dict[str, RecoveryInstance] = {}
        self._changes = -1

    def news(self, region: Region) -> Iterator[Line]:
        """What it doesn't hold yet; afterwards it does."""
        for job in region.jobs[self._jobs :]:
            yield {"job": job}
        self._jobs = len(region.jobs)
        for identity, instance in region.instances.items():
            # Instances are never changed, only replaced.
            if self._instances.get(identity) is not instance:
                self._instances[identity] = instance
                yield {"instance": instance}
        if region.changes.count != self._changes:
            self._changes = region.changes.count
            yield {"changes": region.changes.to_json()}


def last_moment(path: Path) -> datetime | None:
    """The newest moment that a state file knows of; None when there is no file.

    A clock over that state has to begin no earlier.

    Raises:
        StateError: the file can't be read as a state.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        moments = [
            datetime.fromisoformat(moment)
            for line in _lines(path, content)
            for moment in (line.get("created_at"), line.get("job", {}).get("created_at"))
            if moment
        ]
    except _BROKEN as broken:
        raise _unreadable(path, broken) from broken
    return max(moments, default=None)


# Reading ----------------------------------------------------------------------------------------


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes] | None]:
    """The file as it was, if it is there, and nobody else's while the context is open."""
    with ExitStack() as stack:
        file: IO[bytes] | None = None
        with suppress(FileNotFoundError):
            file = stack.enter_context(path.open("rb"))
        if file is not None:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise StateError(
                    f"{path} is in use by another simulator; end that one, or give another file"
                ) from None
        yield file


def _lines(path: Path, content: bytes) -> list[Line]:
    """What the file holds, without its head; a last line that was torn counts for nothing."""
    *whole, _torn = content.split(b"\n")
    try:
        head, *lines = map(json.loads, whole)
        is_ours = head["format"] == FORMAT and all(isinstance(line, dict) for line in lines)
    except _BROKEN as broken:
        raise _unreadable(path, broken) from broken
    if not is_ours:
        raise _unreadable(path, f"it is not of format {FORMAT}")
    return [head, *lines]


def _restore(account: Account, path: Path, lines: list[Line], now: datetime) -> None:
    head, *rest = lines
    _refuse_other_scenario(account.scenario, path, head)
    try:
        for each in account.everyone():
            named = "" if each is account else each.scenario.account
            _restore_account(each, [line for line in rest if line.get("account", "") == named])
    except _BROKEN as broken:
        raise _unreadable(path, broken) from broken
    regions = [region for each in account.everyone() for region in each.regions.values()]
    created = [job.created_at for region in regions for job in region.jobs]
    newest = max(created, default=None)
    if newest is not None and newest > now + _CLOCK_SLACK:
        raise StateError(
            f"{path} holds a job of {newest:%Y-%m-%d %H:%M:%S} UTC, which is still to come; begin "
            "the clock no earlier, or give another state file"
        )


def _restore_account(account: Account, lines: list[Line]) -> None:
    for name, kept in _by_region(lines).items():
        region = account.new_region(name, datetime.fromisoformat(kept.created_at))
        region.restore(kept.jobs, kept.instances.values(), kept.changes or region.changes)
        account.regions[name] = region
    for line in lines:
        if "tallies" in line:
            tallies = [Tally(seen, struck) for seen, struck in line["tallies"]]
            account.faults.restore(datetime.fromisoformat(line["began_at"]), tallies)


def _refuse_other_scenario(scenario: Scenario, path: Path, head: Line) -> None:
    if head.get("scenario") != scenario.name:
        raise StateError(
            f"{path} holds the scenario {head.get('scenario')!r}, not {scenario.name!r}; start "
            "that one, or give another state file"
        )
    if head.get("digest") != scenario.digest:
        raise StateError(
            f"{path} holds the scenario {scenario.name!r} as it was before its file was changed; "
            "move it away, or give another state file"
        )


@dataclass(slots=True)
class _KeptRegion:
    """What the lines of a Region add up to."""

    created_at: str = ""
    jobs: list[Job] = field(default_factory=list)
    instances: dict[str, RecoveryInstance] = field(default_factory=dict)
    changes: Changes | None = None


def _by_region(lines: list[Line]) -> Mapping[str, _KeptRegion]:
    regions: defaultdict[str, _KeptRegion] = defaultdict(_KeptRegion)
    for line in lines:
        if "region" not in line:
            continue
        region = regions[line["region"]]
        if "created_at" in line:
            region.created_at = line["created_at"]
        elif "job" in line:
            region.jobs.append(_job(line["job"]))
        elif "instance" in line:
            instance = RecoveryInstance(**_with_times(line["instance"]))
            region.instances[instance.recovery_instance_id] = instance
        else:
            region.changes = Changes.from_json(line["changes"])
    return regions


def _unreadable(path: Path, reason: object) -> StateError:
    if isinstance(reason, Exception):
        reason = f"{type(reason).__name__}: {reason}"
    return StateError(
        f"{path} is not a state file of this simulator ({reason}); move it away, or give another"
    )


def _job(kept: Line) -> Job:
    timeline = _with_times(kept["timeline"])
    timeline["participants"] = tuple(
        Participant(**_with_times(part)) for part in timeline["participants"]
    )
    timeline["log"] = tuple(LogItem(**_with_times(item)) for item in timeline["log"])
    return Job(**_with_times(kept) | {"timeline": Timeline(**timeline)})


def _with_times(kept: Line) -> Line:
    """A copy in which the members that hold times are times again."""
    return {
        member: datetime.fromisoformat(value) if value and _is_time(member) else value
        for member, value in kept.items()
    }


def _is_time(member: str) -> bool:
    return member == "at" or member.endswith("_at") or member == "point_in_time"


# Writing ----------------------------------------------------------------------------------------


def _head(scenario: Scenario) -> Line:
    return {"format": FORMAT, "scenario": scenario.name, "digest": scenario.digest}


def _plain(value: Any) -> Any:
    """One level of a record or a time; far faster than `asdict` on a long history."""
    if isinstance(value, datetime):
        return value.isoformat()
    return {name: getattr(value, name) for name in value.__slots__}
