"""From a plan file to a `Plan`, or to everything that is wrong with the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from drs_tui.documents.problems import Findings
from drs_tui.documents.reading import place, read_text, validate
from drs_tui.documents.tree import plain, read_tree
from drs_tui.model.plan import Plan
from drs_tui.plans.building import build_plan
from drs_tui.plans.problems import PLAN
from drs_tui.plans.rules import check_rules
from drs_tui.plans.shapes import PlanShape


def read_plan(path: Path) -> Plan:
    """The plan of a file, whose folder its commands are relative to.

    Raises:
        PlanError: with every problem that the file has.
    """
    return replace(parse_plan(read_text(path, PLAN), str(path)), folder=str(path.absolute().parent))


def parse_plan(text: str, name: str) -> Plan:
    """The plan of a text; `name` stands for the file in errors.

    Raises:
        PlanError: with every problem that the text has.
    """
    findings = Findings(name, PLAN)
    root = read_tree(text, findings)
    check_rules(plain(root), lambda path, what: findings.add(place(root, path), what))
    shape = validate(root, PlanShape, findings)
    if shape is None or findings:
        raise findings.error()
    return build_plan(shape)
