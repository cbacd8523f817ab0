"""A run on which observations are written: what they change is copied once for all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

from drs_tui.model.events import Event, Json
from drs_tui.model.folding.reading import UnreadableError, copied
from drs_tui.model.replacing import replace
from drs_tui.model.state.cleanup import CleanupState
from drs_tui.model.state.launches import InstanceState, JobState
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState


class Slate:
    """A run while events are written on it that change servers, jobs and instances alone.

    Observations are nearly all that a long run consists of. Each of them changes one server of
    hundreds, and a run of its own for each would be as many copies of all the others.
    """

    __slots__ = ("_changed", "_last", "_logs", "_run", "cleanup", "instances", "jobs", "servers")

    def __init__(self, run: Run) -> None:
        """Begin with a run, which stays as it is."""
        self.servers = run.servers
        self.jobs = run.jobs
        self.instances = run.instances
        self.cleanup: CleanupState = run.cleanup
        self._run = run
        self._changed: dict[str, Any] = {}
        self._logs: dict[str, list[Mapping[str, Json]]] = {}
        self._last: Event | None = None

    @property
    def before(self) -> Run:
        """The run that it began with: right in all that no observation changes, as its waves."""
        return self._run

    def write(self, event: Event, observe: Observe) -> None:
        """Add one more event; one whose data cannot be read is listed, and changes nothing else."""
        try:
            observe(self, event)
        except UnreadableError:
            unreadable = self._changed.get("unreadable", self._run.unreadable)
            self._changed["unreadable"] = (*unreadable, event.seq)
        request = event.data.get("request_id")
        if isinstance(request, str):
            requests = self._changed.get("requests", self._run.requests)
            self._changed["requests"] = requests | {request}
        self._last = event

    def put_server(self, server: ServerState) -> None:
        """Put a server in place of its former state."""
        if "servers" not in self._changed:
            self.servers = self._changed["servers"] = copied(self.servers)
        self._changed["servers"][server.id] = server

    def put_job(self, job: JobState) -> None:
        """Put a job in place of its former state, but for its log."""
        if "jobs" not in self._changed:
            self.jobs = self._changed["jobs"] = copied(self.jobs)
        self._changed["jobs"][job.id] = job

    def put_instance(self, instance: InstanceState) -> None:
        """Put an instance in place of its former state."""
        if "instances" not in self._changed:
            self.instances = self._changed["instances"] = copied(self.instances)
        self._changed["instances"][instance.id] = instance

    def put_in_log(self, job: JobState, item: Mapping[str, Json]) -> None:
        """Add an item to a job's log."""
        log = self._logs.get(job.id)
        if log is None:
            log = self._logs[job.id] = list(job.log)
        log.append(item)

    def taken_off(self) -> Run:
        """The run with all that was written; nothing may be written after that."""
        for job_id, log in self._logs.items():
            self.put_job(replace(self.jobs[job_id], log=tuple(log)))
        changes: dict[str, Any] = {
            name: MappingProxyType(value) if isinstance(value, dict) else value
            for name, value in self._changed.items()
        }
        last = self._last
        assert last is not None, "a slate is made for an event"
        return replace(
            self._run,
            cleanup=self.cleanup,
            seq=last.seq,
            head_hash=last.hash,
            last_at=last.at,
            **changes,
        )


Observe: TypeAlias = Callable[[Slate, Event], None]
"""How an event of one type is written on a slate: it reads the data, then changes what it must.

Raises UnreadableError, before anything is changed.
"""
