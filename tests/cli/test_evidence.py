"""What a simulator answered says NOT EVIDENCE wherever it is told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Drs, Recorded

STAMP = "NOT EVIDENCE: it is a simulator that answered, not AWS"


@pytest.mark.parametrize("command", ["show", "verify"])
def test_what_is_told_of_a_run_says_so(drs: Drs, recorded: Recorded, command: str) -> None:
    told = drs("runs", command, "last", "--store", recorded.store)
    in_json = drs("runs", command, "last", "--json", "--store", recorded.store)
    assert told.out.count(STAMP) == 1
    assert json.loads(in_json.out)["evidence"] is False


def test_a_list_of_runs_says_so(drs: Drs, recorded: Recorded) -> None:
    listed = drs("runs", "list", "--store", recorded.store)
    in_json = drs("runs", "list", "--json", "--store", recorded.store)
    assert "simulated" in listed.out.splitlines()[1]
    assert listed.out.splitlines()[-1].startswith("NOT EVIDENCE: ")
    assert json.loads(in_json.out)["evidence"] is False


def test_an_export_says_so_and_what_it_says_is_verified(
    drs: Drs, recorded: Recorded, tmp_path: Path
) -> None:
    path = tmp_path / "drill.json"
    exported = drs("runs", "export", "last", "--output", path, "--store", recorded.store)
    bundle = json.loads(path.read_text())
    assert STAMP in exported.err
    assert bundle["evidence"] is False
    assert STAMP in drs("runs", "verify", path).out

    path.write_text(json.dumps({**bundle, "evidence": True}))
    forged = drs("runs", "verify", path)
    assert forged.code == 1
    assert "`evidence` is not what its events say" in forged.out


def test_the_events_say_so_in_the_first_of_them(drs: Drs, recorded: Recorded) -> None:
    created = json.loads(recorded.ended.out.splitlines()[0])["data"]
    assert created["evidence"] is False
    assert created["service_urls"].keys() >= {"drs", "ec2", "sts"}
    replayed = drs("replay", "last", "--store", recorded.store)
    events = drs("runs", "events", "last", "--store", recorded.store)
    assert STAMP in replayed.out
    assert STAMP in events.out


def test_a_drill_without_the_app_says_so_at_its_beginning_and_its_end(
    drs: Drs, recorded: Recorded, tmp_path: Path
) -> None:
    store = f"sqlite:{tmp_path / 'runs.db'}"
    ended = drs("run", recorded.plan, "--simulate", "--speed", "3000", "--yes", "--store", store)
    assert STAMP in ended.err.splitlines()[1]
    assert ended.out.splitlines()[1] == STAMP
