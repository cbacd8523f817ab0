"""All that is expected of a run at a moment, as it is shown: progress never goes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from drs_tui.model.expectation.eta import (
    Estimate,
    estimate_run,
    estimate_servers,
    estimate_wave,
    shown,
    standing,
)
from drs_tui.model.state.run import Run


@dataclass(frozen=True, slots=True)
class Estimates:
    """What is expected of a run, of its waves whose jobs run, and of the servers in these."""

    run: Estimate | None = None
    waves: Mapping[str, Estimate] = field(default_factory=dict)
    """By wave."""

    servers: Mapping[str, Estimate] = field(default_factory=dict)
    """By source server id."""

    jobs: Mapping[str, str] = field(default_factory=dict)
    """By wave, the job that its estimates are about."""

    @property
    def is_slow(self) -> bool:
        """Whether any wave takes longer than usual."""
        return any(estimate.is_slow for estimate in self.waves.values())


NOTHING_EXPECTED = Estimates()


def estimates(run: Run, now: datetime, before: Estimates = NOTHING_EXPECTED) -> Estimates:
    """What is expected at `now`, in drill time; `before` is what was shown last of the same run.

    Nothing where the record does not say what was taken for usual.
    """
    history = run.expected
    if history is None:
        return NOTHING_EXPECTED
    stands = {name: standing(run, name, history, now) for name in run.waves}
    under_way = {name: each for name, each in stands.items() if each is not None}
    waves: dict[str, Estimate] = {}
    servers: dict[str, Estimate] = {}
    jobs: dict[str, str] = {}
    for name, each in under_way.items():
        estimate = estimate_wave(each, history, now)
        if estimate is None:
            continue
        # A relaunch begins anew.
        jobs[name] = run.waves[name].job_id
        goes_on = before.jobs.get(name) == jobs[name]
        waves[name] = shown(before.waves.get(name) if goes_on else None, estimate)
        for server_id, own in estimate_servers(each, history, now).items():
            servers[server_id] = shown(before.servers.get(server_id) if goes_on else None, own)
    whole = estimate_run(run, under_way, history, now)
    return Estimates(whole and shown(before.run, whole), waves, servers, jobs)


def minutes_left(estimate: Estimate, now: datetime) -> str:
    """How long something takes yet, as a range: `4-6m`, `<1m`."""
    soonest = int(max((estimate.earliest - now).total_seconds(), 0.0) // 60)
    latest = ceil(max((estimate.latest - now).total_seconds(), 0.0) / 60)
    if soonest == 0:
        return f"<{max(latest, 1)}m"
    return f"{soonest}m" if soonest == latest else f"{soonest}-{latest}m"
