"""What happened between two states of a run, in short lines for people."""

from __future__ import annotations

from collections.abc import Iterator

from drs_tui.cli.check_news import check_news
from drs_tui.cli.step_news import step_news
from drs_tui.model.counts import counted
from drs_tui.model.data_loss import wave_data_words
from drs_tui.model.decisions import Wanted
from drs_tui.model.expectation.estimates import estimates, minutes_left
from drs_tui.model.outcome import objective_words
from drs_tui.model.plan import Mode, Overdue
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.waves import WaveState
from drs_tui.model.status import (
    CleanupStatus,
    Phase,
    RunStatus,
    ServerResult,
    WaveStatus,
)
from drs_tui.model.times import clock_time, format_duration


def news(before: Run | None, after: Run) -> Iterator[str]:
    """Lines for everything that changed and that a person would want to know."""
    if before is None:
        yield _beginning(after)
        if after.stamp:
            yield after.stamp
        return
    for finding in after.findings if after.findings != before.findings else ():
        yield f"{finding.get('verdict')}: {finding.get('thing')}: {finding.get('reason')}"
    if (after.compared_with, after.differences) != (before.compared_with, before.differences):
        yield from _changes(after)
    yield from (f"{note.actor}: {note.text}" for note in after.notes[len(before.notes) :])
    for renewal in after.renewals[len(before.renewals) :]:
        yield f"{renewal.actor} renewed the driver's credentials: {renewal.text}"
    yield from _servers(before, after)
    yield from check_news(before, after)
    yield from _waves(before, after)
    yield from _whole_run(before, after)
    yield from _cleanup(before, after)


def _beginning(run: Run) -> str:
    kind = "REAL RECOVERY" if run.mode is Mode.RECOVERY else run.mode.value
    simulated = "simulated " * run.simulated
    return (
        f"{simulated}{kind} of {run.plan.name} in {run.where}: "
        f"{counted(len(run.waves), 'wave')}, {counted(len(run.servers), 'server')}; "
        f"run {run.run_id}"
    )


def _changes(run: Run) -> Iterator[str]:
    count = len(run.differences)
    changes = counted(count, "change") if count else "no change"
    if run.compared_with:
        yield f"{changes} since the last successful drill, {run.compared_with}"
    yield from run.differences


# Servers ----------------------------------------------------------------------------------------


def _servers(before: Run, after: Run) -> Iterator[str]:
    for server in after.servers.values():
        old = before.servers.get(server.id)
        if old is None or old is server:
            continue
        if old.shown_phase is not server.shown_phase:
            yield f"{server.name}: {_server(server)}"
        elif server.previous_snapshot and not old.previous_snapshot:
            yield f"{server.name}: uses an earlier snapshot: older data"


def _server(server: ServerState) -> str:
    if server.result is ServerResult.LAUNCHED:
        return f"launched, {server.instance_id}" if server.instance_id else "launched"
    if server.shown_phase in (Phase.FAILED, Phase.NOT_LAUNCHED):
        return f"{server.shown_phase.value.upper()}{_because(failure_words(server))}"
    return server.shown_phase.value


def failure_words(server: ServerState) -> str:
    """What AWS said when a server failed: its own words, or the name of the log event."""
    return server.error or server.last_log


def _because(words: str) -> str:
    return f": {words}" if words else ""


# Waves ------------------------------------------------------------------------------------------


def _waves(before: Run, after: Run) -> Iterator[str]:
    for wave in after.waves.values():
        old = before.waves.get(wave.name)
        if old is None or old is wave:
            continue
        if old.status is not wave.status:
            yield f"wave {wave.name}: {_wave(after, wave)}{_expected(after, wave)}"
        if wave.held is not None and wave.held != old.held:
            yield f"wave {wave.name}: held back: {wave.held.words}"
        yield from step_news(old, wave)
        if wave.wanted is not None and wave.wanted != old.wanted:
            yield f"wave {wave.name} wants a decision: {_wanted(after, wave.wanted)}"


def _wave(run: Run, wave: WaveState) -> str:
    again = f", attempt {wave.attempt}" if wave.attempt > 1 else ""
    match wave.status:
        case WaveStatus.LAUNCHING:
            data = wave_data_words(run, wave.name) if wave.intent and wave.intent.points else ""
            return f"launching{again}{f', from {data}' if data else ''}"
        case WaveStatus.IN_PROGRESS:
            return f"in progress, job {wave.job_id}{again}"
        case _:
            return wave.status.value


def _expected(run: Run, wave: WaveState) -> str:
    """How long a launch that has just begun will take, if anything is known of that."""
    if wave.status is not WaveStatus.IN_PROGRESS or run.expected is None or run.last_at is None:
        return ""
    estimate = estimates(run, run.last_at).waves.get(wave.name)
    return f", about {minutes_left(estimate, run.last_at)} to go" if estimate is not None else ""


def _wanted(run: Run, wanted: Wanted) -> str:
    choices = ", ".join(choice.value for choice in wanted.choices)
    limit = deadline_words(run, wanted)
    return f"{wanted.words} ({choices}){f' {limit}' if limit else ''}"


def deadline_words(run: Run, wanted: Wanted) -> str:
    """Until when a gate may be answered, and what follows; empty for ever."""
    gate, ends = run.plan.wave(wanted.wave).gate, run.gate_deadline(wanted.wave)
    if gate is None or ends is None:
        return ""
    then = ", then the run stops" if gate.then is Overdue.STOP else ""
    return f"until {clock_time(ends)}{then}"


# The run and its clean-up -----------------------------------------------------------------------


def _whole_run(before: Run, after: Run) -> Iterator[str]:
    if after.status.is_final and not before.status.is_final:
        yield f"the {after.mode.value} {outcome_words(after)}"
    elif (after.status is RunStatus.PAUSED) != (before.status is RunStatus.PAUSED):
        yield "paused" if after.paused else "goes on"
    if after.cancelled and not before.cancelled:
        yield "cancelled: nothing more is launched"


def outcome_words(run: Run) -> str:
    """How a run ended, and whether its objectives were met."""
    ended = run.status.value
    if run.status not in (RunStatus.SUCCEEDED, RunStatus.FAILED):
        ended = f"ended: {ended}"
    took = f" after {format_duration(run.rto_ms / 1000)}" if run.rto_ms is not None else ""
    objectives = objective_words(run)
    return f"{ended}{took}{', ' if objectives else ''}{objectives}"


def _cleanup(before: Run, after: Run) -> Iterator[str]:
    told = {refusal.instance_id for refusal in before.cleanup.refused}
    for refusal in after.cleanup.refused:
        if refusal.instance_id not in told:
            server = after.servers.get(refusal.server_id)
            yield f"clean-up leaves {server.name if server else 'an instance'}, {refusal.words}"
    if before.cleanup.status is after.cleanup.status:
        return
    match after.cleanup.status:
        case CleanupStatus.RUNNING:
            yield "clean-up: terminating what the drill launched"
        case CleanupStatus.DONE:
            yield "clean-up: done, everything the drill launched is gone"
        case CleanupStatus.FAILED:
            yield f"clean-up FAILED{_because(after.cleanup.words)}"
        case _:
            return
