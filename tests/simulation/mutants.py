"""The program with one promise taken out at a time."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest

from drs_tui.audit.outbox import Outbox
from drs_tui.audit.recorder import Recorder
from drs_tui.audit.store import RunStore, StoreUnavailable
from drs_tui.aws.connection import Aws
from drs_tui.aws.errors import AwsError, AwsRefused
from drs_tui.aws.session import Session
from drs_tui.driver.poller import Poller, _Seen
from drs_tui.engine import actions, launching
from drs_tui.engine.drill import Drill
from drs_tui.engine.launching import Launcher
from drs_tui.engine.own_jobs import TOKEN_TAG, jobs_since, launch_tags
from drs_tui.engine.waiting import RETRY_SECONDS
from drs_tui.model.events import Draft, Event, EventType
from drs_tui.model.observed import Job, ParticipatingServer
from drs_tui.model.plan import Mode
from drs_tui.model.run import _HANDLERS
from drs_tui.model.state import judging
from drs_tui.model.state.launches import LaunchIntent
from drs_tui.model.state.run import Run
from drs_tui.model.status import ServerResult
from tests.simulation.faults import CONFLICT_FAULTS, PARTING_FAULTS
from tests.simulation.store import MemoryStore

Mutant = Callable[[pytest.MonkeyPatch], None]


def retries_on(patch: pytest.MonkeyPatch) -> None:
    """Changing calls are sent again by the SDK, as they are by default."""
    client = Session.client

    def eager(self: Session, service: str, **settings: Any) -> Any:
        return client(self, service, **{**settings, "attempts": 5})

    patch.setattr(Session, "client", eager)


def intent_after_the_call(patch: pytest.MonkeyPatch) -> None:
    """StartRecovery is sent first and written down then."""

    async def launch(self: Launcher, name: str, server_ids: tuple[str, ...]) -> None:
        if not await self.guards.let_through(name, server_ids, ()):
            return
        run = self.recorder.run
        wave = run.waves[name]
        intent = LaunchIntent(
            wave.attempt + 1, secrets.token_hex(8), server_ids, run.seq, self.clock.now()
        )
        drill = run.mode is Mode.DRILL
        self.recorder.assert_lease()
        try:
            job: Job | None = await self.aws.drs.start_recovery(
                [(server_id, None) for server_id in server_ids],
                is_drill=drill,
                tags=launch_tags(run, wave, intent),
            )
        except AwsError:
            job = None
        await self._record(
            EventType.WAVE_LAUNCH_INTENDED,
            wave=name,
            attempt=intent.attempt,
            servers=list(server_ids),
            token=intent.token,
            is_drill=drill,
        )
        if job is not None:
            await self.recorder.insist([self._launched(name, job, adopted=False)])

    patch.setattr(Launcher, "launch", launch)


def lease_ignored(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the lease before a call."""
    patch.setattr(Recorder, "assert_lease", lambda _: None)


def epoch_ignored(patch: pytest.MonkeyPatch) -> None:
    """Whoever has the right number may append, under whichever epoch."""
    append = MemoryStore.append

    async def lenient(
        self: MemoryStore, run_id: str, expected_seq: int, epoch: int, *what: Any
    ) -> None:
        stored = self.shelf.runs.get(run_id)
        current = epoch if stored is None else stored.epoch
        await append(self, run_id, expected_seq, current, *what)

    patch.setattr(MemoryStore, "append", lenient)


def outbox_reordered(patch: pytest.MonkeyPatch) -> None:
    """What was journalled last is sent first."""
    next_batch = Outbox._next_batch

    async def backwards(self: Outbox) -> Sequence[Event]:
        return (await next_batch(self))[::-1]

    patch.setattr(Outbox, "_next_batch", backwards)


def conflict_sent_again(patch: pytest.MonkeyPatch) -> None:
    """A conflict is taken for something that passes."""

    async def explain(self: Launcher, name: str, _: LaunchIntent, error: AwsRefused) -> Draft:
        return self._refused(name, str(error), code=error.code, retry_seconds=RETRY_SECONDS)

    patch.setattr(Launcher, "_explain_conflict", explain)


