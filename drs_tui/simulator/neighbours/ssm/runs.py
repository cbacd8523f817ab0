"""How a document fares that is run, which its name decides."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from drs_tui.simulator.hardware import stable_number
from drs_tui.simulator.neighbours.modelled import Call

FAILING_SUFFIX = "-Fail"
"""Documents whose name ends so fail; all others succeed."""

_SHORTEST_SECONDS, _LONGEST_SECONDS = 4, 16
_PENDING_SECONDS = 0.5

FAILURE = f"The simulator fails every document whose name ends in {FAILING_SUFFIX}"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a document, from what a Region has kept of it."""

    run_id: str
    asked: Mapping[str, Any]
    """The parameters of the call that began it."""
    began_at: datetime
    ends_at: datetime
    instance_ids: tuple[str, ...] = ()
    """Where it runs, if that is anywhere."""

    @property
    def fails(self) -> bool:
        """Whether it ends badly."""
        document: str = self.asked["DocumentName"]
        return document.endswith(FAILING_SUFFIX)

    def status(self, now: datetime) -> str:
        """Pending, InProgress, Success or Failed."""
        if now >= self.ends_at:
            return "Failed" if self.fails else "Success"
        pending = (self.ends_at - self.began_at) * (_PENDING_SECONDS / _LONGEST_SECONDS)
        return "Pending" if now < self.began_at + pending else "InProgress"


def begin(call: Call, kept: dict[str, dict[str, Any]], instance_ids: Sequence[str] = ()) -> str:
    """Keep a new run in `kept`, in terms of JSON, by the id that is returned."""
    region = call.region
    numbered = f"{call.account.seed}/{region.name}/{call.parameters['DocumentName']}/{len(kept)}"
    digest = hashlib.sha256(numbered.encode()).digest()
    run_id = str(UUID(bytes=digest[:16], version=4))
    kept[run_id] = {
        "asked": dict(call.parameters),
        "at": call.now.isoformat(),
        "instances": list(instance_ids),
    }
    region.changes.count += 1
    return run_id


def find(call: Call, kept: Mapping[str, dict[str, Any]], run_id: str) -> Run | None:
    """The run of that id, if `kept` has one."""
    if run_id not in kept:
        return None
    began_at = datetime.fromisoformat(kept[run_id]["at"])
    span = _LONGEST_SECONDS - _SHORTEST_SECONDS
    seconds = _SHORTEST_SECONDS + stable_number(run_id) % (span * 1000) / 1000
    ends_at = began_at + timedelta(seconds=seconds) / call.region.speed
    return Run(run_id, kept[run_id]["asked"], began_at, ends_at, tuple(kept[run_id]["instances"]))
