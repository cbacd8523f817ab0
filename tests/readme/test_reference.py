"""What the README says of commands and plans."""

from __future__ import annotations

import re

from tests.readme.reference import README, renewed


def test_the_references_say_what_the_program_takes() -> None:
    text = README.read_text()
    assert renewed(text) == text, "run `python -m tests.readme`"


def test_every_path_that_it_names_is_there() -> None:
    paths = set(
        re.findall(r"(?<![\w/.~-])(?:[a-z_]+/)+[\w-]+\.(?:py|yaml|svg)", README.read_text())
    )
    folders = (README.parent, README.parent / "drs_tui")
    missing = [path for path in paths if not any((folder / path).exists() for folder in folders)]
    assert len(paths) > 20
    assert missing == []


def test_every_link_within_it_leads_to_a_heading() -> None:
    text = README.read_text()
    headings = re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]*)\)", text)) <= anchors
