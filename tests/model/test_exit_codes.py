"""The exit code that a run ends with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drs_tui.model.exit_codes import EXIT_WORDS, exit_code
from drs_tui.model.plan import ObjectivesPolicy, Plan
from drs_tui.model.state.cleanup import CleanupState
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus, Objectives, RunStatus

RUN = Run("run", Plan("plan", ()))


@pytest.mark.parametrize("outcome", [RunStatus.FAILED, RunStatus.PARTIAL, RunStatus.CANCELLED])
@pytest.mark.parametrize("cleanup", list(CleanupStatus))
def test_what_did_not_succeed_ends_with_1_cleaned_up_or_not(
    outcome: RunStatus, cleanup: CleanupStatus
) -> None:
    assert exit_code(replace(RUN, outcome=outcome, cleanup=CleanupState(cleanup))) == 1


@pytest.mark.parametrize(
    ("cleanup", "code"),
    [
        (CleanupStatus.NONE, 0),
        (CleanupStatus.DONE, 0),
        (CleanupStatus.DUE, 6),
        (CleanupStatus.RUNNING, 6),
        (CleanupStatus.FAILED, 6),
    ],
)
def test_a_success_ends_with_0_only_when_nothing_of_it_is_left(
    cleanup: CleanupStatus, code: int
) -> None:
    run = replace(RUN, outcome=RunStatus.SUCCEEDED, cleanup=CleanupState(cleanup))

    assert exit_code(run) == code
    assert exit_code(replace(run, objectives=Objectives.MISSED)) == 1


@pytest.mark.parametrize("objectives", [Objectives.MISSED, Objectives.UNKNOWN])
def test_objectives_that_were_missed_or_are_unknown_are_no_success_unless_only_reported(
    objectives: Objectives,
) -> None:
    run = replace(RUN, outcome=RunStatus.SUCCEEDED, objectives=objectives)
    assert exit_code(run) == 1
    reported = replace(run, plan=replace(RUN.plan, objectives=ObjectivesPolicy.REPORTED))
    assert exit_code(reported) == 0


def test_a_run_that_has_not_ended_waits_for_somebody() -> None:
    assert exit_code(RUN) == 4
    assert exit_code(replace(RUN, paused=True)) == 4


def test_every_code_has_words() -> None:
    assert sorted(EXIT_WORDS) == list(range(7))
