"""Credentials last as long as a run and its clean-up may take, or it is known that they do not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from drs_tui.model.checks.credentials import check_credentials, check_permissions, expected_length
from drs_tui.model.observed import Credentials
from drs_tui.model.plan import Plan
from drs_tui.model.readiness import Unread, Verdict
from tests.model.story import wave_of

from .facts import facts_of

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PLAN = Plan("p", (wave_of("db", "s-1"), wave_of("web", "s-2", after=("db",))), rto_seconds=3600)


@pytest.mark.parametrize(
    ("credentials", "verdict"),
    [
        (Credentials(renews=True), Verdict.PASSES),
        (Credentials(renews=False), Verdict.UNKNOWN),
        (Credentials(renews=False, ends_at=NOW), Verdict.BLOCKS),
        (Credentials(renews=False, ends_at=NOW + timedelta(minutes=89)), Verdict.WARNS),
        (Credentials(renews=False, ends_at=NOW + timedelta(minutes=90)), Verdict.PASSES),
    ],
)
def test_credentials_are_held_against_the_run_and_its_clean_up(
    credentials: Credentials, verdict: Verdict
) -> None:
    [finding] = check_credentials(credentials, NOW, PLAN)
    assert finding.verdict is verdict


def test_without_an_objective_a_plan_takes_as_long_as_its_longest_row_of_waves() -> None:
    plan = replace(PLAN, rto_seconds=None)
    assert expected_length(plan) == timedelta(minutes=90)
    beside = replace(plan, waves=(*plan.waves, wave_of("more", "s-3")))
    assert expected_length(beside) == timedelta(minutes=90)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "allowed: recovery instances"),
        ({"quotas": Unread("no", "AccessDeniedException")}, "denied: quotas"),
        ({"machines": Unread("no", "ConnectTimeoutError")}, "unknown: EC2 instances"),
    ],
)
def test_what_was_read_tells_what_is_allowed(changes: dict[str, Any], words: str) -> None:
    finding = check_permissions(facts_of(**{"quotas": {}, **changes}))
    assert finding.verdict is Verdict.PASSES
    assert words in finding.reason
