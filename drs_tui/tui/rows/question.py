"""What is wanted of a person, in words: what happened, what each answer does, what silence does."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from drs_tui.model.counts import counted
from drs_tui.model.decisions import CHOICE_WORDS, Choice, Wanted, WantedKind
from drs_tui.model.events import text_of
from drs_tui.model.parts import part_of
from drs_tui.model.plan import Mode, Overdue
from drs_tui.model.principals import person, short_actor
from drs_tui.model.readiness import Verdict
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.status import ServerResult
from drs_tui.model.times import clock_time, format_duration
from drs_tui.tui import signs
from drs_tui.tui.keys import offer
from drs_tui.tui.rows.checks import failed_lines
from drs_tui.tui.rows.run import instances_left
from drs_tui.tui.rows.steps import printed_lines
from drs_tui.tui.text import Line, Tone, cut, line

ASKS: dict[WantedKind, tuple[str, str]] = {
    WantedKind.GATE: ("◆", "waits for your approval"),
    WantedKind.MANUAL: ("◆", "waits for something to be done by hand"),
    WantedKind.DECLINED: ("▲", "was declined"),
    WantedKind.GUARD_WARNED: ("▲", "has warnings from the checks before its launch"),
    WantedKind.GUARD_BLOCKED: ("✗", "cannot be launched as things are"),
    WantedKind.LAUNCH_REFUSED: ("✗", "was refused by DRS: nothing was launched"),
    WantedKind.LAUNCH_UNKNOWN: ("?", "may or may not have been launched"),
    WantedKind.TIMED_OUT: ("▲", "takes longer than the plan allows"),
    WantedKind.NOT_ISOLATED: ("✗", "runs where the plan has no drill"),
    WantedKind.WAVE_FAILED: ("✗", "did not succeed"),
    WantedKind.CHECKS_FAILED: ("✗", "is launched, and checks of it failed"),
    WantedKind.STEP_FAILED: ("✗", "has a step that failed"),
    WantedKind.STEP_UNKNOWN: ("?", "has a step whose end is not known"),
}
"""The sign of each question, and what is the matter with its wave."""

UNANSWERED: dict[WantedKind, str] = {
    WantedKind.GATE: "the wave waits, and nothing of it launches.",
    WantedKind.MANUAL: "the wave waits, and nothing of it launches.",
    WantedKind.DECLINED: "it stays declined, and the waves after it wait.",
    WantedKind.GUARD_WARNED: "the wave waits, and nothing checks it again.",
    WantedKind.GUARD_BLOCKED: "the wave waits, and nothing checks it again.",
    WantedKind.LAUNCH_REFUSED: "the wave waits, and DRS is not asked again.",
    WantedKind.LAUNCH_UNKNOWN: "nothing is sent, and its job is looked for no more.",
    WantedKind.TIMED_OUT: "DRS is watched on, and its job's end decides.",
    WantedKind.NOT_ISOLATED: "its instances run on where they are, and no wave follows.",
    WantedKind.WAVE_FAILED: "the waves after it wait; what is launched bills on.",
    WantedKind.CHECKS_FAILED: "nothing checks it again, and the waves after it wait.",
    WantedKind.STEP_FAILED: "nothing is run again, and what comes after it waits.",
    WantedKind.STEP_UNKNOWN: "nothing is run again, and what comes after it waits.",
}
"""What becomes of a wave while nobody answers."""

EFFECTS: dict[Choice, str] = {
    Choice.APPROVE: "Once enough people have approved and the checks pass, one StartRecovery call "
    "launches the whole wave.",
    Choice.DECLINE: "Nothing of it launches now. You are asked what becomes of it instead.",
    Choice.DONE: "The record says that you did the step, with your note. What waits for it comes "
    "next: another step, or a launch.",
    Choice.ASK_AGAIN: "The question that was declined is asked anew.",
    Choice.ACKNOWLEDGE: "The record says that you took the warnings upon you. The checks are "
    "repeated; unless something else is found, the wave launches.",
    Choice.RETRY: "The checks are repeated; if they pass, the wave launches.",
    Choice.SEARCH: "DRS is asked for the job of the lost call for three more minutes. Nothing is "
    "launched by that.",
    Choice.RESEND: "A second StartRecovery call is sent. If the first one did arrive, DRS launches "
    "twice, and the second launch replaces what the first one brought up.",
    Choice.EXTEND: "The wave gets its plan's time-out once more, counted from now.",
    Choice.GIVE_UP: "The wave is judged by what is known now. DRS goes on with its job: there is "
    "no way to stop one, and what it launches bills.",
    Choice.COMPARE: "EC2 is asked once more where the wave's instances are.",
    Choice.RELAUNCH: "One more StartRecovery call launches the servers that did not come up, "
    "and only those. Whatever still runs of them is ended first.",
    Choice.CHECK_AGAIN: "The checks that did not pass are made again, and may take as long as at "
    "first. Nothing is launched by that.",
    Choice.ACCEPT: "The wave stays as it is, and the waves after it may launch.",
    Choice.RUN_AGAIN: "The step is started anew, whatever it has done already. If it goes well, "
    "what waits for it comes next: another step, or a launch.",
    Choice.SKIP_STEP: "The record says that the run went on without it, and the run is no success "
    "any more. What waits for it comes next: another step, or a launch.",
    Choice.SKIP: "Nothing more of the wave is launched, and the waves after it may launch.",
    Choice.STOP: "No further wave is launched. What is launched runs to its end, and bills until "
    "it is cleaned up.",
}
"""What each answer does, in full."""

NOTED = frozenset({Choice.DONE, Choice.SKIP_STEP})
"""The answers that take a note for the record."""

LONGEST_NAME = 24
"""Cells for a wave's name: what is the matter with it has to stay on the line."""


