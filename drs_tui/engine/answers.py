"""From what a watcher asks to what is recorded, or to why it came too late."""

from __future__ import annotations

from datetime import datetime, timedelta

from drs_tui.audit.store import Request
from drs_tui.model.decisions import Choice, Wanted, WantedKind
from drs_tui.model.events import Draft, EventType, Json
from drs_tui.model.plan import Mode
from drs_tui.model.principals import Requester, principal_of
from drs_tui.model.state.judging import judge_wave
from drs_tui.model.state.run import Run
from drs_tui.model.state.waves import WaveState
from drs_tui.model.status import CleanupStatus, WaveStatus
from drs_tui.model.steps import StepOutcome

LONGEST_TEXT = 10_000
"""Letters of a remark that are kept: none may be too long to be recorded."""

_MILLISECOND = timedelta(milliseconds=1)


class StaleRequest(Exception):
    """What a request was about has passed, or never was; the message says what."""


def answer(run: Run, request: Request, now: datetime) -> list[Draft]:
    """The events that a request becomes: never none, so that its sender sees what became of it."""
    try:
        found = _events(run, request, now)
    except StaleRequest as stale:
        why: dict[str, Json] = {"kind": request.kind, "why": str(stale), **_asked(request)}
        found = [(EventType.REQUEST_STALE, why)]
    by = Requester.from_data(request.data.get("by")).to_data()
    sender: dict[str, Json] = {"request_id": request.request_id, **({"by": by} if by else {})}
    return [Draft(kind, now, request.actor, {**data, **sender}) for kind, data in found]


def _asked(request: Request) -> dict[str, Json]:
    words: dict[str, Json] = {k: _text(request, k) for k in ("wave", "choice", "text")}
    seq = request.data.get("seq")
    about: dict[str, Json] = {"seq": seq} if isinstance(seq, int) else {}
    return {**{k: v for k, v in words.items() if v}, **about}


def _events(run: Run, request: Request, now: datetime) -> list[tuple[str, dict[str, Json]]]:
    text = _text(request, "text")
    remark: dict[str, Json] = {"text": text} if text else {}
    match request.kind:
        case "note":
            return [(EventType.RUN_NOTED, {"text": text})]
        case "cleanup":
            return _cleanup(run, request)
        case _ if run.outcome is not None:
            raise StaleRequest("the run has ended")
        case "pause":
            if run.stopping:
                raise StaleRequest("the run is stopping: nothing more is launched anyway")
            if run.paused:
                raise StaleRequest("the run is paused already")
            return [(EventType.RUN_PAUSED, remark)]
        case "resume":
            if not run.paused:
                raise StaleRequest("the run is not paused")
            return [(EventType.RUN_RESUMED, remark)]
        case "cancel":
            if run.cancelled:
                raise StaleRequest("the run is cancelled already")
            return [(EventType.RUN_CANCEL_REQUESTED, remark)]
        case "approve":
            return _approve(run, request, remark)
        case "decline":
            wave, _ = _wanted(run, request, WantedKind.GATE, WantedKind.MANUAL)
            return [_declined(wave, remark)]
        case "decide":
            return _decide(run, request, now, remark)
        case kind:
            raise StaleRequest(f"this version does not know requests of kind {kind!r}")


def _cleanup(run: Run, request: Request) -> list[tuple[str, dict[str, Json]]]:
    if run.mode is not Mode.DRILL:
        raise StaleRequest("what a recovery launched is not cleaned up")
    if run.outcome is None:
        raise StaleRequest("the run has not ended: cancel it first")
    if run.cleanup.status is CleanupStatus.RUNNING:
        raise StaleRequest("the clean-up is under way")
    if run.cleanup.status in (CleanupStatus.NONE, CleanupStatus.DONE):
        raise StaleRequest("nothing that this run launched is left")
    asked = request.data.get("instances")
    only = [each for each in asked if isinstance(each, str)] if isinstance(asked, list) else []
    left = {instance.id for instance in run.instances.values() if not instance.gone}
    if isinstance(asked, list) and (not only or not left.issuperset(only)):
        raise StaleRequest("not all of what it names is left of this run")
    return [(EventType.CLEANUP_INTENDED, {"instances": [], "only": list(only)})]


