"""The steps around a wave's launch: what they are called, which comes next, how each ended."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from drs_tui.model.plan import CommandStep, FailurePolicy, ManualStep, Mode, SsmStep, Step, Wave


class When(StrEnum):
    """On which side of its wave a step stands."""

    BEFORE = "before"
    AFTER = "after"


class StepKind(StrEnum):
    """Who does a step."""

    MANUAL = "manual"
    RUN = "run"
    SSM = "ssm"


class StepOutcome(StrEnum):
    """How a step ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    UNKNOWN = "unknown"
    """It was started, and nobody saw its end."""

    SKIPPED = "skipped"
    """It failed, and somebody said to go on without it."""

    NOT_STARTED = "not started"
    """The run was stopped before anything of it began."""

    @property
    def went_wrong(self) -> bool:
        """Whether its policy, or a person, has to say what becomes of the run."""
        return self in (StepOutcome.FAILED, StepOutcome.TIMED_OUT, StepOutcome.UNKNOWN)


@dataclass(frozen=True)
class StepUnderWay:
    """A step that was started and whose end is not recorded."""

    when: When
    index: int
    kind: StepKind
    text: str
    since: datetime
    token: str = ""
    """By which SSM starts its automation once, however often it is asked to."""

    execution: str = ""
    """The automation's id; empty until SSM has told it."""

    process: str = ""
    """Where a command runs, for people."""

    @property
    def runs_by_itself(self) -> bool:
        """Whether no person does it."""
        return self.kind is not StepKind.MANUAL


@dataclass(frozen=True, slots=True)
class StepEnd:
    """How a step ended; one that is run again ends more than once."""

    when: When
    index: int
    text: str
    outcome: StepOutcome
    at: datetime
    since: datetime | None = None
    words: str = ""
    output: str = ""
    """What it printed, masked and cut."""

    actor: str = ""

    @property
    def place(self) -> tuple[When, int]:
        """Which step of its wave it is."""
        return self.when, self.index


def step_at(wave: Wave, when: When, index: int) -> Step | None:
    """A step of a wave; None where there is none."""
    steps = steps_of(wave, when)
    return steps[index] if 0 <= index < len(steps) else None


def steps_of(wave: Wave, when: When) -> tuple[Step, ...]:
    """The steps on one side of a wave."""
    return wave.before if when is When.BEFORE else wave.afterwards


def next_index(steps: Sequence[Step], start: int, mode: Mode) -> int:
    """The first step at or after `start` that is for this mode; their number if there is none."""
    return next((i for i in range(start, len(steps)) if runs_in(steps[i], mode)), len(steps))


def runs_in(step: Step, mode: Mode) -> bool:
    """Whether a step is for this mode; what a person does is for each."""
    return isinstance(step, ManualStep) or mode in step.modes


def policy_of(step: Step | None) -> FailurePolicy:
    """What becomes of the run when a step fails."""
    return FailurePolicy.PAUSE if step is None or isinstance(step, ManualStep) else step.on_failure


LONGEST_TITLE = 400
"""Letters; the plan has the rest."""


def title_of(step: Step) -> str:
    """A step on one line, for people."""
    match step:
        case ManualStep():
            return f"{step.assignee}: {step.text}" if step.assignee else step.text
        case CommandStep():
            line = shlex.join(step.argv)
            return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1]}…"
        case SsmStep():
            return f"SSM automation {step.document}"


def last_ends(ends: Sequence[StepEnd]) -> list[StepEnd]:
    """Of each step that ended, how it ended last."""
    return list({end.place: end for end in ends}.values())
