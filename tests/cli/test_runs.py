"""Reading the audit trail from the command line."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path

from drs_tui.audit.sqlite import open_sqlite
from tests.audit.runs import header_at, more

from .conftest import Drs, Recorded


def test_a_drill_that_is_not_cleaned_up_ends_with_6_and_prints_events_alone(
    recorded: Recorded,
) -> None:
    assert recorded.ended.code == 6
    events = [json.loads(line) for line in recorded.ended.out.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "run.created"
    assert events[-1]["type"] == "run.finished"


def test_events_come_out_byte_for_byte_as_they_are_stored(drs: Drs, recorded: Recorded) -> None:
    ended = drs("runs", "events", "last", "--json", "--store", recorded.store)

    assert ended.out == recorded.ended.out
    with sqlite3.connect(recorded.path) as connection:
        stored = [text for (text,) in connection.execute("SELECT text FROM events ORDER BY seq")]
    connection.close()
    assert ended.out.splitlines() == stored


def test_the_list_fits_80_columns_and_says_what_became_of_a_run(
    drs: Drs, recorded: Recorded
) -> None:
    lines = drs("runs", "list", "--store", recorded.store).out.splitlines()

    assert lines[0].split() == ["Run", "State", "Kind", "Servers", "Took", "Cleanup"]
    assert lines[1].startswith(recorded.run_id)
    assert "succeeded" in lines[1]
    assert "simulated" in lines[1]
    assert "1/1" in lines[1]
    assert lines[1].endswith("due")
    assert max(map(len, lines)) <= 80


def test_the_list_can_be_narrowed(drs: Drs, recorded: Recorded) -> None:
    def run_ids(*flags: str) -> list[str]:
        out = drs("runs", "list", "--json", "--store", recorded.store, *flags).out
        return [json.loads(line)["run_id"] for line in out.splitlines()]

    assert run_ids() == [recorded.run_id]
    assert run_ids("--finished", "--plan", "one-server") == [recorded.run_id]
    assert run_ids("--active") == []
    assert run_ids("--plan", "another") == []
    assert run_ids("--status", "succeeded", "--since", "2020-01-01") == [recorded.run_id]
    assert run_ids("--status", "failed") == []
    assert run_ids("--until", "2020-01-01T12:00+01:00") == []
    assert run_ids("--operator", "eva@bastion") == []


def test_a_date_that_is_none_is_refused(drs: Drs) -> None:
    ended = drs("runs", "list", "--since", "yesterday")
    assert ended.code == 2
    assert "2026-11-23" in ended.err


def test_a_run_is_found_by_the_beginning_or_the_end_of_its_id(drs: Drs, recorded: Recorded) -> None:
    for reference in (recorded.run_id, recorded.run_id[:12], recorded.run_id[-4:], "last"):
        ended = drs("runs", "show", reference, "--json", "--store", recorded.store)
        assert json.loads(ended.out)["run_id"] == recorded.run_id


def test_an_unknown_run_is_a_usage_error_that_says_where_to_look(
    drs: Drs, recorded: Recorded
) -> None:
    ended = drs("runs", "show", "nope", "--store", recorded.store)

    assert ended.code == 2
    assert "has no run 'nope'" in ended.err
    assert "drs-tui runs list" in ended.err


def test_a_page_about_a_run_says_what_is_left_to_do(drs: Drs, recorded: Recorded) -> None:
    page = drs("runs", "show", "last", "--store", recorded.store).out

    assert "simulated drill, 3000 times as fast" in page
    assert "outcome    succeeded after" in page
    assert f"due, with: drs-tui cleanup {recorded.run_id}" in page
    assert "orders-db-1" in page


def test_a_store_that_is_not_there_is_not_made_by_reading(drs: Drs, tmp_path: Path) -> None:
    store = tmp_path / "typo.db"

    listed = drs("runs", "list", "--store", f"sqlite:{store}")
    shown = drs("runs", "show", "last", "--store", f"sqlite:{store}")

    assert (listed.code, listed.out) == (0, "")
    assert "no run has been recorded" in listed.err
    assert shown.code == 2
    assert not store.exists()


def test_a_run_that_nobody_drives_is_pointed_out_with_what_to_do(drs: Drs, tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'runs.db'}"
    asyncio.run(_store_active_runs(tmp_path / "runs.db"))

    ended = drs("runs", "list", "--active", "--store", store)
    in_json = drs("runs", "list", "--active", "--json", "--store", store)

    rows = {line.split()[0]: line.split() for line in ended.out.splitlines()}
    assert rows["simulated-run"][5] == "1s", "up to its last event, for nobody tells its drill time"
    assert rows["real-run"][1:3] == ["no", "driver"]
    assert rows["real-run"][5] != "1s", "the wall clock tells it"
    assert "nobody drives real-run: drs-tui attach real-run --take-over" in ended.err
    assert [json.loads(line)["driver"] for line in in_json.out.splitlines()] == ["", ""]


async def _store_active_runs(path: Path) -> None:
    store = await open_sqlite(path)
    for run_id, simulated in (("simulated-run", True), ("real-run", False)):
        events = more(run_id, (), 1)
        await store.create(header_at(events[0], simulated=simulated), events)
    await store.close()


def test_a_store_that_cannot_be_reached_ends_with_5(drs: Drs, tmp_path: Path) -> None:
    folder = tmp_path / "runs.db"
    folder.mkdir()

    ended = drs("runs", "list", "--store", f"sqlite:{folder}")

    assert ended.code == 5
    assert str(folder) in ended.err


def test_an_address_that_makes_no_sense_is_a_usage_error(drs: Drs) -> None:
    ended = drs("runs", "list", "--store", "mysql:runs")

    assert ended.code == 2
    assert "sqlite:PATH or dynamodb:TABLE" in ended.err
