"""Whole drills, in memory: the pure engine and a DRS that never troubles it."""

from __future__ import annotations

from drs_tui.model.plan import Gate, ManualStep
from drs_tui.model.status import CleanupStatus, Objectives, RunStatus, WaveStatus
from tests.model.story import arn_of, wave_of

from .walk import Walk


def calm(*waves: object, **members: object) -> Walk:
    return Walk(lambda options: options[0], *waves, **members)


def test_a_drill_of_three_waves_is_launched_with_one_call_each_and_cleaned_up() -> None:
    walk = calm(
        wave_of("database", "s-1", "s-2"),
        wave_of(
            "application",
            "s-3",
            after=("database",),
            gate=Gate("Does the database answer?", 2),
            before=(ManualStep("Freeze the scheduler"),),
        ),
        wave_of("web", "s-4", optional=["s-5"], after=("application",)),
        cleanup_policy="always",
        rto_seconds=3600,
        rpo_seconds=60,
    )
    walk.to_the_end()
    run = walk.run
    assert (run.status, run.objectives) == (RunStatus.SUCCEEDED, Objectives.MET)
    assert {wave.status for wave in run.waves.values()} == {WaveStatus.SUCCEEDED}
    assert run.launched_count == 5
    assert [sorted(job.statuses) for job in walk.drs.jobs.values()] == [
        ["s-1", "s-2"],
        ["s-3"],
        ["s-4", "s-5"],
    ]
    assert run.waves["application"].approvals == (arn_of("ana"), arn_of("ben"))
    assert run.cleanup.status is CleanupStatus.DONE
    assert all(instance.gone for instance in run.instances.values())


def test_a_driver_that_died_after_the_call_adopts_its_job() -> None:
    walk = calm(wave_of("database", "s-1"))
    walk.intend("database")
    job_id = walk.drs.start("token-database-1", ["s-1"])
    walk.to_the_end()
    assert walk.run.status is RunStatus.SUCCEEDED
    assert list(walk.drs.jobs) == [job_id]


def test_a_driver_that_died_before_the_call_leaves_it_to_a_person_to_send_again() -> None:
    walk = calm(wave_of("database", "s-1"))
    walk.intend("database")
    walk.to_the_end()
    assert walk.run.status is RunStatus.FAILED
    assert walk.run.waves["database"].status is WaveStatus.SKIPPED
    assert walk.drs.jobs == {}
