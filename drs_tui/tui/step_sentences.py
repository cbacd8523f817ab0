"""What the events of steps say, as sentences for the log."""

from __future__ import annotations

from drs_tui.model.events import Event, text_of
from drs_tui.model.steps import StepOutcome, When
from drs_tui.tui.said import Names, Said, the_wave, who

_OUTCOMES: dict[str, Said] = {
    StepOutcome.FAILED: ("✗", "bad", "failed"),
    StepOutcome.TIMED_OUT: ("✗", "bad", "took too long"),
    StepOutcome.UNKNOWN: ("?", "bad", "has an end that is not known"),
    StepOutcome.SKIPPED: ("»", "warn", "was skipped"),
    StepOutcome.NOT_STARTED: ("·", "dim", "was not started"),
}


def step_started(event: Event, _names: Names) -> Said:
    """A step that waits for a person, or that began by itself."""
    text = text_of(event.data, "text")
    if text_of(event.data, "kind") in ("", "manual"):
        return "◆", "warn", f"{the_wave(event)} waits for a manual step: {text}"
    return "▷", "work", f"{_step(event)} begins: {text}"


def step_observed(event: Event, _names: Names) -> Said:
    """Where a step runs."""
    execution = text_of(event.data, "execution")
    where = f"SSM execution {execution}" if execution else text_of(event.data, "process")
    return "·", "dim", f"{_step(event)} is {where}"


def step_done(event: Event, _names: Names) -> Said:
    """How a step ended, and who says so."""
    outcome = text_of(event.data, "outcome") or StepOutcome.SUCCEEDED
    words = text_of(event.data, "words") or text_of(event.data, "text")
    said = f": {words}" if words else ""
    if outcome == StepOutcome.SUCCEEDED:
        done = f"{who(event)} did the step of {the_wave(event)}"
        if event.actor == "driver":
            done = f"{_step(event)} is done"
        last = text_of(event.data, "output").strip().rpartition("\n")[2]
        return "✓", "good", f"{done}{said or (f': {last}' if last else '')}"
    symbol, tone, ended = _OUTCOMES.get(outcome, ("?", "warn", f"ended as {outcome}"))
    return symbol, tone, f"{_step(event)} {ended}{said}"


def _step(event: Event) -> str:
    index = event.data.get("step")
    number = f"step {index + 1}" if isinstance(index, int) else "a step"
    when = When.AFTER if event.data.get("when") == When.AFTER else When.BEFORE
    return f"{number} {when.value} {the_wave(event)}"
