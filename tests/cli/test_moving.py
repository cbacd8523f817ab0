"""Runs between stores, from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from drs_tui.audit.chain import ZERO_HASH, read_event, seal
from drs_tui.model.events import Draft, Event
from tests.audit.dynamodb_server import dynamodb_server

from .conftest import Drs, Recorded


@pytest.fixture
def bundle(drs: Drs, recorded: Recorded, tmp_path: Path) -> Path:
    """The recorded run in a file."""
    path = tmp_path / "drill.json"
    ended = drs("runs", "export", "last", "--output", path, "--store", recorded.store)
    assert ended.code == 0
    return path


@pytest.fixture
def other(tmp_path: Path) -> str:
    """A store that is not there yet."""
    return f"sqlite:{tmp_path / 'other.db'}"


def lines(recorded: Recorded) -> list[str]:
    return recorded.ended.out.splitlines()


def test_an_export_holds_the_events_byte_for_byte_and_the_last_hash(
    drs: Drs, recorded: Recorded
) -> None:
    ended = drs("runs", "export", "last", "--store", recorded.store)

    exported = json.loads(ended.out)
    assert exported["events"] == lines(recorded)
    assert exported["store"] == recorded.store
    assert exported["head_hash"] == json.loads(lines(recorded)[-1])["hash"]
    assert f"the last with hash {exported['head_hash']}" in ended.err


def test_the_same_run_gives_the_same_file(drs: Drs, recorded: Recorded, bundle: Path) -> None:
    assert drs("runs", "export", "last", "--store", recorded.store).out == bundle.read_text()


def test_a_file_that_is_there_is_left_alone(drs: Drs, recorded: Recorded, bundle: Path) -> None:
    before = bundle.read_bytes()

    ended = drs("runs", "export", "last", "--output", bundle, "--store", recorded.store)

    assert ended.code == 2
    assert "is there already" in ended.err
    assert bundle.read_bytes() == before
    assert [path.name for path in bundle.parent.iterdir()] == [bundle.name]


def test_a_bundle_is_replayed_like_the_run_itself(
    drs: Drs, recorded: Recorded, bundle: Path
) -> None:
    assert drs("replay", bundle, "--json").out == recorded.ended.out


def test_an_imported_run_keeps_its_bytes_and_says_that_it_was_imported(
    drs: Drs, recorded: Recorded, bundle: Path, other: str
) -> None:
    ended = drs("runs", "import", bundle, "--store", other)

    assert ended.code == 0
    events = drs("runs", "events", "last", "--json", "--store", other).out.splitlines()
    assert events[:-1] == lines(recorded)
    imported = json.loads(events[-1])
    assert (imported["type"], imported["data"]["store"]) == ("run.imported", recorded.store)
    assert imported["hash"] in ended.out
    assert "simulated, imported" in drs("runs", "list", "--store", other).out
    assert (
        f"imported   from {recorded.store} by " in drs("runs", "show", "last", "--store", other).out
    )
    original = json.loads(lines(recorded)[-1])["hash"]
    proven = drs("runs", "verify", "last", "--expect", original, "--store", other)
    assert proven.code == 0
    assert f"event {len(events) - 1} has the expected hash, 1 follow it" in proven.out
    assert f"imported from {recorded.store} by " in proven.out


def test_an_imported_run_moves_on_with_the_trace_of_both_moves(
    drs: Drs, bundle: Path, other: str, tmp_path: Path
) -> None:
    drs("runs", "import", bundle, "--store", other)
    second, third = tmp_path / "second.json", f"sqlite:{tmp_path / 'third.db'}"
    drs("runs", "export", "last", "--output", second, "--store", other)

    assert drs("runs", "import", second, "--store", third).code == 0
    shown = json.loads(drs("runs", "show", "last", "--json", "--store", third).out)
    assert shown["imported_from"][1] == other


def test_a_run_is_imported_once(drs: Drs, bundle: Path, other: str) -> None:
    first = drs("runs", "import", bundle, "--store", other)
    again = drs("runs", "import", bundle, "--store", other)

    assert (first.code, again.code) == (0, 2)
    assert "already, with the same events: nothing is imported" in again.err
    assert len(drs("runs", "list", "--json", "--store", other).out.splitlines()) == 1


def test_a_run_is_not_imported_over_another_of_its_name(
    drs: Drs, recorded: Recorded, bundle: Path, other: str, tmp_path: Path
) -> None:
    drs("runs", "import", bundle, "--store", other)
    namesake = tmp_path / "namesake.jsonl"
    namesake.write_text("".join(f"{event.text}\n" for event in retold(lines(recorded))))

    ended = drs("runs", "import", namesake, "--store", other)

    assert ended.code == 2
    assert f"has another run {recorded.run_id}, with other events" in ended.err


def retold(texts: list[str]) -> list[Event]:
    """The same run with another chain, as somebody else started it."""
    events: list[Event] = []
    for event in map(read_event, texts):
        actor = "eve" if event.seq == 1 else event.actor
        last = events[-1].hash if events else ZERO_HASH
        told = Draft(event.type, event.at, actor, event.data)
        events.append(seal(event.run_id, event.seq, last, told))
    return events


def test_a_run_moves_into_a_table_and_back(
    drs: Drs, recorded: Recorded, bundle: Path, tmp_path: Path
) -> None:
    back = tmp_path / "back.json"
    with dynamodb_server() as endpoint:
        table = f"dynamodb:drills?region=us-east-1&endpoint={endpoint}"
        imported = drs("runs", "import", bundle, "--store", table)
        verified = drs("runs", "verify", "last", "--store", table)
        drs("runs", "export", "last", "--output", back, "--store", table)

    assert (imported.code, verified.code) == (0, 0)
    moved = json.loads(back.read_text())
    assert moved["events"][:-1] == lines(recorded)
    assert moved["store"] == table


def test_an_imported_run_is_not_driven_nor_cleaned_up(drs: Drs, bundle: Path, other: str) -> None:
    drs("runs", "import", bundle, "--store", other)

    cleaned = drs("cleanup", "last", "--store", other)
    shown = drs("runs", "show", "last", "--store", other)

    assert cleaned.code == 2
    assert "was imported: clean up with the store where it ran" in cleaned.err
    assert "drs-tui cleanup" not in shown.out


def test_a_run_that_was_changed_is_not_imported(drs: Drs, bundle: Path, other: str) -> None:
    bundle.write_text(bundle.read_text().replace("LAUNCHED", "LAUNCHEE", 1))

    ended = drs("runs", "import", bundle, "--store", other)

    assert ended.code == 1
    assert "is not as it was recorded, and not imported: event" in ended.err
    assert drs("runs", "list", "--store", other).out == ""


def test_a_run_that_had_not_ended_is_not_imported(
    drs: Drs, recorded: Recorded, other: str, tmp_path: Path
) -> None:
    start = tmp_path / "start.jsonl"
    start.write_text("\n".join(lines(recorded)[:5]) + "\n")

    ended = drs("runs", "import", start, "--store", other)

    assert ended.code == 2
    assert "had not ended" in ended.err


def test_reading_alone_imports_nothing(drs: Drs, bundle: Path, other: str) -> None:
    ended = drs("runs", "import", bundle, "--store", other, "--read-only")

    assert ended.code == 2
    assert "read-only mode" in ended.err
