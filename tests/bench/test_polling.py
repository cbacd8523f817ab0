"""The polling benchmark runs, is the same each time, and says what is not kept."""

from __future__ import annotations

import json

import pytest

from drs_tui.model.expectation.usual import NO_HISTORY
from tests.bench import polling
from tests.bench.__main__ import main
from tests.bench.policies import beat, expecting
from tests.bench.polling import Case


@pytest.fixture(autouse=True)
def _few_drills(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "DRILL_SECONDS", {(25, 1): 500, (2, 3): 500})


def test_a_fixed_beat_knows_half_an_interval_late_for_two_calls_a_look() -> None:
    seen = Case(25, 1, "Linux", 0.05).watch(beat(15.0))
    assert seen.calls_a_minute == pytest.approx(8, rel=0.1)
    assert seen.mean_delay == pytest.approx(7.5, rel=0.3)
    assert seen.percentile(1.0) <= 15.0


def test_by_expectation_every_event_is_known_once_whatever_the_history() -> None:
    case = Case(25, 1, "mixed", 0.05)
    for history in (NO_HISTORY, case.history(), case.history(2.0)):
        seen = case.watch(expecting(history))
        assert len(seen.delays) == 25 * 4 * len(case.fleets)
        assert min(delay for delay, _ in seen.delays) >= 0.0


def test_many_jobs_are_asked_for_at_once() -> None:
    one, many = Case(2, 3, "Linux", 0.05), Case(2, 3, "Linux", 0.05)
    one.fleets = [[job] for jobs in one.fleets for job in jobs]
    alone, together = one.watch(expecting(NO_HISTORY)), many.watch(expecting(NO_HISTORY))
    assert together.calls < 0.7 * alone.calls


def test_the_same_drills_are_drawn_each_time() -> None:
    first, second = (Case(25, 1, "Windows", 0.05) for _ in range(2))
    assert first.fleets == second.fleets


def test_promises_that_are_kept_and_broken_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(polling, "SIZES", ((25, 1),))
    monkeypatch.setattr(polling, "PLATFORMS", {"Linux": lambda _: False})
    monkeypatch.setattr(polling, "OF_BEST", 0.01)
    assert main(["polling", "--json"]) == 1
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()][1:]
    judged = next(row for row in rows if row["watched"].startswith("%"))
    assert judged["unmet"] == "of best"
    assert judged["delay"] <= 50
    assert rows[-1]["DescribeJobs"] == 1


def test_the_table_has_a_line_for_each_row() -> None:
    rows = polling._plainly(Case(25, 1, "Linux", 0.05))
    assert len(polling.table(rows)) == len(rows) == 7
