"""What took longer in a run than the jobs before it would have one expect."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from math import exp, log, sqrt
from statistics import fmean, median

from drs_tui.model.expectation.usual import LEARNED, History
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.time_spent import Slower
from drs_tui.model.status import Phase

LEAST_SECONDS = 30.0
"""What takes less long than this above what is usual is not worth a word."""

_JOB_Z = 1.645
"""Nineteen of twenty jobs take less."""

_SERVER_Z = 3.0
"""Of hundreds of servers some are always slow: one in a thousand takes so long by chance."""


def slower(run: Run, history: History) -> tuple[Slower, ...]:
    """The phases of each wave that took longer than usual, then single servers' beside the rest.

    Only what past jobs taught is compared, and of each server its newest launch.
    """
    found: list[Slower] = []
    for name in run.waves:
        by_lane: dict[tuple[bool, Phase], list[tuple[str, float]]] = defaultdict(list)
        for server in run.of_wave(name):
            for phase, seconds in _took(server):
                by_lane[server.id in run.windows, phase].append((server.id, seconds))
        for (windows, phase), took in by_lane.items():
            if (windows, phase) in history.lanes:
                found += _of_lane(name, phase, took, history, windows=windows)
    return tuple(found)


def _took(server: ServerState) -> Iterator[tuple[Phase, float]]:
    """The phases of a server's launch of which both ends are known, in seconds."""
    begun = [(p, at) for p in (*LEARNED, Phase.READY) if (at := server.began(p)) is not None]
    for (phase, at), (_, after) in pairwise(begun):
        seconds = (after - at).total_seconds()
        if seconds > 0:
            yield phase, seconds


def _of_lane(
    wave: str,
    phase: Phase,
    took: list[tuple[str, float]],
    history: History,
    *,
    windows: bool,
) -> Iterator[Slower]:
    usual = history.usual(phase, windows=windows)
    expected = {i: usual.log_median + history.offsets.get((i, phase), 0.0) for i, _ in took}
    # The median, as one straggler must not make the wave slow.
    shift = median(log(seconds) - expected[i] for i, seconds in took)
    usually = exp(fmean(expected.values()))
    spread = sqrt(usual.job_spread**2 + usual.server_spread**2 / len(took))
    whole = usually * exp(shift)
    if shift > _JOB_Z * spread and whole - usually > LEAST_SECONDS:
        yield Slower(wave, phase, whole, usually)
    else:
        shift = 0.0
    alone = sqrt(usual.job_spread**2 + usual.server_spread**2)
    for server_id, seconds in took:
        above = log(seconds) - expected[server_id] - shift
        usually = exp(expected[server_id])
        if len(took) > 1 and above > _SERVER_Z * alone and seconds - usually > LEAST_SECONDS:
            yield Slower(wave, phase, seconds, usually, server_id)
