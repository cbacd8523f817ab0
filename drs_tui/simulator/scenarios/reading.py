"""From a scenario file to a scenario, or to everything that is wrong with the file."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from drs_tui.documents.problems import DocumentError, Findings, Kind
from drs_tui.documents.reading import place, read_text, validate
from drs_tui.documents.tree import read_tree
from drs_tui.simulator.scenarios.building import build_fleets, build_scenario
from drs_tui.simulator.scenarios.checks import check_scenario
from drs_tui.simulator.scenarios.scenario import Scenario
from drs_tui.simulator.scenarios.shapes import ScenarioShape


class ScenarioError(DocumentError, ValueError):
    """A scenario can't be used; the message has one line a problem."""


SCENARIO = Kind("a scenario", "at least summary", ScenarioError, max_bytes=1024 * 1024)


def read_scenario(path: Path) -> Scenario:
    """The scenario of a file, named as the file is.

    Raises:
        ScenarioError: with every problem that the file has.
    """
    text = read_text(path, SCENARIO)
    return parse_scenario(
        text,
        str(path),
        name=re.sub(r"[^A-Za-z0-9._-]", "-", path.stem),
        digest=hashlib.sha256(text.encode()).hexdigest(),
    )


def parse_scenario(text: str, path: str, *, name: str, digest: str = "") -> Scenario:
    """The scenario of a text; `path` stands for the file in errors.

    Raises:
        ScenarioError: with every problem that the text has.
    """
    findings = Findings(path, SCENARIO)
    root = read_tree(text, findings)
    shape = validate(root, ScenarioShape, findings)
    if shape is None:
        raise findings.error()
    fleets = build_fleets(shape)
    check_scenario(shape, fleets, lambda where, what: findings.add(place(root, where), what))
    if findings:
        raise findings.error()
    return build_scenario(shape, fleets, name, digest)
