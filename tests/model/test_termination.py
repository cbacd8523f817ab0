"""What a clean-up may terminate, and why it leaves the rest."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from drs_tui.model.machines import SOURCE_SERVER_TAG, Ec2Instance, Volume
from drs_tui.model.observed import Job, ParticipatingServer, RecoveryInstance
from drs_tui.model.plan import Impact, Mode, PlanServer, Wave
from drs_tui.model.run import Run
from drs_tui.model.termination import (
    KEEP_TAG,
    LAUNCH_TARGET_TAG,
    Sight,
    job_of_stray,
    leftovers,
    refusal_by_protection,
    refusal_of,
)

from .story import START, Story, wave_of

INSTANCE = RecoveryInstance(
    "i-1",
    "s-1",
    "i-1",
    "RUNNING",
    is_drill=True,
    job_id="drsjob-1",
    failback_state="FAILBACK_NOT_STARTED",
    replication_state="STOPPED",
)
MACHINE = Ec2Instance("i-1", "running", tags={SOURCE_SERVER_TAG: "s-1"}, volume_ids=("vol-1",))


def drilled(mode: Mode = Mode.DRILL, wave: Wave | None = None) -> Run:
    story = Story(wave or wave_of("db", "s-1", "s-2"), mode=mode)
    story.complete("db", "drsjob-1", **{"s-1": "LAUNCHED", "s-2": "FAILED"})
    story.finish("db", "partial")
    return story.tell("run.finished", outcome="partial")


def seen(run: Run) -> Run:
    """The run once its instance was seen with its volume."""
    story = Story(*run.plan.waves)
    story.complete("db", "drsjob-1")
    story.tell(
        "instance.observed",
        instance="i-1",
        server="s-1",
        job_id="drsjob-1",
        is_drill=True,
        state="RUNNING",
        volumes=["vol-1"],
    )
    return story.run


def sight(*listed: RecoveryInstance, machine: Ec2Instance | None = None, **more: Any) -> Sight:
    machines = {machine.id: machine} if machine is not None else {}
    return Sight(listed, machines, **more)


def why(run: Run, instance: RecoveryInstance = INSTANCE, machine: Ec2Instance = MACHINE) -> str:
    refusal = refusal_of(run, instance, machine)
    return refusal.why if refusal is not None else ""


def test_what_the_run_launched_as_a_drill_may_be_terminated() -> None:
    assert why(drilled()) == ""
    left = leftovers(drilled(), sight(INSTANCE, machine=MACHINE))
    assert (left.free, left.refused) == ((INSTANCE,), ())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"job_id": "drsjob-9"}, "did not launch it"),
        ({"job_id": ""}, "did not launch it"),
        ({"is_drill": False}, "does not call it a drill's"),
        ({"is_drill": None}, "does not call it a drill's"),
        ({"failback_state": "FAILBACK_IN_PROGRESS"}, "FAILBACK_IN_PROGRESS"),
        ({"failback_state": "FAILBACK_COMPLETED"}, "FAILBACK_COMPLETED"),
        ({"failback_state": "A_STATE_OF_2031"}, "A_STATE_OF_2031"),
        ({"failback_state": ""}, "does not say whether it is failed back"),
        ({"replication_state": "INITIAL_SYNC"}, "replicates back"),
        ({"replication_state": "CONTINUOUS"}, "replicates back"),
        ({"tags": {KEEP_TAG: ""}}, KEEP_TAG),
    ],
)
def test_what_drs_says_can_forbid_it(changes: dict[str, Any], words: str) -> None:
    assert words in why(drilled(), replace(INSTANCE, **changes))


@pytest.mark.parametrize("tag", [KEEP_TAG, LAUNCH_TARGET_TAG])
def test_a_tag_in_ec2_can_forbid_it(tag: str) -> None:
    assert tag in why(drilled(), machine=replace(MACHINE, tags={tag: "no"}))


def test_what_ec2_does_not_know_is_not_terminated_unseen() -> None:
    refusal = refusal_of(drilled(), INSTANCE, None)
    assert refusal is not None
    assert not refusal.is_settled


def test_of_a_real_recovery_nothing_is_terminated() -> None:
    assert "did not launch it" in why(drilled(Mode.RECOVERY))


def test_a_machine_that_the_plan_launches_into_stays() -> None:
    into = PlanServer("s-1", "host-s-1", Impact.CRITICAL, launch_into="i-1")
    run = drilled(wave=replace(wave_of("db", "s-2"), servers=(into,)))
    assert run.never_terminate == {"i-1"}
    assert "was launched into" in why(run)


@pytest.mark.parametrize(("is_protected", "is_settled"), [(True, True), (None, False)])
def test_protection_forbids_it_and_so_does_not_to_know(
    is_protected: bool | None, is_settled: bool
) -> None:
    refusal = refusal_by_protection(INSTANCE, is_protected=is_protected)
    assert refusal is not None
    assert refusal.is_settled is is_settled
    assert refusal_by_protection(INSTANCE, is_protected=False) is None


# What is left -----------------------------------------------------------------------------------


def test_only_ec2_says_that_an_instance_is_gone() -> None:
    run = seen(drilled())
    assert not leftovers(run, sight(machine=MACHINE)).is_nothing
    assert not leftovers(run, sight(INSTANCE)).is_nothing
    ended = replace(MACHINE, state="terminated", volume_ids=())
    assert leftovers(run, sight(INSTANCE, machine=ended)).is_nothing
    assert leftovers(run, sight()).is_nothing


def test_an_instance_that_ends_is_left_and_not_terminated_again() -> None:
    left = leftovers(drilled(), sight(INSTANCE, machine=replace(MACHINE, state="shutting-down")))
    assert (left.free, left.ending, left.is_nothing) == ((), ("i-1",), False)


def test_a_volume_of_an_instance_that_is_gone_is_left() -> None:
    ended = replace(MACHINE, state="terminated", volume_ids=())
    left = leftovers(seen(drilled()), sight(machine=ended, volumes=[Volume("vol-1", "available")]))
    assert (left.volumes, left.is_nothing) == (("vol-1",), False)
    assert "delete them in EC2: vol-1" in left.words
    deleting = [Volume("vol-1", "deleting")]
    assert leftovers(seen(drilled()), sight(machine=ended, volumes=deleting)).is_nothing


def test_what_drs_has_forgotten_and_ec2_runs_is_refused_in_words() -> None:
    (refusal,) = leftovers(seen(drilled()), sight(machine=MACHINE)).refused
    assert "DRS lists it no more" in refusal.words


def test_an_instance_of_somebody_elses_job_is_not_left_of_this_run() -> None:
    theirs = replace(INSTANCE, job_id="drsjob-9")
    assert leftovers(drilled(), sight(theirs, machine=MACHINE)).is_nothing


# What DRS does not list -------------------------------------------------------------------------

LAUNCH = Job(
    "drsjob-1",
    "LAUNCH",
    "COMPLETED",
    "START_DRILL",
    (ParticipatingServer("s-1"), ParticipatingServer("s-2")),
    created_at=START,
    ended_at=START + timedelta(minutes=20),
)
STRAY = Ec2Instance("i-7", "running", launched_at=START, tags={SOURCE_SERVER_TAG: "s-2"})


def test_what_runs_of_a_failed_server_was_launched_by_the_job_that_had_it_then() -> None:
    run = drilled()
    assert job_of_stray(run, replace(STRAY, launched_at=START), [LAUNCH]) == "drsjob-1"
    later = START + timedelta(minutes=30)
    assert job_of_stray(run, replace(STRAY, launched_at=later), [LAUNCH]) == ""
    earlier = START - timedelta(days=3)
    assert job_of_stray(run, replace(STRAY, launched_at=earlier), [LAUNCH]) == ""
    assert job_of_stray(run, replace(STRAY, launched_at=None), [LAUNCH]) == ""


def test_a_few_minutes_between_the_clocks_of_ec2_and_drs_hide_no_stray() -> None:
    run, ended = drilled(), LAUNCH.ended_at
    assert ended is not None
    for moment in (START - timedelta(minutes=5), ended, ended + timedelta(minutes=5)):
        assert job_of_stray(run, replace(STRAY, launched_at=moment), [LAUNCH]) == "drsjob-1"
    for moment in (START - timedelta(minutes=6), ended + timedelta(minutes=6)):
        assert job_of_stray(run, replace(STRAY, launched_at=moment), [LAUNCH]) == ""


def test_a_job_had_a_server_by_its_own_word_or_by_the_runs() -> None:
    silent = replace(LAUNCH, servers=())
    assert job_of_stray(drilled(), STRAY, [silent]) == "drsjob-1"

    story = Story(wave_of("db", "s-1", "s-2"))
    story.complete("db", "drsjob-1", **{"s-2": "FAILED"})
    story.launch("db", "drsjob-2", "s-2")
    assert job_of_stray(story.run, STRAY, [LAUNCH]) == "drsjob-1"
    assert job_of_stray(story.run, STRAY, [silent]) == ""


def test_a_tag_with_the_job_settles_whose_it_is() -> None:
    own = {**STRAY.tags, "drs.amazonaws.com-job": "drsjob-1"}
    assert job_of_stray(drilled(), replace(STRAY, tags=own), []) == "drsjob-1"
    theirs = {**STRAY.tags, "drs.amazonaws.com-job": "drsjob-9"}
    assert job_of_stray(drilled(), replace(STRAY, tags=theirs), [LAUNCH]) == ""


def test_what_drs_works_with_and_other_servers_machines_are_no_strays() -> None:
    helper = {**STRAY.tags, "Name": "AWS Elastic Disaster Recovery Conversion Server"}
    assert job_of_stray(drilled(), replace(STRAY, tags=helper), [LAUNCH]) == ""
    other = replace(STRAY, tags={SOURCE_SERVER_TAG: "s-9"})
    assert job_of_stray(drilled(), other, [LAUNCH]) == ""
