"""The witness would notice: each promise, broken by hand, is a breach."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from drs_tui.audit.chain import ZERO_HASH, seal
from drs_tui.audit.store import Lease
from drs_tui.model.events import Draft, Event
from drs_tui.model.plan import Gate, ManualStep, Mode, Plan, PlanServer, Target, Wave
from drs_tui.model.plan_data import plan_to_data
from drs_tui.simulator.account import Account
from drs_tui.simulator.fleet import ORDERS
from drs_tui.simulator.message import Response
from drs_tui.simulator.operations.jobs import start_recovery
from drs_tui.simulator.scenarios import Scenario
from tests.simulation.loop import START
from tests.simulation.mutants import late_events_not_adopted
from tests.simulation.plans import REGION
from tests.simulation.store import Shelf, StoredRun
from tests.simulation.verdict import Verdict
from tests.simulation.witness import Witness

RUN = "20261123-010000-orders-0001"
DB, APP = ORDERS[0].source_server_id, ORDERS[2].source_server_id
PLAN = Plan(
    "orders",
    (
        Wave("database", (PlanServer(id=DB),), checks=()),
        Wave(
            "application",
            (PlanServer(id=APP),),
            after=("database",),
            gate=Gate("Go on?", 2),
            before=(ManualStep("freeze the scheduler"),),
            checks=(),
        ),
    ),
    target=Target(region=REGION),
)
OVER = START + timedelta(hours=9)


class Stage:
    """A run in a store, told event by event, and a witness who watches."""

    def __init__(self, mode: Mode = Mode.DRILL) -> None:
        self.shelf = Shelf("store")
        self.account = Account(Scenario("calm", "all launch", fleet=ORDERS))
        self.witness = Witness(self.shelf, self.account, {"orders": PLAN}, mode)
        self.events: list[Event] = []
        self.tell("run.created", plan=plan_to_data(PLAN), mode=mode.value, target={})
        self.hold("ada")

    def hold(self, holder: str) -> None:
        self.shelf.runs[RUN].lease = Lease(RUN, holder, 1, 0, 30)

    def tell(self, kind: str, actor: str = "driver", **data: Any) -> Event:
        """One more event, stored by `ada`."""
        before = self.events[-1].hash if self.events else ZERO_HASH
        event = seal(RUN, len(self.events) + 1, before, Draft(kind, START, actor, data))
        self.events.append(event)
        stored = self.shelf.runs.setdefault(RUN, StoredRun("", []))
        stored.texts.append(event.text)
        self.witness.store_changed("ada")
        return event

    def intend(self, wave: str = "database", attempt: int = 1, server: str = DB) -> Event:
        return self.tell(
            "wave.launch_intended",
            wave=wave,
            attempt=attempt,
            servers=[server],
            token=f"{wave}-{attempt}",
            is_drill=True,
        )

    def call(self, wave: str = "database", attempt: int = 1, server: str = DB) -> dict[str, Any]:
        return {
            "sourceServers": [{"sourceServerID": server}],
            "isDrill": True,
            "tags": {
                "drs-tui:run": RUN,
                "drs-tui:wave": wave,
                "drs-tui:attempt": str(attempt),
                "drs-tui:token": f"{wave}-{attempt}",
            },
        }

    def send(self, by: str = "ada", **what: Any) -> None:
        self.witness.departed(by, "StartRecovery", self.call(**what))

    def accept(self, **what: Any) -> str:
        """DRS takes a call and starts its job, whose id is given."""
        call = self.call(**what)
        answer = start_recovery(self.account.region(REGION, START), call, START)
        job_id = str(answer["job"]["jobID"])
        self.tell_accepted(call, job_id)
        return job_id

    def tell_accepted(self, call: dict[str, Any], job_id: str = "drsjob-1") -> None:
        response = Response(202, {}, b"", "StartRecovery", call, job_id=job_id)
        self.witness.arrived("StartRecovery", response)

    def conflict(self, words: str = "", **what: Any) -> None:
        response = Response(409, {}, words.encode())
        self.witness.answered("StartRecovery", self.call(**what), response)

    def end(self) -> None:
        Verdict(self.witness, OVER).ended(RUN)

    @property
    def broken(self) -> str:
        return "; ".join(self.witness.broken)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def finish_database(stage: Stage, outcome: str = "succeeded") -> None:
    stage.tell("wave.finished", wave="database", outcome=outcome)


def pass_the_gate(stage: Stage) -> None:
    stage.tell("wave.gate_opened", wave="application", prompt="Go on?")
    stage.tell("wave.approved", "ben", wave="application", gate=1)
    stage.tell("wave.approved", "cleo", wave="application", gate=1)


def do_the_step(stage: Stage) -> None:
    stage.tell("step.started", wave="application", step=0, text="freeze the scheduler")
    stage.tell("step.done", "ben", wave="application", step=0)


def launch_application(stage: Stage) -> None:
    stage.intend("application", server=APP)
    stage.send(wave="application", server=APP)


def launched(stage: Stage) -> str:
    """The first wave as it should be launched."""
    stage.intend()
    stage.send()
    job_id = stage.accept()
    stage.tell("wave.launched", wave="database", attempt=1, job_id=job_id, adopted=False)
    return job_id


def see(stage: Stage, job_id: str, status: str) -> None:
    data: dict[str, Any] = {"job_id": job_id, "server": DB, "instance_id": ""}
    stage.tell("server.observed", **data, launch_status=status)
    stage.tell("job.observed", job_id=job_id, status="COMPLETED", initiated_by="START_DRILL")


# While it goes on --------------------------------------------------------------------------------


def test_a_launch_as_it_should_be_breaks_nothing(stage: Stage) -> None:
    job_id = launched(stage)
    see(stage, job_id, "LAUNCHED")
    finish_database(stage)
    pass_the_gate(stage)
    do_the_step(stage)
    launch_application(stage)
    assert stage.broken == ""


def test_an_event_that_does_not_follow_the_one_before(stage: Stage) -> None:
    stage.events[-1] = stage.events[0]
    draft = Draft("run.noted", START, "ben", {"text": "no"})
    stage.shelf.runs[RUN].texts.append(seal(RUN, 2, "0" * 64, draft).text)
    stage.witness.store_changed("ada")
    assert "the chain" in stage.broken


def test_an_append_without_the_lease(stage: Stage) -> None:
    stage.hold("bob")
    stage.tell("run.noted", text="mine")
    assert "ada appended while the lease was bob's" in stage.broken


def test_an_event_that_cannot_be_folded(stage: Stage) -> None:
    stage.tell("wave.finished", wave="database", outcome="splendid")
    assert "cannot be folded" in stage.broken


def test_a_job_adopted_that_is_not_ours(stage: Stage) -> None:
    stage.intend()
    job_id = stage.accept(attempt=7)
    stage.tell("wave.launched", wave="database", attempt=1, job_id=job_id, adopted=True)
    assert "not its own job" in stage.broken


def test_a_job_adopted_that_another_wave_launched(stage: Stage) -> None:
    job_id = launched(stage)
    stage.intend("application", server=APP)
    stage.tell("wave.launched", wave="application", attempt=1, job_id=job_id, adopted=True)
    assert "not its own job" in stage.broken


def test_a_job_adopted_of_an_attempt_before_whose_end_nobody_knew(stage: Stage) -> None:
    stage.intend()
    stage.send()
    job_id = stage.accept()
    stage.intend(attempt=2)
    stage.tell("wave.launched", wave="database", attempt=2, job_id=job_id, adopted=True)
    assert stage.broken == ""


def test_a_call_sent_twice(stage: Stage) -> None:
    stage.intend()
    stage.send()
    stage.send()
    assert "sent more than once" in stage.broken


def test_a_call_without_the_lease(stage: Stage) -> None:
    stage.intend()
    stage.send(by="bob")
    assert "bob sent StartRecovery while the lease was ada's" in stage.broken


def test_a_call_that_is_not_in_the_store(stage: Stage) -> None:
    stage.send()
    assert "without a stored intent" in stage.broken


def test_a_call_that_is_not_in_the_journal(stage: Stage) -> None:
    stage.witness.journal_of["ada"] = Shelf("journal")
    stage.intend()
    stage.send()
    assert stage.broken == "StartRecovery of database 1 was sent without a journalled intent"


def test_a_call_for_another_server_than_was_intended(stage: Stage) -> None:
    stage.intend()
    stage.send(server=APP)
    assert "not what was intended" in stage.broken


def test_a_wave_launched_before_the_one_it_comes_after(stage: Stage) -> None:
    pass_the_gate(stage)
    do_the_step(stage)
    launch_application(stage)
    assert "application was launched before database let it pass" in stage.broken


def test_a_wave_launched_after_one_that_failed(stage: Stage) -> None:
    finish_database(stage, "failed")
    pass_the_gate(stage)
    do_the_step(stage)
    launch_application(stage)
    assert "before database let it pass" in stage.broken


def test_a_wave_launched_with_one_approval_of_two(stage: Stage) -> None:
    finish_database(stage)
    stage.tell("wave.gate_opened", wave="application", prompt="Go on?")
    stage.tell("wave.approved", "ben", wave="application", gate=1)
    do_the_step(stage)
    launch_application(stage)
    assert "with 1 approvals" in stage.broken


def test_a_wave_launched_before_its_manual_step(stage: Stage) -> None:
    finish_database(stage)
    pass_the_gate(stage)
    launch_application(stage)
    assert "before its manual steps were done" in stage.broken


@pytest.mark.parametrize("kind", ["run.paused", "run.cancel_requested"])
def test_a_wave_launched_although_people_said_stop(stage: Stage, kind: str) -> None:
    stage.tell(kind, "ben")
    stage.intend()
    stage.send()
    assert f"database was launched after {kind}" in stage.broken


def test_a_second_launch_of_one_attempt(stage: Stage) -> None:
    stage.intend()
    stage.send()
    stage.tell_accepted(stage.call(), "drsjob-1")
    stage.tell_accepted(stage.call(), "drsjob-2")
    assert "DRS accepted 2 launches" in stage.broken


def test_a_launch_after_a_conflict_that_nobody_decided(stage: Stage) -> None:
    stage.intend()
    stage.send()
    stage.conflict()
    stage.intend(attempt=2)
    stage.send(attempt=2)
    assert "sent again after a conflict" in stage.broken


def test_a_job_of_an_earlier_attempt_is_waited_for_without_anybody_deciding(stage: Stage) -> None:
    stage.intend()
    stage.send()
    job_id = stage.accept()
    stage.intend(attempt=2)
    stage.send(attempt=2)
    stage.conflict(f"{DB} is in {job_id}", attempt=2)
    stage.intend(attempt=3)
    stage.send(attempt=3)
    assert "sent again after a conflict" not in stage.broken


def test_a_job_of_the_same_attempt_is_not_waited_for_to_send_it_again(stage: Stage) -> None:
    stage.intend()
    stage.send()
    stage.conflict(f"{DB} is in {stage.accept()}")
    stage.intend(attempt=2)
    stage.send(attempt=2)
    assert "sent again after a conflict" in stage.broken


def test_a_clean_up_of_what_somebody_else_launched(stage: Stage) -> None:
    asked = {"sourceServers": [{"sourceServerID": DB}], "isDrill": True}
    region = stage.account.region(REGION, START)
    start_recovery(region, asked, START)
    body = {"recoveryInstanceIDs": list(region.instances)}
    stage.witness.departed("ada", "TerminateRecoveryInstances", body)
    assert "which no drill of ours launched" in stage.broken


# Detached ----------------------------------------------------------------------------------------


def detach(stage: Stage, by: str) -> None:
    """From now on `by` goes on without the store; its journal has what was stored so far."""
    journal = Shelf(f"journal of {by}")
    journal.runs[RUN] = StoredRun("", [event.text for event in stage.events])
    stage.witness.journal_of[by] = journal
    stage.witness.detached.add((by, RUN))


def test_a_detached_driver_needs_its_journal_alone(stage: Stage) -> None:
    stage.intend()
    detach(stage, "bob")
    del stage.shelf.runs[RUN].texts[1:]
    stage.send(by="bob")
    assert stage.broken == ""


def test_a_detached_driver_launches_once_too(stage: Stage) -> None:
    stage.intend()
    detach(stage, "bob")
    stage.send(by="bob")
    stage.tell_accepted(stage.call(), "drsjob-1")
    stage.tell_accepted(stage.call(), "drsjob-2")
    assert "DRS accepted 2 launches" in stage.broken


def test_a_detached_driver_waits_for_what_a_wave_waits_for(stage: Stage) -> None:
    stage.intend("application", server=APP)
    detach(stage, "bob")
    stage.send(by="bob", wave="application", server=APP)
    assert "before database let it pass" in stage.broken


def test_who_was_detached_and_who_took_over_may_each_launch(stage: Stage) -> None:
    stage.intend()
    detach(stage, "bob")
    stage.send(by="bob")
    stage.tell_accepted(stage.call(), "drsjob-1")
    call = stage.call()
    call["tags"]["drs-tui:token"] = "of the one who took over"
    stage.tell(
        "wave.launch_intended",
        wave="database",
        attempt=1,
        servers=[DB],
        token="of the one who took over",
        is_drill=True,
    )
    stage.witness.departed("ada", "StartRecovery", call)
    stage.tell_accepted(call, "drsjob-2")
    assert stage.broken == ""


def test_a_late_job_that_is_not_taken_in(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    late_events_not_adopted(monkeypatch)
    data: dict[str, Any] = {"wave": "database", "attempt": 1, "job_id": "drsjob-1"}
    late = seal(RUN, 2, stage.events[0].hash, Draft("wave.launched", START, "driver", data))
    stage.tell("run.late_events", after=1, texts=[late.text])
    assert "wave.launched of drsjob-1 came late and was not taken in" in stage.broken


# Once it is over ---------------------------------------------------------------------------------


def test_a_run_that_agrees_with_drs(stage: Stage) -> None:
    see(stage, launched(stage), "LAUNCHED")
    finish_database(stage)
    stage.end()
    assert stage.broken == ""


def test_a_server_said_to_have_failed_that_launched(stage: Stage) -> None:
    see(stage, launched(stage), "FAILED")
    stage.end()
    assert "and DRS says launched=True" in stage.broken


def test_a_success_without_a_critical_server(stage: Stage) -> None:
    see(stage, launched(stage), "LAUNCHED")
    finish_database(stage)
    stage.tell("run.finished", outcome="succeeded", objectives="none")
    stage.end()
    assert "succeeded without all its critical servers" in stage.broken


@pytest.mark.parametrize("where", ["store", "journal"])
def test_an_event_that_was_recorded_and_is_not_there(stage: Stage, where: str) -> None:
    lost = seal(RUN, 2, stage.events[0].hash, Draft("run.noted", START, "ben", {"text": "lost"}))
    if where == "store":
        stage.witness.acknowledged[lost.text] = None
    else:
        journal = stage.witness.journal_of["ada"] = Shelf("journal")
        journal.acknowledged[lost.text] = None
    stage.end()
    assert "event 2 (run.noted) was recorded and is not stored" in stage.broken


def test_a_job_of_ours_that_the_run_forgot(stage: Stage) -> None:
    stage.intend()
    stage.send()
    stage.accept()
    stage.end()
    assert "the run forgot it" in stage.broken


def test_a_job_that_somebody_decided_to_let_be(stage: Stage) -> None:
    stage.intend()
    stage.send()
    stage.accept()
    about: dict[str, Any] = {"wave": "database", "attempt": 1}
    stage.tell("wave.launch_unknown", **about, message="", settled=True)
    stage.tell("wave.decided", "ben", wave="database", choice="skip")
    stage.end()
    assert "forgot" not in stage.broken


def test_a_clean_up_that_left_something(stage: Stage) -> None:
    see(stage, launched(stage), "LAUNCHED")
    stage.tell("run.finished", outcome="partial", objectives="none")
    stage.tell("cleanup.finished", outcome="done", remaining=[], words="")
    stage.end()
    assert "the clean-up is done, and EC2 has" in stage.broken
