"""The benchmarks run, and the drill that they record is a whole one."""

from __future__ import annotations

import json
from functools import partial

import pytest

from drs_tui.model.run import fold
from drs_tui.model.status import RunStatus
from tests.bench import audit, guards
from tests.bench.__main__ import BENCHES, main
from tests.bench.large_drill import large_drill


def test_a_drill_is_recorded_both_ways_and_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(audit, "SIZES", ((20, 2),))

    assert main(["audit", "--json"]) == 0
    row = json.loads(capsys.readouterr().out)
    assert main(["audit"]) == 0
    table = capsys.readouterr().out

    assert row["bench"] == "audit"
    assert row["event items: bytes written"] < row["document: bytes written"] / 5
    assert f"{row['document: bytes written']:,}" in table


def test_guards_before_a_launch_read_only_what_is_about_its_servers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = {"preflights": ((30, 60),), "guards": ((30, 60),)}
    monkeypatch.setitem(BENCHES, "guards", partial(guards.measure, **sizes))

    assert main(["guards", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    preflight, after, taken_over = (row["calls"] for row in rows)
    assert after < taken_over < preflight < 30 + 20
    assert [row["unmet"] for row in rows] == ["", "", ""]


def test_a_benchmark_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nothing"])

    assert "there are audit" in capsys.readouterr().err


def test_a_drill_of_any_size_succeeds() -> None:
    run = fold([event for batch in large_drill(servers=7, waves=3) for event in batch])

    assert run is not None
    assert run.status is RunStatus.SUCCEEDED
    assert [len(wave.server_ids) for wave in run.waves.values()] == [3, 3, 1]
