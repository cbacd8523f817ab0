"""The bar that says what is wanted now, in words, with its keys."""

from __future__ import annotations

from drs_tui.audit.store import Away
from drs_tui.model.decisions import CHOICE_WORDS, Choice, Wanted, WantedKind
from drs_tui.model.state import Run
from drs_tui.model.status import CleanupStatus, WaveStatus
from drs_tui.model.times import format_duration
from drs_tui.tui.beat import Beat
from drs_tui.tui.keys import offer
from drs_tui.tui.rows.run import can_clean_up, instances_left
from drs_tui.tui.text import Line, Span, Tone, line, width_of, wrapped

_ASKS: dict[WantedKind, tuple[str, str]] = {
    WantedKind.GATE: ("◆", "waits for your approval"),
    WantedKind.MANUAL: ("◆", "waits for something to be done by hand"),
    WantedKind.DECLINED: ("▲", "was declined"),
    WantedKind.GUARD_WARNED: ("▲", "has warnings from the checks before its launch"),
    WantedKind.GUARD_BLOCKED: ("✗", "cannot be launched as things are"),
    WantedKind.LAUNCH_REFUSED: ("✗", "was refused by DRS: nothing was launched"),
    WantedKind.LAUNCH_UNKNOWN: ("?", "may or may not have been launched"),
    WantedKind.TIMED_OUT: ("▲", "takes longer than the plan allows"),
    WantedKind.WAVE_FAILED: ("✗", "did not succeed"),
}

_ALONE = "Detached: this machine alone has the record until the audit store is back."
_UNSENT = "The audit store is out of reach: the last events are sent when it is back."
_ELSEWHERE = "Read-only: it is answered elsewhere."

LONGEST_WORDS = 2
"""Lines; the rest of what happened is in the log."""


def open_questions(run: Run, away: Away | None) -> tuple[Wanted | Away, ...]:
    """What somebody has to decide: the run's own questions, then what the store's absence asks."""
    if run.outcome is not None:
        return ()
    if away is None or away.is_detached or run.stopping:
        return run.wanted
    return (*run.wanted, away)


def decision_lines(run: Run, beat: Beat, away: Away | None, index: int, width: int) -> list[Line]:
    """What is wanted and how to answer; one calm line when nothing is."""
    if run.outcome is None and not beat.is_driven:
        said = "Nobody drives this run: what DRS does goes on, but nothing more is launched."
        drive = offer("drive", "drive it from here")
        return [line(("▲ ", "warn"), said), *([drive] if drive else [])]
    questions = open_questions(run, away)
    if questions:
        place = index % len(questions)
        others = f"({place + 1} of {len(questions)} questions, tab: next)"
        more = f"  {others}" if len(questions) > 1 else ""
        shown = questions[place]
        if isinstance(shown, Away):
            return _without_store(run, shown, more, width)
        return _question(run, shown, more, width)
    if away is None:
        return [_calm(run)]
    is_alone = away.is_detached and run.outcome is None
    return [line(("▲ ", "warn"), _ALONE if is_alone else _UNSENT), _calm(run)]


def _without_store(run: Run, away: Away, more: str, width: int) -> list[Line]:
    age = format_duration(away.seconds)
    said = f"Audit store out of reach for {age}: launches wait until it is back."
    head = line(("▲ ", "warn"), (said, "warn"))
    if width_of(head) + len(more) <= width:
        head, more = (*head, Span(more, "dim")), ""
    reasons = wrapped(away.words, width)[:LONGEST_WORDS]
    answers = line(*offer("detach", "go on detached"), *_resuming(run), (more, "dim"))
    return [head, *(line((reason, "dim")) for reason in reasons), answers]


def _resuming(run: Run) -> Line:
    return line("   ", *offer("pause", "resume: the run is paused")) if run.paused else ()


def _question(run: Run, wanted: Wanted, more: str, width: int) -> list[Line]:
    symbol, asks = _ASKS[wanted.kind]
    tone: Tone = "warn" if wanted.is_expected else "bad"
    wave = run.waves[wanted.wave]
    gate = run.plan.wave(wanted.wave).gate
    asked = gate.approvals if gate else 1
    count = f" ({len(wave.approvals)} of {asked} approvals)" if asked > 1 else ""
    head = line((f"{symbol} Wave {wanted.wave} {asks}{count}", tone), (more, "dim"))
    words = wrapped(wanted.words, width)[:LONGEST_WORDS] if wanted.words else []
    if len(words) == 1 and width_of(head) + width_of(line(words[0])) + 2 <= width:
        head = (*head, *line(f": {words.pop()}"))
    return [head, *(line(text) for text in words), *_choices(wanted, run, width)]


def _choices(wanted: Wanted, run: Run, width: int) -> list[Line]:
    """The answers with their keys, on as many lines as they need."""
    parts = [choice_line(choice) for choice in wanted.choices]
    if run.paused:
        parts.append(offer("pause", "resume: the run is paused"))
    parts = [part for part in parts if part] or [line((_ELSEWHERE, "dim"))]
    rows: list[Line] = []
    for part in parts:
        last = rows[-1] if rows else ()
        if last and width_of((*last, *part)) + 3 <= width:
            rows[-1] = (*last, Span("   "), *part)
        else:
            rows.append(part)
    return rows


def choice_line(choice: Choice) -> Line:
    """An answer: its key and what it does."""
    return offer(f"choose('{choice.name}')", CHOICE_WORDS[choice])


def _calm(run: Run) -> Line:
    if run.outcome is not None:
        return _ended(run)
    if run.paused:
        return line(("‖ ", "warn"), "Paused: no wave launches. ", *offer("pause", "resume"))
    if run.stopping:
        return line(("⊘ ", "warn"), "Nothing more is launched; what is launched runs to its end.")
    open_waves = [wave for wave in run.waves.values() if wave.is_open]
    if open_waves:
        names = ", ".join(wave.name for wave in open_waves)
        busy = "are" if len(open_waves) > 1 else "is"
        return line(
            ("Nothing is wanted from you. ", "plain"), (f"{names} {busy} under way.", "dim")
        )
    waiting = any(wave.retry_at for wave in run.waves.values() if not wave.status.is_final)
    if waiting:
        return line(("Nothing is wanted from you. ", "plain"), ("DRS asked to wait.", "dim"))
    following = next(
        (w.name for w in run.waves.values() if w.status is WaveStatus.PENDING), "the end"
    )
    return line(("Nothing is wanted from you. ", "plain"), (f"Next: {following}.", "dim"))


def _ended(run: Run) -> Line:
    left = instances_left(run)
    if run.cleanup.status is CleanupStatus.RUNNING:
        return line(("▶ ", "work"), f"Terminating drill instances, {len(left)} left.")
    if run.cleanup.status is CleanupStatus.DONE:
        return line(("✓ ", "good"), "Ended, and everything the drill launched is gone.")
    if can_clean_up(run):
        words = f": {run.cleanup.words}" if run.cleanup.words else ""
        count = f"{len(left)} drill instance{'s' * (len(left) != 1)}"
        return line(
            ("▲ ", "warn"), f"Ended; {count} still run and bill{words}. ",
            *offer("clean_up", "clean up"),
        )  # fmt: skip
    return line(("Ended. ", "plain"), ("No instance of this run is known to be left.", "dim"))
