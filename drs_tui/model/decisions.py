"""What a run can want from a person, and what the person can answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class WantedKind(StrEnum):
    """Why a wave does not go on by itself."""

    GATE = "gate"
    MANUAL = "manual"
    DECLINED = "declined"
    GUARD_WARNED = "guard warned"
    GUARD_BLOCKED = "guard blocked"
    LAUNCH_REFUSED = "launch refused"
    LAUNCH_UNKNOWN = "launch unknown"
    TIMED_OUT = "timed out"
    NOT_ISOLATED = "not isolated"
    WAVE_FAILED = "wave failed"
    CHECKS_FAILED = "checks failed"
    STEP_FAILED = "step failed"
    STEP_UNKNOWN = "step unknown"


class Choice(StrEnum):
    """What can be answered."""

    APPROVE = "approve"
    DECLINE = "decline"
    DONE = "done"
    ASK_AGAIN = "ask again"
    ACKNOWLEDGE = "acknowledge"
    RETRY = "retry"
    SEARCH = "search"
    RESEND = "resend"
    EXTEND = "extend"
    GIVE_UP = "give up"
    COMPARE = "compare"
    RELAUNCH = "relaunch"
    CHECK_AGAIN = "check again"
    ACCEPT = "accept"
    RUN_AGAIN = "run again"
    SKIP_STEP = "skip step"
    SKIP = "skip"
    STOP = "stop"


CHOICES: dict[WantedKind, tuple[Choice, ...]] = {
    WantedKind.GATE: (Choice.APPROVE, Choice.DECLINE),
    WantedKind.MANUAL: (Choice.DONE, Choice.DECLINE),
    WantedKind.DECLINED: (Choice.ASK_AGAIN, Choice.SKIP, Choice.STOP),
    WantedKind.GUARD_WARNED: (Choice.ACKNOWLEDGE, Choice.RETRY, Choice.SKIP, Choice.STOP),
    WantedKind.GUARD_BLOCKED: (Choice.RETRY, Choice.SKIP, Choice.STOP),
    WantedKind.LAUNCH_REFUSED: (Choice.RETRY, Choice.SKIP, Choice.STOP),
    WantedKind.LAUNCH_UNKNOWN: (Choice.SEARCH, Choice.RESEND, Choice.SKIP, Choice.STOP),
    WantedKind.TIMED_OUT: (Choice.EXTEND, Choice.GIVE_UP),
    WantedKind.NOT_ISOLATED: (Choice.COMPARE, Choice.ACCEPT, Choice.STOP),
    WantedKind.WAVE_FAILED: (Choice.RELAUNCH, Choice.ACCEPT, Choice.STOP),
    WantedKind.CHECKS_FAILED: (Choice.CHECK_AGAIN, Choice.ACCEPT, Choice.STOP),
    WantedKind.STEP_FAILED: (Choice.RUN_AGAIN, Choice.DONE, Choice.SKIP_STEP, Choice.STOP),
    WantedKind.STEP_UNKNOWN: (Choice.DONE, Choice.RUN_AGAIN, Choice.SKIP_STEP, Choice.STOP),
}
"""The answers that make sense to each, the harmless first."""

CHOICE_WORDS: dict[Choice, str] = {
    Choice.APPROVE: "launch the wave",
    Choice.DECLINE: "do not launch it now",
    Choice.DONE: "the step is done",
    Choice.ASK_AGAIN: "ask again",
    Choice.ACKNOWLEDGE: "go on in spite of the warnings",
    Choice.RETRY: "check again and launch",
    Choice.SEARCH: "look for its job again",
    Choice.RESEND: "launch again: if the first call did arrive, this is a second launch",
    Choice.EXTEND: "wait as long again",
    Choice.GIVE_UP: "stop waiting and judge the wave by what is known",
    Choice.COMPARE: "look at its networks again",
    Choice.RELAUNCH: "launch the failed servers again",
    Choice.CHECK_AGAIN: "make the failed checks again",
    Choice.ACCEPT: "go on with the next wave in spite of it",
    Choice.RUN_AGAIN: "run the step again",
    Choice.SKIP_STEP: "go on without the step",
    Choice.SKIP: "skip this wave and go on",
    Choice.STOP: "launch nothing more",
}

LAUNCHING_CHOICES = frozenset(
    {
        Choice.APPROVE,
        Choice.ACKNOWLEDGE,
        Choice.RETRY,
        Choice.RESEND,
        Choice.RELAUNCH,
        Choice.RUN_AGAIN,
        Choice.SKIP_STEP,
    }
)
"""The answers that can end in a StartRecovery call."""


_LACKING = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "RequestExpired",
        "CredentialRetrievalError",
        "LoginRefreshRequired",
        "LoginTokenLoadError",
        "NoCredentialsError",
        "SSOTokenLoadError",
        "TokenRetrievalError",
        "UnauthorizedSSOTokenError",
    }
)
"""Errors, by AWS's names and botocore's, that credentials put right which are renewed."""


def request_kind(kind: WantedKind, choice: Choice) -> str:
    """The kind of request by which an answer is given."""
    if choice is Choice.DECLINE:
        return "decline"
    return "approve" if kind is WantedKind.GATE else "decide"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A decision that a wave waits for."""

    kind: WantedKind
    wave: str
    seq: int
    """The event that raised it; an answer names it, so that an old answer is known as stale."""

    since: datetime
    words: str
    """What happened, for people."""

    code: str = ""
    """The error by AWS's or the SDK's name, where one is why."""

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What can be answered."""
        return CHOICES[self.kind]

    @property
    def lacks_credentials(self) -> bool:
        """Whether it is asked because there were no credentials, and trying again may launch."""
        return self.code in _LACKING and Choice.RETRY in self.choices

    @property
    def is_expected(self) -> bool:
        """Whether the plan asked for it (a gate, a manual step); everything else is trouble."""
        return self.kind in (WantedKind.GATE, WantedKind.MANUAL)
