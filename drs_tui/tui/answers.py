"""The answers to what a run asks: the key of each, and which of them ask before they are sent."""

from __future__ import annotations

from drs_tui.model.decisions import LAUNCHING_CHOICES, Choice

CHOICE_KEYS: dict[Choice, tuple[str, str]] = {
    Choice.APPROVE: ("a", "Approve"),
    Choice.DECLINE: ("x", "Decline"),
    Choice.DONE: ("m", "Mark done"),
    Choice.ASK_AGAIN: ("i", "Ask again"),
    Choice.ACKNOWLEDGE: ("w", "Go on in spite of warnings"),
    Choice.RETRY: ("r", "Check again and launch"),
    Choice.RELAUNCH: ("r", "Relaunch failed"),
    Choice.COMPARE: ("r", "Look again"),
    Choice.CHECK_AGAIN: ("r", "Repeat failed checks"),
    Choice.SEARCH: ("u", "Look for its job"),
    Choice.RESEND: ("R", "Launch again"),
    Choice.EXTEND: ("e", "Wait longer"),
    Choice.GIVE_UP: ("v", "Stop waiting"),
    Choice.ACCEPT: ("o", "Go on with the next wave"),
    Choice.RUN_AGAIN: ("r", "Run the step again"),
    Choice.SKIP_STEP: ("k", "Go on without the step"),
    Choice.SKIP: ("k", "Skip"),
    Choice.STOP: ("S", "Stop"),
}
"""The key of each answer and its name; no two answers to one question share a key."""

ASKING_CHOICES = LAUNCHING_CHOICES | {
    Choice.DONE,
    Choice.GIVE_UP,
    Choice.ACCEPT,
    Choice.SKIP,
    Choice.STOP,
}
"""The answers that launch something, or can't be taken back: they ask first."""
