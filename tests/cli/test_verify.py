"""Verifying runs from the command line."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from drs_tui.driver import sealing

from .conftest import Drs, Recorded


@pytest.fixture
def bundle(drs: Drs, recorded: Recorded, tmp_path: Path) -> Path:
    """The recorded run in a file."""
    path = tmp_path / "drill.json"
    assert drs("runs", "export", "last", "--output", path, "--store", recorded.store).code == 0
    return path


def hashes(recorded: Recorded) -> list[str]:
    """Of each event."""
    return [json.loads(line)["hash"] for line in recorded.ended.out.splitlines()]


def test_an_untouched_run_verifies_and_it_is_said_what_that_proves(
    drs: Drs, recorded: Recorded
) -> None:
    one = drs("runs", "verify", "last", "--store", recorded.store)
    every = drs("runs", "verify", "--all", "--json", "--store", recorded.store)

    assert one.code == 0
    assert f"{recorded.run_id}: fine" in one.out
    assert f"the last with hash {hashes(recorded)[-1]}" in one.out
    assert "unsealed: nothing outside of this record vouches for it" in one.out
    assert "by whoever cannot write all its events and the header anew" in one.err
    found = json.loads(every.out)
    assert (found["ok"], found["sealed_seq"], found["seals"]) == (True, 0, [])


def test_a_changed_byte_is_found_and_its_event_named(
    drs: Drs, recorded: Recorded, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.db"
    shutil.copy(recorded.path, broken)
    connection = sqlite3.connect(broken)
    connection.execute("UPDATE events SET text = replace(text, 'orders', 'ardors') WHERE seq = 1")
    connection.commit()
    connection.close()

    ended = drs("runs", "verify", "last", "--store", f"sqlite:{broken}")

    assert ended.code == 1
    assert "BROKEN, event 1 was changed" in ended.out


def test_a_damaged_header_is_broken_by_any_name_and_left_out_of_lists_aloud(
    drs: Drs, recorded: Recorded, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.db"
    shutil.copy(recorded.path, broken)
    connection = sqlite3.connect(broken)
    connection.execute("UPDATE runs SET header = '{'")
    connection.commit()
    connection.close()
    store = f"sqlite:{broken}"

    proven = [drs("runs", "verify", each, "--store", store) for each in _names(recorded.run_id)]
    listed = drs("runs", "list", "--store", store)

    assert [ended.code for ended in proven] == [1, 1, 1]
    for ended in proven:
        assert f"BROKEN, the header of run {recorded.run_id} cannot be read" in ended.out
    assert f"{recorded.run_id} is left out, its header is damaged" in listed.err


def _names(run_id: str) -> tuple[str, str, str]:
    return run_id, run_id[-6:], "--all"


def test_a_file_verifies_without_any_store(drs: Drs, recorded: Recorded, bundle: Path) -> None:
    ended = drs("runs", "verify", bundle, "--store", "sqlite:/nowhere/runs.db")

    assert ended.code == 0
    assert f"{recorded.run_id}: fine" in ended.out


def test_a_changed_file_is_broken(drs: Drs, bundle: Path) -> None:
    bundle.write_text(bundle.read_text().replace("LAUNCHED", "LAUNCHEE", 1))

    ended = drs("runs", "verify", bundle, "--json")

    found = json.loads(ended.out)
    assert (ended.code, found["ok"]) == (1, False)
    assert found["first_bad_seq"] == found["events"] + 1


def test_stored_lines_that_are_cut_off_are_broken(
    drs: Drs, recorded: Recorded, tmp_path: Path
) -> None:
    path = tmp_path / "drill.jsonl"
    path.write_text(recorded.ended.out[:-40])

    assert drs("runs", "verify", path).code == 1


def test_a_hash_that_was_kept_elsewhere_is_looked_for(
    drs: Drs, recorded: Recorded, bundle: Path
) -> None:
    third = hashes(recorded)[2]

    kept = drs("runs", "verify", bundle, "--expect", third.upper())
    other = drs("runs", "verify", bundle, "--expect", "a" * 64)

    assert kept.code == 0
    assert "event 3 has the expected hash" in kept.out
    assert other.code == 1
    assert "no event has the expected hash" in other.out


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ([], "--all"),
        (["--all", "--expect", "a" * 64], "name that instead of --all"),
        (["last", "--expect", "abc"], "64 hexadecimal digits"),
        (["./missing.json"], "there is no file ./missing.json"),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(drs: Drs, flags: list[str], words: str) -> None:
    ended = drs("runs", "verify", *flags)

    assert ended.code == 2
    assert words in ended.err


def test_a_run_that_the_sites_command_sealed_says_where_to_compare(
    drs: Drs, recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, store = tmp_path / "ledger", f"sqlite:{tmp_path / 'runs.db'}"
    monkeypatch.setenv("DRS_TUI_SEAL_COMMAND", f"/bin/sh -c 'cat >> {ledger}'")
    drs("run", recorded.plan, "--simulate", "--speed", "3000", "--yes", "--store", store)

    ended = drs("runs", "verify", "last", "--store", store)
    page = drs("runs", "show", "last", "--store", store).out

    last = json.loads(ledger.read_text().splitlines()[-1])
    assert f"sealed up to event {last['seq']}, hash {last['hash']}" in ended.out
    assert "by its own record: compare the hash with the one there" in ended.out
    assert f"up to event {last['seq']} by command /bin/sh -c" in page
    kept = drs("runs", "verify", "last", "--expect", last["hash"], "--store", store)
    assert f"event {last['seq']} has the expected hash" in kept.out


def test_a_place_that_cannot_be_asked_breaks_nothing(
    drs: Drs, recorded: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = f"sqlite:{tmp_path / 'runs.db'}"
    monkeypatch.setenv("DRS_TUI_SEAL_COMMAND", "/bin/false")
    monkeypatch.setattr(sealing, "PAUSE_SECONDS", 0.0)
    quick = ("--simulate", "--speed", "3000", "--yes", "--store", store)
    ended = drs("run", recorded.plan, *quick)

    verified = drs("runs", "verify", "last", "--store", store)

    assert ended.code == 6, "as if it had been sealed"
    assert verified.code == 0
    assert "not sealed since by command /bin/false: /bin/false ended with 1" in verified.out
    assert os.environ["DRS_TUI_SEAL_COMMAND"] == "/bin/false"
