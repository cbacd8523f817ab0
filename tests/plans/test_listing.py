"""What a file seems to be called, before it is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from drs_tui.documents.listing import word_under


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("name: three-tier\ntitle: Order system\n", "three-tier"),
        ("# Drills\n\ntitle: name\nname: 'three-tier'  # of orders\n", "three-tier"),
        ('name:  "three-tier"', "three-tier"),
        ("name: three-tier\r\nwaves: []\r\n", "three-tier"),
        ("waves:\n  - name: database\n", ""),
        ("name: [oops\n", ""),
        ("name: two words\n", ""),
        ("name: >\n  folded\n", ""),
        ("name:\n", ""),
        ("", ""),
    ],
)
def test_the_name_is_the_word_under_its_key_if_one_is_plain_to_see(
    tmp_path: Path, text: str, word: str
) -> None:
    file = tmp_path / "plan.yaml"
    file.write_bytes(text.encode())
    assert word_under("name", file) == word


def test_bytes_that_are_no_text_hold_no_name(tmp_path: Path) -> None:
    file = tmp_path / "plan.yaml"
    file.write_bytes(b"name: \xff\xfe\n\x00")
    assert word_under("name", file) == ""
