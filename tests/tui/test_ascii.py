"""A terminal without UTF-8 gets ASCII alone, in the same cells, and can still tell every state."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

import drs_tui.tui
from drs_tui.tui import signs
from drs_tui.tui.ascii import speaks_utf8, to_ascii
from drs_tui.tui.rows.timeline import LEGEND

TABLES = {
    "run": signs.RUN,
    "wave": signs.WAVE,
    "phase": signs.PHASE,
    "verdict": signs.VERDICT,
    "cleanup": signs.CLEANUP,
    "objectives": signs.OBJECTIVES,
}


@given(st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc"))))
def test_what_is_written_is_ascii_in_as_many_cells(text: str) -> None:
    written = to_ascii(text)
    assert written.isascii()
    assert len(written) == sum(map(cell_len, text))


def test_control_sequences_are_left_alone() -> None:
    assert to_ascii("\x1b[1;31m✗ failed\x1b[0m") == "\x1b[1;31mx failed\x1b[0m"


def test_letters_with_accents_lose_them() -> None:
    assert to_ascii("Zürich, Łódź, 東京") == "Zurich, ?odz, ????"


def test_whatever_the_app_draws_has_a_stand_in_of_its_own() -> None:
    drawn: set[str] = set()
    for path in Path(drs_tui.tui.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                drawn |= {c for c in node.value if not c.isascii() and c.isprintable()}
    assert {"✓", "✗", "▲", "░"} < drawn
    assert [c for c in sorted(drawn - {"�"}) if "?" in to_ascii(c)] == []


@pytest.mark.parametrize("table", TABLES)
def test_every_state_is_told_by_a_word_of_its_own_whatever_the_colours(table: str) -> None:
    words = [sign.word for sign in TABLES[table].values()]
    assert len(words) == len(set(words))


def test_the_bars_of_the_timeline_stay_different() -> None:
    marks = [to_ascii(part[0]) for part in LEGEND.split("  ")]
    assert len(marks) == len(set(marks))


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, True),
        ({"LANG": "en_GB.UTF-8"}, True),
        ({"LANG": "C.utf8"}, True),
        ({"LANG": "C"}, False),
        ({"LANG": "de_DE"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LANG": "C", "LC_CTYPE": "en_GB.UTF-8"}, True),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "POSIX"}, False),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": ""}, True),
    ],
)
def test_the_locale_says_whether_there_is_utf8(environ: dict[str, str], expected: bool) -> None:
    assert speaks_utf8(environ, is_coerced=False) is expected


def test_what_python_makes_of_the_locale_c_is_not_what_the_user_said() -> None:
    assert not speaks_utf8({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, is_coerced=True)