_TOLD_APART = (
    "People are told apart by their AWS identities: an IAM user, a single sign-on, a role."
)


def heading(wanted: Wanted) -> tuple[str, Tone]:
    """The sign, the wave and what is the matter with it."""
    symbol, asks = ASKS[wanted.kind]
    name = cut(wanted.wave, LONGEST_NAME)
    return f"{symbol} Wave {name} {asks}", "warn" if wanted.is_expected else "bad"


def approvals(run: Run, wanted: Wanted) -> str:
    """How many have approved, where one alone is not enough."""
    gate = run.plan.wave(wanted.wave).gate
    if wanted.kind is not WantedKind.GATE or gate is None or gate.approvals < 2:
        return ""
    return f"{len(run.waves[wanted.wave].approvals)} of {gate.approvals} approvals"


def approvers(run: Run, wanted: Wanted) -> str:
    """Who has to approve, and who has; nothing where anybody may."""
    gate = run.plan.wave(wanted.wave).gate
    if wanted.kind is not WantedKind.GATE or gate is None or not gate.needs_others:
        return ""
    given = run.waves[wanted.wave].approvals
    who = "Somebody" if gate.approvals == 1 else f"{gate.approvals} different people"
    starters = " or ".join(sorted(map(person, run.started_as))) or short_actor(run.started_by)
    but = f" other than {starters}, who started the run," if gate.excludes_starter else ""
    has = "has" if gate.approvals == 1 else "have"
    so_far = ", ".join(map(person, given)) or "nobody yet"
    return f"{who}{but} {has} to approve; so far: {so_far}."


def choice_label(choice: Choice) -> Line:
    """An answer: its key, and what it does in a few words; nothing where it can't be given."""
    return offer(f"choose('{choice.name}')", CHOICE_WORDS[choice])


def unanswered(run: Run, wanted: Wanted, now: datetime) -> tuple[str, Tone]:
    """What becomes of a wave while nobody answers, and when."""
    gate, ends = run.plan.wave(wanted.wave).gate, run.gate_deadline(wanted.wave)
    if gate is None or ends is None:
        return UNANSWERED[wanted.kind], "dim"
    left = (ends - now).total_seconds()
    if gate.then is Overdue.STOP:
        return f"in {format_duration(left)}, at {clock_time(ends)}, the run stops.", "warn"
    if left > 0:
        return f"the wave waits; it should be answered within {format_duration(left)}.", "dim"
    return f"the wave waits; the answer is overdue by {format_duration(-left)}.", "bad"


def question_lines(run: Run, wanted: Wanted, now: datetime) -> list[Line]:
    """All there is to know before somebody answers."""
    lines = [
        line(heading(wanted)),
        line((f"asked at {clock_time(wanted.since)}", "dim")),
        *_approvers(run, wanted),
        (),
        *(line(text) for text in wanted.words.splitlines()),
        *_found(run, wanted),
        *_unverified(run, wanted),
        *_printed(run, wanted),
        (),
    ]
    for choice in wanted.choices:
        lines += [choice_label(choice), line((f"    {EFFECTS[choice]}", "dim"))]
    silence, tone = unanswered(run, wanted, now)
    lines += [(), line(("If nobody answers: ", "work"), (silence, tone))]
    return lines


