"""What must hold at every step, judged from outside: by what is stored and what reaches DRS."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from drs_tui.audit.chain import ChainCheck, read_event
from drs_tui.model.events import Event
from drs_tui.model.plan import FailurePolicy, ManualStep, Mode, Plan, Wave
from drs_tui.model.run import apply
from drs_tui.model.state import Run
from drs_tui.simulator.account import Account
from drs_tui.simulator.jobs import Job
from drs_tui.simulator.message import Response
from tests.simulation.store import Shelf, StoredRun

_TAG = "drs-tui:"
_LETS_PASS = ("succeeded", "skipped")


@dataclass
class Seen:
    """What is stored of one run, as far as it was looked at."""

    chain: ChainCheck
    run: Run | None = None
    events: list[Event] = field(default_factory=list)


@dataclass
class Witness:
    """Holds each step against the promises; keeps what it found broken."""

    shelf: Shelf
    account: Account
    plans: Mapping[str, Plan]
    """By name."""

    mode: Mode
    broken: list[str] = field(default_factory=list)
    acknowledged: dict[str, None] = field(default_factory=dict)
    """The texts that a process was told are in the store."""

    seen: dict[str, Seen] = field(default_factory=dict)
    sent: Counter[str] = field(default_factory=Counter)
    """StartRecovery calls that left a process, by token."""

    accepted: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """StartRecovery calls that DRS accepted, by run, wave and attempt."""

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
            self._adopted_its_own(seen, event)

    def _adopted_its_own(self, seen: Seen, event: Event) -> None:
        intent = _last(seen, "wave.launch_intended", str(event.data["wave"]))
        job = self.job(str(event.data["job_id"]))
        if job is None or intent is None or job.tags.get(f"{_TAG}token") != intent.data["token"]:
            self.breach(f"wave {event.data['wave']} took {event.data['job_id']}, not its own job")

    # Requests -----------------------------------------------------------------------------------

    def departed(self, by: str, operation: str, body: Mapping[str, Any]) -> None:
        """A changing call leaves a process."""
        if operation == "StartRecovery":
            self._launch_departed(by, body)
        else:
            self._termination_departed(by, body)

    def _launch_departed(self, by: str, body: Mapping[str, Any]) -> None:
        tags = body.get("tags", {})
        run_id, name = tags.get(f"{_TAG}run", ""), tags.get(f"{_TAG}wave", "")
        token, attempt = tags.get(f"{_TAG}token", ""), int(tags.get(f"{_TAG}attempt", "0"))
        self.sent[token] += 1
        if self.sent[token] > 1:
            self.breach(f"StartRecovery of {name} {attempt} was sent {self.sent[token]} times")
        self._sent_by_the_holder(by, "StartRecovery", run_id)
        seen = self.seen.get(run_id)
        intent = _last(seen, "wave.launch_intended", name) if seen else None
        if seen is None or intent is None or intent.data["token"] != token:
            self.breach(f"StartRecovery of {name} {attempt} was sent without a stored intent")
            return
        asked = [server["sourceServerID"] for server in body["sourceServers"]]
        if (asked, body.get("isDrill"), attempt) != (
            list(intent.data["servers"]),  # type: ignore[arg-type]
            self.mode is Mode.DRILL,
            intent.data["attempt"],
        ):
            self.breach(f"StartRecovery of {name} {attempt} is not what was intended")
        self._was_due(seen, name, intent)
        conflict = self.conflicts.get((run_id, name))
        if conflict and attempt > conflict[0] and not _decided(seen, name, after=conflict[1]):
            self.breach(f"{name} was sent again after a conflict, and nobody decided that")

    def _sent_by_the_holder(self, by: str, operation: str, run_id: str) -> None:
        stored = self.shelf.runs.get(run_id)
        holder = stored.lease.holder if stored and stored.lease else "nobody"
        if holder != by:
            self.breach(f"{by} sent {operation} while the lease was {holder or 'nobody'}'s")

    def _was_due(self, seen: Seen, name: str, intent: Event) -> None:
        """Whether all that a wave waits for had happened before its launch was intended."""
        before = [event for event in seen.events if event.seq < intent.seq]
        assert seen.run is not None
        plan = self.plans[seen.run.plan.name]
        wave = plan.wave(name)
        for other in wave.after:
            if not _lets_pass(before, plan.wave(other)):
                self.breach(f"{name} was launched before {other} let it pass")
        own = [event for event in before if event.data.get("wave") == name]
        if wave.gate is not None:
            opened = max((e.seq for e in own if e.type == "wave.gate_opened"), default=None)
            people = {e.actor for e in own if e.type == "wave.approved" and e.seq > (opened or 0)}
            if opened is None or len(people) < wave.gate.approvals:
                self.breach(f"{name} was launched with {len(people)} approvals")
        done = {event.data["step"] for event in own if event.type == "step.done"}
        steps = {i for i, step in enumerate(wave.before) if isinstance(step, ManualStep)}
        if not steps <= done:
            self.breach(f"{name} was launched before its manual steps were done")
        for held, freed in (("run.paused", "run.resumed"), ("run.cancel_requested", "")):
            last = [e.type for e in before if e.type in (held, freed)]
            if last and last[-1] == held and not _cancelled_after(before, held):
                self.breach(f"{name} was launched after {held}")

    def _termination_departed(self, by: str, body: Mapping[str, Any]) -> None:
        for instance_id in body["recoveryInstanceIDs"]:
            job = self._launcher_of(instance_id)
            run_id = job.tags.get(f"{_TAG}run", "") if job else ""
            if job is None or job.initiated_by != "START_DRILL" or run_id not in self.seen:
                self.breach(f"a clean-up names {instance_id}, which no drill of ours launched")
                return
            self._sent_by_the_holder(by, "TerminateRecoveryInstances", run_id)

    def arrived(self, operation: str, response: Response) -> None:
        """DRS answered a changing call."""
        if operation != "StartRecovery":
            return
        tags = (response.parameters or {}).get("tags", {})
        run_id, name = tags.get(f"{_TAG}run", ""), tags.get(f"{_TAG}wave", "")
        if response.job_id:
            key = (run_id, name, tags.get(f"{_TAG}attempt", ""))
            self.accepted[key] += 1
            if self.accepted[key] > 1:
                self.breach(f"DRS accepted {self.accepted[key]} launches of {key}")

    def answered(
        self, _by: str, operation: str, body: Mapping[str, Any], response: Response
    ) -> None:
        """A process was told the end of a changing call."""
        if operation == "StartRecovery" and response.status == 409:
            tags = body.get("tags", {})
            run_id, name = tags.get(f"{_TAG}run", ""), tags.get(f"{_TAG}wave", "")
            last = len(self.seen[run_id].events) if run_id in self.seen else 0
            self.conflicts[run_id, name] = (int(tags.get(f"{_TAG}attempt", "0")), last)

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

    # The end ------------------------------------------------------------------------------------

    def ended(self, run_id: str, journals: list[Shelf], now: datetime) -> None:
        """Hold what is stored in the end against DRS, and against what was acknowledged."""
        seen = self.seen[run_id]
        run = seen.run
        assert run is not None
        self._nothing_acknowledged_is_missing(seen, journals)
        for wave in run.waves.values():
            for server in run.of_wave(wave.name):
                job = self.job(server.job_id) if server.job_id else None
                launched = job is not None and (
                    job.participant(server.id).launch_status(now) == "LAUNCHED"
                )
                said = server.result.value == "launched"
                if said != launched and not wave.gave_up:
                    self.breach(f"{server.name} is {server.result}, and DRS says {launched=}")
        critical = [s for s in run.servers.values() if s.is_critical]
        if run.outcome == "succeeded" and not all(s.result == "launched" for s in critical):
            self.breach("the run succeeded without all its critical servers")
        for job in self.jobs():
            if job.tags.get(f"{_TAG}run") == run_id and job.job_id not in run.jobs:
                self._forgotten(seen, job)
        if run.cleanup.status == "done":
            self._all_gone(run, now)

    def _nothing_acknowledged_is_missing(self, seen: Seen, journals: list[Shelf]) -> None:
        stored = {event.text for event in seen.events}
        run_id = seen.events[0].run_id
        late = {
            text
            for event in seen.events
            if event.type == "run.late_events"
            for text in event.data["texts"]  # type: ignore[union-attr]
        }
        told = [*self.acknowledged, *(t for journal in journals for t in journal.acknowledged)]
        for event in map(read_event, told):
            if event.run_id == run_id and event.text not in stored and event.text not in late:
                self.breach(f"event {event.seq} ({event.type}) was recorded and is not stored")

    def _forgotten(self, seen: Seen, job: Job) -> None:
        """A job of ours that the run does not know: somebody must have decided to let it be."""
        name, attempt = job.tags[f"{_TAG}wave"], job.tags[f"{_TAG}attempt"]
        unsettled = [
            event
            for event in seen.events
            if event.type == "wave.launch_unknown"
            and event.data["wave"] == name
            and str(event.data["attempt"]) == attempt
            and event.data["settled"]
        ]
        if not unsettled or not _decided(seen, name, after=unsettled[0].seq):
            self.breach(f"DRS runs {job.job_id} for {name} {attempt}, and the run forgot it")

    def _all_gone(self, run: Run, now: datetime) -> None:
        left = [
            instance.recovery_instance_id
            for region in self.account.regions.values()
            for instance in region.instances.values()
            if instance.job_id in run.jobs
            and instance.is_drill
            and instance.is_listed(now)
            and instance.ec2_state(now) != "TERMINATED"
        ]
        if left:
            self.breach(f"the clean-up is done, and DRS lists {', '.join(left)}")


def _last(seen: Seen, kind: str, wave: str) -> Event | None:
    found = [e for e in seen.events if e.type == kind and e.data.get("wave") == wave]
    return found[-1] if found else None


def _decided(seen: Seen, wave: str, after: int) -> bool:
    return any(
        event.seq > after and event.type == "wave.decided" and event.data["wave"] == wave
        for event in seen.events
    )


def _lets_pass(events: list[Event], wave: Wave) -> bool:
    """Whether the end of a wave, as stored, lets those after it launch."""
    about = [event for event in events if event.data.get("wave") == wave.name]
    ends = [event for event in about if event.type == "wave.finished"]
    if not ends:
        return False
    outcome = ends[-1].data["outcome"]
    if outcome in _LETS_PASS:
        return True
    accepted = any(
        event.type == "wave.decided" and event.data["choice"] == "accept" for event in about
    )
    on = accepted or wave.on_failure is FailurePolicy.CONTINUE
    return outcome in ("partial", "failed") and on


def _cancelled_after(events: list[Event], held: str) -> bool:
    """A cancellation ends a pause, but nothing ends a cancellation."""
    kinds = [event.type for event in events]
    if held == "run.cancel_requested" or "run.cancel_requested" not in kinds:
        return False
    last = len(kinds) - 1 - kinds[::-1].index(held)
    return "run.cancel_requested" in kinds[last:]
