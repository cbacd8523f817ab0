"""Copies with changed members are those that the standard library makes."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from drs_tui.model.launch_checks import CheckState
from drs_tui.model.plan import Impact, Plan
from drs_tui.model.replacing import replace
from drs_tui.model.state.cleanup import CleanupState
from drs_tui.model.state.launches import JobState, LaunchIntent
from drs_tui.model.state.run import Note, Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.waves import WaveState
from drs_tui.model.steps import StepKind, StepUnderWay, When

from .story import START

STATES = [
    Run("run", Plan("plan", ())),
    ServerState("s-1", "db", "first", Impact.CRITICAL),
    WaveState("first", ()),
    JobState("job", "first", 1),
    LaunchIntent(1, "token", ("s-1",), 7, START),
    CleanupState(),
    CheckState(0, "EC2 status", START, 900_000),
    StepUnderWay(When.BEFORE, 0, StepKind.MANUAL, "freeze the batch scheduler", START),
]


@pytest.mark.parametrize("state", STATES, ids=lambda state: type(state).__name__)
def test_it_is_what_the_standard_library_gives(state: Run) -> None:
    for member in dataclasses.fields(state):
        changes: dict[str, Any] = {member.name: object()}
        assert replace(state, **changes) == dataclasses.replace(state, **changes)
    assert replace(state) == state


def test_a_member_that_there_is_not_is_an_error() -> None:
    with pytest.raises(TypeError, match="Run has no member 'colour'"):
        replace(STATES[0], colour="red")


def test_a_class_with_slots_is_an_error() -> None:
    with pytest.raises(TypeError, match="must have __dict__"):
        replace(Note(START, "ana", "all is well"), text="")
