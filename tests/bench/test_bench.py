"""The benchmarks run, and the drill that they record is a whole one."""

from __future__ import annotations

import json

import pytest

from drs_tui.model.run import fold
from drs_tui.model.status import RunStatus
from tests.bench import audit
from tests.bench.__main__ import main
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


def test_a_benchmark_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nothing"])

    assert "there are audit" in capsys.readouterr().err


def test_a_drill_of_any_size_succeeds() -> None:
    run = fold([event for batch in large_drill(servers=7, waves=3) for event in batch])

    assert run is not None
    assert run.status is RunStatus.SUCCEEDED
    assert [len(wave.server_ids) for wave in run.waves.values()] == [3, 3, 1]
