"""What a command's exit code says, and which one a run ends with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drs_tui.model.decisions import WantedKind
from drs_tui.model.status import CleanupStatus, RunStatus

if TYPE_CHECKING:
    from drs_tui.model.state.run import Run

SUCCEEDED = 0
FAILED = 1
USAGE = 2
BLOCKED = 3
UNDECIDED = 4
OUT_OF_REACH = 5
NOT_CLEANED_UP = 6

EXIT_WORDS: dict[int, str] = {
    SUCCEEDED: "succeeded",
    FAILED: "failed, partial, cancelled, or an objective was missed or is not known",
    USAGE: "wrong usage, or an invalid plan or configuration",
    BLOCKED: "blocked by preflight, or by the guards before the first launch: nothing was launched",
    UNDECIDED: "waits for a decision that nobody can give here, as after a guard between waves",
    OUT_OF_REACH: "the audit store or AWS is out of reach",
    NOT_CLEANED_UP: "succeeded, but what the drill launched is not gone",
}
"""Each code for people; a signal ends a command with 128 and its number."""

_INSTANCES_LEFT = frozenset({CleanupStatus.DUE, CleanupStatus.RUNNING, CleanupStatus.FAILED})


def exit_code(run: Run) -> int:
    """The code of a command that ends with the run as it stands."""
    # Every command lists the codes in its help; few end with a run.
    from drs_tui.model.outcome import misses_objectives

    if not run.status.is_final:
        return BLOCKED if _is_blocked(run) else UNDECIDED
    if run.status is not RunStatus.SUCCEEDED or misses_objectives(run):
        return FAILED
    return NOT_CLEANED_UP if run.cleanup.status in _INSTANCES_LEFT else SUCCEEDED


def _is_blocked(run: Run) -> bool:
    """Whether guards stand in the way of everything that is left, and no launch was ever begun."""
    kinds = {wanted.kind for wanted in run.wanted}
    return kinds == {WantedKind.GUARD_BLOCKED} and not any(w.attempt for w in run.waves.values())
