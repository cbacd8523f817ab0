"""The simulator alone, and the doctor."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Drs, Recorded


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """`drs-tui simulator` in a process of its own, listening."""
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "drs_tui", "simulator", "--port", "0", "--speed", "600"),
            *("--state", str(tmp_path / "state.json"), "--call-log", str(tmp_path / "calls.jsonl")),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        yield process
        process.kill()


@pytest.fixture
def url(simulator: subprocess.Popen[str]) -> str:
    """Where it listens, as it says itself."""
    assert simulator.stdout is not None
    said = [simulator.stdout.readline() for _ in range(2)]
    assert "Nothing here is real" in said[0]
    assert "aws drs describe-source-servers --region" in said[1]
    return said[1].split()[-1]


def test_a_plan_is_held_against_a_simulator_that_runs_alone(
    drs: Drs, recorded: Recorded, url: str, tmp_path: Path
) -> None:
    found = drs("preflight", recorded.plan, "--endpoint-url", url)
    in_json = drs("preflight", recorded.plan, "--endpoint-url", url, "--json")
    listed = drs("servers", "--endpoint-url", url)
    servers = drs("servers", "--endpoint-url", url, "--json")
    everywhere = drs("servers", "two-regions", "--endpoint-url", url)

    assert found.code == in_json.code == 0
    verdicts = [json.loads(line)["verdict"] for line in in_json.out.splitlines()]
    assert set(verdicts) == {"passes"}
    assert f"Ready: all {len(verdicts)} checks pass." in found.out
    assert max(map(len, listed.out.splitlines())) <= 80
    names = [json.loads(line)["name"] for line in servers.out.splitlines()]
    assert "orders-db-1" in names
    assert names == sorted(names)
    headings = [line for line in everywhere.out.splitlines() if line.startswith("account")]
    assert headings[-1] == "account 210987654321, eu-west-1:"
    assert everywhere.out.splitlines()[-3].startswith("ledger-app-1")
    calls = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    assert "StartRecovery" not in {call["operation"] for call in calls}


def test_a_signal_ends_it_in_order(
    simulator: subprocess.Popen[str], url: str, tmp_path: Path
) -> None:
    assert url
    simulator.send_signal(signal.SIGTERM)
    _, err = simulator.communicate(timeout=10)

    assert simulator.returncode == 128 + signal.SIGTERM
    assert err == ""
    head = (tmp_path / "state.json").read_text().splitlines()[0]
    assert json.loads(head)["scenario"] == "calm"


def test_a_port_that_is_taken_is_said_in_one_line(drs: Drs, url: str) -> None:
    ended = drs("simulator", "--port", url.rsplit(":", 1)[1])

    assert ended.code == 2
    assert "is in use; choose another port" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_the_schema_of_scenario_files_is_printed(drs: Drs) -> None:
    ended = drs("simulator", "--schema")

    assert ended.code == 0
    assert json.loads(ended.out)["title"] == "drs-tui scenario"


def test_what_is_wrong_with_a_scenario_file_is_told_by_line(drs: Drs, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("summary: x\nfaults:\n  - {kind: delay}\n")
    alone = drs("simulator", "--port", "0", "--scenario", path)
    embedded = drs("run", "any", "--simulate", "--scenario", path)

    for ended in (alone, embedded):
        assert ended.code == 2
        assert f"{path}:3:5: 'by' is missing" in ended.err


def test_the_doctor_names_what_is_in_use(drs: Drs, recorded: Recorded, home: Path) -> None:
    ended = drs("doctor", "--store", recorded.store, "--json", "--region", "us-east-1")

    lines = {line["topic"]: line for line in map(json.loads, ended.out.splitlines())}
    assert ended.code == 0
    assert recorded.run_id in lines["store"]["words"]
    assert str(home) in lines["data"]["words"]
    assert "textual 8" in lines["libraries"]["words"]
    assert "none runs for this store" in lines["driver"]["words"]
    assert lines["AWS"]["health"] == "warning"
    assert "aws sso login" in lines["AWS"]["words"]


def test_the_doctor_says_where_runs_are_sealed_and_whose_sessions_are_people(
    drs: Drs, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "seal          none: only a hash kept elsewhere" in drs("doctor").out
    monkeypatch.setenv("DRS_TUI_SEAL_COMMAND", "notarize --drill")
    monkeypatch.setenv("DRS_TUI_SEAL_S3", "bucket/drills")
    monkeypatch.setenv("DRS_TUI_SEAL_RETAIN_DAYS", "365")
    monkeypatch.setenv("DRS_TUI_PERSONAL_ROLES", "breakglass")

    out = drs("doctor").out

    assert "the command notarize --drill, s3://bucket/drills for 365 days" in out
    assert "approvals     each session is a person of the roles breakglass" in out


def test_the_doctor_ends_with_5_when_the_store_cannot_be_used(drs: Drs, tmp_path: Path) -> None:
    ended = drs("doctor", "--store", f"sqlite:{tmp_path}")

    assert ended.code == 5
    assert "BROKEN: " in ended.out
