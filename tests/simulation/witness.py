"""What must hold at every step, judged from outside: by what is stored and what reaches DRS."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drs_tui.audit.chain import ChainCheck, read_event
from drs_tui.model.events import Event
from drs_tui.model.plan import Mode, Plan
from drs_tui.model.run import apply
from drs_tui.model.state.run import Run
from drs_tui.simulator.account import Account
from drs_tui.simulator.jobs import Job
from drs_tui.simulator.message import Response
from tests.simulation.history import Label, decided, intent_of, not_due, plan_name
from tests.simulation.store import Shelf, StoredRun

_JOB = re.compile(r"drsjob-\w{17}")


@dataclass
class Seen:
    """What is stored of one run, as far as it was looked at."""

    chain: ChainCheck
    run: Run | None = None
    events: list[Event] = field(default_factory=list)


@dataclass(frozen=True)
class Sent:
    """A StartRecovery call that left a process."""

    by: str
    detached: bool
    """Whether its sender went on without the store, which somebody took on themselves."""


@dataclass
class Witness:
    """Holds each step against the promises; keeps what it found broken.

    A driver that went on *detached* answers to its own journal instead of the store: intents,
    approvals and the order of waves are judged by that, and it needs no lease. What may differ
    beyond is one thing: DRS may accept a wave attempt once more than otherwise for each driver
    that was detached when it sent it. Everything else holds as ever.
    """

    shelf: Shelf
    account: Account
    plans: Mapping[str, Plan]
    """By name."""

    mode: Mode
    broken: list[str] = field(default_factory=list)
    acknowledged: dict[str, None] = field(default_factory=dict)
    """The texts that a process was told are in the store."""

    journal_of: dict[str, Shelf] = field(default_factory=dict)
    """By process: the journal on its machine, if it has one."""

    detached: set[tuple[str, str]] = field(default_factory=set)
    """Processes, and the runs with which they go on without the store."""

    seen: dict[str, Seen] = field(default_factory=dict)
    sent: dict[str, Sent] = field(default_factory=dict)
    """The StartRecovery calls, by token."""

    accepted: defaultdict[tuple[str, str, int], list[Sent]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """The StartRecovery calls that DRS accepted, by run, wave and attempt."""

    conflicts: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    """By run and wave: the newest attempt answered by a conflict, and the last event then."""

    def breach(self, words: str) -> None:
        """Note that a promise was broken."""
        self.broken.append(words)

    # The store ----------------------------------------------------------------------------------

    def store_changed(self, by: str) -> None:
        """Look at what is new in the store."""
        for run_id, stored in self.shelf.runs.items():
            seen = self.seen.setdefault(run_id, Seen(ChainCheck(run_id)))
            new = stored.texts[len(seen.events) :]
            for text in new:
                if not seen.chain.feed(text):
                    self.breach(f"the chain: {seen.chain.problem}")
                    return
                self._take_in(seen, read_event(text))
            if new and seen.events[0].text not in new:
                self._appended_by_its_holder(by, stored)

    def _appended_by_its_holder(self, by: str, stored: StoredRun) -> None:
        holder = stored.lease.holder if stored.lease else "nobody"
        if holder != by:
            self.breach(f"{by} appended while the lease was {holder or 'nobody'}'s")

    def _take_in(self, seen: Seen, event: Event) -> None:
        seen.events.append(event)
        seen.run = apply(seen.run, event)
        if event.seq in seen.run.unreadable:
            self.breach(f"event {event.seq} ({event.type}) cannot be folded")
        if event.type == "wave.launched":
            self._adopted_its_own(seen.run, event)
        if event.type == "run.late_events":
            self._knows_late_jobs(seen.run, event)

    def _knows_late_jobs(self, run: Run, event: Event) -> None:
        """Whatever an overtaken driver started is the run's to watch and to clean up."""
        for text in event.data["texts"]:  # type: ignore[union-attr]
            late = read_event(str(text))
            known = run.cleanup.job_ids if late.type == "cleanup.started" else run.jobs
            if (
                late.type in ("wave.launched", "cleanup.started")
                and late.data["job_id"] not in known
            ):
                self.breach(f"{late.type} of {late.data['job_id']} came late and was not taken in")

    def _adopted_its_own(self, run: Run, event: Event) -> None:
        """Of this attempt, or of one whose job nobody knew when this one was sent."""
        job = self.job(str(event.data["job_id"]))
        label = Label(job.tags if job else {})
        is_of_wave = (label.run_id, label.wave) == (run.run_id, event.data["wave"])
        if not is_of_wave or label.token not in self.sent:
            self.breach(f"wave {event.data['wave']} took {event.data['job_id']}, not its own job")

    # Requests -----------------------------------------------------------------------------------

    def departed(self, by: str, operation: str, body: Mapping[str, Any]) -> None:
        """A changing call leaves a process."""
        if operation == "StartRecovery":
            self._launch_departed(by, body)
        else:
            self._termination_departed(by, body)

    def _launch_departed(self, by: str, body: Mapping[str, Any]) -> None:
        label = Label(body.get("tags", {}))
        detached = (by, label.run_id) in self.detached
        if label.token in self.sent:
            self.breach(f"StartRecovery of {label} was sent more than once")
        self.sent[label.token] = Sent(by, detached)
        self._sent_by_the_holder(by, "StartRecovery", label.run_id)
        journalled, stored = self._journalled(by, label.run_id), self._stored(label.run_id)
        if intent_of(journalled, label.token) is None:
            self.breach(f"StartRecovery of {label} was sent without a journalled intent")
        events = journalled if detached else stored
        intent = intent_of(events, label.token)
        if intent is None:
            self.breach(f"StartRecovery of {label} was sent without a stored intent")
            return
        asked = [server["sourceServerID"] for server in body["sourceServers"]]
        if (asked, body.get("isDrill"), label.attempt) != (
            list(intent.data["servers"]),  # type: ignore[arg-type]
            self.mode is Mode.DRILL,
            intent.data["attempt"],
        ):
            self.breach(f"StartRecovery of {label} is not what was intended")
        plan = self.plans[plan_name(events)]
        before = [event for event in events if event.seq < intent.seq]
        if why := not_due(before, plan, plan.wave(label.wave)):
            self.breach(f"{label.wave} was launched {why}")
        conflict = self.conflicts.get((label.run_id, label.wave))
        again = conflict is not None and label.attempt > conflict[0]
        if conflict and again and not decided(events, label.wave, after=conflict[1]):
            self.breach(f"{label.wave} was sent again after a conflict, and nobody decided that")

    def _stored(self, run_id: str) -> Sequence[Event]:
        return self.seen[run_id].events if run_id in self.seen else []

    def _journalled(self, by: str, run_id: str) -> Sequence[Event]:
        """What a process has on its own disk; the store itself, where it has no other."""
        journal = self.journal_of.get(by)
        if journal is None:
            return self._stored(run_id)
        stored = journal.runs.get(run_id)
        return [read_event(text) for text in stored.texts] if stored else []

    def _sent_by_the_holder(self, by: str, operation: str, run_id: str) -> None:
        stored = self.shelf.runs.get(run_id)
        holder = stored.lease.holder if stored and stored.lease else "nobody"
        if holder != by and (by, run_id) not in self.detached:
            self.breach(f"{by} sent {operation} while the lease was {holder or 'nobody'}'s")

    def _termination_departed(self, by: str, body: Mapping[str, Any]) -> None:
        for instance_id in body["recoveryInstanceIDs"]:
            job = self._launcher_of(instance_id)
            run_id = Label(job.tags).run_id if job else ""
            if job is None or job.initiated_by != "START_DRILL" or run_id not in self.seen:
                self.breach(f"a clean-up names {instance_id}, which no drill of ours launched")
                return
            self._sent_by_the_holder(by, "TerminateRecoveryInstances", run_id)

    def arrived(self, operation: str, response: Response) -> None:
        """DRS answered a changing call."""
        if operation != "StartRecovery" or not response.job_id:
            return
        label = Label((response.parameters or {}).get("tags", {}))
        key = (label.run_id, label.wave, label.attempt)
        accepted = self.accepted[key]
        accepted.append(self.sent.get(label.token, Sent("nobody", detached=False)))
        attached = [call for call in accepted if not call.detached]
        drivers = {call.by for call in accepted}
        if len(attached) > 1 or len(drivers) < len(accepted):
            self.breach(f"DRS accepted {len(accepted)} launches of {key}")

    def answered(self, operation: str, body: Mapping[str, Any], response: Response) -> None:
        """A process was told the end of a changing call."""
        if operation == "StartRecovery" and response.status == 409:
            label = Label(body.get("tags", {}))
            seq = len(self._stored(label.run_id))
            if not self._is_held_by_earlier(label, response):
                self.conflicts[label.run_id, label.wave] = (label.attempt, seq)

    def _is_held_by_earlier(self, label: Label, response: Response) -> bool:
        """Whether DRS names as holders of the servers only jobs of the wave's earlier attempts.

        Those are waited for, and then the guards decide: nobody else has to.
        """
        holders = [self.job(job_id) for job_id in _JOB.findall(response.body.decode())]
        labels = [Label(job.tags) for job in holders if job is not None]
        return (
            bool(holders)
            and len(labels) == len(holders)
            and all(
                (each.run_id, each.wave) == (label.run_id, label.wave)
                and each.attempt < label.attempt
                for each in labels
            )
        )

    # What DRS knows -----------------------------------------------------------------------------

    def jobs(self) -> list[Job]:
        """All jobs of the account."""
        return [job for region in self.account.regions.values() for job in region.jobs]

    def job(self, job_id: str) -> Job | None:
        """A job by its id."""
        return next((job for job in self.jobs() if job.job_id == job_id), None)

    def _launcher_of(self, instance_id: str) -> Job | None:
        for region in self.account.regions.values():
            if instance_id in region.instances:
                return self.job(region.instances[instance_id].job_id)
        return None
