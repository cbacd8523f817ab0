"""The sign, the word and the tone of every state: a state is never told by colour alone."""

from __future__ import annotations

from typing import NamedTuple

from drs_tui.model.launch_checks import CheckOutcome
from drs_tui.model.readiness import Verdict
from drs_tui.model.status import CleanupStatus, Objectives, Phase, RunStatus, WaveStatus
from drs_tui.model.verification import Verification
from drs_tui.tui.text import Span, Tone


class Sign(NamedTuple):
    """How a state is shown."""

    symbol: str
    word: str
    tone: Tone

    @property
    def span(self) -> Span:
        """Symbol and word."""
        return Span(f"{self.symbol} {self.word}", self.tone)


RUN: dict[str, Sign] = {
    RunStatus.PAUSED: Sign("‖", "paused", "warn"),
    RunStatus.ATTENTION: Sign("▲", "needs attention", "bad"),
    RunStatus.WAITING: Sign("◆", "waiting for you", "warn"),
    RunStatus.RUNNING: Sign("▶", "running", "work"),
    RunStatus.SUCCEEDED: Sign("✓", "succeeded", "good"),
    RunStatus.PARTIAL: Sign("◐", "partial", "bad"),
    RunStatus.FAILED: Sign("✗", "failed", "bad"),
    RunStatus.CANCELLED: Sign("⊘", "cancelled", "warn"),
}

WAVE: dict[str, Sign] = {
    WaveStatus.PENDING: Sign("·", "pending", "dim"),
    WaveStatus.WAITING: Sign("◆", "waiting", "warn"),
    WaveStatus.LAUNCHING: Sign("▶", "launching", "work"),
    WaveStatus.IN_PROGRESS: Sign("▶", "in progress", "work"),
    WaveStatus.VERIFYING: Sign("▶", "verifying", "work"),
    WaveStatus.SUCCEEDED: Sign("✓", "succeeded", "good"),
    WaveStatus.PARTIAL: Sign("◐", "partial", "bad"),
    WaveStatus.FAILED: Sign("✗", "failed", "bad"),
    WaveStatus.SKIPPED: Sign("»", "skipped", "dim"),
    WaveStatus.CANCELLED: Sign("⊘", "cancelled", "warn"),
}

PHASE: dict[str, Sign] = {
    Phase.PENDING: Sign("·", "pending", "dim"),
    Phase.QUEUED: Sign("▹", "queued", "work"),
    Phase.CLEANUP: Sign("▶", "cleanup", "work"),
    Phase.SNAPSHOT: Sign("▶", "snapshot", "work"),
    Phase.CONVERSION: Sign("▶", "conversion", "work"),
    Phase.LAUNCH: Sign("▶", "launch", "work"),
    Phase.POST_LAUNCH: Sign("▶", "post-launch", "work"),
    Phase.READY: Sign("✓", "ready", "good"),
    Phase.FAILED: Sign("✗", "failed", "bad"),
    Phase.NOT_LAUNCHED: Sign("✗", "not launched", "bad"),
}

CHECK: dict[str, Sign] = {
    CheckOutcome.PASSED: Sign("✓", "passed", "good"),
    CheckOutcome.FAILED: Sign("✗", "failed", "bad"),
    CheckOutcome.REFUSED: Sign("✗", "was refused", "bad"),
    CheckOutcome.UNKNOWN: Sign("?", "is unknown", "bad"),
}

VERIFICATION: dict[str, Sign] = {
    Verification.NONE: Sign("✓", "not verified", "warn"),
    Verification.OPEN: Sign("▶", "checking", "work"),
    Verification.PASSED: Sign("✓", "verified", "good"),
    Verification.FAILED: Sign("✗", "not verified", "bad"),
}

VERDICT: dict[str, Sign] = {
    Verdict.PASSES: Sign("✓", "passes", "good"),
    Verdict.WARNS: Sign("▲", "warns", "warn"),
    Verdict.UNKNOWN: Sign("?", "unknown", "warn"),
    Verdict.BLOCKS: Sign("✗", "blocks", "bad"),
}

CLEANUP: dict[str, Sign] = {
    CleanupStatus.NONE: Sign("", "", "dim"),
    CleanupStatus.DUE: Sign("▲", "clean-up due", "warn"),
    CleanupStatus.RUNNING: Sign("▶", "cleaning up", "work"),
    CleanupStatus.DONE: Sign("✓", "cleaned up", "good"),
    CleanupStatus.FAILED: Sign("✗", "clean-up failed", "bad"),
}

OBJECTIVES: dict[str, Sign] = {
    Objectives.NONE: Sign("", "", "dim"),
    Objectives.MET: Sign("✓", "met", "good"),
    Objectives.MISSED: Sign("✗", "objectives missed", "bad"),
    Objectives.UNKNOWN: Sign("?", "objectives unknown", "warn"),
}

_REPLICATION: dict[str, tuple[str, Tone]] = {
    "CONTINUOUS": ("✓", "good"),
    "BACKLOG": ("▲", "warn"),
    "CREATING_SNAPSHOT": ("▲", "warn"),
    "RESCAN": ("▲", "warn"),
    "PAUSED": ("▲", "warn"),
    "STALLED": ("▲", "warn"),
    "INITIATING": ("✗", "bad"),
    "INITIAL_SYNC": ("✗", "bad"),
    "STOPPED": ("✗", "bad"),
    "DISCONNECTED": ("✗", "bad"),
}


def sign_of(signs: dict[str, Sign], state: str) -> Sign:
    """The sign of a state, or the state's own word if it comes from another version."""
    return signs.get(state) or Sign("?", state or "unknown", "warn")


def replication_sign(state: str) -> Sign:
    """The sign of a `dataReplicationState`, with AWS's own word."""
    symbol, tone = _REPLICATION.get(state, ("?", "warn"))
    return Sign(symbol, state or "not said", tone)
