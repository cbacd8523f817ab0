"""What the events of steps say, as sentences for the log."""

from __future__ import annotations

from collections.abc import Mapping

from drs_tui.model.events import Event, Json
from drs_tui.model.steps import StepOutcome, When
from drs_tui.tui.text import Tone

_OUTCOMES: dict[str, tuple[str, Tone, str]] = {
    StepOutcome.FAILED: ("✗", "bad", "failed"),
    StepOutcome.TIMED_OUT: ("✗", "bad", "took too long"),
    StepOutcome.UNKNOWN: ("?", "bad", "has an end that is not known"),
    StepOutcome.SKIPPED: ("»", "warn", "was skipped"),
    StepOutcome.NOT_STARTED: ("·", "dim", "was not started"),
}


def step_started(event: Event) -> tuple[str, Tone, str]:
    """A step that waits for a person, or that began by itself."""
    text = _text(event.data, "text")
    if _text(event.data, "kind") in ("", "manual"):
        return "◆", "warn", f"{_wave(event)} waits for a manual step: {text}"
    return "▷", "work", f"{_step(event)} begins: {text}"


def step_observed(event: Event) -> tuple[str, Tone, str]:
    """Where a step runs."""
    execution = _text(event.data, "execution")
    where = f"SSM execution {execution}" if execution else _text(event.data, "process")
    return "·", "dim", f"{_step(event)} is {where}"


def step_done(event: Event, who: str) -> tuple[str, Tone, str]:
    """How a step ended; `who` says so."""
    outcome = _text(event.data, "outcome") or StepOutcome.SUCCEEDED
    words = _text(event.data, "words") or _text(event.data, "text")
    said = f": {words}" if words else ""
    if outcome == StepOutcome.SUCCEEDED:
        by_itself = event.actor == "driver"
        done = f"{_step(event)} is done" if by_itself else f"{who} did the step of {_wave(event)}"
        last = _text(event.data, "output").strip().rpartition("\n")[2]
        return "✓", "good", f"{done}{said or (f': {last}' if last else '')}"
    symbol, tone, ended = _OUTCOMES.get(outcome, ("?", "warn", f"ended as {outcome}"))
    return symbol, tone, f"{_step(event)} {ended}{said}"


def _step(event: Event) -> str:
    index = event.data.get("step")
    number = f"step {index + 1}" if isinstance(index, int) else "a step"
    when = When.AFTER if event.data.get("when") == When.AFTER else When.BEFORE
    return f"{number} {when.value} {_wave(event)}"


def _wave(event: Event) -> str:
    return f"wave {_text(event.data, 'wave') or '?'}"


def _text(data: Mapping[str, Json], member: str) -> str:
    value = data.get(member)
    return value if isinstance(value, str) else ""
