"""When what a drill launched is to go, and how long it has been there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from drs_tui.model.plan import Mode
from drs_tui.model.state.launches import InstanceState
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus, RunStatus


def due_at(run: Run) -> datetime | None:
    """When the clean-up that was asked for in advance is due; None: somebody says it later."""
    if run.mode is not Mode.DRILL or run.finished_at is None:
        return None
    policy, kept = run.cleanup_policy, run.keep_for_seconds
    wanted = policy == "always" or (policy == "success" and run.outcome is RunStatus.SUCCEEDED)
    # Who says only how long something is kept wants it to go then.
    if not wanted and not (kept and not policy):
        return None
    try:
        return run.finished_at + timedelta(seconds=kept or 0)
    except OverflowError:  # A stored run may name a time beyond the calendar.
        return None


def cleans_up(run: Run, now: datetime) -> bool:
    """Whether whoever drives the run now has to clean up after it."""
    if run.cleanup.status is CleanupStatus.RUNNING:
        return run.mode is Mode.DRILL
    due = due_at(run)
    return run.cleanup.status is CleanupStatus.DUE and due is not None and now >= due


def is_overdue(run: Run, now: datetime) -> bool:
    """Whether a clean-up should have been done by `now`: it failed, was broken off, or is due."""
    if run.mode is not Mode.DRILL or run.outcome is None or run.imports:
        return False
    return run.cleanup.status is CleanupStatus.FAILED or cleans_up(run, now)


@dataclass(frozen=True, slots=True)
class Usage:
    """How long instances have been there, as far as is known."""

    left: int
    """How many are there still."""

    since: datetime | None
    """Since when the oldest of those is."""

    hours: float
    """Instance-hours of all, those that are gone too."""


def usage(instances: Iterable[InstanceState], now: datetime) -> Usage:
    """What instances add up to."""
    listed = list(instances)
    left = [each for each in listed if not each.gone]
    return Usage(
        len(left),
        min((each.since for each in left if each.since is not None), default=None),
        sum(hours_of(each, now) for each in listed),
    )


def hours_of(instance: InstanceState, now: datetime) -> float:
    """The hours that an instance was there, up to `now` if it still is."""
    if instance.since is None:
        return 0.0
    return max(0.0, ((instance.gone_at or now) - instance.since).total_seconds() / 3600)


@dataclass(frozen=True, slots=True)
class Prices:
    """What an hour of an instance costs, by its type: of the instance alone, as the user says."""

    currency: str
    per_hour: Mapping[str, Decimal]
    source: str
    """The file's name."""

    def words(self, used: Iterable[tuple[str, float]]) -> str:
        """What hours of instances cost, each with its type: without volumes, by this file."""
        listed = list(used)
        known = [(hours, self.per_hour[kind]) for kind, hours in listed if kind in self.per_hour]
        total = sum((Decimal(repr(hours)) * price for hours, price in known), Decimal())
        unknown = len(listed) - len(known)
        if listed and not known:
            return f"no price in {self.source}"
        but = f", {unknown} without a price" if unknown else ""
        return f"{total:.2f} {self.currency} by {self.source}{but}"
