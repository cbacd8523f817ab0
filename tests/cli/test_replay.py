"""Replaying from the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Drs, Recorded


@pytest.fixture
def file(recorded: Recorded, tmp_path: Path) -> Path:
    """A run as `drs-tui runs events RUN --json` writes it."""
    path = tmp_path / "drill.jsonl"
    path.write_text(recorded.ended.out)
    return path


def test_a_replay_prints_the_stored_lines(drs: Drs, recorded: Recorded, file: Path) -> None:
    from_store = drs("replay", "last", "--json", "--store", recorded.store)
    from_file = drs("replay", file, "--json", "--speed", "max")

    assert from_store.code == from_file.code == 0
    assert from_store.out == from_file.out == recorded.ended.out


def test_a_replay_without_a_terminal_is_told_in_words(drs: Drs, file: Path) -> None:
    ended = drs("replay", file)

    assert "wave database: succeeded" in ended.out
    assert ended.err == ""


def test_the_beginning_of_a_run_is_a_run(drs: Drs, file: Path) -> None:
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:5]))

    ended = drs("replay", file, "--json")

    assert (ended.code, ended.out) == (0, "".join(lines[:5]))


def test_a_line_that_is_cut_off_is_left_out_and_said(drs: Drs, file: Path) -> None:
    lines = file.read_text().splitlines(keepends=True)
    file.write_text("".join(lines[:5]) + lines[5][:40])

    ended = drs("replay", file, "--json")

    assert (ended.code, ended.out) == (0, "".join(lines[:5]))
    assert "its last line is cut off" in ended.err


def test_a_last_line_without_its_end_is_whole(drs: Drs, file: Path) -> None:
    text = file.read_text()
    file.write_text(text.removesuffix("\n"))

    ended = drs("replay", file, "--json")

    assert (ended.out, ended.err) == (text, "")


def test_what_was_changed_is_not_played(drs: Drs, file: Path) -> None:
    file.write_text(file.read_text().replace("LAUNCHED", "LAUNCHEE"))

    ended = drs("replay", file)

    assert (ended.code, ended.out) == (1, "")
    assert "is not as it was recorded: event" in ended.err


def test_what_is_no_run_is_said_so(drs: Drs, recorded: Recorded, tmp_path: Path) -> None:
    empty = tmp_path / "empty.jsonl"
    empty.touch()

    for path, words in (
        (recorded.plan, "is not a run"),
        (empty, "is not a run"),
        (tmp_path / "missing.jsonl", "there is no file"),
    ):
        ended = drs("replay", path)
        assert ended.code == 2
        assert words in ended.err
