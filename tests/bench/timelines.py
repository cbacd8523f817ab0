"""Jobs as they might go: when each server comes to each phase, drawn from a distribution."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log
from random import Random

from drs_tui.model.expectation.usual import LEARNED, Duration, History, Usual
from drs_tui.model.status import Phase

MEDIANS = {False: (52.0, 186.0, 294.0), True: (115.0, 842.0, 360.0)}
"""Seconds of snapshot and wait, conversion, and launch in recorded jobs; True: Windows."""

BEFORE_SECONDS = 0.8
AFTER_SECONDS = 2.5
APART_SECONDS = 0.028

PHASES = (*LEARNED, Phase.READY)
"""What a server comes to in turn; all but the last only a job's log or a launch status tells."""


@dataclass(frozen=True, slots=True)
class ServerLine:
    """When a server comes to each of `PHASES`."""

    server_id: str
    windows: bool
    moments: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job from its start to its end."""

    start: float
    end: float
    servers: tuple[ServerLine, ...]

    @property
    def seconds(self) -> float:
        return self.end - self.start


def draw(random: Random, platforms: Sequence[bool], spread: float, start: float = 0.0) -> JobLine:
    """A job of servers, True for those on Windows.

    The logarithm of each duration deviates by `spread` twice: for the job, and for the server.
    """
    of_job = {
        windows: [random.gauss(0, spread) for _ in medians] for windows, medians in MEDIANS.items()
    }
    servers = []
    for number, windows in enumerate(platforms):
        moments = [start + BEFORE_SECONDS + APART_SECONDS * number]
        for median, deviation in zip(MEDIANS[windows], of_job[windows], strict=True):
            moments.append(moments[-1] + median * exp(deviation + random.gauss(0, spread)))
        servers.append(ServerLine(f"s-{number}", windows, tuple(moments)))
    end = max(server.moments[-1] for server in servers) + AFTER_SECONDS
    return JobLine(start, end, tuple(servers))


def durations(job_id: str, job: JobLine, factor: float) -> list[Duration]:
    """What a job that is over teaches, as if all had taken `factor` times as long."""
    return [
        Duration(job_id, server.server_id, server.windows, phase, (end - begin) * factor)
        for server in job.servers
        for phase, (begin, end) in zip(LEARNED, pairwise(server.moments), strict=True)
    ]


def truth(spread: float) -> History:
    """The distribution itself."""
    return History(
        {
            (windows, phase): Usual(log(median), spread, spread)
            for windows, medians in MEDIANS.items()
            for phase, median in zip(LEARNED, medians, strict=True)
        },
        doubted=0.0,
    )
