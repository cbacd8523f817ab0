"""Whatever the model can say has a sign and words on the screen."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pytest

from drs_tui.model.events import EventType
from drs_tui.model.launch_checks import CheckOutcome
from drs_tui.model.readiness import Verdict
from drs_tui.model.status import CleanupStatus, Objectives, Phase, RunStatus, WaveStatus
from drs_tui.model.steps import StepOutcome
from drs_tui.model.verification import Verification
from drs_tui.tui import sentences, signs
from drs_tui.tui.rows import steps, timeline


@pytest.mark.parametrize(
    ("signs_of", "states"),
    [
        (signs.RUN, RunStatus),
        (signs.WAVE, WaveStatus),
        (signs.PHASE, Phase),
        (signs.CHECK, CheckOutcome),
        (signs.VERIFICATION, Verification),
        (signs.VERDICT, Verdict),
        (signs.CLEANUP, CleanupStatus),
        (signs.OBJECTIVES, Objectives),
        (steps.STEP, StepOutcome),
    ],
)
def test_each_state_has_a_sign(signs_of: Mapping[str, signs.Sign], states: type[StrEnum]) -> None:
    assert signs_of.keys() == set(states)


def test_each_phase_of_a_job_is_drawn_on_the_timeline() -> None:
    assert timeline._MARKS.keys() == set(Phase) - {Phase.PENDING}


def test_each_event_is_a_sentence_of_its_own() -> None:
    assert sentences._SENTENCES.keys() == set(EventType)