def adoption_by_server_set(patch: pytest.MonkeyPatch) -> None:
    """Any running launch of the same servers is taken for our own."""

    async def forged(aws: Aws, run: Run, *when: Any) -> list[Job]:
        intents = [w.intent for w in run.waves.values() if w.intent is not None]
        return [_as_our_own(job, intents) for job in await jobs_since(aws, run, *when)]

    patch.setattr(launching, "jobs_since", forged)


def journal_skipped(patch: pytest.MonkeyPatch) -> None:
    """What the disk does not take is acted on all the same."""
    begin = Recorder.__init__

    def careless(self: Recorder, *where: Any, **what: Any) -> None:
        begin(self, *where, **what)
        self._journal = Careless(self._journal)

    patch.setattr(Recorder, "__init__", careless)


class Careless:
    """A store whose refusals to append nobody hears."""

    def __init__(self, store: RunStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def append(self, *what: Any) -> None:
        with suppress(StoreUnavailable):
            await self._store.append(*what)


def late_events_not_adopted(patch: pytest.MonkeyPatch) -> None:
    """The jobs that an overtaken driver started are left where they are."""
    patch.setitem(_HANDLERS, EventType.RUN_LATE_EVENTS, lambda run, _: run)


def failed_poll_means_failed_servers(patch: pytest.MonkeyPatch) -> None:
    """A look that brings nothing is taken for a job that ended badly."""
    ask = Poller._ask

    async def gloomy(self: Poller, job_ids: Sequence[str], logs: Sequence[str]) -> _Seen:
        try:
            return await ask(self, job_ids, logs)
        except AwsError:
            runs = [watcher.run for watcher in self._watchers if isinstance(watcher, Drill)]
            jobs = {
                job_id: Job(
                    job_id,
                    "LAUNCH",
                    "COMPLETED",
                    "",
                    tuple(
                        ParticipatingServer(server.id, "FAILED")
                        for run in runs
                        for server in run.servers.values()
                        if server.job_id == job_id
                    ),
                )
                for job_id in job_ids
            }
            return _Seen(jobs, {}, [])

    patch.setattr(Poller, "_ask", gloomy)


def launched_counts_as_verified(patch: pytest.MonkeyPatch) -> None:
    """A wave ends as soon as its job has, whatever its checks would say."""
    patch.setattr(actions, "is_checked", lambda *_: True)
    patch.setattr(judging, "is_up", lambda _, server: server.result is ServerResult.LAUNCHED)


def _as_our_own(job: Job, intents: Sequence[LaunchIntent]) -> Job:
    held = {server.server_id for server in job.servers}
    for intent in intents:
        if job.type == "LAUNCH" and held & set(intent.server_ids):
            return replace(job, tags={TOKEN_TAG: intent.token})
    return job


@dataclass(frozen=True)
class Exposure:
    """The drills in which a mutant shows."""

    faults: frozenset[str] = frozenset()
    """Those that bring it to light soonest."""

    first_seed: int = 0
    """From here on it is caught at once, as far as is known."""


OVERTAKEN = frozenset({"driver frozen", "driver asleep"})

MUTANTS: dict[Mutant, Exposure] = {
    retries_on: Exposure(frozenset({"answer lost", "server error after"}), 2),
    intent_after_the_call: Exposure(),
    lease_ignored: Exposure(OVERTAKEN, 21),
    epoch_ignored: Exposure(OVERTAKEN, 4),
    outbox_reordered: Exposure(frozenset({"store slow"}), 7),
    conflict_sent_again: Exposure(frozenset(CONFLICT_FAULTS), 1),
    adoption_by_server_set: Exposure(frozenset({"request lost", "overtaken by a colleague"})),
    journal_skipped: Exposure(frozenset({"store refuses", "store outage"}), 3),
    late_events_not_adopted: Exposure(frozenset(PARTING_FAULTS), 24),
    launched_counts_as_verified: Exposure(first_seed=2),
    failed_poll_means_failed_servers: Exposure(frozenset({"credentials expired"}), 1),
}
