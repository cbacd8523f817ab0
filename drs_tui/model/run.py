"""The fold: how each event changes the state of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from drs_tui.model.events import Event, EventType
from drs_tui.model.folding import (
    check_events,
    cleanup_events,
    late_events,
    observed_events,
    run_events,
    step_events,
    wave_events,
)
from drs_tui.model.folding.reading import UnreadableError
from drs_tui.model.folding.slate import Observe, Slate
from drs_tui.model.folding.time_spent import time_spent
from drs_tui.model.header import RunHeader
from drs_tui.model.plan import Plan
from drs_tui.model.replacing import replace
from drs_tui.model.seals import SEALED_AFTER
from drs_tui.model.state.run import Run

__all__ = ["Run", "apply", "fold", "header_of"]

_NEVER = datetime.min.replace(tzinfo=UTC)

Handler = Callable[[Run, Event], Run]


def fold(events: Iterable[Event], run: Run | None = None) -> Run | None:
    """The state after `events`, on top of `run` if given; None when there are none.

    It is `apply` for each of them, with one copy of the run for all observations in a row.
    """
    slate: Slate | None = None
    for event in events:
        observe = _OBSERVATIONS.get(event.type)
        if observe is not None and run is not None:
            slate = slate or Slate(run)
            slate.write(event, observe)
            continue
        if slate is not None:
            run, slate = slate.taken_off(), None
        run = apply(run, event)
    return run if slate is None else slate.taken_off()


def apply(run: Run | None, event: Event) -> Run:
    """The state after one more event.

    Never fails: a type this version does not know changes nothing but the sequence number, and one
    whose data cannot be read is listed in `Run.unreadable` beside that.
    """
    before = run if run is not None else Run(event.run_id, Plan("", ()))
    observe = _OBSERVATIONS.get(event.type)
    if observe is not None:
        slate = Slate(before)
        slate.write(event, observe)
        return slate.taken_off()
    handler = _HANDLERS.get(event.type)
    try:
        after = handler(before, event) if handler else before
        if event.type in SEALED_AFTER:
            after = replace(after, seal_due=event.seq)
    except UnreadableError:
        after = replace(before, unreadable=(*before.unreadable, event.seq))
    request = event.data.get("request_id")
    requests = after.requests | {request} if isinstance(request, str) else after.requests
    return replace(
        after,
        spent=time_spent(before, after, event),
        seq=event.seq,
        head_hash=event.hash,
        last_at=event.at,
        requests=requests,
    )


def header_of(run: Run) -> RunHeader:
    """The summary that lists show."""
    return RunHeader(
        run_id=run.run_id,
        plan_id=run.plan.name,
        title=run.plan.title or run.plan.name,
        mode=run.mode.value,
        status=run.status.value,
        started_at=run.created_at or run.last_at or _NEVER,
        started_by=run.started_by,
        finished_at=run.finished_at,
        account=run.account,
        region=run.region,
        simulated=run.simulated,
        waves_total=len(run.waves),
        waves_final=sum(wave.status.is_final for wave in run.waves.values()),
        servers_total=len(run.servers),
        servers_launched=run.launched_count,
        cleanup=run.cleanup.status.value,
        seq=run.seq,
        head_hash=run.head_hash,
        imported=bool(run.imports),
        evidence=run.is_evidence,
    )


_HANDLERS: dict[str, Handler] = {
    EventType.RUN_CREATED: run_events.run_created,
    EventType.RUN_PREFLIGHTED: run_events.run_preflighted,
    EventType.RUN_ACKNOWLEDGED: run_events.run_acknowledged,
    EventType.RUN_EXPECTED: run_events.run_expected,
    EventType.RUN_PAUSED: run_events.run_paused,
    EventType.RUN_RESUMED: run_events.run_resumed,
    EventType.RUN_CANCEL_REQUESTED: run_events.run_cancel_requested,
    EventType.RUN_NOTED: run_events.run_noted,
    EventType.RUN_DETACHED: run_events.run_detached,
    EventType.RUN_CREDENTIALS_RENEWED: run_events.run_credentials_renewed,
    EventType.RUN_TAKEN_OVER: run_events.run_taken_over,
    EventType.RUN_LATE_EVENTS: late_events.late_events,
    EventType.RUN_FINISHED: run_events.run_finished,
    EventType.RUN_SEALED: run_events.run_sealed,
    EventType.RUN_IMPORTED: run_events.run_imported,
    EventType.WAVE_GATE_OPENED: wave_events.gate_opened,
    EventType.WAVE_APPROVED: wave_events.approved,
    EventType.WAVE_DECLINED: wave_events.declined,
    EventType.WAVE_GUARDED: wave_events.guarded,
    EventType.WAVE_HELD: wave_events.held,
    EventType.WAVE_LAUNCH_INTENDED: wave_events.launch_intended,
    EventType.WAVE_LAUNCHED: wave_events.launched,
    EventType.WAVE_LAUNCH_REFUSED: wave_events.launch_refused,
    EventType.WAVE_LAUNCH_UNKNOWN: wave_events.launch_unknown,
    EventType.WAVE_TIMED_OUT: wave_events.timed_out,
    EventType.WAVE_EXTENDED: wave_events.extended,
    EventType.WAVE_DECIDED: wave_events.decided,
    EventType.WAVE_FINISHED: wave_events.wave_finished,
    EventType.JOB_OBSERVED: observed_events.job_observed,
    EventType.ISOLATION_COMPARED: wave_events.isolation_compared,
    EventType.STEP_STARTED: step_events.step_started,
    EventType.STEP_OBSERVED: step_events.step_observed,
    EventType.STEP_DONE: step_events.step_done,
    EventType.CHECK_STARTED: check_events.check_started,
    EventType.CHECK_FINISHED: check_events.check_finished,
    EventType.CLEANUP_INTENDED: cleanup_events.cleanup_intended,
    EventType.CLEANUP_STARTED: cleanup_events.cleanup_started,
    EventType.CLEANUP_OBSERVED: cleanup_events.cleanup_observed,
    EventType.CLEANUP_FINISHED: cleanup_events.cleanup_finished,
}


_OBSERVATIONS: dict[str, Observe] = {
    EventType.JOB_LOGGED: observed_events.job_logged,
    EventType.SERVER_OBSERVED: observed_events.server_observed,
    EventType.INSTANCE_OBSERVED: observed_events.instance_observed,
}
