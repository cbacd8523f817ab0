"""What an event says, as a sentence for the log."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

from drs_tui.model.decisions import CHOICE_WORDS
from drs_tui.model.events import Event, EventType, Json
from drs_tui.model.folding.observed_events import retry_words
from drs_tui.model.status import WaveStatus
from drs_tui.model.times import format_duration
from drs_tui.tui import signs, step_words
from drs_tui.tui.text import Line, Span, Tone

Names = Mapping[str, str]
"""Server names by source server id."""


def clock_time(moment: datetime) -> str:
    """A moment of the day with its zone: `22:14:07Z`."""
    return moment.strftime("%H:%M:%SZ")


def day_time(moment: datetime) -> str:
    """A moment with its day and zone: `2026-11-23 22:14Z`."""
    return moment.strftime("%Y-%m-%d %H:%MZ")


def round_duration(seconds: float) -> str:
    """A duration that somebody chose, without the zeros: `45m`, `1h 30m`."""
    return format_duration(seconds).replace(" 00s", "").replace(" 00m", "")


def sentence(event: Event, names: Names) -> Line:
    """The event in words, with a sign in front; types of other versions show as they are."""
    say = _SENTENCES.get(event.type)
    symbol, tone, text = say(event, names) if say else ("·", "dim", _unknown(event))
    return (Span(f"{symbol} ", tone), Span(text, "dim" if tone == "dim" else "plain"))


def server_of(event: Event) -> str:
    """The id of the source server that an event is about; empty when it is about none, or many."""
    item = event.data.get("item")
    details = item.get("eventData") if isinstance(item, Mapping) else None
    if isinstance(details, Mapping):
        return _text(details, "sourceServerID")
    return _text(event.data, "server")


Said = tuple[str, Tone, str]


def _text(data: Mapping[str, Json], member: str, default: str = "") -> str:
    value = data.get(member)
    return value if isinstance(value, str) else default


def _duration(data: Mapping[str, Json], member: str) -> str:
    value = data.get(member)
    return format_duration(value / 1000) if isinstance(value, int) else "an unknown time"


def _count(data: Mapping[str, Json], member: str) -> int:
    value = data.get(member)
    return len(value) if isinstance(value, list | tuple) else 0


def _things(count: int, one: str) -> str:
    return f"{count} {one}" if count == 1 else f"{count} {one}s"


def _name(data: Mapping[str, Json], names: Names) -> str:
    server = _text(data, "server")
    return names.get(server, server) or "a server"


def _remark(data: Mapping[str, Json]) -> str:
    text = _text(data, "text")
    return f": {text}" if text else ""


def _who(event: Event) -> str:
    return short_actor(event.actor)


_SIGNED_ON = re.compile(r"AWSReservedSSO_(.+)_[0-9a-f]{16}")


def person(principal: str) -> str:
    """Whom a principal stands for: a user or a session by name, or a role."""
    kind, _, name = short_actor(principal).partition("/")
    if not principal.startswith("arn:"):
        return principal
    if principal.endswith(":root"):
        return "the root user"
    if kind == "user":
        return name.rpartition("/")[2]
    role, _, session = short_actor(principal).partition("/")
    signed_on = _SIGNED_ON.fullmatch(role)
    role = signed_on[1] if signed_on else role
    return f"{session} ({role})" if session else f"the role {role}"


def short_actor(actor: str) -> str:
    """The telling end of a caller ARN; anything else as it is."""
    return (
        actor.rsplit(":", maxsplit=1)[-1].removeprefix("assumed-role/")
        if actor.startswith("arn:")
        else actor
    )


def _unknown(event: Event) -> str:
    details = ", ".join(f"{k} {v}" for k, v in event.data.items() if isinstance(v, str | int))
    return f"{event.type} {details}".rstrip()


# Runs -------------------------------------------------------------------------------------------


def _created(event: Event, _names: Names) -> Said:
    mode = _text(event.data, "mode", "drill")
    reason = _text(event.data, "reason")
    words = f": {reason}" if reason else ""
    return "●", "strong", f"{_who(event)} started this {mode}{words}"


def _preflighted(event: Event, _names: Names) -> Said:
    count, changes = _count(event.data, "findings"), _count(event.data, "differences")
    changed = f", {_things(changes, 'change')} since the last success" if changes else ""
    if not count:
        return "✓", "good", f"preflight found nothing in the way{changed}"
    return "▲", "warn", f"preflight found {_things(count, 'warning')}{changed}"


def _acknowledged(event: Event, _names: Names) -> Said:
    count = _things(_count(event.data, "findings"), "warning")
    return "▲", "warn", f"{_who(event)} acknowledged {count}{_remark(event.data)}"


def _expected(event: Event, _names: Names) -> Said:
    by = "what past launches took" if _count(event.data, "lanes") else "what launches usually take"
    return "·", "dim", f"times are reckoned by {by}"


def _paused(event: Event, _names: Names) -> Said:
    return "‖", "warn", f"{_who(event)} paused the run{_remark(event.data)}"


def _resumed(event: Event, _names: Names) -> Said:
    return "▶", "work", f"{_who(event)} resumed the run{_remark(event.data)}"


def _cancelled(event: Event, _names: Names) -> Said:
    return "⊘", "warn", f"{_who(event)} cancelled all further waves{_remark(event.data)}"


def _noted(event: Event, _names: Names) -> Said:
    return "✎", "strong", f"{_who(event)}: {_text(event.data, 'text')}"


def _detached(event: Event, _names: Names) -> Said:
    return "▲", "warn", f"{_who(event)} goes on without the audit store{_remark(event.data)}"


def _taken_over(event: Event, _names: Names) -> Said:
    return "●", "warn", f"another driver took the run over{_remark(event.data)}"


def _late(event: Event, _names: Names) -> Said:
    count = _count(event.data, "texts")
    return "●", "warn", f"{_things(count, 'event')} of an earlier driver arrived late"


def _sealed(event: Event, _names: Names) -> Said:
    where = f"by {_text(event.data, 'kind')} {_text(event.data, 'where')}"
    if event.data.get("ok") is not True:
        return "✗", "bad", f"the record was not sealed {where}: {_text(event.data, 'words')}"
    return "✓", "dim", f"the record was sealed {where}"


def _imported(event: Event, _names: Names) -> Said:
    store = _text(event.data, "store") or "a file"
    return "●", "strong", f"{_who(event)} imported this record from {store}"


def _finished(event: Event, _names: Names) -> Said:
    sign = signs.sign_of(signs.RUN, _text(event.data, "outcome"))
    took = f" after {_duration(event.data, 'rto_ms')}" if event.data.get("rto_ms") else ""
    return sign.symbol, sign.tone, f"the run {_ended(sign.word)}{took}"


def _ended(word: str) -> str:
    return word if word in ("succeeded", "failed") else f"ended: {word}"


def _stale(event: Event, _names: Names) -> Said:
    kind = _text(event.data, "kind") or _text(event.data, "choice") or "request"
    why = _text(event.data, "why") or _text(event.data, "text")
    because = f": {why}" if why else ""
    return "▲", "warn", f"the {kind} of {_who(event)} came too late and changed nothing{because}"


# Waves ------------------------------------------------------------------------------------------


def _gate_opened(event: Event, _names: Names) -> Said:
    prompt = _text(event.data, "prompt")
    return "◆", "warn", f"{_wave(event)} waits for an approval: {prompt}"


def _wave(event: Event) -> str:
    return f"wave {_text(event.data, 'wave', '?')}"


def _approved(event: Event, _names: Names) -> Said:
    return "✓", "good", f"{_who(event)} approved {_wave(event)}{_remark(event.data)}"


def _declined(event: Event, _names: Names) -> Said:
    return "✗", "warn", f"{_who(event)} declined {_wave(event)}{_remark(event.data)}"


def _guarded(event: Event, _names: Names) -> Said:
    verdict = signs.sign_of(signs.VERDICT, _text(event.data, "verdict"))
    words = _text(event.data, "words")
    said = f": {words}" if words else ""
    return verdict.symbol, verdict.tone, f"{_wave(event)} checked before launch{said}"


def _held(event: Event, _names: Names) -> Said:
    return "◇", "warn", f"{_wave(event)} is held back: {_text(event.data, 'words')}"


def _intended(event: Event, _names: Names) -> Said:
    count = _things(_count(event.data, "servers"), "server")
    attempt = event.data.get("attempt")
    again = f", attempt {attempt}" if isinstance(attempt, int) and attempt > 1 else ""
    return "▷", "work", f"launching {_wave(event)}, {count}{again}"


def _launched(event: Event, _names: Names) -> Said:
    adopted = " (found again)" if event.data.get("adopted") is True else ""
    return "▶", "work", f"{_wave(event)} is in job {_text(event.data, 'job_id')}{adopted}"


def _refused(event: Event, _names: Names) -> Said:
    later = " and is asked again later" if event.data.get("retry_after_ms") is not None else ""
    said = _text(event.data, "message")
    return "✗", "bad", f"DRS refused to launch {_wave(event)}{later}: {said}"


def _unclear(event: Event, _names: Names) -> Said:
    said = _text(event.data, "message")
    return "?", "bad", f"it is unknown whether {_wave(event)} was launched: {said}"


def _timed_out(event: Event, _names: Names) -> Said:
    words = _text(event.data, "words")
    return "▲", "bad", f"{_wave(event)} takes longer than the plan allows: {words}"


def _compared(event: Event, _names: Names) -> Said:
    words = _text(event.data, "words")
    if words:
        return "✗", "bad", f"{_wave(event)} is not isolated: {words}"
    return "✓", "good", f"{_wave(event)} runs where the plan has its drills"


def _extended(event: Event, _names: Names) -> Said:
    return "▲", "warn", f"{_who(event)} gave {_wave(event)} {_duration(event.data, 'by_ms')} more"


def _decided(event: Event, _names: Names) -> Said:
    choice = _text(event.data, "choice")
    known = {c.value: words for c, words in CHOICE_WORDS.items()}
    words = known.get(choice, choice)
    return "●", "strong", f"{_who(event)} decided on {_wave(event)}: {words}{_remark(event.data)}"


def _wave_finished(event: Event, _names: Names) -> Said:
    outcome = _text(event.data, "outcome")
    sign = signs.sign_of(signs.WAVE, outcome)
    words = _text(event.data, "words")
    said = f": {words}" if words and outcome != WaveStatus.SUCCEEDED else ""
    return sign.symbol, sign.tone, f"{_wave(event)} {_ended(sign.word)}{said}"


# What DRS was seen to do ------------------------------------------------------------------------

_JOB_WORDS: dict[str, tuple[str, Tone, str]] = {
    "JOB_START": ("·", "dim", "began"),
    "JOB_END": ("·", "dim", "ended"),
    "JOB_CANCEL": ("▲", "warn", "was cancelled"),
    "CLEANUP_START": ("·", "dim", "an instance is being removed"),
    "CLEANUP_END": ("·", "dim", "the instance is removed"),
    "CLEANUP_FAIL": ("▲", "warn", "an instance could not be removed"),
    "SNAPSHOT_START": ("·", "dim", "snapshot begins"),
    "SNAPSHOT_END": ("·", "dim", "snapshot taken"),
    "SNAPSHOT_FAIL": ("✗", "bad", "no snapshot could be taken"),
    "USING_PREVIOUS_SNAPSHOT": ("▲", "warn", "uses an earlier snapshot: older data"),
    "USING_PREVIOUS_SNAPSHOT_FAILED": ("✗", "bad", "no earlier snapshot could be used"),
    "CONVERSION_START": ("·", "dim", "conversion begins"),
    "CONVERSION_END": ("·", "dim", "converted"),
    "CONVERSION_FAIL": ("✗", "bad", "conversion failed"),
    "LAUNCH_START": ("·", "dim", "its instance is being launched"),
    "LAUNCH_END": ("·", "dim", "its instance is launched"),
    "LAUNCH_FAILED": ("✗", "bad", "launch failed"),
    "SERVER_SKIPPED": ("✗", "bad", "was skipped by DRS"),
}


def _logged(event: Event, names: Names) -> Said:
    item = event.data.get("item")
    item = item if isinstance(item, Mapping) else {}
    details = item.get("eventData")
    details = details if isinstance(details, Mapping) else {}
    name = _text(item, "event", "an event without a name")
    server = _text(details, "sourceServerID")
    about = names.get(server, server) or f"job {_text(event.data, 'job_id')}"
    symbol, tone, words = _JOB_WORDS.get(name, ("·", "plain", name))
    if tone == "bad" and (retry := retry_words(details)):
        symbol, tone, words = "▲", "warn", f"{words}, {retry}"
    error = _text(details, "rawError")
    said = f": {error}" if error else ""
    return symbol, tone, f"{about}: {words}{said}"


def _job_observed(event: Event, _names: Names) -> Said:
    job, status = _text(event.data, "job_id"), _text(event.data, "status", "no status")
    return "·", "dim", f"job {job} is {status}"


_LAUNCH_STATUS: dict[str, tuple[str, Tone]] = {
    "LAUNCHED": ("✓", "good"),
    "FAILED": ("✗", "bad"),
    "TERMINATED": ("✗", "bad"),
}


def _server_observed(event: Event, names: Names) -> Said:
    status = _text(event.data, "launch_status")
    symbol, tone = _LAUNCH_STATUS.get(status, ("·", "dim"))
    instance = _text(event.data, "instance_id")
    where = f", instance {instance}" if instance else ""
    return symbol, tone, f"{_name(event.data, names)} is {status or 'of unknown status'}{where}"


def _instance_observed(event: Event, names: Names) -> Said:
    instance = _text(event.data, "instance")
    state = "gone" if event.data.get("gone") is True else _text(event.data, "state", "listed")
    return "·", "dim", f"{_name(event.data, names)}: instance {instance} is {state}"


# Steps and clean-up -----------------------------------------------------------------------------


def _step_started(event: Event, _names: Names) -> Said:
    return step_words.step_started(event)


def _step_observed(event: Event, _names: Names) -> Said:
    return step_words.step_observed(event)


def _step_done(event: Event, _names: Names) -> Said:
    return step_words.step_done(event, _who(event))


def _check_started(event: Event, _names: Names) -> Said:
    checks = event.data.get("checks")
    items = (
        [c for c in checks if isinstance(c, Mapping)] if isinstance(checks, list | tuple) else []
    )
    words = ", ".join(dict.fromkeys(_text(item, "words") for item in items))
    servers = len({_text(item, "server") for item in items} - {""})
    of = f" of {_things(servers, 'server')}" if servers else ""
    return "▷", "work", f"{_wave(event)}: checking {words}{of}"


def _check_finished(event: Event, names: Names) -> Said:
    sign = signs.sign_of(signs.CHECK, _text(event.data, "outcome"))
    about = _name(event.data, names) if _text(event.data, "server") else _wave(event)
    what = _text(event.data, "what")
    return sign.symbol, sign.tone, f"{about}: {what} {sign.word}: {_text(event.data, 'words')}"


def _cleanup_intended(event: Event, _names: Names) -> Said:
    count = _count(event.data, "only") or _count(event.data, "instances")
    what = _things(count, "instance") if count else "what the drill launched"
    return "▷", "work", f"cleaning up: {what}"


def _cleanup_started(event: Event, _names: Names) -> Said:
    return "▶", "work", f"clean-up is in job {_text(event.data, 'job_id')}"


def _cleanup_observed(event: Event, _names: Names) -> Said:
    left = _things(_count(event.data, "remaining"), "instance")
    words = _text(event.data, "words")
    return "·", "dim", f"clean-up: {words or left + ' left'}"


def _cleanup_finished(event: Event, _names: Names) -> Said:
    left = _count(event.data, "remaining")
    words = _text(event.data, "words")
    if _text(event.data, "outcome") == "due":
        return "✓", "good", f"what was asked for is gone, {_things(left, 'instance')} left"
    if left or _text(event.data, "outcome") != "done":
        return "✗", "bad", f"clean-up failed, {_things(left, 'instance')} left: {words}"
    return "✓", "good", "everything the drill launched is gone"


_SENTENCES: dict[str, Callable[[Event, Names], Said]] = {
    EventType.RUN_CREATED: _created,
    EventType.RUN_PREFLIGHTED: _preflighted,
    EventType.RUN_ACKNOWLEDGED: _acknowledged,
    EventType.RUN_EXPECTED: _expected,
    EventType.RUN_PAUSED: _paused,
    EventType.RUN_RESUMED: _resumed,
    EventType.RUN_CANCEL_REQUESTED: _cancelled,
    EventType.RUN_NOTED: _noted,
    EventType.RUN_DETACHED: _detached,
    EventType.RUN_TAKEN_OVER: _taken_over,
    EventType.RUN_LATE_EVENTS: _late,
    EventType.RUN_FINISHED: _finished,
    EventType.RUN_SEALED: _sealed,
    EventType.RUN_IMPORTED: _imported,
    EventType.REQUEST_STALE: _stale,
    EventType.WAVE_GATE_OPENED: _gate_opened,
    EventType.WAVE_APPROVED: _approved,
    EventType.WAVE_DECLINED: _declined,
    EventType.WAVE_GUARDED: _guarded,
    EventType.WAVE_HELD: _held,
    EventType.WAVE_LAUNCH_INTENDED: _intended,
    EventType.WAVE_LAUNCHED: _launched,
    EventType.WAVE_LAUNCH_REFUSED: _refused,
    EventType.WAVE_LAUNCH_UNKNOWN: _unclear,
    EventType.WAVE_TIMED_OUT: _timed_out,
    EventType.ISOLATION_COMPARED: _compared,
    EventType.WAVE_EXTENDED: _extended,
    EventType.WAVE_DECIDED: _decided,
    EventType.WAVE_FINISHED: _wave_finished,
    EventType.JOB_OBSERVED: _job_observed,
    EventType.JOB_LOGGED: _logged,
    EventType.SERVER_OBSERVED: _server_observed,
    EventType.INSTANCE_OBSERVED: _instance_observed,
    EventType.STEP_STARTED: _step_started,
    EventType.STEP_OBSERVED: _step_observed,
    EventType.STEP_DONE: _step_done,
    EventType.CHECK_STARTED: _check_started,
    EventType.CHECK_FINISHED: _check_finished,
    EventType.CLEANUP_INTENDED: _cleanup_intended,
    EventType.CLEANUP_STARTED: _cleanup_started,
    EventType.CLEANUP_OBSERVED: _cleanup_observed,
    EventType.CLEANUP_FINISHED: _cleanup_finished,
}
