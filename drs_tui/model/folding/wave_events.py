"""How `wave.*` events change a run."""

from __future__ import annotations

from drs_tui.model.checks.headroom import QUOTA_CODE
from drs_tui.model.decisions import Choice, WantedKind
from drs_tui.model.events import Event
from drs_tui.model.folding.check_events import asked_anew
from drs_tui.model.folding.reading import (
    UnreadableError,
    later,
    read_flag,
    read_mapping,
    read_mappings,
    read_number,
    read_optional_number,
    read_text,
    read_texts,
    stopped,
    wanted_by,
    wave_of,
    with_item,
    with_servers,
    with_wave,
)
from drs_tui.model.plan import FailurePolicy
from drs_tui.model.points import points_from_data
from drs_tui.model.replacing import replace
from drs_tui.model.state.launches import JobState, LaunchIntent
from drs_tui.model.state.run import Run
from drs_tui.model.state.servers import ServerState
from drs_tui.model.state.waves import Held
from drs_tui.model.status import Phase, WaveStatus
from drs_tui.model.verification import is_launched_whole


def gate_opened(run: Run, event: Event) -> Run:
    """Apply `wave.gate_opened`."""
    wave = wave_of(run, event)
    return with_wave(
        run,
        wave,
        status=WaveStatus.WAITING,
        gate_seq=event.seq,
        approvals=(),
        wanted=wanted_by(event, WantedKind.GATE, read_text(event.data, "prompt")),
    )


def approved(run: Run, event: Event) -> Run:
    """Apply `wave.approved`."""
    wave = wave_of(run, event)
    approvals = wave.approvals
    principal = read_text(event.data, "principal", "") or event.actor
    if principal not in approvals:
        approvals = (*approvals, principal)
    gate = run.plan.wave(wave.name).gate
    passed = len(approvals) >= (gate.approvals if gate else 1)
    return with_wave(
        run,
        wave,
        approvals=approvals,
        gate_passed=passed,
        wanted=None if passed else wave.wanted,
    )


def declined(run: Run, event: Event) -> Run:
    """Apply `wave.declined`."""
    wave = wave_of(run, event)
    words = read_text(event.data, "text", "") or f"{event.actor} declined"
    return with_wave(
        run,
        wave,
        status=WaveStatus.WAITING,
        under_way=None,
        gate_seq=wave.gate_seq if wave.gate_passed else 0,
        wanted=wanted_by(event, WantedKind.DECLINED, words),
    )


def guarded(run: Run, event: Event) -> Run:
    """Apply `wave.guarded`."""
    wave = wave_of(run, event)
    lags = read_mapping(event.data, "lag_ms")
    run = with_servers(
        run,
        (
            replace(run.servers[i], lag_ms=lag)
            for i, lag in lags.items()
            if i in run.servers and isinstance(lag, int) and not isinstance(lag, bool)
        ),
    )
    findings = read_mappings(event.data, "findings")
    verdict = read_text(event.data, "verdict")
    if verdict == "passes":
        left_out = read_texts(event.data, "left_out")
        without = (run.servers[i] for i in left_out if i in run.servers)
        run = with_servers(run, (replace(server, left_out=True) for server in without))
        return with_wave(run, wave, findings=findings, held=None, wanted=None)
    kind = WantedKind.GUARD_WARNED if verdict == "warns" else WantedKind.GUARD_BLOCKED
    words = read_text(event.data, "words", "")
    # Guards that end after a stop ask nothing: nothing will be launched.
    wanted = None if run.stopping else wanted_by(event, kind, words)
    return with_wave(run, wave, findings=findings, held=None, wanted=wanted)


def held(run: Run, event: Event) -> Run:
    """Apply `wave.held`."""
    wave = wave_of(run, event)
    since = wave.held.since if wave.held is not None else event.at
    words = read_text(event.data, "words", "")
    return with_wave(run, wave, held=Held(read_text(event.data, "quota", ""), words, since))


