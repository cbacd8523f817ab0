"""What a run's driver expected of it, as an event tells it: what is usual, in whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp, log
from types import MappingProxyType

from drs_tui.model.events import Json
from drs_tui.model.expectation.usual import LEARNED, History, Usual
from drs_tui.model.status import Phase

_NEGLIGIBLE = 0.005
"""Offsets below half a percent make no difference that anybody sees."""

_LONGEST_MS = 10**10
_LARGEST = 10_000
"""Of logarithms, in thousandths: more than that is no duration of anything."""

_PHASES = {phase.value: phase for phase in LEARNED}


def history_to_data(history: History, server_ids: frozenset[str]) -> dict[str, Json]:
    """What is usual for the servers of a run, as event data."""
    offsets: dict[str, dict[str, Json]] = {}
    for (server_id, phase), offset in history.offsets.items():
        if server_id in server_ids and abs(offset) >= _NEGLIGIBLE:
            offsets.setdefault(server_id, {})[phase.value] = round(offset * 1000)
    return {
        "lanes": [
            {
                "windows": windows,
                "phase": phase.value,
                "median_ms": round(exp(usual.log_median) * 1000),
                "job_spread_permille": round(usual.job_spread * 1000),
                "server_spread_permille": round(usual.server_spread * 1000),
            }
            for (windows, phase), usual in history.lanes.items()
        ],
        "offsets_permille": offsets,
    }


def history_from_data(data: Mapping[str, Json]) -> History:
    """The same back; what makes no sense of it teaches nothing."""
    lanes: dict[tuple[bool, Phase], Usual] = {}
    told = data.get("lanes")
    for lane in told if isinstance(told, list | tuple) else ():
        if not isinstance(lane, Mapping):
            continue
        phase = _phase(lane.get("phase"))
        median = _number(lane.get("median_ms"), 1, _LONGEST_MS)
        of_job = _number(lane.get("job_spread_permille"), 1, _LARGEST)
        of_server = _number(lane.get("server_spread_permille"), 1, _LARGEST)
        if phase and median and of_job and of_server:
            usual = Usual(log(median / 1000), of_job / 1000, of_server / 1000)
            lanes[lane.get("windows") is True, phase] = usual
    offsets: dict[tuple[str, Phase], float] = {}
    by_server = data.get("offsets_permille")
    for server_id, own in by_server.items() if isinstance(by_server, Mapping) else ():
        for name, value in own.items() if isinstance(own, Mapping) else ():
            phase, offset = _phase(name), _number(value, -_LARGEST, _LARGEST)
            if phase and offset:
                offsets[server_id, phase] = offset / 1000
    return History(MappingProxyType(lanes), MappingProxyType(offsets))


def _phase(value: Json) -> Phase | None:
    return _PHASES.get(value) if isinstance(value, str) else None


def _number(value: Json, least: int, most: int) -> int:
    """A whole number within bounds; 0 for anything else."""
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return value if least <= value <= most else 0
