"""How a run measures up to its plan's objectives."""

from __future__ import annotations

from drs_tui.model.plan import ObjectivesPolicy
from drs_tui.model.state.run import Run
from drs_tui.model.status import Objectives, RunStatus
from drs_tui.model.verification import up_at


def reached_rto_ms(run: Run) -> int | None:
    """Milliseconds from the start of the run until its last wave was up; None when none ended.

    That is the last check of a critical server, or the end of a wave that has none.
    """
    launched = [wave for wave in run.waves.values() if wave.attempt]
    ends = [at for wave in launched if (at := up_at(run, wave)) is not None]
    if not ends or run.created_at is None:
        return None
    return int((max(ends) - run.created_at).total_seconds() * 1000)


def objectives_of(
    run: Run, outcome: RunStatus, rto_ms: int | None, rpo_ms: int | None
) -> Objectives:
    """Whether the plan's RTO and RPO were reached: never by a run that did not succeed."""
    asked = [(run.plan.rto_seconds, rto_ms), (run.plan.rpo_seconds, rpo_ms)]
    limits = [(limit * 1000, reached) for limit, reached in asked if limit is not None]
    if not limits:
        return Objectives.NONE
    if outcome is not RunStatus.SUCCEEDED:
        return Objectives.MISSED
    if any(reached is not None and reached > limit_ms for limit_ms, reached in limits):
        return Objectives.MISSED
    if any(reached is None for _, reached in limits):
        return Objectives.UNKNOWN
    return Objectives.MET


def misses_objectives(run: Run) -> bool:
    """Whether a run fell short of its plan's objectives: what is not known was not reached."""
    short = run.objectives in (Objectives.MISSED, Objectives.UNKNOWN)
    return short and run.plan.objectives is ObjectivesPolicy.REQUIRED


def objective_words(run: Run) -> str:
    """How the run stands to its plan's objectives, for people; empty when there are none."""
    if run.objectives is Objectives.UNKNOWN:
        reached = (
            ("RTO", run.plan.rto_seconds, run.rto_ms),
            ("RPO", run.plan.rpo_seconds, run.rpo_ms),
        )
        unknown = [name for name, limit, ms in reached if limit is not None and ms is None]
        words = f"{' and '.join(unknown)} not known"
        return f"objectives missed: {words}" if misses_objectives(run) else words
    if run.objectives is Objectives.MISSED:
        only = "" if misses_objectives(run) else ", which this plan only reports"
        return f"objectives missed{only}"
    return ""
