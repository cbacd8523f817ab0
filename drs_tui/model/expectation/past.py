"""What a stored run teaches: how long each phase of each server took, read off its job logs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise

from drs_tui.model.events import Event, EventType, Json
from drs_tui.model.expectation.usual import LEARNED, Duration
from drs_tui.model.status import LOG_PHASES, Phase
from drs_tui.model.times import parse_time


class PastRun:
    """Takes in a run's events, without folding them: only its logs matter, and they are long."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self.endpoint = ""
        """Where DRS was reached; empty for AWS's own."""

        self._windows: frozenset[str] = frozenset()
        self._begun: dict[tuple[str, str], dict[Phase, datetime]] = {}

    def see(self, event: Event) -> None:
        """Take in an event; what can't be read teaches nothing."""
        if event.type == EventType.RUN_CREATED:
            endpoints = event.data.get("endpoints")
            drs = endpoints.get("drs") if isinstance(endpoints, Mapping) else None
            self.endpoint = drs if isinstance(drs, str) else ""
            windows = event.data.get("windows")
            ids = windows if isinstance(windows, list | tuple) else ()
            self._windows = frozenset(each for each in ids if isinstance(each, str))
        elif event.type == EventType.JOB_LOGGED:
            self._see_log(event.data)

    def _see_log(self, data: Mapping[str, Json]) -> None:
        item = data.get("item")
        if not isinstance(item, Mapping):
            return
        about, name, logged = item.get("eventData"), item.get("event"), item.get("logDateTime")
        phase = LOG_PHASES.get(name) if isinstance(name, str) else None
        server = about.get("sourceServerID") if isinstance(about, Mapping) else None
        at = parse_time(logged) if isinstance(logged, str) else None
        if phase is not None and isinstance(server, str) and at is not None:
            begun = self._begun.setdefault((str(data.get("job_id")), server), {})
            begun.setdefault(phase, at)

    @property
    def durations(self) -> list[Duration]:
        """The phases of which both ends are known."""
        return [
            Duration(job_id, server, server in self._windows, phase, (after - at).total_seconds())
            for (job_id, server), begun in self._begun.items()
            for (phase, at), (_, after) in pairwise(
                (phase, begun[phase]) for phase in (*LEARNED, Phase.READY) if phase in begun
            )
        ]
