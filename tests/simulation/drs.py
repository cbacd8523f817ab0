"""DRS as it can be: slow to show, forgetful, of another mind for a while, and always itself.

It stands between the wire and the pure endpoint. What it answers may be old, cut into pages,
incomplete or in words nobody knows; what it does is what the Region did.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any

from drs_tui.simulator.endpoint import Endpoint
from drs_tui.simulator.message import Request, Response
from drs_tui.simulator.region import Region
from drs_tui.simulator.wire import is_query, refusal
from tests.simulation.faults import CHANGE, JOB_FAULTS, PAGE_FAULTS, SPELL, SPELLS, Weather
from tests.simulation.loop import VirtualClock
from tests.simulation.trace import Trace

CHANGES = ("StartRecovery", "TerminateRecoveryInstances")
_PAGED = (
    *("DescribeJobLogItems", "DescribeJobs"),
    *("DescribeRecoveryInstances", "DescribeSourceServers"),
)
_ABOUT_JOBS = ("DescribeJobs", "DescribeJobLogItems")

SPELL_SECONDS = (5.0, 40.0, 200.0, 900.0)
DRAG_SECONDS = (300.0, 1500.0, 5000.0)
"""Added to a job's life: under and over the time-outs of waves."""

OLDEST_SECONDS = 20.0
"""How old an answer can be that comes after a newer one."""

WORST_AFTER_END = timedelta(seconds=60)
"""How long after a job's end its answers can lack something: a client waits twice as long."""


@dataclass
class MoodyDrs:
    """One account's DRS, and what stands beside it."""

    endpoint: Endpoint
    clock: VirtualClock
    """AWS's own."""

    weather: Weather
    random: Random
    trace: Trace
    visible_at: dict[str, datetime] = field(default_factory=dict)
    """When each job shows in DescribeJobs, by id, by AWS's clock."""

    until: dict[str, float] = field(default_factory=dict)
    """When each spell ends, by kind."""

    vanished: dict[str, float] = field(default_factory=dict)
    """Until when DRS knows nothing of a job, by its id."""

    def answer(self, operation: str, request: Request) -> Response:
        """Answer one request, now."""
        now = self.clock.now()
        if operation in CHANGES:
            return self._expired(operation, request) or self._change(operation, request, now)
        self._change_mood(operation)
        refusal = self._expired(operation, request)
        if refusal is not None:
            return refusal
        if request.path == "/":  # DRS names its operations in the path, its neighbours don't.
            return self.endpoint.answer(request, now)
        return self._read(operation, request, now)

    # Moods --------------------------------------------------------------------------------------

    def _change_mood(self, operation: str) -> None:
        """A spell may begin, where it shows at once."""
        possible = tuple(kind for kind in SPELLS if self._concerns(kind, operation))
        at = self.clock.monotonic()
        kind = self.weather.strikes(possible, at, SPELL)
        if not kind:
            return
        seconds = self.random.choice(SPELL_SECONDS)
        self.until[kind] = self.weather.lasts(seconds, at)
        self.trace.add(f"DRS: {kind} for {seconds:.0f} s")
        if kind.startswith("job vanishes"):
            job = self.random.choice(self._jobs())
            if self._ends(job):
                return
            good = kind == "job vanishes for good"
            self.vanished[job] = float("inf") if good else self.until[kind]
            self.trace.add(f"DRS knows nothing of {job}")

    def _ends(self, job_id: str) -> bool:
        """Whether a job has just ended: then it is told of, for as long as a client waits for it.

        One that were gone before its end was told in full would be judged by less than DRS knew.
        """
        regions = self.endpoint.account.regions.values()
        job = next(job for region in regions for job in region.jobs if job.job_id == job_id)
        since = self.clock.now() - job.timeline.ended_at
        return timedelta(0) <= since <= 2 * WORST_AFTER_END

    def _concerns(self, kind: str, operation: str) -> bool:
        """Whether a spell can begin with a request: in mid-drill, and where it shows at once."""
        if self._is_in(kind) or not self._jobs():
            return False
        return operation == "DescribeJobs" or (
            kind == "unknown values" and operation == "DescribeRecoveryInstances"
        )

    def _is_in(self, kind: str) -> bool:
        return self.clock.monotonic() < self.until.get(kind, 0.0)

    def _jobs(self) -> list[str]:
        regions = self.endpoint.account.regions.values()
        return [job.job_id for region in regions for job in region.jobs]

    def _expired(self, operation: str, request: Request) -> Response | None:
        if not self._is_in("credentials expired"):
            return None
        words = "The security token included in the request is expired"
        if is_query(request):
            service = "sts" if operation == "GetCallerIdentity" else "ec2"
            return refusal(request, service, 403, "ExpiredToken", words)
        return error(403, "ExpiredTokenException", words)

    # Changing -----------------------------------------------------------------------------------

    def _change(self, operation: str, request: Request, now: datetime) -> Response:
        response = self.endpoint.answer(request, now)
        if not response.job_id:
            return response
        late = self.random.uniform(0, self.weather.late_jobs_seconds)
        self.visible_at[response.job_id] = now + timedelta(seconds=late)
        at = self.clock.monotonic()
        if operation == "StartRecovery" and self.weather.strikes(JOB_FAULTS, at, CHANGE):
            seconds = self.random.choice(DRAG_SECONDS)
            self.weather.lasts(seconds, at)
            self.trace.add(f"DRS takes {seconds:.0f} s more for {response.job_id}")
            for region in self.endpoint.account.regions.values():
                drag(region, response.job_id, timedelta(seconds=seconds), self.random)
        return response

    # Reading ------------------------------------------------------------------------------------

    def _read(self, operation: str, request: Request, now: datetime) -> Response:
        asked = json.loads(request.body or b"{}")
        if "nextToken" in asked and self.weather.strikes(PAGE_FAULTS, self.clock.monotonic()):
            self.trace.add(f"DRS does not know the page of {operation} any more")
            return error(400, "ValidationException", "The provided pagination token has expired")
        if self._has_vanished(asked.get("jobID", "")):
            return error(404, "ResourceNotFoundException", f"Job {asked['jobID']} does not exist")
        if operation not in _PAGED:
            return self.endpoint.answer(request, now)
        if self.weather.page_size:
            asked["maxResults"] = self.weather.page_size
        if operation in _ABOUT_JOBS and self._is_in("answers reordered"):
            now -= timedelta(seconds=self.random.choice((0.0, self.random.uniform(1, 20))))
        response = self.endpoint.answer(replace(request, body=json.dumps(asked).encode()), now)
        if response.status != 200:
            return response
        answer = json.loads(response.body)
        if operation == "DescribeJobs":
            answer["items"] = [job for job in answer["items"] if self._is_shown(job, now)]
        answer["items"] = [self._spoiled(operation, item, now) for item in answer["items"]]
        return Response(response.status, response.headers, json.dumps(answer).encode())

    def _has_vanished(self, job_id: str) -> bool:
        return self.clock.monotonic() < self.vanished.get(job_id, 0.0)

    def _is_shown(self, job: dict[str, Any], now: datetime) -> bool:
        created = datetime.fromisoformat(job["creationDateTime"])
        shown = now >= max(created, self.visible_at.get(job["jobID"], created))
        return shown and not self._has_vanished(job["jobID"])

    def _spoiled(self, operation: str, item: dict[str, Any], now: datetime) -> dict[str, Any]:
        ended = item.get("endDateTime")
        if ended and now - datetime.fromisoformat(ended) > WORST_AFTER_END:
            return item
        for kind, spoil in _SPOILERS.items():
            if self._is_in(kind) and self.random.random() < 0.5:
                item = spoil(operation, item, self.random)
        return item


