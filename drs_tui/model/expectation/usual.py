"""How long each phase of a launch usually takes: from past jobs, else from recorded ones.

The logarithm of a duration is taken for normal: a median for the operating system and the phase,
a server's own offset, and two deviations, one that a job's servers share and one of each server.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log, sqrt
from types import MappingProxyType

from drs_tui.model.status import Phase

LEARNED = (Phase.SNAPSHOT, Phase.CONVERSION, Phase.LAUNCH)
"""The phases whose durations past jobs tell; each ends where the next begins."""

_SPREAD = 0.06
"""Deviation of a job, and of a server, before any is known: recorded jobs differ about as much."""

_SPREAD_WEIGHT = 4.0
"""How many jobs, and how many servers, that first guess counts for."""

_OFFSET_WEIGHT = 4.0
"""How many launches of a server without any offset are assumed before its own."""

DOUBT_BEFORE_HISTORY = 0.2
DOUBT_WITH_HISTORY = 0.02
"""How likely it is that a job keeps to a pace quite different from what is usual."""


@dataclass(frozen=True, slots=True)
class Usual:
    """The distribution of a phase's duration, as natural logarithms of seconds."""

    log_median: float
    job_spread: float = _SPREAD
    server_spread: float = _SPREAD

    @property
    def median_seconds(self) -> float:
        """As many jobs take longer as take less."""
        return exp(self.log_median)


def _recorded(snapshot: float, conversion: float, launch: float) -> dict[Phase, Usual]:
    return {
        Phase.QUEUED: Usual(log(0.8), 0.5, 0.1),
        Phase.CLEANUP: Usual(log(40.0), 0.3, 0.1),
        Phase.SNAPSHOT: Usual(log(snapshot)),
        Phase.CONVERSION: Usual(log(conversion)),
        Phase.LAUNCH: Usual(log(launch)),
    }


_RECORDED = {
    False: _recorded(52.0, 186.0, 294.0),
    True: _recorded(115.0, 842.0, 360.0),
}
"""Medians of recorded jobs, by whether the servers run Windows."""


@dataclass(frozen=True, slots=True)
class Duration:
    """How long one phase of one server took in a past job."""

    job_id: str
    server_id: str
    windows: bool
    phase: Phase
    seconds: float


@dataclass(frozen=True, slots=True)
class History:
    """What is usual, as far as past jobs tell."""

    lanes: Mapping[tuple[bool, Phase], Usual] = field(default_factory=dict)
    """By whether the servers run Windows, and phase."""

    offsets: Mapping[tuple[str, Phase], float] = field(default_factory=dict)
    """By source server and phase: how its logarithms lie above those of its jobs."""

    doubted: float = DOUBT_WITH_HISTORY
    """How likely it is that a job keeps to a pace of its own, where anything was learned."""

    def usual(self, phase: Phase, *, windows: bool) -> Usual:
        """What is usual for servers of an operating system; phases nobody learned are recorded."""
        return self.lanes.get((windows, phase)) or _RECORDED[windows][phase]

    def doubt(self, *, windows: bool) -> float:
        """How likely it is that a job with such servers keeps to a pace of its own."""
        known = any((windows, phase) in self.lanes for phase in LEARNED)
        return self.doubted if known else DOUBT_BEFORE_HISTORY


NO_HISTORY = History()


def learn(durations: Iterable[Duration]) -> History:
    """What past jobs tell; durations of no length are left out."""
    by_lane: dict[tuple[bool, Phase], dict[str, list[Duration]]] = {}
    for each in durations:
        if each.seconds > 0 and each.phase in LEARNED:
            jobs = by_lane.setdefault((each.windows, each.phase), defaultdict(list))
            jobs[each.job_id].append(each)
    lanes: dict[tuple[bool, Phase], Usual] = {}
    above: dict[tuple[str, Phase], list[float]] = defaultdict(list)
    for (windows, phase), jobs in by_lane.items():
        means, deviations = [], []
        for job in jobs.values():
            logs = [log(each.seconds) for each in job]
            means.append(sum(logs) / len(logs))
            for each, value in zip(job, logs, strict=True):
                deviations.append(value - means[-1])
                if len(job) > 1:
                    above[each.server_id, phase].append(deviations[-1])
        lanes[windows, phase] = _usual(means, deviations)
    offsets = {key: sum(values) / (len(values) + _OFFSET_WEIGHT) for key, values in above.items()}
    return History(MappingProxyType(lanes), MappingProxyType(offsets))


def _usual(job_means: Sequence[float], deviations: Sequence[float]) -> Usual:
    """The distribution behind some jobs' means and their servers' deviations from those."""
    jobs, servers = len(job_means), len(deviations)
    median = sum(job_means) / jobs
    of_servers = sum(each**2 for each in deviations) + _SPREAD_WEIGHT * _SPREAD**2
    server_variance = of_servers / (servers - jobs + _SPREAD_WEIGHT)
    # Even jobs of one pace have means that differ, by what their servers do.
    chance = (jobs - 1) * server_variance * jobs / servers
    of_jobs = max(sum((mean - median) ** 2 for mean in job_means) - chance, 0.0)
    job_variance = (of_jobs + _SPREAD_WEIGHT * _SPREAD**2) / (jobs - 1 + _SPREAD_WEIGHT)
    # The median itself is known the less, the fewer jobs told it.
    return Usual(median, sqrt(job_variance * (1 + 1 / jobs)), sqrt(server_variance))