def _approvers(run: Run, wanted: Wanted) -> list[Line]:
    words = approvers(run, wanted)
    return [line(words), line((_TOLD_APART, "dim"))] if words else []


def _found(run: Run, wanted: Wanted) -> Iterable[Line]:
    if wanted.kind not in (WantedKind.GUARD_WARNED, WantedKind.GUARD_BLOCKED):
        return
    for finding in run.waves[wanted.wave].findings:
        sign = signs.sign_of(signs.VERDICT, text_of(finding, "verdict"))
        if sign is not signs.VERDICT[Verdict.PASSES]:
            thing = text_of(finding, "thing")
            yield line((f"{sign.symbol} {thing}: ", sign.tone), text_of(finding, "reason"))
            if remedy := text_of(finding, "remedy"):
                yield line((f"  → {remedy}", "work"))


def _unverified(run: Run, wanted: Wanted) -> Iterable[Line]:
    return failed_lines(run, wanted.wave) if wanted.kind is WantedKind.CHECKS_FAILED else ()


def _printed(run: Run, wanted: Wanted) -> Iterable[Line]:
    ends = run.waves[wanted.wave].steps
    if wanted.kind not in (WantedKind.STEP_FAILED, WantedKind.STEP_UNKNOWN) or not ends:
        return
    if ends[-1].output:
        yield from ((), line(("What it printed", "work")), *printed_lines(ends[-1]))


def _ends(server: ServerState) -> str:
    """What a launch does to what an earlier one of the same server brought up."""
    return f"  DRS ends its {server.instance_id} first" if server.instance_id else ""


# Before an answer is sent -----------------------------------------------------------------------


def _before_answering(run: Run, wanted: Wanted) -> list[Line]:
    lines: list[Line] = []
    if run.mode is Mode.RECOVERY:
        lines += [line((" !!! REAL RECOVERY: this is not a drill !!! ", "alarm")), ()]
    if wanted.words:
        lines += [line((wanted.words, "warn")), ()]
    return lines


def launch_lines(run: Run, wanted: Wanted) -> list[Line]:
    """What an approval lets happen: which servers, where, by whose leave."""
    servers = run.of_wave(wanted.wave)
    kind = "drill" if run.mode is Mode.DRILL else "RECOVERY"
    target = run.target_of(wanted.wave)
    where = f"account {target.account or 'unknown'}, {target.region or 'Region unknown'}"
    lines = _before_answering(run, wanted)
    lines += [
        line(f"One StartRecovery call launches {counted(len(servers), f'{kind} instance')}"),
        line(f"in {where}:"),
    ]
    for server in servers:
        optional = "" if server.is_critical else "  optional"
        lines.append(line(f"  {server.name}  ", (f"{server.id}{optional}", "dim")))
    if who := _approvers(run, wanted):
        lines += [(), *who]
    return lines


def choice_lines(run: Run, wanted: Wanted, choice: Choice) -> list[Line]:
    """What an answer that asks first does."""
    lines = [*_before_answering(run, wanted), line(EFFECTS[choice])]
    if choice is Choice.RELAUNCH:
        left = [s for s in run.of_wave(wanted.wave) if s.result is not ServerResult.LAUNCHED]
        lines += [line(f"  {s.name}  ", (s.id, "dim"), _ends(s)) for s in left]
    if choice is Choice.RESEND:
        lines += [(), line(("Look for its job first: that launches nothing.", "bad"))]
    return lines


def clean_up_lines(run: Run) -> list[Line]:
    """What a clean-up terminates, for whoever is about to say so."""
    names = {server.instance_id: server.name for server in run.servers.values()}
    lines: list[Line] = []
    for target in run.targets:
        left = instances_left(part_of(run, target))
        if left or not run.several:
            count = counted(len(left), "drill instance")
            lines.append(line(f"Terminates {count} in account {target.account}, {target.region}:"))
            lines += [line(f"  {each}  ", (names.get(each, ""), "dim")) for each in left]
    return lines
