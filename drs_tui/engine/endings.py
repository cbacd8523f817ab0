"""What is recorded of how a wave and a run ended."""

from __future__ import annotations

from datetime import datetime

from drs_tui.engine.news import DRIVER
from drs_tui.model.data_loss import reached_rpo_ms
from drs_tui.model.events import Draft, EventType
from drs_tui.model.expectation.slower import slower
from drs_tui.model.expectation.usual import History
from drs_tui.model.outcome import objectives_of, reached_rto_ms
from drs_tui.model.result import slower_to_data
from drs_tui.model.state.judging import judge_run
from drs_tui.model.state.run import Run
from drs_tui.model.status import ServerResult, WaveStatus
from drs_tui.model.verification import failed_checks, is_unchecked, launched


def wave_finished(run: Run, name: str, outcome: WaveStatus, now: datetime) -> Draft:
    """That a wave ended, with every server that did not launch or was not verified."""
    if outcome is WaveStatus.CANCELLED:
        data = {"wave": name, "outcome": outcome.value}
        return Draft(EventType.WAVE_FINISHED, now, DRIVER, data)
    servers = run.of_wave(name)
    failed = [s for s in servers if s.result is not ServerResult.LAUNCHED]
    unchecked = [s for s in launched(run, name) if is_unchecked(run, s)]
    unverified = failed_checks(run, name)
    whose = [(s.name if s is not None else "the wave", check) for s, check in unverified]
    words = (
        *(f"{s.name} {s.result.value}" for s in failed),
        *(f"{s.name} launched, not checked" for s in unchecked),
        *(f"{whom} not verified, {check.words}: {check.said}" for whom, check in whose),
    )
    return Draft(
        EventType.WAVE_FINISHED,
        now,
        DRIVER,
        {
            "wave": name,
            "outcome": outcome.value,
            "launched": [s.id for s in servers if s.result is ServerResult.LAUNCHED],
            "failed": [s.id for s in failed],
            "unverified": list(dict.fromkeys(s.id for s, _ in unverified if s is not None)),
            "words": "; ".join(words),
        },
    )


def run_finished(run: Run, history: History, now: datetime) -> Draft:
    """That a run ended, with what it reached of its objectives and what took longer than usual."""
    rto, rpo = reached_rto_ms(run), reached_rpo_ms(run)
    outcome = judge_run(run)
    return Draft(
        EventType.RUN_FINISHED,
        now,
        DRIVER,
        {
            "outcome": outcome.value,
            "objectives": objectives_of(run, outcome, rto, rpo).value,
            "rto_ms": rto,
            "rpo_ms": rpo,
            "slower": slower_to_data(slower(run, history)),
        },
    )
