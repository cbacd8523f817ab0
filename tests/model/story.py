"""A run told event by event, and the small plans that tests tell runs of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from drs_tui.audit.chain import ZERO_HASH, seal
from drs_tui.model.events import Draft, Event
from drs_tui.model.plan import Impact, Mode, Plan, PlanServer, Wave
from drs_tui.model.plan_data import plan_to_data
from drs_tui.model.run import Run, apply

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def arn_of(user: str) -> str:
    """The ARN of an IAM user, who is a person of their own."""
    return f"arn:aws:iam::123456789012:user/{user}"


def wave_of(name: str, *server_ids: str, optional: Sequence[str] = (), **members: Any) -> Wave:
    """A wave of critical servers, and of optional ones after them; unless said, without checks."""
    critical = [PlanServer(i, f"host-{i}") for i in server_ids]
    others = [PlanServer(i, f"host-{i}", Impact.OPTIONAL) for i in optional]
    return Wave(name, (*critical, *others), **{"checks": (), **members})


class Story:
    """The events of one run, each folded as it is told."""

    def __init__(
        self,
        *waves: Wave,
        mode: Mode = Mode.DRILL,
        cleanup_policy: str = "",
        created: Mapping[str, Any] | None = None,
        **members: Any,
    ) -> None:
        """Tell of a run's beginning; `created` is what its first event says beside the usual."""
        self.now = START
        self.events: list[Event] = []
        self.states: list[Run] = []
        """The run after each event."""
        plan = Plan("three-tier", waves, **members)
        self.tell(
            "run.created",
            actor="ana",
            plan=plan_to_data(plan),
            mode=mode.value,
            target={"account": "123456789012", "region": "us-east-1"},
            cleanup_policy=cleanup_policy,
            **(created or {}),
        )

    @property
    def run(self) -> Run:
        return self.states[-1]

    def tell(self, kind: str, /, actor: str = "driver", **data: Any) -> Run:
        """Let something happen now."""
        return self.record(Draft(kind, self.now, actor, data))

    def record(self, draft: Draft) -> Run:
        before = self.events[-1] if self.events else None
        run = self.states[-1] if self.states else None
        seq, prev_hash = (before.seq + 1, before.hash) if before else (1, ZERO_HASH)
        self.events.append(seal("01RUN", seq, prev_hash, draft))
        self.states.append(apply(run, self.events[-1]))
        return self.run

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    # What often happens -------------------------------------------------------------------------

    def intend(self, wave: str, *server_ids: str) -> Run:
        """Write down that a StartRecovery call is about to be sent."""
        state = self.run.waves[wave]
        return self.tell(
            "wave.launch_intended",
            wave=wave,
            attempt=state.attempt + 1,
            servers=list(server_ids or state.server_ids),
            token=f"token-{wave}-{state.attempt + 1}",
        )

    def launch(self, wave: str, job_id: str, *server_ids: str) -> Run:
        """Launch all of a wave, or some of its servers."""
        self.intend(wave, *server_ids)
        return self.tell("wave.launched", wave=wave, job_id=job_id)

    def see(self, server_id: str, launch_status: str, instance_id: str = "") -> Run:
        """Observe a server's launch status."""
        return self.tell(
            "server.observed",
            server=server_id,
            launch_status=launch_status,
            instance_id=instance_id,
        )

    def log(self, job_id: str, event: str, server_id: str = "", **details: Any) -> Run:
        """Observe a job log item."""
        named = {"sourceServerID": server_id} if server_id else {}
        item = {"event": event, "eventData": {**named, **details}}
        return self.tell("job.logged", job_id=job_id, item=item)

    def end_job(self, job_id: str) -> Run:
        return self.tell("job.observed", job_id=job_id, status="COMPLETED")

    def complete(self, wave: str, job_id: str, **statuses: str) -> Run:
        """Launch a wave and let its job end; a server whose status isn't given is LAUNCHED."""
        self.launch(wave, job_id)
        for server in self.run.of_wave(wave):
            self.see(server.id, statuses.get(server.id, "LAUNCHED"))
        return self.end_job(job_id)

    def check(self, wave: str, server_id: str, outcome: str = "", *, index: int = 0) -> Run:
        """Begin a check of a server, or of the wave for an empty id, and let it end if it does."""
        item = {"check": index, "server": server_id, "words": "EC2 status", "within_ms": 900_000}
        run = self.tell("check.started", wave=wave, checks=[item])
        if not outcome:
            return run
        return self.tell(
            "check.finished",
            wave=wave,
            check=index,
            server=server_id,
            outcome=outcome,
            words="as it was found",
        )

    def finish(self, wave: str, outcome: str) -> Run:
        return self.tell("wave.finished", wave=wave, outcome=outcome, words="web failed")


def succeeded() -> Story:
    """A drill of two waves that succeeded."""
    story = Story(wave_of("db", "s-1"), wave_of("web", "s-2"))
    story.complete("db", "drsjob-1")
    story.finish("db", "succeeded")
    story.tell("run.noted", "ana", text="the database answers")
    story.complete("web", "drsjob-2")
    story.finish("web", "succeeded")
    story.tell("run.finished", outcome="succeeded")
    return story
