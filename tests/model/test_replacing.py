"""Copies with changed members are those that the standard library makes."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import pytest

from drs_tui.model.plan import Impact, Plan
from drs_tui.model.replacing import replace
from drs_tui.model.state.launches import InstanceState, JobState
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.waves import WaveState

STATES = [
    Run("run", Plan("plan", ())),
    ServerState("s-1", "db", "first", Impact.CRITICAL),
    WaveState("first", ()),
    JobState("job", "first", 1),
    InstanceState("i-1", "s-1", "running", is_drill=True, job_id="job"),
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


def test_a_class_that_takes_its_members_otherwise_is_an_error() -> None:
    @dataclass(frozen=True)
    class Named:
        name: str
        size: int = dataclasses.field(default=0, kw_only=True)

    with pytest.raises(TypeError, match="not made of its members by their places"):
        replace(Named("a"), name="b")
