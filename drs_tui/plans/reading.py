"""From a plan file to a `Plan`, or to everything that is wrong with the file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from drs_tui.model.plan import Plan
from drs_tui.plans.building import build_plan
from drs_tui.plans.messages import Shapes, message
from drs_tui.plans.problems import WHOLE_FILE, Findings, Mark
from drs_tui.plans.rules import check_rules
from drs_tui.plans.shapes import PlanShape
from drs_tui.plans.tree import BLANK, List, Mapping, Node, Scalar, plain, read_tree

MAX_BYTES = 256 * 1024
"""Ten times what a plan of 500 servers takes, the most that DRS launches at once."""


def read_plan(path: Path) -> Plan:
    """The plan of a file.

    Raises:
        PlanError: with every problem that the file has.
    """
    return parse_plan(read_text(path), str(path))


def parse_plan(text: str, name: str) -> Plan:
    """The plan of a text; `name` stands for the file in errors.

    Raises:
        PlanError: with every problem that the text has.
    """
    findings = Findings(name)
    root = read_tree(text, findings)
    check_rules(plain(root), lambda path, what: findings.add(_place(root, path), what))
    shape = _validate(root, findings)
    if shape is None or findings:
        raise findings.error()
    return build_plan(shape)


def read_text(path: Path) -> str:
    """The text of a plan file.

    Raises:
        PlanError: it can't be read, is too large, or isn't UTF-8.
    """
    findings = Findings(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise findings.fatal(
            WHOLE_FILE, f"can't be read: {error.strerror}; a plan is a file that you may read"
        ) from None
    if len(data) > MAX_BYTES:
        raise findings.fatal(
            WHOLE_FILE, f"is larger than {MAX_BYTES // 1024} KiB; a plan of 500 servers is not"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        mark = Mark(before.count("\n") + 1, len(before) - before.rfind("\n"))
        raise findings.fatal(
            mark, f"the byte 0x{data[error.start]:02X} is not UTF-8; a plan is text in UTF-8"
        ) from None


def _validate(root: Mapping, findings: Findings) -> PlanShape | None:
    data = plain(root)
    shapes: Shapes = {}
    try:
        return PlanShape.model_validate(data, context=shapes)
    except ValidationError as error:
        for details in error.errors(include_url=False):
            at_key = details["type"] == "extra_forbidden"
            findings.add(_place(root, details["loc"], at_key), message(details, data, shapes))
        return None


def _place(root: Node, path: Sequence[str | int], at_key: bool = False) -> Mark:
    """Where the value at `path` stands: a text at its first letter, anything else at its key.

    Parts that lead nowhere are passed over: the key that is missing, and the names by which
    pydantic tells the members of a union apart.
    """
    node, key_mark = root, root.mark
    for part in path:
        match node:
            case Mapping(entries=entries) if part in entries:
                key_mark, node = entries[str(part)].key_mark, entries[str(part)].value
            case List(items=items) if isinstance(part, int) and part < len(items):
                key_mark, node = items[part].mark, items[part]
    own_mark = isinstance(node, Scalar) and node.value is not BLANK and not at_key
    return node.mark if own_mark else key_mark