def _approve(
    run: Run, request: Request, remark: dict[str, Json]
) -> list[tuple[str, dict[str, Json]]]:
    wave, wanted = _wanted(run, request, WantedKind.GATE)
    gate = run.plan.wave(wave.name).gate
    arn = Requester.from_data(request.data.get("by")).arn
    principal = principal_of(arn, run.personal_roles)
    if gate is not None and gate.needs_others and not principal:
        raise StaleRequest(
            f"{arn or request.actor} does not tell one person from another: this gate takes the "
            "AWS identity of an IAM user or a role"
        )
    if gate is not None and gate.excludes_starter and principal in run.started_as:
        raise StaleRequest(f"{principal} started the run: another person has to approve")
    if (principal or request.actor) in wave.approvals:
        raise StaleRequest(
            f"{principal or request.actor} has approved it already; another person has to"
            + (", as the names of this role's sessions are free" if principal != arn else "")
        )
    named: dict[str, Json] = {"principal": principal} if principal else {}
    return [(EventType.WAVE_APPROVED, {"wave": wave.name, "gate": wanted.seq, **named, **remark})]


def _decide(
    run: Run, request: Request, now: datetime, remark: dict[str, Json]
) -> list[tuple[str, dict[str, Json]]]:
    wave, wanted = _wanted(run, request, *WantedKind)
    try:
        choice = Choice(_text(request, "choice"))
    except ValueError:
        raise StaleRequest(f"{_text(request, 'choice')!r} is no choice") from None
    if choice not in wanted.choices or wanted.kind is WantedKind.GATE:
        raise StaleRequest(f"{choice.value!r} is no answer to {wanted.kind.value!r}")
    decided: dict[str, Json] = {"wave": wave.name, "choice": choice.value, **remark}
    match choice:
        case Choice.DONE:
            return [(EventType.STEP_DONE, {**_step_asked_about(wave), **remark})]
        case Choice.SKIP_STEP:
            without: dict[str, Json] = {"outcome": StepOutcome.SKIPPED.value}
            return [(EventType.STEP_DONE, {**_step_asked_about(wave), **without, **remark})]
        case Choice.DECLINE:
            return [_declined(wave, remark)]
        case Choice.EXTEND:
            # As long again from now: the answer may come long after the question.
            late = max(now - (run.deadline(wave.name) or now), timedelta())
            by_ms = run.plan.wave(wave.name).may_take_seconds * 1000 + late // _MILLISECOND
            return [(EventType.WAVE_EXTENDED, {"wave": wave.name, "by_ms": by_ms, **remark})]
        case Choice.ACKNOWLEDGE:
            keys = [f"{f.get('check')}:{f.get('thing')}" for f in wave.findings]
            return [(EventType.WAVE_DECIDED, {**decided, "findings": keys})]
        case Choice.SKIP:
            # A relaunch that is not wanted any more leaves what its first attempt reached.
            outcome = judge_wave(run, wave.name) if wave.relaunch else WaveStatus.SKIPPED
            skipped: dict[str, Json] = {"wave": wave.name, "outcome": outcome.value}
            return [(EventType.WAVE_DECIDED, decided), (EventType.WAVE_FINISHED, skipped)]
        case Choice.STOP if wanted.kind is WantedKind.LAUNCH_UNKNOWN:
            # Nobody looks for its job any more; nothing of it is known to have launched.
            failed: dict[str, Json] = {"wave": wave.name, "outcome": WaveStatus.FAILED.value}
            return [(EventType.WAVE_DECIDED, decided), (EventType.WAVE_FINISHED, failed)]
        case _:
            return [(EventType.WAVE_DECIDED, decided)]


def _declined(wave: WaveState, remark: dict[str, Json]) -> tuple[str, dict[str, Json]]:
    """What declining becomes; a wave that has ended can't wait once more, but its step can."""
    if not wave.status.is_final:
        return (EventType.WAVE_DECLINED, {"wave": wave.name, **remark})
    failed: dict[str, Json] = {"outcome": StepOutcome.FAILED.value, "words": "it was declined"}
    return (EventType.STEP_DONE, {**_step_asked_about(wave), **failed, **remark})


def _step_asked_about(wave: WaveState) -> dict[str, Json]:
    """The step that is to be done by hand, or that ended last."""
    about = wave.under_way or (wave.steps[-1] if wave.steps else None)
    if about is None:
        raise StaleRequest("no step of that wave was started")
    return {"wave": wave.name, "step": about.index, "when": about.when.value}


def _wanted(run: Run, request: Request, *kinds: WantedKind) -> tuple[WaveState, Wanted]:
    name = _text(request, "wave")
    wave = run.waves.get(name)
    if wave is None:
        raise StaleRequest(f"the run has no wave {name!r}")
    if wave.wanted is None or wave.wanted.kind not in kinds:
        raise StaleRequest("that decision is no longer wanted")
    if request.data.get("seq") != wave.wanted.seq:
        raise StaleRequest("it answers an earlier question; this one came up since")
    return wave, wave.wanted


def _text(request: Request, member: str) -> str:
    value = request.data.get(member, "")
    return value[:LONGEST_TEXT] if isinstance(value, str) else ""
