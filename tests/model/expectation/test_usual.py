"""What past jobs teach of how long a phase takes."""

from __future__ import annotations

from math import exp, log
from random import Random

import pytest

from drs_tui.model.expectation.usual import (
    DOUBT_BEFORE_HISTORY,
    DOUBT_WITH_HISTORY,
    NO_HISTORY,
    Duration,
    learn,
)
from drs_tui.model.status import Phase


def launches(*seconds: float, job: str = "job-1", windows: bool = False) -> list[Duration]:
    return [
        Duration(job, f"s-{number}", windows, Phase.LAUNCH, each)
        for number, each in enumerate(seconds)
    ]


def test_without_history_recorded_jobs_say_what_is_usual() -> None:
    linux, windows = (NO_HISTORY.usual(Phase.CONVERSION, windows=each) for each in (False, True))
    assert linux.median_seconds == pytest.approx(186)
    assert windows.median_seconds == pytest.approx(842)


def test_history_says_it_instead() -> None:
    history = learn(launches(100, 100) + launches(100, 100, job="job-2"))
    assert history.usual(Phase.LAUNCH, windows=False).median_seconds == pytest.approx(100)
    assert history.usual(Phase.CONVERSION, windows=False).median_seconds == pytest.approx(186)


def test_windows_and_linux_are_apart() -> None:
    history = learn(launches(100, 100) + launches(900, 900, windows=True))
    assert history.usual(Phase.LAUNCH, windows=False).median_seconds == pytest.approx(100)
    assert history.usual(Phase.LAUNCH, windows=True).median_seconds == pytest.approx(900)


def test_a_pace_of_its_own_is_the_less_likely_the_more_is_known() -> None:
    history = learn(launches(100, 100))
    assert history.doubt(windows=False) == DOUBT_WITH_HISTORY
    assert history.doubt(windows=True) == DOUBT_BEFORE_HISTORY


def test_a_server_that_always_takes_longer_is_known_for_it() -> None:
    jobs = [launches(100, 100, 100, 200, job=f"job-{number}") for number in range(8)]
    history = learn(each for job in jobs for each in job)
    assert history.offsets["s-3", Phase.LAUNCH] > 0.2
    assert history.offsets["s-0", Phase.LAUNCH] < 0


def test_what_took_no_time_teaches_nothing() -> None:
    assert learn(launches(0.0, -5.0)) == NO_HISTORY


def test_the_deviations_of_jobs_and_of_servers_are_told_apart() -> None:
    random = Random(9)
    durations = []
    for job in range(40):
        shift = random.gauss(0, 0.15)
        seconds = [exp(log(300) + shift + random.gauss(0, 0.03)) for _ in range(30)]
        durations += launches(*seconds, job=f"job-{job}")
    usual = learn(durations).usual(Phase.LAUNCH, windows=False)
    assert usual.job_spread == pytest.approx(0.15, rel=0.25)
    assert usual.server_spread == pytest.approx(0.03, rel=0.1)


def test_few_jobs_leave_the_median_uncertain() -> None:
    one = learn(launches(300, 300)).usual(Phase.LAUNCH, windows=False)
    many = learn(
        each for number in range(20) for each in launches(300, 300, job=f"job-{number}")
    ).usual(Phase.LAUNCH, windows=False)
    assert one.job_spread > 2 * many.job_spread