def _unknown(operation: str, item: dict[str, Any], random: Random) -> dict[str, Any]:
    """With one value more than the service model knows."""
    match operation:
        case "DescribeJobs":
            name = random.choice(("status", "initiatedBy", "launchStatus"))
            if name != "launchStatus":
                return {**item, name: "REHYDRATED"}
            servers = [{**each, name: "REHYDRATED"} for each in item["participatingServers"]]
            return {**item, "participatingServers": servers}
        case "DescribeJobLogItems":
            return {**item, "event": "REHYDRATION_START"}
        case "DescribeRecoveryInstances":
            return {**item, "ec2InstanceState": "REHYDRATED"}
        case _:
            return item


def _missing(operation: str, item: dict[str, Any], random: Random) -> dict[str, Any]:
    """Without what DRS is known to leave out, and some of what it never should."""
    if operation != "DescribeJobs":
        return item
    servers = [dict(server) for server in item["participatingServers"]]
    for server in servers:
        server.pop("recoveryInstanceID", None)
        if random.random() < 0.5:
            server.pop("launchStatus", None)
    item = {**item, "participatingServers": servers}
    for name in ("initiatedBy", "type", "endDateTime", "status"):
        if random.random() < 0.2:
            item.pop(name, None)
    return item


def _empty(operation: str, item: dict[str, Any], _random: Random) -> dict[str, Any]:
    """Without participants."""
    return {**item, "participatingServers": []} if operation == "DescribeJobs" else item


_SPOILERS: dict[str, Callable[[str, dict[str, Any], Random], dict[str, Any]]] = {
    "unknown values": _unknown,
    "members missing": _missing,
    "participants empty": _empty,
}


def drag(region: Region, job_id: str, by: timedelta, random: Random) -> None:
    """Have a job of a Region stand still for so long, somewhere behind its clean-up."""
    number, job = next(
        ((number, job) for number, job in enumerate(region.jobs) if job.job_id == job_id),
        (-1, None),
    )
    if job is None:
        return
    log = job.timeline.log
    waits = [item.at for item in log if item.event in ("CONVERSION_START", "LAUNCH_START")]
    since = random.choice([*waits, log[-1].at])

    def later(moment: datetime) -> datetime:
        return moment + by if moment >= since else moment

    timeline = replace(
        job.timeline,
        ended_at=later(log[-1].at),
        log=tuple(replace(item, at=later(item.at)) for item in log),
        participants=tuple(
            replace(
                part,
                in_progress_at=part.in_progress_at and later(part.in_progress_at),
                final_at=part.final_at and later(part.final_at),
            )
            for part in job.timeline.participants
        ),
    )
    region.jobs[number] = replace(job, timeline=timeline)
    for instance in [each for each in region.instances.values() if each.job_id == job_id]:
        moved = replace(instance, launched_at=later(instance.launched_at))
        region.instances[instance.recovery_instance_id] = moved


def error(status: int, code: str, words: str = "simulated", **members: object) -> Response:
    """An answer of DRS's that says no."""
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    body = json.dumps({"message": words, **members}).encode()
    return Response(status, headers, body, error=code)
