"""What benchmarks are made of works, and the drill that they record is a whole one."""

from __future__ import annotations

import json
import sys
from functools import partial
from pathlib import Path

import pytest

from drs_tui.model.run import fold
from drs_tui.model.status import RunStatus
from tests.bench import guards, store
from tests.bench.__main__ import BENCHES, Bench, main
from tests.bench.figures import columns, in_turn, row, table
from tests.bench.large_drill import large_drill
from tests.bench.terminal import Terminal, is_painted, surroundings


def test_a_drill_is_recorded_both_ways_and_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(store, "SIZES", ((20, 2),))

    code = main(["store", "--json"])
    machine, *rows = map(json.loads, capsys.readouterr().out.splitlines())

    assert machine["cores"] >= 1
    assert {found["bench"] for found in rows} == {"store"}
    assert code == any(found["unmet"] for found in rows)
    assert rows[0]["ours"] < rows[0]["theirs"] / 5


def test_a_figure_says_what_it_must_reach_and_whether_it_did() -> None:
    reached = row("opened", 2.0, "ms", beside="json.loads", theirs=1.0, times=3)
    missed = row("opened", 4.0, "ms", beside="json.loads", theirs=1.0, times=3, most=3)
    slow = row("listed", 2.0, "ms", beside="boto3", theirs=8.0, quicker=8)

    assert (reached["ratio"], reached["unmet"]) == (2.0, "")
    assert missed["unmet"] == "4.00 x, 4 ms"
    assert (slow["times_quicker"], slow["unmet"]) == (4.0, "4.0 x")
    assert [line.split()[-1] for line in table([reached, missed])] == ["met", "UNMET"]


def test_ways_are_measured_in_turn() -> None:
    calls: list[str] = []

    def called(name: str) -> float:
        calls.append(name)
        return len(calls)

    found = in_turn({name: partial(called, name) for name in ("ours", "theirs")}, rounds=2)

    assert calls == ["ours", "theirs"] * 3
    assert found == {"ours": [3, 5], "theirs": [4, 6]}


def test_a_program_in_a_terminal_gets_the_answers_that_terminals_give(tmp_path: Path) -> None:
    program = (
        "import os, tty\n"
        "tty.setraw(0)\n"
        "os.write(1, b'\\x1b[?2026$p')\n"
        "answer = os.read(0, 64)\n"
        "os.write(1, b'\\x1b[?1049h' + answer[2:] + b' %d' % os.get_terminal_size().columns)\n"
        "os.read(0, 1)\n"
    )
    with Terminal([sys.executable, "-c", program], surroundings(tmp_path)) as terminal:
        terminal.until_writes("?2026;2$y 120")
        assert terminal.screen().lines[0] == "?2026;2$y 120"
        assert terminal.when(is_painted) == terminal.chunks[-1]


def test_guards_before_a_launch_read_only_what_is_about_its_servers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sizes = {"preflights": ((30, 60),), "guards": ((30, 60),)}
    monkeypatch.setitem(BENCHES, "guards", Bench(partial(guards.measure, **sizes), columns))

    assert main(["guards", "--json"]) == 0
    _, *rows = map(json.loads, capsys.readouterr().out.splitlines())

    preflight, after, taken_over = (row["calls"] for row in rows)
    assert after < taken_over < preflight
    assert after < 30 + 15
    assert [row["unmet"] for row in rows] == ["", "", ""]


def test_a_benchmark_that_is_none_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["nothing"])

    assert "there are start" in capsys.readouterr().err


def test_a_drill_of_any_size_succeeds() -> None:
    run = fold([event for batch in large_drill(servers=7, waves=3) for event in batch])

    assert run is not None
    assert run.status is RunStatus.SUCCEEDED
    assert [len(wave.server_ids) for wave in run.waves.values()] == [3, 3, 1]
