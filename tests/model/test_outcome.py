"""Outcomes: judged by servers, never by jobs, and measured against the plan's objectives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drs_tui.model.data_loss import reached_rpo_ms
from drs_tui.model.outcome import (
    misses_objectives,
    objective_words,
    objectives_of,
    reached_rto_ms,
)
from drs_tui.model.plan import ObjectivesPolicy
from drs_tui.model.state.judging import judge_run, judge_wave
from drs_tui.model.status import Objectives, RunStatus, ServerResult, WaveStatus
from tests.strategies import examples

from .story import Story, wave_of

statuses = st.sampled_from(
    ("", "PENDING", "IN_PROGRESS", "LAUNCHED", "FAILED", "TERMINATED", "ODD")
)


@examples(80)
@given(st.lists(statuses, max_size=4), st.lists(statuses, max_size=3), st.booleans())
def test_a_wave_is_judged_by_its_critical_servers(
    critical: list[str], optional: list[str], ended: bool
) -> None:
    ids = [f"s-{n}" for n in range(len(critical))]
    others = [f"o-{n}" for n in range(len(optional))]
    story = Story(wave_of("db", *ids, optional=others))
    story.launch("db", "drsjob-1")
    for server_id, status in zip((*ids, *others), (*critical, *optional), strict=True):
        story.see(server_id, status)
    if ended:
        story.end_job("drsjob-1")
    counted = critical or optional
    launched = counted.count("LAUNCHED")
    expected = (
        WaveStatus.FAILED
        if not launched
        else WaveStatus.SUCCEEDED
        if launched == len(counted)
        else WaveStatus.PARTIAL
    )
    assert judge_wave(story.run, "db") is expected


def test_a_wave_without_servers_is_no_success() -> None:
    story = Story(wave_of("db"))
    story.launch("db", "drsjob-1")
    story.end_job("drsjob-1")
    assert judge_wave(story.run, "db") is WaveStatus.FAILED


@pytest.mark.parametrize(
    ("status", "outcome"), [("LAUNCHED", WaveStatus.SUCCEEDED), ("FAILED", WaveStatus.FAILED)]
)
def test_a_wave_of_optional_servers_is_judged_by_those(status: str, outcome: WaveStatus) -> None:
    story = Story(wave_of("db", optional=["s-1"]))
    story.complete("db", "drsjob-1", **{"s-1": status})
    assert judge_wave(story.run, "db") is outcome


def test_completed_with_failed_servers_is_no_success() -> None:
    story = Story(wave_of("db", "s-1", "s-2"))
    story.complete("db", "drsjob-1", **{"s-1": "FAILED", "s-2": "FAILED"})
    assert story.run.jobs["drsjob-1"].is_ended
    assert judge_wave(story.run, "db") is WaveStatus.FAILED


ends = st.lists(st.sampled_from([s for s in WaveStatus if s.is_final]), max_size=4)


@given(ends)
def test_a_run_succeeds_only_if_every_wave_did(outcomes: list[WaveStatus]) -> None:
    story = Story(*(wave_of(f"w{n}", f"s-{n}") for n in range(len(outcomes))))
    for number, outcome in enumerate(outcomes):
        story.finish(f"w{number}", outcome.value)
    judged = judge_run(story.run)
    all_did = bool(outcomes) and set(outcomes) == {WaveStatus.SUCCEEDED}
    some_did = bool(set(outcomes) & {WaveStatus.SUCCEEDED, WaveStatus.PARTIAL})
    assert (judged is RunStatus.SUCCEEDED) == all_did
    assert (judged is RunStatus.PARTIAL) == (some_did and not all_did)
    assert (judged is RunStatus.FAILED) == (not some_did)


def test_a_cancelled_run_is_cancelled_whatever_it_reached() -> None:
    story = Story(wave_of("db", "s-1"))
    story.tell("run.cancel_requested", "ana")
    story.finish("db", "succeeded")
    assert judge_run(story.run) is RunStatus.CANCELLED


# Objectives -------------------------------------------------------------------------------------


def drilled(lags: dict[str, Any], **members: Any) -> Story:
    """A drill of two servers that takes 90 seconds."""
    story = Story(wave_of("db", "s-1", "s-2"), wave_of("web", "s-3"), **members)
    story.tell("wave.guarded", wave="db", verdict="passes", lag_ms=lags)
    story.complete("db", "drsjob-1")
    story.wait(90)
    story.finish("db", "succeeded")
    return story


def test_the_rto_reached_is_the_end_of_the_last_wave_that_launched() -> None:
    story = Story(wave_of("db", "s-1"))
    assert reached_rto_ms(story.run) is None
    story = drilled({})
    story.wait(600)
    story.finish("web", "skipped")
    assert reached_rto_ms(story.run) == 90_000


def test_the_rpo_reached_is_the_largest_lag_of_a_launched_server() -> None:
    assert reached_rpo_ms(drilled({"s-1": 2000, "s-2": 5000}).run) == 5000


@pytest.mark.parametrize("lags", [{}, {"s-1": 2000}])
def test_a_lag_nobody_knows_makes_the_rpo_unknown(lags: dict[str, int]) -> None:
    assert reached_rpo_ms(drilled(lags).run) is None


def test_an_older_snapshot_makes_the_rpo_unknown() -> None:
    story = drilled({"s-1": 2000, "s-2": 5000})
    story.log("drsjob-1", "USING_PREVIOUS_SNAPSHOT", "s-1")
    assert story.run.servers["s-1"].result is ServerResult.LAUNCHED
    assert reached_rpo_ms(story.run) is None


@pytest.mark.parametrize(
    ("limits", "outcome", "reached_ms", "expected"),
    [
        ((None, None), RunStatus.SUCCEEDED, (90_000, 5000), Objectives.NONE),
        ((None, None), RunStatus.FAILED, (None, None), Objectives.NONE),
        ((90, None), RunStatus.SUCCEEDED, (90_000, None), Objectives.MET),
        ((90, None), RunStatus.SUCCEEDED, (90_001, None), Objectives.MISSED),
        ((90, 5), RunStatus.SUCCEEDED, (90_000, 5000), Objectives.MET),
        ((90, 5), RunStatus.SUCCEEDED, (90_000, 5001), Objectives.MISSED),
        ((90, 5), RunStatus.SUCCEEDED, (90_000, None), Objectives.UNKNOWN),
        ((80, 5), RunStatus.SUCCEEDED, (90_000, None), Objectives.MISSED),
        ((0, None), RunStatus.SUCCEEDED, (1, None), Objectives.MISSED),
        ((90, 5), RunStatus.PARTIAL, (10, 10), Objectives.MISSED),
        ((90, 5), RunStatus.CANCELLED, (10, 10), Objectives.MISSED),
    ],
)
def test_objectives_are_met_only_by_a_run_that_succeeded_in_time(
    limits: tuple[int | None, int | None],
    outcome: RunStatus,
    reached_ms: tuple[int | None, int | None],
    expected: Objectives,
) -> None:
    rto, rpo = limits
    run = Story(wave_of("db", "s-1"), rto_seconds=rto, rpo_seconds=rpo).run
    assert objectives_of(run, outcome, *reached_ms) is expected


def test_what_is_not_known_of_the_objectives_is_said_and_counts_as_missed() -> None:
    run = Story(wave_of("db", "s-1"), rto_seconds=90, rpo_seconds=5).run
    unknown = replace(run, objectives=Objectives.UNKNOWN, rto_ms=80_000, rpo_ms=None)
    assert misses_objectives(unknown)
    assert objective_words(unknown) == "objectives missed: RPO not known"
    reported = replace(unknown, plan=replace(run.plan, objectives=ObjectivesPolicy.REPORTED))
    assert not misses_objectives(reported)
    assert objective_words(reported) == "RPO not known"
    assert objective_words(replace(run, objectives=Objectives.MET)) == ""
