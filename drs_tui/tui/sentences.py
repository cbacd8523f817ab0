"""What an event says, as a sentence for the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from drs_tui.model.counts import counted
from drs_tui.model.decisions import CHOICE_WORDS
from drs_tui.model.events import Event, EventType, Json, text_of
from drs_tui.model.principals import short_actor
from drs_tui.model.status import WaveStatus
from drs_tui.model.times import format_duration
from drs_tui.tui import observed_sentences, signs, step_sentences
from drs_tui.tui.said import Names, Said, the_server, the_wave, who
from drs_tui.tui.text import Line, Span


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
        return text_of(details, "sourceServerID")
    return text_of(event.data, "server")


def _duration(data: Mapping[str, Json], member: str) -> str:
    value = data.get(member)
    return format_duration(value / 1000) if isinstance(value, int) else "an unknown time"


def _count(data: Mapping[str, Json], member: str) -> int:
    value = data.get(member)
    return len(value) if isinstance(value, list | tuple) else 0


def _remark(data: Mapping[str, Json]) -> str:
    text = text_of(data, "text")
    return f": {text}" if text else ""


def _unknown(event: Event) -> str:
    details = ", ".join(f"{k} {v}" for k, v in event.data.items() if isinstance(v, str | int))
    return f"{event.type} {details}".rstrip()


# Runs -------------------------------------------------------------------------------------------


def _created(event: Event, _names: Names) -> Said:
    mode = text_of(event.data, "mode", "drill")
    reason = text_of(event.data, "reason")
    words = f": {reason}" if reason else ""
    return "●", "strong", f"{who(event)} started this {mode}{words}"


def _preflighted(event: Event, _names: Names) -> Said:
    count, changes = _count(event.data, "findings"), _count(event.data, "differences")
    changed = f", {counted(changes, 'change')} since the last success" if changes else ""
    if not count:
        return "✓", "good", f"preflight found nothing in the way{changed}"
    return "▲", "warn", f"preflight found {counted(count, 'warning')}{changed}"


def _acknowledged(event: Event, _names: Names) -> Said:
    count = counted(_count(event.data, "findings"), "warning")
    return "▲", "warn", f"{who(event)} acknowledged {count}{_remark(event.data)}"


def _expected(event: Event, _names: Names) -> Said:
    by = "what past launches took" if _count(event.data, "lanes") else "what launches usually take"
    return "·", "dim", f"times are reckoned by {by}"


def _paused(event: Event, _names: Names) -> Said:
    return "‖", "warn", f"{who(event)} paused the run{_remark(event.data)}"


def _resumed(event: Event, _names: Names) -> Said:
    return "▶", "work", f"{who(event)} resumed the run{_remark(event.data)}"


def _cancelled(event: Event, _names: Names) -> Said:
    return "⊘", "warn", f"{who(event)} cancelled all further waves{_remark(event.data)}"


def _noted(event: Event, _names: Names) -> Said:
    return "✎", "strong", f"{who(event)}: {text_of(event.data, 'text')}"


def _detached(event: Event, _names: Names) -> Said:
    return "▲", "warn", f"{who(event)} goes on without the audit store{_remark(event.data)}"


def _renewed(event: Event, _names: Names) -> Said:
    identities = event.data.get("identities")
    members = (
        [each for each in identities if isinstance(each, Mapping)]
        if isinstance(identities, list | tuple)
        else []
    )
    told = [
        short_actor(text_of(each, "arn"))
        + (f", before {short_actor(text_of(each, 'before'))}" if text_of(each, "before") else "")
        for each in members
    ]
    as_whom = f": {' and '.join(dict.fromkeys(told))}" if told else ""
    return "●", "warn", f"{who(event)} renewed the driver's credentials{as_whom}"


def _taken_over(event: Event, _names: Names) -> Said:
    return "●", "warn", f"another driver took the run over{_remark(event.data)}"


def _late(event: Event, _names: Names) -> Said:
    count = _count(event.data, "texts")
    return "●", "warn", f"{counted(count, 'event')} of an earlier driver arrived late"


def _sealed(event: Event, _names: Names) -> Said:
    where = f"by {text_of(event.data, 'kind')} {text_of(event.data, 'where')}"
    if event.data.get("ok") is not True:
        return "✗", "bad", f"the record was not sealed {where}: {text_of(event.data, 'words')}"
    return "✓", "dim", f"the record was sealed {where}"


def _imported(event: Event, _names: Names) -> Said:
    store = text_of(event.data, "store") or "a file"
    return "●", "strong", f"{who(event)} imported this record from {store}"


def _finished(event: Event, _names: Names) -> Said:
    sign = signs.sign_of(signs.RUN, text_of(event.data, "outcome"))
    took = f" after {_duration(event.data, 'rto_ms')}" if event.data.get("rto_ms") else ""
    return sign.symbol, sign.tone, f"the run {_ended(sign.word)}{took}"


def _ended(word: str) -> str:
    return word if word in ("succeeded", "failed") else f"ended: {word}"


def _stale(event: Event, _names: Names) -> Said:
    kind = text_of(event.data, "kind") or text_of(event.data, "choice") or "request"
    why = text_of(event.data, "why") or text_of(event.data, "text")
    because = f": {why}" if why else ""
    return "▲", "warn", f"the {kind} of {who(event)} came too late and changed nothing{because}"


# Waves ------------------------------------------------------------------------------------------


def _gate_opened(event: Event, _names: Names) -> Said:
    prompt = text_of(event.data, "prompt")
    return "◆", "warn", f"{the_wave(event)} waits for an approval: {prompt}"


def _approved(event: Event, _names: Names) -> Said:
    return "✓", "good", f"{who(event)} approved {the_wave(event)}{_remark(event.data)}"


def _declined(event: Event, _names: Names) -> Said:
    return "✗", "warn", f"{who(event)} declined {the_wave(event)}{_remark(event.data)}"


def _guarded(event: Event, _names: Names) -> Said:
    verdict = signs.sign_of(signs.VERDICT, text_of(event.data, "verdict"))
    words = text_of(event.data, "words")
    said = f": {words}" if words else ""
    return verdict.symbol, verdict.tone, f"{the_wave(event)} checked before launch{said}"


def _held(event: Event, _names: Names) -> Said:
    return "◇", "warn", f"{the_wave(event)} is held back: {text_of(event.data, 'words')}"


def _intended(event: Event, _names: Names) -> Said:
    count = counted(_count(event.data, "servers"), "server")
    attempt = event.data.get("attempt")
    again = f", attempt {attempt}" if isinstance(attempt, int) and attempt > 1 else ""
    return "▷", "work", f"launching {the_wave(event)}, {count}{again}"


def _launched(event: Event, _names: Names) -> Said:
    adopted = " (found again)" if event.data.get("adopted") is True else ""
    return "▶", "work", f"{the_wave(event)} is in job {text_of(event.data, 'job_id')}{adopted}"


def _refused(event: Event, _names: Names) -> Said:
    later = " and is asked again later" if event.data.get("retry_after_ms") is not None else ""
    said = text_of(event.data, "message")
    return "✗", "bad", f"DRS refused to launch {the_wave(event)}{later}: {said}"


def _unclear(event: Event, _names: Names) -> Said:
    said = text_of(event.data, "message")
    return "?", "bad", f"it is unknown whether {the_wave(event)} was launched: {said}"


def _timed_out(event: Event, _names: Names) -> Said:
    words = text_of(event.data, "words")
    return "▲", "bad", f"{the_wave(event)} takes longer than the plan allows: {words}"


def _compared(event: Event, _names: Names) -> Said:
    words = text_of(event.data, "words")
    if words:
        return "✗", "bad", f"{the_wave(event)} is not isolated: {words}"
    return "✓", "good", f"{the_wave(event)} runs where the plan has its drills"


def _extended(event: Event, _names: Names) -> Said:
    return "▲", "warn", f"{who(event)} gave {the_wave(event)} {_duration(event.data, 'by_ms')} more"


def _decided(event: Event, _names: Names) -> Said:
    choice = text_of(event.data, "choice")
    known = {c.value: words for c, words in CHOICE_WORDS.items()}
    words = known.get(choice, choice)
    return "●", "strong", f"{who(event)} decided on {the_wave(event)}: {words}{_remark(event.data)}"


def _wave_finished(event: Event, _names: Names) -> Said:
    outcome = text_of(event.data, "outcome")
    sign = signs.sign_of(signs.WAVE, outcome)
    words = text_of(event.data, "words")
    said = f": {words}" if words and outcome != WaveStatus.SUCCEEDED else ""
    return sign.symbol, sign.tone, f"{the_wave(event)} {_ended(sign.word)}{said}"


# Checks and clean-up ----------------------------------------------------------------------------


def _check_started(event: Event, _names: Names) -> Said:
    checks = event.data.get("checks")
    items = (
        [c for c in checks if isinstance(c, Mapping)] if isinstance(checks, list | tuple) else []
    )
    words = ", ".join(dict.fromkeys(text_of(item, "words") for item in items))
    servers = len({text_of(item, "server") for item in items} - {""})
    of = f" of {counted(servers, 'server')}" if servers else ""
    return "▷", "work", f"{the_wave(event)}: checking {words}{of}"


def _check_finished(event: Event, names: Names) -> Said:
    sign = signs.sign_of(signs.CHECK, text_of(event.data, "outcome"))
    about = the_server(event, names) if text_of(event.data, "server") else the_wave(event)
    what = text_of(event.data, "what")
    return sign.symbol, sign.tone, f"{about}: {what} {sign.word}: {text_of(event.data, 'words')}"


def _cleanup_intended(event: Event, _names: Names) -> Said:
    count = _count(event.data, "only") or _count(event.data, "instances")
    what = counted(count, "instance") if count else "what the drill launched"
    return "▷", "work", f"cleaning up: {what}"


def _cleanup_started(event: Event, _names: Names) -> Said:
    return "▶", "work", f"clean-up is in job {text_of(event.data, 'job_id')}"


def _cleanup_observed(event: Event, _names: Names) -> Said:
    left = counted(_count(event.data, "remaining"), "instance")
    words = text_of(event.data, "words")
    return "·", "dim", f"clean-up: {words or left + ' left'}"


def _cleanup_finished(event: Event, _names: Names) -> Said:
    left = _count(event.data, "remaining")
    words = text_of(event.data, "words")
    if text_of(event.data, "outcome") == "due":
        return "✓", "good", f"what was asked for is gone, {counted(left, 'instance')} left"
    if left or text_of(event.data, "outcome") != "done":
        return "✗", "bad", f"clean-up failed, {counted(left, 'instance')} left: {words}"
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
    EventType.RUN_CREDENTIALS_RENEWED: _renewed,
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
    EventType.JOB_OBSERVED: observed_sentences.job_observed,
    EventType.JOB_LOGGED: observed_sentences.logged,
    EventType.SERVER_OBSERVED: observed_sentences.server_observed,
    EventType.INSTANCE_OBSERVED: observed_sentences.instance_observed,
    EventType.STEP_STARTED: step_sentences.step_started,
    EventType.STEP_OBSERVED: step_sentences.step_observed,
    EventType.STEP_DONE: step_sentences.step_done,
    EventType.CHECK_STARTED: _check_started,
    EventType.CHECK_FINISHED: _check_finished,
    EventType.CLEANUP_INTENDED: _cleanup_intended,
    EventType.CLEANUP_STARTED: _cleanup_started,
    EventType.CLEANUP_OBSERVED: _cleanup_observed,
    EventType.CLEANUP_FINISHED: _cleanup_finished,
}
