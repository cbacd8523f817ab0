"""What a run's events tell to somebody who only reads them: no fold but the questions asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from drs_tui.model.events import Event
from drs_tui.model.plan import FailurePolicy, ManualStep, Plan, Wave

TAG = "drs-tui:"
_LETS_PASS = ("succeeded", "skipped")


class Label:
    """By which tags a StartRecovery call says whose it is."""

    def __init__(self, tags: Mapping[str, str]) -> None:
        self.run_id = tags.get(f"{TAG}run", "")
        self.wave = tags.get(f"{TAG}wave", "")
        self.attempt = int(tags.get(f"{TAG}attempt", "0"))
        self.token = tags.get(f"{TAG}token", "")

    def __str__(self) -> str:
        return f"{self.wave} {self.attempt}"


def last(events: Sequence[Event], kind: str, wave: str) -> Event | None:
    """The newest event of a kind about a wave."""
    found = [e for e in events if e.type == kind and e.data.get("wave") == wave]
    return found[-1] if found else None


def intent_of(events: Sequence[Event], token: str) -> Event | None:
    """The launch intent with a token, if it is the newest of its wave."""
    named = [e for e in events if e.type == "wave.launch_intended" and e.data.get("token") == token]
    newest = last(events, "wave.launch_intended", str(named[0].data["wave"])) if named else None
    return newest if newest in named else None


def decided(events: Sequence[Event], wave: str, after: int) -> bool:
    """Whether a person decided something about a wave behind an event."""
    return any(
        event.seq > after and event.type == "wave.decided" and event.data["wave"] == wave
        for event in events
    )


def plan_name(events: Sequence[Event]) -> str:
    """The name of the plan that a run was created from."""
    plan: Any = events[0].data["plan"]
    return str(plan["name"])


def not_due(events: Sequence[Event], plan: Plan, wave: Wave) -> str:
    """Why a wave was not to be launched at the end of these events; empty when it was."""
    for other in wave.after:
        if not _passed(events, plan.wave(other)):
            return f"before {other} let it pass"
    own = [event for event in events if event.data.get("wave") == wave.name]
    if wave.gate is not None:
        opened = max((e.seq for e in own if e.type == "wave.gate_opened"), default=None)
        people = {e.actor for e in own if e.type == "wave.approved" and e.seq > (opened or 0)}
        if opened is None or len(people) < wave.gate.approvals:
            return f"with {len(people)} approvals"
    done = {event.data["step"] for event in own if event.type == "step.done"}
    if not {i for i, step in enumerate(wave.before) if isinstance(step, ManualStep)} <= done:
        return "before its manual steps were done"
    kinds = [event.type for event in events]
    if "run.cancel_requested" in kinds:
        return "after run.cancel_requested"
    held = [kind for kind in kinds if kind in ("run.paused", "run.resumed")]
    return "after run.paused" if held and held[-1] == "run.paused" else ""


def _passed(events: Sequence[Event], wave: Wave) -> bool:
    """Whether the end of a wave, as stored, lets those after it launch."""
    about = [event for event in events if event.data.get("wave") == wave.name]
    ends = [event for event in about if event.type == "wave.finished"]
    if not ends:
        return False
    outcome = ends[-1].data["outcome"]
    if outcome in _LETS_PASS:
        return True
    accepted = any(
        event.type == "wave.decided" and event.data["choice"] == "accept" for event in about
    )
    on = accepted or wave.on_failure is FailurePolicy.CONTINUE
    return outcome in ("partial", "failed") and on
