"""What the README says of commands and plans."""

from __future__ import annotations

from tests.readme.reference import README, renewed


def test_the_references_say_what_the_program_takes() -> None:
    text = README.read_text()
    assert renewed(text) == text, "run `python -m tests.readme`"