def launch_intended(run: Run, event: Event) -> Run:
    """Apply `wave.launch_intended`."""
    wave = wave_of(run, event)
    ids = read_texts(event.data, "servers")
    attempt = read_number(event.data, "attempt")
    points = points_from_data(read_mapping(event.data, "points"))
    token = read_text(event.data, "token")
    intent = LaunchIntent(attempt, token, ids, event.seq, event.at, points)
    fresh = [
        ServerState(
            s.id,
            s.name,
            s.wave,
            s.impact,
            phase=Phase.QUEUED,
            lag_ms=s.lag_ms,
            intended_at=event.at,
            point=points.get(s.id),
        )
        for s in (run.servers[i] for i in ids if i in run.servers)
    ]
    return with_servers(
        with_wave(
            run,
            wave,
            status=WaveStatus.LAUNCHING,
            attempt=attempt,
            intent=intent,
            launched_ids=ids,
            started_at=wave.started_at or event.at,
            retry_at=None,
            timed_out=False,
            gave_up=False,
            extended_ms=0,
            checks=(),
            wanted=None,
        ),
        fresh,
    )


def launched(run: Run, event: Event) -> Run:
    """Apply `wave.launched`."""
    wave = wave_of(run, event)
    job_id = read_text(event.data, "job_id")
    run = replace(run, jobs=with_item(run.jobs, job_id, JobState(job_id, wave.name, wave.attempt)))
    servers = (
        replace(run.servers[i], job_id=job_id) for i in wave.launched_ids if i in run.servers
    )
    return with_servers(
        with_wave(
            run,
            wave,
            status=WaveStatus.IN_PROGRESS,
            job_id=job_id,
            launched_at=event.at,
            intent=None,
            relaunch=False,
            wanted=None,
        ),
        servers,
    )


def launch_refused(run: Run, event: Event) -> Run:
    """Apply `wave.launch_refused`."""
    wave = wave_of(run, event)
    retry_ms = read_optional_number(event.data, "retry_after_ms")
    message = read_text(event.data, "message", "")
    unsent = with_servers(
        run,
        (
            replace(run.servers[i], phase=Phase.PENDING)
            for i in wave.launched_ids
            if i in run.servers
        ),
    )
    if retry_ms is not None:
        over_quota = read_text(event.data, "code", "") == QUOTA_CODE
        return with_wave(
            unsent,
            wave,
            intent=None,
            held=Held("", message, event.at) if over_quota else None,
            retry_at=later(event.at, retry_ms),
            untagged=wave.untagged or read_flag(event.data, "tags_refused"),
            wanted=None,
        )
    return with_wave(
        unsent,
        wave,
        intent=None,
        status=WaveStatus.WAITING,
        wanted=None if run.stopping else wanted_by(event, WantedKind.LAUNCH_REFUSED, message),
    )


def launch_unknown(run: Run, event: Event) -> Run:
    """Apply `wave.launch_unknown`."""
    wave = wave_of(run, event)
    if wave.intent is None:
        raise UnreadableError("no launch was intended")
    settled = read_flag(event.data, "settled")
    words = read_text(event.data, "message", "")
    intent = replace(
        wave.intent,
        unknown_at=wave.intent.unknown_at or event.at,
        why=wave.intent.why or words,
        held_by_own=wave.intent.held_by_own or read_flag(event.data, "held_by_own"),
        settled=settled,
    )
    wanted = wanted_by(event, WantedKind.LAUNCH_UNKNOWN, words) if settled else None
    return with_wave(run, wave, intent=intent, wanted=wanted)


def isolation_compared(run: Run, event: Event) -> Run:
    """Apply `isolation.compared`."""
    wave = wave_of(run, event)
    words = read_text(event.data, "words", "")
    wanted = wave.wanted
    if words and not run.stopping:
        wanted = wanted_by(event, WantedKind.NOT_ISOLATED, words)
    return with_wave(
        run,
        wave,
        compared_job=read_text(event.data, "job_id"),
        is_outside=bool(words),
        wanted=wanted,
    )


