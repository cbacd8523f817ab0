"""A random walk through a run: the pure engine on one side, a tiny DRS and its people on the other.

Every choice is made by a function from outside, so that a walk can be drawn, and shrunk: of each
choice the first option is the calm one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from drs_tui.audit.store import Request
from drs_tui.engine.actions import (
    Action,
    AskLast,
    CleanUp,
    FinishRun,
    FinishWave,
    Launch,
    MakeCheck,
    OpenGate,
    Reconcile,
    RunStep,
    StartChecks,
    StartStep,
    StopAtGate,
    TimeOut,
    next_actions,
    next_moment,
)
from drs_tui.engine.answers import answer
from drs_tui.engine.checking import started
from drs_tui.engine.endings import run_finished, wave_finished
from drs_tui.engine.news import Look, jobs_to_watch, news
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.events import EventType
from drs_tui.model.expectation.usual import NO_HISTORY
from drs_tui.model.observed import Job, ParticipatingServer, RecoveryInstance
from drs_tui.model.state.judging import judge_wave
from drs_tui.model.state.run import Run
from drs_tui.model.steps import StepOutcome
from drs_tui.model.verification import DueCheck
from tests.model.story import Story, arn_of

Choose = Callable[[Sequence[Any]], Any]

PEOPLE = ("ana", "ben", "eva")
REQUESTS = (*["note"] * 4, *["resume"] * 6, *["pause"] * 2, "cancel")
LOG_EVENTS = (
    *("SNAPSHOT_START", "SNAPSHOT_END", "CONVERSION_START", "LAUNCH_START", "LAUNCH_END"),
    *("SNAPSHOT_FAIL", "USING_PREVIOUS_SNAPSHOT", "LAUNCH_FAILED", "SERVER_SKIPPED", "MADE_UP"),
)
LAUNCH_STATUSES = (*["LAUNCHED"] * 6, "", "PENDING", "IN_PROGRESS", "FAILED", "MADE_UP")
GUARDS = (*["passes"] * 6, "warns", "blocks")
CHECK_OUTCOMES = (*["passed"] * 6, "failed", "refused", "unknown", "made up", "")
STEP_ENDS = (*["succeeded"] * 6, "failed", "timed out", "not started", "none: the driver dies")
ANSWERS = (*["accepted"] * 6, "throttled", "refused", "lost", "none: the driver dies")


@dataclass
class TinyJob:
    """A job as DRS has it."""

    id: str
    token: str
    statuses: dict[str, str]
    status: str = "PENDING"
    log: list[dict[str, Any]] = field(default_factory=list)

    def seen(self) -> Job:
        servers = tuple(
            ParticipatingServer(i, s, instance_of(self.id, i) if s == "LAUNCHED" else "")
            for i, s in self.statuses.items()
        )
        return Job(self.id, "LAUNCH", self.status, "START_DRILL", servers)


def instance_of(job_id: str, server_id: str) -> str:
    return f"i-{job_id}-{server_id}"


class TinyDrs:
    """Jobs that go on whenever somebody chooses so."""

    def __init__(self, choose: Choose) -> None:
        self.choose = choose
        self.jobs: dict[str, TinyJob] = {}
        self.gone: set[str] = set()

    def start(self, token: str, server_ids: Sequence[str]) -> str:
        job_id = f"drsjob-{len(self.jobs) + 1}"
        self.jobs[job_id] = TinyJob(job_id, token, dict.fromkeys(server_ids, ""))
        return job_id

    def running(self) -> list[TinyJob]:
        return [job for job in self.jobs.values() if job.status != "COMPLETED"]

    def progress(self) -> None:
        """Let something happen in a running job."""
        job = self.choose(self.running())
        server = self.choose(sorted(job.statuses))
        match self.choose(("launch", "launch", "launch", "log", "log", "end")):
            case "log":
                data = {"sourceServerID": server, "rawError": self.choose(("", "No capacity"))}
                job.log.append({"event": self.choose(LOG_EVENTS), "eventData": data})
                job.status = "STARTED"
            case "launch":
                if job.statuses[server] != "LAUNCHED":
                    job.statuses[server] = self.choose(LAUNCH_STATUSES)
            case _:
                job.status = "COMPLETED"

    def instances(self) -> list[RecoveryInstance]:
        return [
            RecoveryInstance(i, server, i, "RUNNING", is_drill=True, job_id=job.id)
            for job in self.jobs.values()
            for server, status in job.statuses.items()
            if status == "LAUNCHED" and (i := instance_of(job.id, server)) not in self.gone
        ]


class Walk(Story):
    """A run that takes one chosen step after another."""

    def __init__(self, choose: Choose, *waves: Any, **members: Any) -> None:
        super().__init__(*waves, **members)
        self.choose = choose
        self.drs = TinyDrs(choose)
        self.moments: list[tuple[Run, datetime]] = []
        """The run and the time before each step."""

    # Steps --------------------------------------------------------------------------------------

    def step(self) -> None:
        """Let one thing happen that could happen now."""
        self.moments.append((self.run, self.now))
        self.choose(list(self._moves()))()
        self.wait(1)

    def _moves(self) -> Iterator[Callable[[], object]]:
        for action in next_actions(self.run, self.now):
            yield from [lambda action=action: self.act(action)] * 4
        if self.run.wanted:
            yield from [lambda: self.ask_about(self.choose(self.run.wanted))] * 3
        if self.drs.running():
            yield from [self.drs.progress] * 4
        yield lambda: self.look(self.drs.instances())
        yield lambda: self.look(())
        yield lambda: self.wait(self.choose((15, 120, 3600)))
        yield lambda: self.ask(self.choose(REQUESTS))

    def look(self, instances: Sequence[RecoveryInstance]) -> None:
        """Ask DRS, and record what is new."""
        watched = [self.drs.jobs[i] for i in jobs_to_watch(self.run) if i in self.drs.jobs]
        look = Look(
            jobs=[job.seen() for job in watched],
            logs={job.id: list(job.log) for job in watched},
            instances=instances,
        )
        for draft in news(self.run, look, self.now):
            self.record(draft)

    # People -------------------------------------------------------------------------------------

    def ask(self, kind: str, actor: str = "ana", **data: Any) -> None:
        data["by"] = {"arn": arn_of(actor)}
        request = Request(f"R{len(self.events)}", "01RUN", self.now, actor, kind, data)
        for draft in answer(self.run, request, self.now):
            self.record(draft)

    def ask_about(self, wanted: Any, choice: Choice | None = None) -> None:
        """Answer what is wanted, as one of several people."""
        choice = choice or self.choose(wanted.choices)
        named = {"wave": wanted.wave, "seq": wanted.seq}
        actor = self.choose(PEOPLE)
        if wanted.kind is WantedKind.GATE:
            self.ask("approve" if choice is Choice.APPROVE else "decline", actor, **named)
        else:
            self.ask("decide", actor, choice=choice.value, **named)

    # What the impure engine would do ------------------------------------------------------------

    def act(self, action: Action) -> None:
        match action:
            case OpenGate(wave, prompt):
                self.tell(EventType.WAVE_GATE_OPENED, wave=wave, prompt=prompt)
            case AskLast(wave):
                outcome = judge_wave(self.run, wave)
                self.record(wave_finished(self.run, wave, outcome, self.now))
            case StopAtGate(wave, words):
                self.tell(EventType.WAVE_DECIDED, wave=wave, choice="stop", text=words)
            case StartStep(wave, step, text, when):
                asked: dict[str, Any] = {"wave": wave, "step": step, "when": when.value}
                asked["kind"] = "manual"
                self.tell(EventType.STEP_STARTED, **asked, text=text)
            case RunStep(wave, when, step):
                self._run_step({"wave": wave, "step": step, "when": when.value})
            case FinishWave(wave, outcome):
                self.record(wave_finished(self.run, wave, outcome, self.now))
            case TimeOut(wave):
                self.tell(EventType.WAVE_TIMED_OUT, wave=wave)
            case Launch(wave, server_ids):
                self._guard(wave, server_ids)
            case Reconcile(wave):
                self._reconcile(wave)
            case StartChecks(due):
                data: dict[str, Any] = started(self.run, due)
                self.tell(EventType.CHECK_STARTED, **data)
            case MakeCheck(due):
                self._check(due)
            case FinishRun():
                self.record(run_finished(self.run, NO_HISTORY, self.now))
            case CleanUp():
                self._clean_up()

    def _run_step(self, about: dict[str, Any]) -> None:
        if self.run.waves[about["wave"]].under_way is not None:
            self.tell(EventType.STEP_DONE, **about, outcome="unknown")
            return
        self.tell(EventType.STEP_STARTED, **about, kind="run", text="date")
        end = self.choose(STEP_ENDS)
        if end in tuple(StepOutcome):
            self.tell(EventType.STEP_DONE, **about, outcome=end, output="Mon")

    def _guard(self, wave: str, server_ids: Sequence[str]) -> None:
        verdict = self.choose(GUARDS)
        findings = [{"check": "lag", "thing": wave}] if verdict != "passes" else []
        lags = dict.fromkeys(server_ids, 3000)
        self.tell("wave.guarded", wave=wave, verdict=verdict, findings=findings, lag_ms=lags)
        if verdict == "passes":
            self.intend(wave, *server_ids)
            self._send(wave)

    def _send(self, wave: str) -> None:
        intent = self.run.waves[wave].intent
        assert intent is not None
        match self.choose(ANSWERS):
            case "accepted":
                job_id = self.drs.start(intent.token, intent.server_ids)
                self.tell("wave.launched", wave=wave, job_id=job_id)
            case "throttled":
                self.tell("wave.launch_refused", wave=wave, retry_after_ms=15_000)
            case "refused":
                self.tell("wave.launch_refused", wave=wave, message="No such server.")
            case "lost":
                if self.choose((True, False)):
                    self.drs.start(intent.token, intent.server_ids)
                self.tell("wave.launch_unknown", wave=wave, message="time-out", settled=False)

    def _reconcile(self, wave: str) -> None:
        intent = self.run.waves[wave].intent
        assert intent is not None
        own = [job.id for job in self.drs.jobs.values() if job.token == intent.token]
        if own:
            self.tell("wave.launched", wave=wave, job_id=own[0], adopted=True)
        else:
            self.tell("wave.launch_unknown", wave=wave, message="none found", settled=True)

    def _check(self, due: DueCheck) -> None:
        """Let a check end, in whichever way, or go on."""
        outcome = self.choose(CHECK_OUTCOMES)
        if outcome:
            self.tell(
                EventType.CHECK_FINISHED,
                wave=due.wave,
                check=due.index,
                server=due.server_id,
                outcome=outcome,
                words="as it was found",
            )

    def _clean_up(self) -> None:
        ids = [instance.id for instance in self.drs.instances()]
        self.tell("cleanup.intended", instances=ids)
        self.tell("cleanup.started", job_id="drsjob-cleanup", instances=ids)
        self.drs.gone |= set(ids)
        look = Look(
            jobs=[Job("drsjob-cleanup", "TERMINATE", "COMPLETED")],
            machines={},
        )
        for draft in news(self.run, look, self.now):
            self.record(draft)
        self.tell("cleanup.finished", outcome="done", remaining=[])

    # To the end ---------------------------------------------------------------------------------

    def to_the_end(self, patience: int = 400) -> None:
        """Go on calmly, with people who want the run to end; give up after so many steps."""
        self.choose = self.drs.choose = lambda options: options[0]
        for _ in range(patience):
            self.moments.append((self.run, self.now))
            actions = next_actions(self.run, self.now)
            if self.run.outcome is not None and not actions:
                return
            if self.run.paused:
                self.ask("resume")
            elif actions:
                self.act(actions[0])
            elif self.run.wanted:
                self._settle()
            else:
                self._let_time_pass()

    def _settle(self) -> None:
        wanted = self.run.wanted[0]
        ways = (Choice.APPROVE, Choice.DONE, Choice.SKIP, Choice.GIVE_UP, Choice.ACCEPT)
        if wanted.kind is WantedKind.GATE:
            asked = self.run.waves[wanted.wave].approvals
            actor = next(person for person in PEOPLE if arn_of(person) not in asked)
            self.ask("approve", actor, wave=wanted.wave, seq=wanted.seq)
        else:
            self.ask_about(wanted, next(way for way in ways if way in wanted.choices))

    def _let_time_pass(self) -> None:
        for job in self.drs.running():
            job.statuses = {i: s or "LAUNCHED" for i, s in job.statuses.items()}
            job.status = "COMPLETED"
        self.look(self.drs.instances())
        moment = next_moment(self.run, self.now)
        if moment is not None:
            self.now = max(self.now, moment)
