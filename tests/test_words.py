"""One word for one thing, and DRS's own, in whatever the program says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import drs_tui

GLOSSARY = {
    r"fail-?overs?|fail(ed|s)? over": "recovery",
    r"virtual machines?|VMs?": "instance",
    r"tear-?downs?|tears? down|(?<!drs-tui )cleanups?": "clean-up",
    r"(restore|recovery) points?": "point in time",
    r"replica servers?|source machines?|source instances?": "source server",
    r"recovery servers?|recovered servers?|drill servers?": "recovery instance",
    r"(recovery|launch) groups?|stages?|tiers?": "wave",
    r"launch tasks?|recovery jobs?": "job",
    r"authori[sz]ations? gates?|checkpoints?|approval steps?": "gate",
    r"agentless|appliances?": "what DRS calls it",
}
"""What is not said, as a regular expression, and what is said instead."""


@cache
def said() -> tuple[tuple[str, str], ...]:
    """Every text of more than one word in the package that is no docstring, and where it is."""
    return tuple(_texts())


def _texts() -> Iterator[tuple[str, str]]:
    for path in sorted(Path(drs_tui.__file__).parent.rglob("*.py")):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        docstrings = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        for node in nodes:
            if not isinstance(node, ast.Constant) or id(node) in docstrings:
                continue
            if isinstance(node.value, str) and " " in node.value:
                yield f"{path.name}:{node.lineno}", node.value


@pytest.mark.parametrize(("words", "instead"), GLOSSARY.items())
def test_a_thing_is_called_by_its_one_name(words: str, instead: str) -> None:
    # Options, ids and AWS's own values in capitals are called what they are called.
    pattern = re.compile(rf"(?<![-\w])({words})(?![-\w])", re.IGNORECASE)
    found = [
        f"{place}: {text!r}"
        for place, text in said()
        if any(not match[0].isupper() for match in pattern.finditer(text))
    ]
    assert not found, f"say {instead}: {found}"
