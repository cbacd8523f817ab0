"""Starting, watching and ending runs without the app."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drs_tui.cli.attach import has_ended
from drs_tui.model.plan import Plan
from drs_tui.model.state.cleanup import CleanupState
from drs_tui.model.state.run import Run
from drs_tui.model.status import CleanupStatus, RunStatus

from .conftest import Drs, Recorded

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
QUICK = ("--simulate", "--speed", "3000")


@pytest.fixture
def store(tmp_path: Path) -> str:
    return f"sqlite:{tmp_path / 'runs.db'}"


def test_a_drill_is_told_to_people_and_cleaned_up(drs: Drs, recorded: Recorded, store: str) -> None:
    ended = drs("run", recorded.plan, *QUICK, "--yes", "--cleanup", "always", "--store", store)

    assert ended.code == 0
    assert "simulated drill of one-server in account 123456789012" in ended.err
    assert "wave database: in progress, job drsjob-" in ended.err
    assert "orders-db-1: launched, i-" in ended.err
    assert "clean-up: done" in ended.err
    assert "  clean-up   done" in ended.out


def test_a_failed_server_ends_with_1_and_awss_own_words(
    drs: Drs, recorded: Recorded, store: str
) -> None:
    ended = drs("run", recorded.plan, *QUICK, "--scenario", "failures", "--yes", "--store", store)

    assert ended.code == 1
    assert "orders-db-1: FAILED: An error occurred (" in ended.err
    assert "orders-db-1 failed: An error occurred (" in ended.out


def test_a_drill_goes_as_a_scenario_file_says(
    drs: Drs, recorded: Recorded, store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bad night.yaml").write_text(
        "summary: a bad night\nfaults: [{kind: launch-failure, raw_error: No capacity}]\n"
    )
    monkeypatch.chdir(tmp_path)
    scenario = ("--scenario", "bad night.yaml")
    ended = drs("run", recorded.plan, *QUICK, *scenario, "--yes", "--store", store)

    assert ended.code == 1
    assert "orders-db-1: FAILED: No capacity" in ended.err


def test_a_live_recovery_blocks_with_3_and_nothing_is_recorded(
    drs: Drs, recorded: Recorded, store: str
) -> None:
    scenario = ("--scenario", "live-recovery")
    ended = drs("run", recorded.plan, *QUICK, *scenario, "--yes", "--store", store)

    assert ended.code == 3
    assert "would terminate it" in ended.err
    assert drs("runs", "list", "--store", store).out == ""


def test_without_a_terminal_nobody_is_asked_and_nothing_starts(
    drs: Drs, recorded: Recorded, store: str
) -> None:
    ended = drs("run", recorded.plan, *QUICK, "--store", store)

    assert ended.code == 4
    assert "add --yes" in ended.err


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "say --cleanup always, success or never"),
        (["--keep-for", "4h"], "say --cleanup always, success or never"),
        (["--cleanup", "never", "--keep-for", "4h"], "choose"),
        (["--keep-for", "4"], "a duration above zero"),
        (["--recovery", "--confirm", "one-server", "--cleanup", "always"], "are for drills"),
        (["--recovery"], "--confirm one-server"),
        (["--recovery", "--confirm", "one"], "--confirm one-server"),
        (["--confirm", "one-server"], "goes with --recovery"),
        (["--end-instance", "i-0123456789abcdef0"], "goes with --recovery"),
        (["--end-instance", "all"], "an instance's id is i-"),
        (["--read-only"], "read-only mode"),
        (["--speed", "3"], "--speed goes with --simulate"),
        (["--scenario", "calm"], "--scenario goes with --simulate"),
        (["--seed", "0"], "--seed goes with --simulate"),
        (["--simulate", "--endpoint-url", "http://127.0.0.1:1"], "leave --endpoint-url out"),
        (["--simulate", "--scenario", "storm"], "choose one of calm"),
        (["--store", "runs.db"], "sqlite:runs.db"),
    ],
)
def test_what_does_not_go_together_is_refused_before_anything_starts(
    drs: Drs, recorded: Recorded, store: str, flags: list[str], words: str
) -> None:
    ended = drs("run", recorded.plan, "--yes", "--store", store, *flags)

    assert ended.code == 2
    assert words in ended.err


def test_an_endpoint_out_of_reach_ends_with_5(drs: Drs, recorded: Recorded, store: str) -> None:
    away = ("--endpoint-url", "http://127.0.0.1:9", "--store", store)

    assert drs("servers", *away).code == 5
    assert drs("run", recorded.plan, "--yes", "--cleanup", "never", *away).code == 5


def test_somebody_at_a_terminal_is_asked_first_and_may_say_no(
    recorded: Recorded, store: str
) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "drs_tui", "run", str(recorded.plan), "--store", store]
    with subprocess.Popen(
        [*command, *QUICK], stdin=theirs, stderr=theirs, stdout=subprocess.PIPE
    ) as process:
        os.close(theirs)
        os.write(ours, b"n\n")
        out, _ = process.communicate(timeout=20)
    said = os.read(ours, 10_000).decode()
    os.close(ours)

    assert (process.returncode, out) == (1, b"")
    assert "Start a drill of one-server: 1 wave, 1 server, on a simulated DRS" in said
    assert "not started" in said


def test_watching_a_run_that_has_ended_prints_it_and_ends_as_it_did(
    drs: Drs, recorded: Recorded
) -> None:
    in_json = drs("attach", "last", "--json", "--store", recorded.store)
    in_words = drs("attach", "last", "--store", recorded.store)

    assert (in_json.code, in_json.out) == (6, recorded.ended.out)
    assert in_words.code == 6
    assert "wave database: succeeded" in in_words.err


def test_a_run_that_has_ended_is_not_taken_over(drs: Drs, recorded: Recorded) -> None:
    ended = drs("attach", "last", "--take-over", "--reason", "why not", "--store", recorded.store)

    assert ended.code == 2
    assert "there is nothing to drive" in ended.err


def test_what_an_embedded_simulator_launched_went_with_it(
    drs: Drs, recorded: Recorded, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(recorded.path, copy)

    ended = drs("cleanup", "last", "--store", f"sqlite:{copy}")

    assert ended.code == 5
    assert "simulator" in ended.err


def test_a_detached_run_prints_its_id_and_goes_on_without_its_starter(
    drs: Drs, recorded: Recorded, store: str
) -> None:
    flags = ("--yes", "--detach", "--cleanup", "always", "--store", store)
    started = drs("run", recorded.plan, *QUICK, *flags, "--json")

    assert started.code == 0
    run_id = json.loads(started.out)["run_id"]
    watched = drs("attach", run_id, "--store", store)
    assert watched.code == 0
    assert "clean-up: done" in watched.err


@pytest.mark.parametrize(
    ("outcome", "cleanup", "policy", "ended"),
    [
        (None, CleanupStatus.NONE, "", False),
        (RunStatus.SUCCEEDED, CleanupStatus.DUE, "", True),
        (RunStatus.SUCCEEDED, CleanupStatus.DUE, "never", True),
        (RunStatus.SUCCEEDED, CleanupStatus.DUE, "success", False),
        (RunStatus.PARTIAL, CleanupStatus.DUE, "success", True),
        (RunStatus.PARTIAL, CleanupStatus.DUE, "always", False),
        (RunStatus.PARTIAL, CleanupStatus.RUNNING, "", False),
        (RunStatus.PARTIAL, CleanupStatus.FAILED, "always", True),
    ],
)
def test_a_run_has_ended_when_its_clean_up_has_or_is_left_to_somebody(
    outcome: RunStatus | None, cleanup: CleanupStatus, policy: str, ended: bool
) -> None:
    run = Run(
        "run",
        Plan("plan", ()),
        outcome=outcome,
        cleanup=CleanupState(cleanup),
        cleanup_policy=policy,
        finished_at=NOW,
        last_at=NOW,
    )

    assert has_ended(run) is ended
