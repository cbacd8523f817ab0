"""Whether the caller may ask what has to be asked, and for long enough."""

from __future__ import annotations

from datetime import datetime, timedelta

from drs_tui.model.observed import Credentials
from drs_tui.model.plan import Plan
from drs_tui.model.readiness import Facts, Finding, Unread, Verdict
from drs_tui.model.times import format_duration, format_time

USUAL_WAVE = timedelta(minutes=30)
"""How long a wave takes where the plan has no objective: recorded drills took 9 to 31 minutes."""

CLEAN_UP = timedelta(minutes=30)


def expected_length(plan: Plan) -> timedelta:
    """How long a run of a plan may take, its clean-up included."""
    if plan.rto_seconds is not None:
        return timedelta(seconds=plan.rto_seconds) + CLEAN_UP
    depth: dict[str, int] = {}
    for wave in plan.waves:
        depth[wave.name] = 1 + max((depth.get(name, 0) for name in wave.after), default=0)
    return USUAL_WAVE * max(depth.values(), default=0) + CLEAN_UP


def check_credentials(credentials: Credentials, now: datetime, plan: Plan) -> list[Finding]:
    """Hold the end of the credentials against how long a run that begins now may take."""
    source = credentials.source or "the SDK"
    if credentials.renews:
        return [
            _about(Verdict.PASSES, source, "they last, or are renewed as long as they are used")
        ]
    length = expected_length(plan)
    needed = format_duration(length.total_seconds())
    remedy = "renew them first; a run whose credentials end waits, and goes on once they are new"
    if credentials.ends_at is None:
        words = f"nobody says when they end, and a run with its clean-up may take {needed}"
        return [_about(Verdict.UNKNOWN, source, words, remedy)]
    left = credentials.ends_at - now
    if left <= timedelta():
        words = f"they ended at {format_time(credentials.ends_at)}"
        return [_about(Verdict.BLOCKS, source, words, remedy)]
    words = (
        f"they end in {format_duration(left.total_seconds())}, and a run with its clean-up may "
        f"take {needed}"
    )
    if left < length:
        return [_about(Verdict.WARNS, source, words, remedy)]
    return [_about(Verdict.PASSES, source, words)]


def check_permissions(facts: Facts) -> Finding:
    """Say which reads were allowed."""
    asked: dict[str, object] = {
        "recovery instances": facts.instances,
        "EC2 instances": facts.machines,
        "launch settings": next(
            (each for each in facts.settings.values() if isinstance(each, Unread)), ()
        ),
        "networks": facts.networks,
        "quotas": facts.quotas,
        "native plans": facts.executions,
    }
    unread = {name: each for name, each in asked.items() if isinstance(each, Unread)}
    denied = [name for name, each in unread.items() if each.is_denied]
    unknown = [name for name, each in unread.items() if not each.is_denied]
    allowed = [name for name in asked if name not in unread]
    parts = (("allowed", allowed), ("denied", denied), ("unknown", unknown))
    words = "; ".join(f"{word}: {', '.join(names)}" for word, names in parts if names)
    return Finding(
        Verdict.PASSES,
        "permissions",
        "reads",
        words,
    )


def _about(verdict: Verdict, source: str, words: str, remedy: str = "") -> Finding:
    return Finding(verdict, "credentials", source, words, remedy)
