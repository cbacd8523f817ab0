"""What must hold once all is over: what is stored agrees with DRS, and nothing told is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from drs_tui.audit.chain import read_event
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.simulator.jobs import Job
from tests.simulation.history import Label, decided
from tests.simulation.witness import Seen, Witness


@dataclass(frozen=True)
class Verdict:
    """Judges runs that have ended, for a witness."""

    witness: Witness
    now: datetime
    """AWS's time."""

    def ended(self, run_id: str) -> None:
        """Hold a run as it is stored against DRS, and against what was acknowledged."""
        seen = self.witness.seen[run_id]
        run = seen.run
        assert run is not None
        self._nothing_acknowledged_is_missing(seen)
        self._agrees_with_drs(run)
        critical = [s for s in run.servers.values() if s.is_critical]
        if run.outcome == "succeeded" and not all(s.result == "launched" for s in critical):
            self.witness.breach("the run succeeded without all its critical servers")
        for server in critical if run.outcome == "succeeded" else ():
            if run.plan.wave(server.wave).checks != () and not self._is_verified(seen, server):
                self.witness.breach(f"the run succeeded, and {server.name} was not verified")
        for job in self.witness.jobs():
            if Label(job.tags).run_id == run_id and job.job_id not in run.jobs:
                self._forgotten(seen, job)
        if run.cleanup.status == "done":
            self._all_gone(run)

    def _is_verified(self, seen: Seen, server: ServerState) -> bool:
        """Whether EC2 said so of its newest launch, as the events tell."""
        ends = [
            event.data["outcome"]
            for event in seen.events
            if event.type == "check.finished" and event.data["server"] == server.id
        ]
        return ends[-1:] == ["passed"]

    def _agrees_with_drs(self, run: Run) -> None:
        """Whoever gave a wave up has it judged by what was known then."""
        for wave in run.waves.values():
            for server in run.of_wave(wave.name) if not wave.gave_up else ():
                job = self.witness.job(server.job_id) if server.job_id else None
                launched = job is not None and (
                    job.participant(server.id).launch_status(self.now) == "LAUNCHED"
                )
                if (server.result.value == "launched") != launched:
                    self.witness.breach(
                        f"{server.name} is {server.result}, and DRS says {launched=}"
                    )

    def _nothing_acknowledged_is_missing(self, seen: Seen) -> None:
        stored = {event.text for event in seen.events}
        run_id = seen.events[0].run_id
        late = {
            text
            for event in seen.events
            if event.type == "run.late_events"
            for text in event.data["texts"]  # type: ignore[union-attr]
        }
        journals = {shelf.name: shelf for shelf in self.witness.journal_of.values()}.values()
        told = [*self.witness.acknowledged, *(t for shelf in journals for t in shelf.acknowledged)]
        for event in map(read_event, told):
            if event.run_id == run_id and event.text not in stored and event.text not in late:
                self.witness.breach(
                    f"event {event.seq} ({event.type}) was recorded and is not stored"
                )

    def _forgotten(self, seen: Seen, job: Job) -> None:
        """A job of ours that the run does not know: somebody must have decided to let it be."""
        label = Label(job.tags)
        unsettled = [
            event
            for event in seen.events
            if event.type == "wave.launch_unknown"
            and event.data["wave"] == label.wave
            and event.data["attempt"] == label.attempt
            and event.data["settled"]
        ]
        if not unsettled or not decided(seen.events, label.wave, after=unsettled[0].seq):
            self.witness.breach(f"DRS runs {job.job_id} for {label}, and the run forgot it")

    def _all_gone(self, run: Run) -> None:
        left = [
            instance.recovery_instance_id
            for region in self.witness.account.regions.values()
            for instance in region.instances.values()
            if instance.job_id in run.jobs and instance.is_drill and instance.exists(self.now)
        ]
        if left:
            self.witness.breach(f"the clean-up is done, and EC2 has {', '.join(left)}")
