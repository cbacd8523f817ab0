"""The bar that says what is wanted now, in words, with its keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from drs_tui.audit.store import Away
from drs_tui.model.counts import counted
from drs_tui.model.decisions import Wanted
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus, WaveStatus
from drs_tui.model.times import clock_time, format_duration
from drs_tui.tui.beat import Beat
from drs_tui.tui.keys import offer, offered
from drs_tui.tui.rows.question import approvals, approvers, choice_label, heading, unanswered
from drs_tui.tui.rows.result import ended_lines
from drs_tui.tui.rows.run import can_clean_up, instances_left
from drs_tui.tui.rows.steps import running_words
from drs_tui.tui.text import Line, Span, cut, line, width_of, wrapped

_ALONE = "Detached: this machine alone has the record until the audit store is back."
_UNSENT = "The audit store is out of reach: the last events are sent when it is back."
_SILENCE = "If nobody answers: "
_ELSEWHERE = "Read-only: it is answered elsewhere."

LONGEST_WORDS = 2
"""Lines; all of what happened is a key away."""


def open_questions(run: Run, away: Away | None) -> tuple[Wanted | Away, ...]:
    """What somebody has to decide: the run's own questions, then what the store's absence asks."""
    if run.outcome is not None:
        return ()
    if away is None or away.is_detached or run.stopping:
        return run.wanted
    return (*run.wanted, away)


def decision_lines(
    run: Run,
    beat: Beat,
    away: Away | None,
    index: int,
    width: int,
    *,
    now: datetime,
    sent: str = "",
) -> list[Line]:
    """What is wanted and how to answer; one calm line when nothing is.

    `sent` is the answer to the question shown that the driver has not taken up yet.
    """
    if run.outcome is None and not beat.is_driven:
        said = "Nobody drives this run: what DRS does goes on, but nothing more is launched."
        drive = offer("drive", "drive it from here")
        return [line(("▲ ", "warn"), said), *([drive] if drive else [])]
    questions = open_questions(run, away)
    if questions:
        place = index % len(questions)
        more = f"({place + 1} of {len(questions)} questions, {offered('next_wanted', 'next')})"
        more = f"  {more}" if len(questions) > 1 else ""
        shown = questions[place]
        if isinstance(shown, Away):
            return _without_store(run, shown, more, width)
        answers = _sent(sent) if sent else _answers(run, shown, width, now)
        return [*_question(run, shown, more, width), *answers]
    if away is None:
        return _nothing_wanted(run, width)
    is_alone = away.is_detached and run.outcome is None
    return [line(("▲ ", "warn"), _ALONE if is_alone else _UNSENT), *_nothing_wanted(run, width)]


def replayed_lines(run: Run, width: int) -> list[Line]:
    """What was wanted at the moment of a replay: nothing can be answered any more."""
    if run.outcome is not None or not run.wanted:
        return []
    count = len(run.wanted)
    more = f"  (and {count - 1} more)" if count > 1 else ""
    return _question(run, run.wanted[0], more, width)


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
    text, tone = heading(wanted)
    count = approvals(run, wanted)
    since = f"  since {clock_time(wanted.since)}"
    asked = f" ({count})" if count else ""
    head = line((cut(text, width - len(asked) - len(more)), tone), (asked, tone), (more, "dim"))
    words = _shortened(wanted.words, width, f" {offered('explain', 'all of it')}")
    if len(words) == 1 and width_of(head) + width_of(line(words[0])) + 2 <= width:
        head = (*head, *line(f": {words.pop()}"))
    if width_of(head) + len(since) <= width:
        head = (*head, Span(since, "dim"))
    who = wrapped(approvers(run, wanted), width)[:LONGEST_WORDS]
    return [head, *map(line, words), *(line((part, "dim")) for part in who if part)]


def _shortened(words: str, width: int, more: str) -> list[str]:
    if not words:
        return []
    lines = wrapped(words, width)
    if len(lines) <= LONGEST_WORDS:
        return lines
    last = cut(lines[LONGEST_WORDS - 1], width - len(more) - 2).rstrip("… ")
    return [*lines[: LONGEST_WORDS - 1], f"{last} …{more}"]


def _answers(run: Run, wanted: Wanted, width: int, now: datetime) -> list[Line]:
    """The answers with their keys, and what happens without one."""
    parts: list[Line] = [choice_label(choice) for choice in wanted.choices]
    if wanted.lacks_credentials:
        parts.insert(0, offer("renew", "renew the credentials"))
    if run.paused:
        parts.append(offer("pause", "resume: the run is paused"))
    parts = [part for part in parts if part] or [line((_ELSEWHERE, "dim"))]
    words, tone = unanswered(run, wanted, now)
    return [*_flowing(parts, width), line((_SILENCE, "dim"), (words, tone))]


def _flowing(parts: Sequence[Line], width: int) -> list[Line]:
    rows: list[Line] = []
    for part in parts:
        last = rows[-1] if rows else ()
        if last and width_of((*last, *part)) + 3 <= width:
            rows[-1] = (*last, Span("   "), *part)
        else:
            rows.append(part)
    return rows


def _sent(words: str) -> list[Line]:
    return [line(("▷ ", "work"), f"Your answer is sent: {words}. The driver has it in a moment.")]


def _nothing_wanted(run: Run, width: int) -> list[Line]:
    if run.outcome is None:
        return [_calm(run)]
    words = _why_left(run) if can_clean_up(run) else ""
    left = (line((part, "dim")) for part in _shortened(words, width, ""))
    return [_ended(run), *left, *ended_lines(run, width)]


def _why_left(run: Run) -> str:
    """Why something is left, by the servers' names where there is room for little."""
    refused = run.cleanup.refused
    if len(refused) < len(run.cleanup.remaining) or run.cleanup.volumes:
        return run.cleanup.words
    named = ((run.servers.get(refusal.server_id), refusal) for refusal in refused)
    return "; ".join(
        f"{server.name if server else refusal.instance_id}: {refusal.why} ({refusal.remedy})"
        for server, refusal in named
    )


def _calm(run: Run) -> Line:
    if run.paused:
        return line(("‖ ", "warn"), "Paused: no wave launches. ", *offer("pause", "resume"))
    if run.stopping:
        return line(("⊘ ", "warn"), "Nothing more is launched; what is launched runs to its end.")
    if held := _held_back(run):
        return line(("◇ ", "warn"), held)
    if running := running_words(run):
        return line(("Nothing is wanted from you. ", "plain"), (f"Running: {running}", "dim"))
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


def _held_back(run: Run) -> str:
    """Which waves wait for room, what takes it, and since when; empty where none does."""
    held = {wave.name: wave.held for wave in run.waves.values() if wave.held is not None}
    if not held:
        return ""
    name, first = min(held.items(), key=lambda each: each[1].since)
    who = f"Wave {name} is" if len(held) == 1 else f"Wave {name} and {len(held) - 1} more are"
    return f"{who} held back since {clock_time(first.since)}: {first.words}."


def _ended(run: Run) -> Line:
    left = instances_left(run)
    if run.cleanup.status is CleanupStatus.RUNNING:
        return line(("▶ ", "work"), f"Terminating drill instances, {len(left)} left.")
    if run.cleanup.status is CleanupStatus.DONE:
        return line(("✓ ", "good"), "Ended, and everything the drill launched is gone.")
    if can_clean_up(run):
        count = counted(len(left), "drill instance")
        return line(
            ("▲ ", "warn"), f"Ended; {count} still run and bill.  ",
            *offer("clean_up", "clean up"),
        )  # fmt: skip
    return line(("Ended. ", "plain"), ("No instance of this run is known to be left.", "dim"))