def timed_out(run: Run, event: Event) -> Run:
    """Apply `wave.timed_out`."""
    wave = wave_of(run, event)
    words = read_text(event.data, "words", "its job has not ended in time")
    return with_wave(
        run, wave, timed_out=True, wanted=wanted_by(event, WantedKind.TIMED_OUT, words)
    )


def extended(run: Run, event: Event) -> Run:
    """Apply `wave.extended`."""
    wave = wave_of(run, event)
    by_ms = read_number(event.data, "by_ms")
    deadline = run.deadline(wave.name)
    if deadline is not None:
        later(deadline, by_ms)
    return with_wave(run, wave, extended_ms=wave.extended_ms + by_ms, timed_out=False, wanted=None)


def decided(run: Run, event: Event) -> Run:
    """Apply `wave.decided`."""
    wave = wave_of(run, event)
    choice = read_text(event.data, "choice")
    after = _AFTER_CHOICE.get(choice, {})
    if wave.wanted is not None and wave.wanted.kind is WantedKind.NOT_ISOLATED:
        after = _AFTER_COMPARING.get(choice, {})
    answered = with_wave(run, wave, wanted=None, **after)
    if choice in (Choice.CHECK_AGAIN, Choice.RELAUNCH):
        return asked_anew(answered, wave.name)
    if choice == Choice.STOP:
        return stopped(answered)
    if choice == Choice.ACKNOWLEDGE:
        findings = read_texts(event.data, "findings")
        return replace(answered, acknowledged=run.acknowledged | set(findings))
    if choice == Choice.SEARCH and wave.intent is not None:
        intent = replace(wave.intent, unknown_at=event.at, settled=False)
        return with_wave(answered, answered.waves[wave.name], intent=intent)
    return answered


_AFTER_CHOICE: dict[str, dict[str, object]] = {
    Choice.ASK_AGAIN: {"status": WaveStatus.PENDING},
    Choice.RETRY: {"status": WaveStatus.PENDING, "retry_at": None},
    Choice.RESEND: {"status": WaveStatus.PENDING, "intent": None},
    Choice.RELAUNCH: {"status": WaveStatus.PENDING, "relaunch": True, "finished_at": None},
    Choice.CHECK_AGAIN: {
        "status": WaveStatus.VERIFYING,
        "finished_at": None,
        "gave_up": False,
    },
    Choice.ACCEPT: {"accepted": True},
    Choice.GIVE_UP: {"gave_up": True},
}


_AFTER_COMPARING: dict[str, dict[str, object]] = {
    Choice.COMPARE: {"compared_job": ""},
    # How the wave itself ends is another question.
    Choice.ACCEPT: {"is_outside": False},
}


def wave_finished(run: Run, event: Event) -> Run:
    """Apply `wave.finished`."""
    wave = wave_of(run, event)
    try:
        outcome = WaveStatus(read_text(event.data, "outcome"))
    except ValueError as error:
        raise UnreadableError("outcome") from error
    if not outcome.is_final:
        raise UnreadableError("outcome")
    policy = run.plan.wave(wave.name).on_failure
    bad = outcome in (WaveStatus.PARTIAL, WaveStatus.FAILED)
    wanted = None
    if bad and policy is FailurePolicy.PAUSE and not run.stopping:
        # There is nothing to relaunch where all is launched that counts.
        unverified = is_launched_whole(run, wave.name)
        kind = WantedKind.CHECKS_FAILED if unverified else WantedKind.WAVE_FAILED
        wanted = wanted_by(event, kind, read_text(event.data, "words", ""))
    if wave.gave_up:
        run = with_servers(run, (replace(s, job_ended=True) for s in run.of_wave(wave.name)))
    ended = with_wave(
        run,
        wave,
        status=outcome,
        finished_at=event.at,
        intent=None,
        held=None,
        wanted=wanted,
    )
    return stopped(ended) if bad and policy is FailurePolicy.STOP else ended
