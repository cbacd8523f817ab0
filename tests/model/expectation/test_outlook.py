"""What is expected of a job, and when."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drs_tui.model.expectation.lanes import Track
from drs_tui.model.expectation.outlook import Part, aged, outlook, rate
from drs_tui.model.expectation.usual import LEARNED, NO_HISTORY, Duration, learn
from drs_tui.model.status import Phase

PHASES = (Phase.QUEUED, Phase.CLEANUP, *LEARNED, Phase.READY, Phase.FAILED, Phase.NOT_LAUNCHED)

tracks = st.lists(
    st.builds(
        Track,
        st.sampled_from(["s-1", "s-2", "s-3"]),
        st.booleans(),
        st.sampled_from(PHASES),
        st.floats(0.0, 1e6),
        st.lists(st.tuples(st.sampled_from(LEARNED), st.floats(-1.0, 1e6)), max_size=3).map(tuple),
        st.booleans(),
    ),
    max_size=8,
)


def events_within(parts: tuple[Part, ...], begin: float, end: float) -> float:
    steps = 400
    step = (end - begin) / steps
    return sum(rate(parts, begin + (number + 0.5) * step) * step for number in range(steps))


def launching(age: float, count: int = 1, windows: bool = False) -> list[Track]:
    return [Track(f"s-{n}", windows, Phase.LAUNCH, age) for n in range(count)]


@settings(deadline=None)
@given(tracks, st.floats(0.0, 600.0), st.floats(0.0, 600.0), st.floats(0.0, 3600.0))
def test_whatever_a_job_does_the_rate_is_a_finite_number(
    job: list[Track], status_lag: float, log_lag: float, ahead: float
) -> None:
    found = outlook(job, NO_HISTORY, status_lag=status_lag, log_lag=log_lag)
    for parts in (found.status, found.log):
        assert 0.0 <= rate(parts, ahead) < 1e6


@pytest.mark.parametrize("windows", [False, True])
def test_nearly_every_launch_ends_about_when_it_usually_does(windows: bool) -> None:
    usual = NO_HISTORY.usual(Phase.LAUNCH, windows=windows).median_seconds
    parts = outlook(launching(1.0, 10, windows), NO_HISTORY).status
    assert events_within(parts, usual * 0.5, usual * 2) == pytest.approx(10, rel=0.1)
    assert events_within(parts, 0.0, usual * 0.5) < 0.6


def test_twice_the_servers_are_twice_the_events() -> None:
    few, many = (outlook(launching(200.0, count), NO_HISTORY).status for count in (5, 10))
    assert rate(many, 60.0) == pytest.approx(2 * rate(few, 60.0), rel=0.05)


def test_ends_of_conversions_are_seen_in_statuses_and_their_beginnings_in_the_log() -> None:
    converting = outlook([Track("s-1", False, Phase.CONVERSION, 180.0)], NO_HISTORY)
    waiting = outlook([Track("s-1", False, Phase.SNAPSHOT, 50.0)], NO_HISTORY)
    assert (bool(converting.status), bool(converting.log)) == (True, False)
    assert (bool(waiting.status), bool(waiting.log)) == (False, True)


def test_the_end_of_a_job_is_expected_when_its_last_server_ended() -> None:
    ready = [Track(f"s-{n}", False, Phase.READY, age) for n, age in enumerate((80.0, 1.0))]
    assert events_within(outlook(ready, NO_HISTORY).status, 0.0, 10.0) == pytest.approx(1, abs=0.1)


def test_a_failure_that_its_log_has_not_explained_is_a_reason_to_read_it() -> None:
    told, untold = (
        Track("s-1", False, Phase.FAILED, 1.0, explained=each) for each in (True, False)
    )
    others = launching(10.0)
    assert rate(outlook([untold, *others], NO_HISTORY).log, 1.0) > 0.1
    assert rate(outlook([told, *others], NO_HISTORY).log, 1.0) == 0.0


def test_servers_that_have_ended_tell_when_the_others_will() -> None:
    early = tuple((phase, 0.85 * seconds) for phase, seconds in ((Phase.LAUNCH, 294.0),))
    ended = [Track(f"e-{n}", False, Phase.READY, 5.0, early) for n in range(10)]
    alone, told = (
        outlook([*launching(245.0), *others], NO_HISTORY).status for others in ([], ended)
    )
    assert rate(told, 2.0) > 1.5 * rate(alone, 2.0)


def test_a_history_that_is_wrong_by_half_is_found_out_with_the_first_phase() -> None:
    past = [
        Duration(f"job-{job}", f"s-{server}", False, phase, seconds)
        for job in range(5)
        for server in range(5)
        for phase, seconds in ((Phase.CONVERSION, 372.0), (Phase.LAUNCH, 588.0))
    ]
    took = ((Phase.CONVERSION, 186.0),)
    as_fast = [Track(f"s-{n}", False, Phase.LAUNCH, 1.0, took) for n in range(5)]
    parts = outlook(as_fast, learn(past)).status
    assert events_within(parts, 200.0, 420.0) > 3.5


def test_one_that_never_ends_is_expected_ever_less() -> None:
    took = ((Phase.LAUNCH, 294.0),)
    others = [Track(f"e-{n}", False, Phase.READY, 900.0, took) for n in range(9)]
    due, late, later = (
        rate(outlook([*launching(age), *others], NO_HISTORY).status, 0.0)
        for age in (300.0, 900.0, 9000.0)
    )
    assert due > 5 * late > 5 * later


def test_time_that_passes_without_a_look_leaves_what_is_expected_when() -> None:
    parts = outlook(launching(200.0), NO_HISTORY).status
    assert rate(aged(parts, 30.0), 10.0) == pytest.approx(rate(parts, 40.0))


def test_a_look_that_showed_nothing_makes_it_likelier_soon() -> None:
    unlooked = outlook(launching(310.0), NO_HISTORY, status_lag=300.0, log_lag=300.0)
    looked = outlook(launching(310.0), NO_HISTORY)
    assert rate(looked.status, 5.0) > rate(unlooked.status, 5.0)
